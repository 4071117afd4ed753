"""Mutation testing: the tests of a mutant, its verdict, and the table. Its operators need mutmut: `make mutation`."""

from pathlib import Path
from types import SimpleNamespace

import pytest

SOURCE = """LIMIT = 3


def cut(values):
    if values:
        return values[
            :LIMIT
        ]
    return []
"""
PATH = "src/toy.py"


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    """The modules of the tool can be imported."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "benchmarks" / "mutation")


@pytest.mark.parametrize(
    ("line", "lines", "in_function"), [(1, range(1, 2), False), (5, range(5, 6), True), (7, range(6, 9), True)]
)
def test_a_line_belongs_to_the_statement_around_it(line, lines, in_function):
    from choice import find_statement

    assert find_statement(SOURCE, line) == (lines, in_function)


def test_a_mutant_runs_the_tests_that_execute_its_line_the_fastest_first():
    from choice import choose_tests

    direct = SimpleNamespace(
        path="tests/a.py",
        seconds={"test_slow": 5.0, "test_fast": 1.0, "test_other": 2.0},
        lines={PATH: {1: [""], 4: [""], 5: ["test_fast", "test_slow", "test_failed"], 9: ["test_other"]}},
    )
    command = SimpleNamespace(path="tests/b.py", seconds={"test_command": 3.0}, lines={PATH: {5: [""]}})
    unrelated = SimpleNamespace(path="tests/c.py", seconds={"test_c": 0.1}, lines={})

    def choose(*numbers, is_in_function=True, max_seconds=90.0):
        modules, lines = [direct, command, unrelated], range(*numbers)
        return list(choose_tests(modules, PATH, lines, is_in_function=is_in_function, max_seconds=max_seconds))

    assert choose(5, 6) == ["tests/a.py::test_fast", "tests/b.py::test_command", "tests/a.py::test_slow"]
    assert choose(5, 6, max_seconds=5.0) == ["tests/a.py::test_fast", "tests/b.py::test_command"]
    assert choose(5, 6, max_seconds=0.5) == ["tests/a.py::test_fast"]
    assert choose(9, 10) == ["tests/a.py::test_other"]
    everything = [
        "tests/a.py::test_fast",
        "tests/a.py::test_other",
        "tests/b.py::test_command",
        "tests/a.py::test_slow",
    ]
    assert choose(7, 8) == everything  # no test is seen to execute it
    assert choose(1, 2, is_in_function=False) == [
        "tests/a.py::test_fast",
        "tests/a.py::test_other",
        "tests/a.py::test_slow",
    ]


def test_a_mutant_is_killed_by_a_test_and_put_back(tmp_path):
    from execution import replace_module, restore_originals, run_tests

    root, log = tmp_path / "copy", tmp_path / "output.log"
    module = root / PATH
    module.parent.mkdir(parents=True)
    module.write_text(SOURCE)
    tests = {"test_empty": "assert cut([]) == []", "test_cut": "assert cut([1, 2, 3, 4]) == [1, 2, 3]"}
    lines = ["from toy import cut", *(f"def {name}():\n    {body}" for name, body in tests.items())]
    (root / "test_toy.py").write_text("\n".join(lines))
    seconds = {f"test_toy.py::{name}": 0.1 for name in tests}
    modified = module.stat().st_mtime_ns
    assert run_tests(root, seconds, log).outcome == "survived", log.read_text()
    with replace_module(module, SOURCE.replace("3", "4")):
        verdict = run_tests(root, seconds, log)
    assert (verdict.outcome, verdict.killer) == ("killed", "test_toy.py::test_cut"), log.read_text()
    killed = replace_module(module, "")
    killed.__enter__()  # and never leaves
    restore_originals(root)
    assert (module.read_text(), module.stat().st_mtime_ns) == (SOURCE, modified)
    assert not [*root.rglob("*.kept")]


def test_the_table_counts_by_room_and_lists_survivors(monkeypatch, tmp_path):
    import mutation_report

    def make_result(after, outcome="killed"):
        return mutation_report.Result(PATH, 1, "LIMIT = 3", "3", after, 2, outcome, "", 1.0)

    equivalents = tmp_path / "equivalent.toml"
    equivalents.write_text(
        f'[[mutant]]\npath = "{PATH}"\ncode = "LIMIT = 3"\nbefore = "3"\nafter = "5"\nreason = "never reached"\n'
    )
    monkeypatch.setattr(mutation_report, "EQUIVALENT", equivalents)
    by_room = {
        "one": [make_result("4"), make_result("5", "survived"), make_result("6", "timeout")],
        "two": [make_result("7", "survived")],
    }
    rows = [line.split(" | ") for line in mutation_report.format_table(by_room).splitlines()[2:]]
    assert rows == [
        ["| one", "3", "2", "1", "67%", "100% |"],
        ["| two", "1", "0", "0", "0%", "0% |"],
        ["| all", "4", "2", "1", "50%", "67% |"],
    ]
    page = tmp_path / "page.md"
    page.write_text(f"before\n{mutation_report.BEGIN}\nold\n{mutation_report.END}\nafter\n")
    mutation_report.write_page(page, by_room, 0)
    text = page.read_text()
    assert text.startswith(f"before\n{mutation_report.BEGIN}\n\nSeed 0.")
    assert text.endswith(f"{mutation_report.END}\nafter\n")
    assert "old" not in text
    assert "- one, `src/toy.py`, `LIMIT = 3`: `3` -> `5`. Changes nothing: never reached\n" in text
    assert "- two, `src/toy.py`, `LIMIT = 3`: `3` -> `7`\n" in text
