"""Slow proof, run by `make soak`: every command that README and docs name runs, on little data.

Left to the tests of `renting`, with real servers: what asks a cloud. Left to its own tests: the page that is served
until somebody stops it. Commands for several machines run as two processes of this one.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from neural_guide.app.provenance import ROOT
from neural_guide.arc.collections import load_tasks
from support.doc_commands import commands

LITTLE = {
    "train": {"trainer.max_epochs": "1", "trainer.arc_tasks": "0", "trainer.max_steps": "4", "network.width": "32"},
    "generate": {"generate.samples": "400", "generate.overwrite": "true"},
    "solve": {"limit": "3", "budget.nodes": "400"},
    "speedup": {"speedup.tasks_per_length": "2", "limit": "2", "budget.nodes": "100"},
    "bundle": {"bundle.overwrite": "true", "bundle.wheels": "[]"},
    "tune": {"tune.trials": "2", "trainer.max_epochs": "1", "trainer.max_steps": "4"},
}
DATASETS = ("small.json", "mine.json", "FILE", "data/synthetic/enhanced_synthetic_dataset_v2.json")
STOPPED, SWEPT = "outputs/train/2026-11-24_10-00-00-000000", "outputs/sweep/2026-11-24_10-00-00-000000"
WIDE_RUN = "outputs/train/wide"
ELSEWHERE = ("explore", "cloud")
SCRIPTS = {  # of benchmarks: what makes them quick
    "ablations": ("--steps", "2", "--seeds", "0", "--only", "base"),
    "ceiling": ("--tasks", "1"),
    "inference": ("--tasks", "2", "--batch", "2", "--repeats", "1"),
    "transfer": ("--limit", "20"),
}
INSTEAD = {  # what a page leaves to its reader, or would write into the project
    "data/300k.json": "small.json",
    "--curve RUN": f"--curve {STOPPED}",
    "--docs": "",
    "--nnodes=4": "--nnodes=1",
    "HOST:": "localhost:",
    " resume=/shared/run": "",  # which the page leaves away where a run begins
    "/shared/run": "shared_run",
    "per-node=8": "per-node=2",
    "devices=8": "devices=2",
    "nodes=4": "nodes=1",
}
REFUSED = {  # exit code 2, with the way out, where the machine lacks something
    "hardware=g4dn": "NVIDIA",
    "launcher=ray": "Ray",
    "workers=ray": "Ray",
    "tune.trials": "Optuna",
    "neural_guide.export": "onnx",
}


def typed() -> list[list[str]]:
    """Words of each command of ours, once however many pages name it."""
    typed_words = {}
    for _, line in commands():
        words = shlex.split(line, comments=True)
        ours = " ".join(words[:3]).startswith("python -m neural_guide.")
        if ours and words[2].removeprefix("neural_guide.") not in ELSEWHERE:
            typed_words[tuple(words[2:])] = words[2:]
    return list(typed_words.values())


def littled(words: list[str]) -> list[str]:
    """The command with settings that make it quick; those of the pages win where they say how much."""
    command, *rest = words
    little = dict(LITTLE.get(command.removeprefix("neural_guide."), {}))
    if any(word.startswith("task=") for word in rest):
        little.pop("limit")
    kept = [word for word in rest if word.partition("=")[0] not in little]
    return [command, *kept, *(f"{key}={value}" for key, value in little.items())]


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    shell = shlex.join([sys.executable, "-m"]) + " " + " ".join(words)  # by a shell, as typed: it fills in the stars
    return subprocess.run(shell, shell=True, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the pages take for granted: datasets, runs, tasks and a submission."""
    folder = tmp_path_factory.mktemp("workplace")
    (folder / "data" / "synthetic").mkdir(parents=True)
    train = ["neural_guide.train", *(f"{key}={value}" for key, value in LITTLE["train"].items())]
    whole = [word for word in train if not word.startswith("trainer.max_steps")]  # an epoch, so that there are curves
    made = [
        ["neural_guide.generate", "data.path=small.json", "generate.samples=2000"],
        ["neural_guide.generate", "dsl=wide", "data.path=data/synthetic/wide.json", "generate.samples=400"],
    ]
    for words in made:
        assert run(words, folder).returncode == 0
    for name in (*DATASETS[1:], "data/synthetic/shipped.json"):
        shutil.copy(folder / "small.json", folder / name)
    shutil.copy(folder / "data/synthetic/wide.json", folder / "wide.json")
    for words in (
        [*whole, f"hydra.run.dir={STOPPED}"],
        [*train, "-m", "data.batch_size=32,64", f"hydra.sweep.dir={SWEPT}"],
        [*train, "data.path=wide.json", f"hydra.run.dir={WIDE_RUN}"],
    ):
        ended = run(words, folder)
        assert ended.returncode == 0, (words, ended.stdout, ended.stderr)
    (folder / "arc-agi_test_challenges.json").write_text(_challenges())
    solved = ["neural_guide.solve", "prior=uniform", "tasks=arc-agi_test_challenges.json", "budget.nodes=100"]
    for name in ("submission.json", "submission.csv"):
        assert run([*solved, f"submission={name}", "resume=never"], folder).returncode == 0
    return folder


def _challenges() -> str:
    """A competition's file of three tasks, without answers."""

    tasks = [arc.task for arc in load_tasks("arc1-training")[:3]]
    return json.dumps(
        {
            task.task_id: {
                "train": [{"input": pair.input.tolist(), "output": pair.output.tolist()} for pair in task.pairs],
                "test": [{"input": grid.tolist()} for grid in task.test_inputs],
            }
            for task in tasks
        }
    )


def _use(workplace: Path, run: str) -> None:
    """Let the last run be this one, whatever ran before."""
    latest = workplace / "outputs" / "latest"
    latest.unlink()
    latest.symlink_to(workplace / run)


@pytest.mark.soak
@pytest.mark.parametrize("words", typed(), ids=" ".join)
def test_a_command_of_the_pages_runs(words, workplace):
    _use(workplace, WIDE_RUN if "dsl=wide" in words else STOPPED)
    if "2026-..." in " ".join(words):
        newest = sorted(path for path in workplace.glob("outputs/solve/*/submission.json"))[-1]
        words = [str(newest) if "2026-..." in word else word for word in words]
    ended = run(littled(words), workplace)
    said = ended.stdout + ended.stderr
    lacking = next((need for sign, need in REFUSED.items() if sign in " ".join(words)), None)
    if ended.returncode == 2 and lacking is not None and not torch.cuda.is_available():
        assert lacking in said
        assert "Traceback" not in said
        return
    assert ended.returncode == 0, said


def of_the_shell() -> list[str]:
    """Lines of the pages that run a script of ours, or a command of ours in a loop or on several machines."""
    starts = ("python benchmarks/", "until ", "torchrun ")
    return list(dict.fromkeys(line.partition("  #")[0].strip() for _, line in commands() if line.startswith(starts)))


@pytest.mark.soak
@pytest.mark.parametrize("line", of_the_shell())
def test_a_line_of_the_pages_runs(line, workplace):
    _use(workplace, STOPPED)
    for written, meant in INSTEAD.items():
        line = line.replace(written, meant)
    script = Path(line.split()[1]).stem
    if script in SCRIPTS:
        line = " ".join((line.replace("benchmarks/", f"{ROOT}/benchmarks/"), *SCRIPTS[script]))
    if "neural_guide.train" in line and "g4dn" not in line:
        line += "".join(f" {key}={value}" for key, value in LITTLE["train"].items())
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ended = subprocess.run(
        ["bash", "-c", line],
        cwd=workplace,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path},
    )
    said = ended.stdout + ended.stderr
    if script == "inference" and "onnx" in said and find_spec("onnx") is None:
        pytest.skip("needs the extra onnx")
    assert ended.returncode == 0, said


@pytest.mark.soak
@pytest.mark.parametrize(
    "line", dict.fromkeys(line for _, line in commands() if line.startswith("make ")), ids=lambda line: line
)
def test_a_target_of_the_pages_says_what_it_would_run(line):
    words = shlex.split(line, comments=True)
    ended = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip()
