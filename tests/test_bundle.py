"""`python -m neural_guide.bundle`, and its folder at work where there is no network and nothing else is installed."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import numpy as np
import pytest
from packaging.utils import canonicalize_name

from neural_guide.app.provenance import ROOT
from neural_guide.arc.submission_json_rules import list_json_violations
from neural_guide.arc.task import Pair, Task
from neural_guide.arc.task_files import open_tasks
from neural_guide.deploy.bundle.build import build_bundle
from neural_guide.deploy.bundle.settings import BundleCommandSettings
from neural_guide.dsl.vocabulary import V2, Vocabulary, get_vocabulary
from neural_guide.errors import UserError
from neural_guide.guide.default_guide import SHIPPED_FOLDER, SOLVER_DSL
from neural_guide.guide.guide import load_guide
from neural_guide.harness.run_folder import refuse_unwritable
from support.commands import command
from support.guides import build_untrained_guide
from support.kaggle import NO_NETWORK, attach, clean, find_offline, place_bundle, run_notebook, write_tasks

MIRRORED = "67a3c6ac"  # explained by one primitive, which any guide finds at once
# Written by the solver as it ends: where our package came from, and whatever else was imported.
RECORDER = """
import atexit, json, os, sys
def record():
    ours = sys.modules.get("neural_guide")
    if ours:
        tops = sorted({name.partition(".")[0] for name, module in sys.modules.items() if module})
        with open(os.path.join(os.environ["HOME"], "imported.json"), "w") as opened:
            json.dump({"ours": ours.__file__, "tops": tops}, opened)
atexit.register(record)
"""


OLD_PYTHON = f"""#!/bin/sh
[ "$1" = --version ] && echo Python 3.8.1 && exit
exec {sys.executable} -c "import sys; sys.version_info = (3, 8, 1); $2"
"""


@pytest.fixture(scope="session")
def small_guide(tmp_path_factory) -> Path:
    """A run's folder with a guide to our primitives."""
    folder = tmp_path_factory.mktemp("guide")
    build_untrained_guide(V2).save(folder / "guide.safetensors")
    return folder


@pytest.fixture(scope="session")
def bundle(small_guide, tmp_path_factory) -> Path:
    folder = place_bundle(tmp_path_factory.mktemp("kaggle"))
    ended = command("bundle", f"checkpoint={small_guide}", f"bundle.folder='{folder}'")
    assert ended.returncode == 0, ended.stderr
    assert f"sh {folder}/run.sh TASKS.json" in ended.stdout
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]  # nothing temporary stays
    return folder


def listed(bundle: Path) -> dict[str, str]:
    lines = (line.partition("#")[0].strip() for line in (bundle / "wheels.txt").read_text().splitlines())
    return {name: wanted for name, _, wanted in (line.partition("==") for line in lines if line)}


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory) -> Path:
    """The interpreter of an environment in which nothing is installed."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


@pytest.fixture(scope="session")
def python(bundle, tmp_path_factory) -> Path:
    """The interpreter of an environment in which just what wheels.txt lists is installed."""
    folder = tmp_path_factory.mktemp("clean")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    wheels = folder / "wheels"
    wheels.mkdir()
    for name in listed(bundle):
        for entry, installed in entries_of(name):
            if not (wheels / entry).exists():
                (wheels / entry).symlink_to(installed)
    packages = next((folder / "venv" / "lib").glob("python*/site-packages"))
    (packages / "wheels.pth").write_text(f"{wheels}\n")  # a .pth file in there, of an editable install, is not read
    (packages / "import_recorder.py").write_text(RECORDER)
    (packages / "recorder.pth").write_text("import import_recorder\n")  # a distribution may have a sitecustomize.py
    return folder / "venv" / "bin" / "python"


def entries_of(name: str) -> Iterator[tuple[str, Path]]:
    """What an installed distribution has put into site-packages: names, and where they are."""
    installed = distribution(name)
    for entry in {path.parts[0] for path in installed.files or ()} - {"..", "__pycache__"}:
        yield entry, Path(str(installed.locate_file(entry)))


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """The home of the solver, with its cache of compiled code."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def offline() -> list[str]:
    return find_offline()


@pytest.fixture(scope="session")
def competition(tmp_path_factory) -> tuple[Path, list[Task]]:
    """A competition's file of real tasks, at a path with letters that mean something to Hydra and to a shell."""
    tasks = [arc.task for arc in open_tasks("arc1-training").tasks]
    several = next(task for task in tasks if len(task.test_inputs) > 1)
    chosen = [next(task for task in tasks if task.task_id == MIRRORED), tasks[0], several]
    path = tmp_path_factory.mktemp("competition") / "it's a=b, {c} $HOME" / "arc-agi_test_challenges.json"
    write_tasks(path, chosen)
    return path, chosen


def test_it_solves_without_a_network_from_the_wheels_alone(bundle, python, offline, competition, home, tmp_path):
    path, tasks = competition
    elsewhere, environment = tmp_path / "elsewhere", clean(home, python)
    elsewhere.mkdir()
    before = sorted(bundle.rglob("*"))

    line = [*offline, "sh", "-c", '"$PYTHON" -c "$0" && exec sh "$@"', NO_NETWORK, bundle / "run.sh", path]
    line += ["budget.nodes=300", "budget.seconds=10", "workers=1"]
    ended = subprocess.run(line, env=environment, cwd=elsewhere, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Other versions" not in ended.stderr
    submission = (elsewhere / "submission.json").read_bytes()
    assert list_json_violations(submission, tasks) == []
    given = tasks[0].test_inputs[0]
    assert json.loads(submission)[MIRRORED][0]["attempt_1"] == given[:, ::-1].tolist()
    assert sorted(bundle.rglob("*")) == before  # it may lie where nothing can be written

    imported = json.loads((home / "imported.json").read_text())
    assert Path(imported["ours"]).is_relative_to(bundle)
    owners = packages_distributions()
    used = {canonicalize_name(owners[top][0]) for top in imported["tops"] if top in owners} - {"neural-guide"}
    assert {"hydra-core", "numpy", "safetensors"} <= used <= listed(bundle).keys()
    facts = json.loads((bundle / "bundle.json").read_text())
    rows = [row for result in elsewhere.glob("outputs/solve/*/results.csv") for row in result.read_text().splitlines()]
    assert len(rows) == 1 + len(tasks)
    assert [row for row in rows if "failed" in row] == []
    (report,) = elsewhere.glob("outputs/solve/*/report.md")
    assert facts["commit"] in report.read_text()


def make_task(name: str, pairs: list[tuple[list[list[int]], list[list[int]]]], *tests: list[list[int]]) -> Task:
    grids = [Pair(np.array(given, dtype=np.uint8), np.array(output, dtype=np.uint8)) for given, output in pairs]
    return Task(name, tuple(grids), tuple(np.array(test, dtype=np.uint8) for test in tests))


# So small that the whole search space is explored at once: a mirror, and what no program makes.
SMALL_TASKS = [
    make_task("mirror", [([[1, 1, 2]], [[2, 1, 1]]), ([[4, 5, 5]], [[5, 5, 4]])], [[7, 8, 9]], [[1, 0]]),
    make_task("beyond", [([[1]], [[1, 2, 3], [4, 5, 6]])], [[2]]),
]


def list_grids(submission: Path, task: str) -> list[list[list[int]]]:
    """The first attempts at the outputs of a task of a submission that is valid."""
    assert list_json_violations(submission.read_bytes(), SMALL_TASKS) == []
    return [attempts["attempt_1"] for attempts in json.loads(submission.read_text())[task]]


@pytest.fixture(scope="session")
def notebook(bundle) -> Path:
    """The notebook of a bundle in the folders of Kaggle."""
    return attach(bundle.parents[3], SMALL_TASKS)


def list_states(folder: Path) -> list[tuple[Path, int]]:
    """Every path below a folder, with the time of its last change."""
    return sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))


def test_its_notebook_solves_on_kaggle_unchanged(bundle, notebook, python, home, tmp_path):
    root, working = bundle.parents[3], tmp_path / "working"
    before = list_states(root)
    printed = run_notebook(notebook, root, working, clean(home, python))
    assert list_grids(working / "submission.json", "mirror") == [[[9, 8, 7]], [[0, 1]]]
    assert list_grids(working / "submission.json", "beyond") == [[[2]]]
    assert "\x1b" not in printed  # the log of a notebook is no terminal
    counts = "2 tasks, 1 answered by the search, 1 by their test inputs as a fallback"
    assert printed.splitlines()[-1] == f"{working}/submission.json: {counts}"
    assert list_states(root) == before


def test_its_notebook_answers_every_task_when_time_runs_out(bundle, notebook, python, home, tmp_path):
    working = tmp_path / "working"
    edited = tmp_path / "edited.ipynb"  # as a user edits it: the bundle is read-only
    edited.write_text(notebook.read_text().replace("HOURS = 11.0", "HOURS = 0.0003"))
    started = time.monotonic()
    last = run_notebook(edited, bundle.parents[3], working, clean(home, python)).splitlines()[-1]
    assert time.monotonic() - started < 100  # of 11 hours
    assert list_grids(working / "submission.json", "mirror") == [[[7, 8, 9]], [[1, 0]]]
    assert list_grids(working / "submission.json", "beyond") == [[[2]]]
    counts = (
        "0 answered by the search, 2 by their test inputs as a fallback, 2 of these not finished before the deadline"
    )
    assert last.endswith(f"submission.json: 2 tasks, {counts}")


def test_without_a_guide_it_solves_with_the_wide_vocabulary(competition, tmp_path):
    path, tasks = competition
    folder = tmp_path / "bundle"
    made = command("bundle", "prior=uniform", f"bundle.folder={folder}")
    assert made.returncode == 0, made.stderr
    assert not list(folder.glob("*.safetensors"))
    about = json.loads((folder / "bundle.json").read_text())
    assert (about["prior"], about["guide_sha256"]) == ("uniform", None)
    assert about["vocabulary"] == list(get_vocabulary("wide").names)
    line = ["sh", folder / "run.sh", path, "named.json", "budget.nodes=300", "workers=1"]
    environment = os.environ | {"PYTHON": sys.executable}
    ended = subprocess.run(line, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    given = tasks[0].test_inputs[0]
    assert json.loads((tmp_path / "named.json").read_text())[MIRRORED][0]["attempt_1"] == given[:, ::-1].tolist()


def test_it_carries_the_shipped_guide_of_the_language_that_solves_most(tmp_path):
    made = command("bundle", f"bundle.folder={tmp_path / 'bundle'}")
    assert made.returncode == 0, made.stderr
    about = json.loads((tmp_path / "bundle" / "bundle.json").read_text())
    assert about["prior"] == "guide"
    shipped = load_guide(str(SHIPPED_FOLDER / SOLVER_DSL))
    assert load_guide(str(tmp_path / "bundle" / "guide.safetensors")).vocabulary == shipped.vocabulary


def test_torch_is_listed_for_a_guide_that_reads_grids_alone(tmp_path):
    build_untrained_guide(V2, has_features=False).save(tmp_path / "guide.safetensors")
    made = command("bundle", f"checkpoint={tmp_path}", f"bundle.folder={tmp_path / 'bundle'}")
    assert made.returncode == 0, made.stderr
    assert next(iter(listed(tmp_path / "bundle"))) == "torch"
    assert "usually" in (tmp_path / "bundle" / "wheels.txt").read_text().split("torch==")[1].splitlines()[0]


def test_the_list_is_exact(bundle):
    wheels = listed(bundle)
    assert wheels == {name: distribution(name).version.partition("+")[0] for name in wheels}
    assert "mdurl" in wheels  # nothing of ours imports it; rich requires what requires it
    assert wheels.keys().isdisjoint(
        {"neural-guide", "torch", "lightning", "scikit-learn", "tensorboard", "pytest", "s3fs"}
    )


def test_a_bundle_has_code_settings_and_guide_and_nothing_else(bundle, small_guide):
    files = [path.relative_to(bundle) for path in bundle.rglob("*") if path.is_file()]
    alone = {str(path) for path in files if path.parts[0] not in ("src", "conf")}
    named = {"guide.safetensors", "wheels.txt", "run.sh", "kaggle.ipynb", "README.md", "bundle.json", "LICENSE"}
    assert alone == named
    assert {path.suffix for path in files if path.parts[0] == "conf"} == {".yaml"}
    assert not [path for path in files if "__pycache__" in path.parts]
    about = json.loads((bundle / "bundle.json").read_text())
    assert len(about["vocabulary"]) == 17
    assert about["versions"] == dict(sorted(listed(bundle).items()))
    content = {path: (bundle / path).read_bytes() for path in files}
    for place in (ROOT, small_guide, Path.home(), bundle):
        assert [path for path, text in content.items() if str(place).encode() + b"/" in text] == []


def test_a_missing_package_is_named_with_its_line(bundle, bare_python, tmp_path):
    line = ["sh", bundle / "run.sh", "tasks.json"]
    environment = clean(tmp_path / "home", bare_python)
    ended = subprocess.run(line, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    first, wanted = next(iter(listed(bundle).items()))
    assert f"{first}=={wanted} (line 3)" in ended.stderr
    assert "wheels.txt" in ended.stderr
    assert "pip install --no-index --find-links wheels -r wheels.txt" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(("script", "message"), [(None, "there is no "), (OLD_PYTHON, "is Python 3.8.1;")])
def test_a_missing_or_old_python_is_explained(script, message, bundle, tmp_path):
    python = tmp_path / "python"
    if script:
        python.write_text(script)
        python.chmod(0o755)
    line, environment = ["sh", bundle / "run.sh", "tasks.json"], clean(tmp_path / "home", python)
    ended = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Python 3.11 or newer" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_taken_folder_is_refused_in_one_line_before_it_is_replaced(bundle, small_guide, tmp_path):
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "bundle.json").write_text("{}")
    (folder / "old").touch()
    line = (f"checkpoint={small_guide}", f"bundle.folder={folder}")
    refused = command("bundle", *line)
    assert refused.returncode == 2
    assert "Add bundle.overwrite=true" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert (folder / "old").exists()
    replaced = command("bundle", *line, "bundle.overwrite=true")
    assert replaced.returncode == 0, replaced.stderr
    assert {path.name for path in folder.iterdir()} == {path.name for path in bundle.iterdir()}


def test_a_guide_to_other_primitives_is_refused(tmp_path):
    path = tmp_path / "guide.safetensors"
    build_untrained_guide(Vocabulary(("Flip", *V2.names[1:])), has_features=False).save(path)
    config = BundleCommandSettings(checkpoint=str(path))
    config.bundle.folder = str(tmp_path / "bundle")
    with pytest.raises(UserError, match=r"cannot be executed here.*: Flip\."):
        build_bundle(config)
    assert not (tmp_path / "bundle").exists()


def test_an_unwritable_submission_is_refused_before_the_search(tmp_path):
    refuse_unwritable(tmp_path / "submission.json")
    with pytest.raises(UserError, match="is not there"):
        refuse_unwritable(tmp_path / "missing" / "submission.json")
    with pytest.raises(UserError, match="is a folder"):
        refuse_unwritable(tmp_path)
