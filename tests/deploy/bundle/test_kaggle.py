"""What a Kaggle notebook does around the solver: it finds the tasks, installs packages, and keeps what was solved."""

import json
import sys
import time
from pathlib import Path

import pytest

from neural_guide.deploy.bundle import kaggle
from neural_guide.deploy.bundle.kaggle import find_tasks, solve_competition
from neural_guide.deploy.bundle.launch import Packages
from neural_guide.errors import UserError
from support.wheels import make_wheel

LAYOUTS = ("arc-prize-2025", "competitions/arc-prize-2026-arc-agi-2")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def inputs(tmp_path) -> Path:
    return attach(tmp_path / "input" / LAYOUTS[0])


def attach(competition: Path) -> Path:
    """Attach the files of a competition; returns the folder of all inputs."""
    competition.mkdir(parents=True)
    for name in ("arc-agi_training_challenges.json", "arc-agi_test_challenges.json", "sample_submission.json"):
        (competition / name).write_text("{}")
    return next(parent for parent in competition.parents if parent.name == "input")


def make_bundle(folder: Path, script: str = "", packages: str = "", pythons: tuple[str, ...] = ()) -> Path:
    """Make a bundle whose solver is a shell script."""
    folder.mkdir()
    (folder / "run.sh").write_text(script)
    (folder / "wheels.txt").write_text(packages)
    (folder / "bundle.json").write_text(json.dumps({"wheels": pythons}))
    return folder


def run(bundle: Path, inputs: Path, hours: float = 1.0, **arguments) -> Path:
    working = inputs.parent / "working"
    working.mkdir(exist_ok=True)
    solve_competition(bundle, inputs, working, hours=hours, started=time.monotonic(), **arguments)
    return working


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_tasks_are_found_however_the_platform_mounts_them(layout, tmp_path):
    inputs = attach(tmp_path / "input" / layout)
    assert find_tasks(inputs) == inputs / layout / "arc-agi_test_challenges.json"


def test_no_tasks_or_those_of_two_competitions_are_refused(inputs, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"Attach the competition \(Add Input\), or set TASKS"):
        find_tasks(tmp_path / "empty")
    attach(inputs / LAYOUTS[1])
    with pytest.raises(UserError, match=r"2 files of tasks: .*Set TASKS in the first cell to one"):
        find_tasks(inputs)


def test_the_solver_gets_the_time_that_is_left(inputs, tmp_path, capfd):
    bundle = make_bundle(tmp_path / "bundle", 'echo "$@" > arguments; echo {} > "$2"; echo solved')
    started = time.monotonic() - 600
    working = tmp_path / "working"
    working.mkdir()
    (working / "submission.json").write_text("of an earlier run")
    solve_competition(bundle, inputs, working, hours=1.0, started=started, settings=["workers=4"])
    tasks, submission, deadline, setting = (working / "arguments").read_text().split()
    assert (tasks, submission) == (str(find_tasks(inputs)), str(working / "submission.json"))
    assert deadline in ("deadline=3000s", "deadline=2999s")
    assert setting == "workers=4"
    assert (working / "submission.json").read_text() == "{}\n"
    assert capfd.readouterr().out == "solved\n"


@pytest.mark.parametrize("hours", [0, -1, float("nan")])
def test_hours_that_are_no_time_are_refused(hours, inputs, tmp_path):
    with pytest.raises(UserError, match="is no time"):
        run(make_bundle(tmp_path / "bundle"), inputs, hours)


def test_a_solver_that_wrote_nothing_is_an_error_with_its_last_line(inputs, tmp_path):
    bundle = make_bundle(tmp_path / "bundle", "echo beginning; echo wrong file >&2; exit 2")
    with pytest.raises(UserError, match=r"exit code 2 before it wrote .*submission\.json: wrong file"):
        run(bundle, inputs)


def test_a_solver_that_ends_early_leaves_its_submission(inputs, tmp_path, capfd):
    working = run(make_bundle(tmp_path / "bundle", 'echo {} > "$2"; exit 137'), inputs)
    assert (working / "submission.json").is_file()
    assert "The solver ended early, with exit code 137. " in capfd.readouterr().out


def test_a_solver_that_does_not_end_is_killed(inputs, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(kaggle, "KILL_SECONDS", 0.0)
    monkeypatch.setattr(kaggle, "MIN_SECONDS", 0.2)
    started = time.monotonic()
    run(make_bundle(tmp_path / "bundle", 'echo {} > "$2"; exec sleep 600'), inputs, hours=1e-9)
    assert time.monotonic() - started < 60
    assert "with exit code -9" in capfd.readouterr().out


def test_a_missing_package_is_installed_for_the_run_only(inputs, tmp_path, capfd):
    program = "import platform_lacks_it as it, numpy; print(it.__file__, numpy.__file__)"
    script = f'"$PYTHON" -c "{program}" > found\necho {{}} > "$2"'
    bundle = make_bundle(tmp_path / "bundle", script, "numpy==0.1\nplatform_lacks_it==1.0\n", (PYTHON,))
    make_wheel(bundle / "wheels", "platform_lacks_it")
    make_wheel(bundle / "wheels", "numpy")  # the platform has one: it is never replaced
    before = sorted(bundle.rglob("*"))
    installed, numpy = map(Path, (run(bundle, inputs) / "found").read_text().split())
    assert not installed.exists()
    assert not installed.is_relative_to(sys.prefix)
    assert numpy == Path(sys.modules["numpy"].__file__ or "")
    assert "Installed from the bundle, for this run only: platform_lacks_it==1.0." in capfd.readouterr().out
    assert sorted(bundle.rglob("*")) == before


@pytest.mark.parametrize(
    ("pythons", "told"),
    [
        ((), f"the bundle cannot install them. Make the bundle again with bundle.wheels=[{PYTHON}]."),
        (("3.99",), f"Python {PYTHON} without platform_lacks_it==1.0, and the bundle cannot install them (its wheels"),
    ],
)
def test_a_package_without_a_wheel_is_named_in_one_line(pythons, told, inputs, tmp_path):
    bundle = make_bundle(tmp_path / "bundle", "", "platform_lacks_it==1.0\n", pythons)
    if pythons:
        make_wheel(bundle / "wheels", "platform_lacks_it", "cp399-cp399-manylinux_2_28_x86_64")
    with pytest.raises(UserError) as refused:
        run(bundle, inputs)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_platform_without_torch_is_refused(inputs, tmp_path, monkeypatch):
    monkeypatch.setattr(kaggle, "compare_packages", lambda _: Packages({3: "torch==2.13.0"}, []))
    with pytest.raises(UserError, match="a bundle brings no torch and uses that of the platform"):
        run(make_bundle(tmp_path / "bundle"), inputs)
