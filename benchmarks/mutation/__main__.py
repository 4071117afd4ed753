"""How many small faults the tests notice: mutants of each room, drawn with a seed, against the tests of the room.

The repository is copied first, so that it can change meanwhile. Results stay in the folder: the same rooms and seed
run only what is missing.

    python benchmarks/mutation                                  # 20 mutants of each room, about an hour
    python benchmarks/mutation --rooms search --count 40 --seed 3
    python benchmarks/mutation --again                          # survivors again, with the tests of now
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
from execution import PASSED, import_libraries, judge, put_back, put_in_place, run_pytest
from mutants import Mutant, draw_mutants
from mutation_report import Result, format_survivors, format_table, write_page
from rooms import ROOMS, Room
from tracing import TestModule, trace_module

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("src", "tests", "conf", "docs", "guides", "benchmarks", "notebooks", "cloud", "outputs/README.md")
COMMITTER = ("-c", "user.name=copy", "-c", "user.email=copy@example.org")
SHARED = "NEURAL_GUIDE_TEST_FOLDER"  # tests/conftest.py makes there what many tests read
MAKE_SHARED = "def test_shared(dataset, few_records, run_folder, whole_run): pass\n"
FAULT = 5  # fields of mutants and results that name the fault
MOST_SECONDS = 90.0  # of the tests of one mutant


def copy_repository(target: Path, *, again: bool) -> None:
    """Copy what the tests read; of a copy that is there, with its caches, only the tests are renewed, and if asked."""
    names = [*COPIED, *(path.name for path in ROOT.iterdir() if path.is_file() and path.name != ".git")]
    if target.exists():
        put_back(target)
        names = ["tests"] if again else []
    for name in names:
        source, copy = ROOT / name, target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy2(source, copy)
    for words in (["init"], ["add", "."], [*COMMITTER, "commit", "-m", "copy"]):  # some tests archive what is committed
        subprocess.run(["git", *words], cwd=target, capture_output=True, check=False)


def make_shared(root: Path, folder: Path) -> None:
    """Make what many tests read once, with the code as it is: no mutant pays for it."""
    folder.mkdir(exist_ok=True)
    os.environ[SHARED] = str(folder)
    module = root / "tests" / "test_shared.py"
    module.write_text(MAKE_SHARED)
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
    """Run the tests that execute the line of a mutant."""
    path = root / mutant.path
    lines, in_function = find_statement(path.read_text(), mutant.line)
    tests = choose_tests(modules, mutant.path, lines, in_function=in_function, most_seconds=MOST_SECONDS)
    with put_in_place(path, mutant.source):
        verdict = judge(root, tests, log)
    return Result(*mutant[:FAULT], len(tests), *verdict)


def measure_room(name: str, arguments: argparse.Namespace) -> list[Result]:
    """Judge the mutants of a room; verdicts of an earlier run are read."""
    root, room, folder = arguments.folder / "copy", ROOMS[name], arguments.folder
    kept = folder / f"{name}-{arguments.seed}.json"
    known = [Result(*row) for row in json.loads(kept.read_text())] if kept.exists() else []
    results = {result[:FAULT]: result for result in known}
    stays = {fault for fault, result in results.items() if result.is_noticed or not arguments.again}
    drawn = draw_mutants(root, room.sources, arguments.count, arguments.seed)
    missing = [mutant for mutant in drawn if mutant[:FAULT] not in stays]
    if missing:
        print(f"{name}: {len(missing)} mutants", flush=True)
        modules = trace_room(root, room, folder / "traced")
        for mutant in missing:
            result = results[mutant[:FAULT]] = judge_mutant(root, mutant, modules, folder / "output.log")
            kept.write_text(json.dumps(list(results.values()), indent=1) + "\n")
            print(f"  {result.describe()}", flush=True)
    return [results[mutant[:FAULT]] for mutant in drawn]


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
    make_shared(root, arguments.folder / "shared")
    by_room = {name: measure_room(name, arguments) for name in arguments.rooms}
    print(f"\n{format_table(by_room)}\n{format_survivors(by_room)}")
    if arguments.docs:
        write_page(ROOT / "docs" / "tests.md", by_room, arguments.seed)
    results = [result for results in by_room.values() for result in results]
    if sum(result.is_noticed for result in results) < arguments.least * len(results):
        sys.exit(f"Fewer than {arguments.least:.0%} of the mutants are noticed.")


if __name__ == "__main__":
    main()
