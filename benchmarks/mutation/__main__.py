"""Mutation testing: draw mutants of each room with a seed, and run the tests of the room on them.

The script copies the repository first, so that it can change meanwhile. Results stay in the folder; a run with the same
rooms and seed adds only missing results.

    python benchmarks/mutation                                  # 20 mutants of each room, about an hour
    python benchmarks/mutation --rooms search --count 40 --seed 3
    python benchmarks/mutation --again                          # survivors again, with the current tests
    python benchmarks/mutation --docs                           # and write the table into docs/tests.md

Needs mutmut (its operators) and coverage; `make mutation` installs both.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from choice import choose_tests, find_statement
from execution import PASSED, import_libraries, replace_module, restore_originals, run_pytest, run_tests
from mutants import Mutant, draw_mutants
from mutation_report import Result, format_survivors, format_table, write_page
from rooms import ROOMS, Room
from tracing import TestModule, trace_module

ROOT = Path(__file__).resolve().parents[2]
COPIED_PATHS = ("src", "tests", "conf", "docs", "guides", "benchmarks", "notebooks", "cloud", "outputs/README.md")
COMMITTER = ("-c", "user.name=copy", "-c", "user.email=copy@example.org")
SHARED_VARIABLE = "NEURAL_GUIDE_TEST_FOLDER"  # folder in which tests/conftest.py creates the data that many tests read
SHARED_TEST = "def test_shared(dataset, few_records, run_folder, whole_run): pass\n"
FAULT_FIELDS = 5  # number of the first fields of mutants and results, which identify the fault
MAX_SECONDS = 90.0  # maximum seconds of the tests of one mutant


def copy_repository(target: Path, *, again: bool) -> None:
    """Copy the files that the tests read.

    An existing copy stays as it is, with its caches. With `again`, the function copies its tests again.
    """
    names = [*COPIED_PATHS, *(path.name for path in ROOT.iterdir() if path.is_file() and path.name != ".git")]
    if target.exists():
        restore_originals(target)
        names = ["tests"] if again else []
    for name in names:
        source, copy = ROOT / name, target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy2(source, copy)
    # Some tests archive the committed files.
    for git_arguments in (["init"], ["add", "."], [*COMMITTER, "commit", "-m", "copy"]):
        subprocess.run(["git", *git_arguments], cwd=target, capture_output=True, check=False)


def create_shared_data(root: Path, folder: Path) -> None:
    """Create the data that many tests read, once and with the unchanged code, so that no mutant needs the time."""
    folder.mkdir(exist_ok=True)
    os.environ[SHARED_VARIABLE] = str(folder)
    module = root / "tests" / "test_shared.py"
    module.write_text(SHARED_TEST)
    log = folder.with_suffix(".log")
    if run_pytest(root, [str(module)], log) != PASSED:
        sys.exit(f"What the tests share cannot be made: {log}")
    module.unlink()


def trace_room(root: Path, room: Room, folder: Path) -> list[TestModule]:
    """Trace each test module of a room."""
    paths = sorted(
        path.relative_to(root).as_posix()
        for name in room.tests
        for path in ([root / name] if name.endswith(".py") else (root / name).rglob("test_*.py"))
    )
    return [trace_module(root, path, folder) for path in paths]


def judge_mutant(root: Path, mutant: Mutant, modules: list[TestModule], log: Path) -> Result:
    """Run the tests that execute the line of a mutant, and return the result."""
    path = root / mutant.path
    lines, is_in_function = find_statement(path.read_text(), mutant.line)
    tests = choose_tests(modules, mutant.path, lines, is_in_function=is_in_function, max_seconds=MAX_SECONDS)
    with replace_module(path, mutant.source):
        verdict = run_tests(root, tests, log)
    return Result(*mutant[:FAULT_FIELDS], len(tests), *verdict)


def measure_room(name: str, arguments: argparse.Namespace) -> list[Result]:
    """Judge the mutants of a room; read the results of an earlier run."""
    root, room, folder = arguments.folder / "copy", ROOMS[name], arguments.folder
    results_path = folder / f"{name}-{arguments.seed}.json"
    earlier_results = [Result(*row) for row in json.loads(results_path.read_text())] if results_path.exists() else []
    results = {result[:FAULT_FIELDS]: result for result in earlier_results}
    finished_faults = {fault for fault, result in results.items() if result.is_noticed or not arguments.again}
    mutants = draw_mutants(root, room.sources, arguments.count, arguments.seed)
    missing_mutants = [mutant for mutant in mutants if mutant[:FAULT_FIELDS] not in finished_faults]
    if missing_mutants:
        print(f"{name}: {len(missing_mutants)} mutants", flush=True)
        modules = trace_room(root, room, folder / "traced")
        for mutant in missing_mutants:
            result = results[mutant[:FAULT_FIELDS]] = judge_mutant(root, mutant, modules, folder / "output.log")
            results_path.write_text(json.dumps(list(results.values()), indent=1) + "\n")
            print(f"  {result.describe()}", flush=True)
    return [results[mutant[:FAULT_FIELDS]] for mutant in mutants]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rooms", nargs="+", default=list(ROOMS), choices=ROOMS)
    parser.add_argument("--count", type=int, default=20, help="mutants of each room")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draw")
    parser.add_argument("--folder", type=Path, default=ROOT / "outputs/bench/mutation", help="copy, traces and results")
    parser.add_argument("--fresh", action="store_true", help="copy the repository and run everything again")
    parser.add_argument("--again", action="store_true", help="copy the tests and run them on the survivors again")
    parser.add_argument("--least", type=float, default=0.0, help="exit code 1 below this share of noticed mutants")
    parser.add_argument("--docs", action="store_true", help="write the table into docs/tests.md")
    arguments = parser.parse_args()
    arguments.folder = arguments.folder.resolve()
    if arguments.fresh:
        shutil.rmtree(arguments.folder, ignore_errors=True)
    os.environ["OMP_NUM_THREADS"] = "1"
    root = arguments.folder / "copy"
    copy_repository(root, again=arguments.again)
    import_libraries()
    create_shared_data(root, arguments.folder / "shared")
    results_by_room = {name: measure_room(name, arguments) for name in arguments.rooms}
    print(f"\n{format_table(results_by_room)}\n{format_survivors(results_by_room)}")
    if arguments.docs:
        write_page(ROOT / "docs" / "tests.md", results_by_room, arguments.seed)
    results = [result for results in results_by_room.values() for result in results]
    if sum(result.is_noticed for result in results) < arguments.least * len(results):
        sys.exit(f"Fewer than {arguments.least:.0%} of the mutants are noticed.")


if __name__ == "__main__":
    main()
