"""Tracing of the lines that each test executes: one run of each test module, unchanged, under coverage."""

import json
import xml.etree.ElementTree as ElementTree
import zlib
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from coverage import Coverage
from execution import run_pytest

CONFIG = """
[run]
core = ctrace
source = {source}
dynamic_context = test_function
patch = _exit, fork, subprocess
parallel = true
data_file = {data}
"""


class TestModule(NamedTuple):
    """A test module and the lines that it executes.

    Attributes:
        path: module, relative to the root.
        seconds: seconds of each passing test function, summed over its parameters.
        lines: test functions that execute a line, by line, by module of the package. Lines that fixtures, imports and
            other processes execute have an empty name among them.
    """

    path: str
    seconds: dict[str, float]
    lines: dict[str, dict[int, list[str]]]


def trace_module(root: Path, path: str, folder: Path) -> TestModule:
    """Run a test module under coverage, or read the result of an earlier run of the same file.

    Args:
        root: the repository, a copy.
        path: test module, relative to it.
        folder: folder of results.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{path.removesuffix('.py').replace('/', '-')}-{zlib.crc32((root / path).read_bytes()):08x}"
    result_path = stem.with_suffix(".json")
    if not result_path.exists():
        print(f"  {path}", flush=True)
        result_path.write_text(json.dumps({"seconds": _run_module(root, path, stem), "lines": _read_lines(root, stem)}))
    result = json.loads(result_path.read_text())
    lines = {name: {int(line): tests for line, tests in by_line.items()} for name, by_line in result["lines"].items()}
    return TestModule(path, result["seconds"], lines)


def _run_module(root: Path, path: str, stem: Path) -> dict[str, float]:
    """Run the module, and return the seconds of its tests; leave out tests that fail without a mutant."""
    config, report = stem.with_suffix(".ini"), stem.with_suffix(".xml")
    config.write_text(CONFIG.format(source=root / "src", data=stem.with_suffix(".coverage")))
    run_pytest(root, [f"--junitxml={report}", path], stem.with_suffix(".log"), coverage_config=config)
    seconds: dict[str, float] = defaultdict(float)
    failed_tests = set()
    for case in ElementTree.parse(report).iter("testcase"):
        name = str(case.get("name")).partition("[")[0]
        seconds[name] += float(case.get("time") or 0)
        if case.find("failure") is not None or case.find("error") is not None:
            failed_tests.add(name)
            print(f"  {path}::{name} fails without any mutant: {stem.with_suffix('.log')}", flush=True)
    return {name: test_seconds for name, test_seconds in seconds.items() if name not in failed_tests}


def _read_lines(root: Path, stem: Path) -> dict[str, dict[int, list[str]]]:
    coverage = Coverage(config_file=str(stem.with_suffix(".ini")))
    coverage.combine()
    data = coverage.get_data()
    return {
        Path(name).relative_to(root).as_posix(): {
            line: sorted({context.rpartition(".")[2] for context in contexts})
            for line, contexts in data.contexts_by_lineno(name).items()
        }
        for name in data.measured_files()
    }
