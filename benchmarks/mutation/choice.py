"""Choice of the tests that must notice a mutant: those that execute its line."""

import ast
from collections.abc import Sequence
from itertools import accumulate
from typing import Protocol


class TracedModule(Protocol):
    """A test module and the lines that it executes; see `TestModule`."""

    path: str
    seconds: dict[str, float]
    lines: dict[str, dict[int, list[str]]]


def find_statement(source: str, line: int) -> tuple[range, bool]:
    """Find the innermost statement around a line.

    Returns:
        Its lines (for a compound statement, those of its head), and whether a call executes it, not the import.
    """
    lines, is_in_function = range(line, line + 1), False
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(ast.parse(source)):  # outer statements come first
        if not isinstance(node, ast.stmt) or not node.lineno <= line <= (node.end_lineno or node.lineno):
            continue
        body = getattr(node, "body", None)
        end = max(node.lineno, body[0].lineno - 1) if body else (node.end_lineno or node.lineno)
        if line <= end:
            lines = range(node.lineno, end + 1)
        elif isinstance(node, functions):
            is_in_function = True
    return lines, is_in_function


def choose_tests(
    modules: Sequence[TracedModule], path: str, lines: range, *, is_in_function: bool, max_seconds: float
) -> dict[str, float]:
    """Choose the tests that execute some lines of a module: node ids with seconds, the fastest first.

    A test module that executes them in a fixture or in another process runs as a whole. Lines executed at import affect
    every test that executes any line of the module. If no traced test executes the lines (settings, compiled
    functions), all tests of the modules that import the module run.

    Args:
        modules: test modules of a room.
        path: module of the package.
        lines: lines of one statement.
        is_in_function: whether a call executes them, not the import.
        max_seconds: limit on the sum of seconds; the slowest tests beyond it are left out.
    """
    seconds_by_test: dict[str, float] = {}
    for module in modules:
        by_line = module.lines.get(path, {})
        names = {name for line in (lines if is_in_function else by_line) for name in by_line.get(line, [])}
        if is_in_function and "" in names:
            names = set(module.seconds)
        seconds_by_test |= {f"{module.path}::{name}": module.seconds[name] for name in names if name in module.seconds}
    if not seconds_by_test:
        importing_modules = [module for module in modules if path in module.lines]
        for module in importing_modules or modules:
            seconds_by_test |= {f"{module.path}::{name}": seconds for name, seconds in module.seconds.items()}
    order = sorted(seconds_by_test, key=lambda name: seconds_by_test[name])
    end_times = accumulate(seconds_by_test[name] for name in order)
    return {
        name: seconds_by_test[name]
        for number, (name, end) in enumerate(zip(order, end_times, strict=True))
        if not number or end < max_seconds
    }
