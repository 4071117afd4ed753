"""Tests that have to notice a mutant: those that execute its line."""

import ast
from collections.abc import Sequence
from itertools import accumulate
from typing import Protocol


class Traced(Protocol):
    """A test module and the lines that it executes; see `TestModule`."""

    path: str
    seconds: dict[str, float]
    lines: dict[str, dict[int, list[str]]]


def find_statement(source: str, line: int) -> tuple[range, bool]:
    """Find the innermost statement around a line.

    Returns:
        Its lines (of a compound statement, those of its head), and whether a call executes it, not the import.
    """
    lines, in_function = range(line, line + 1), False
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(ast.parse(source)):  # outer statements come first
        if not isinstance(node, ast.stmt) or not node.lineno <= line <= (node.end_lineno or node.lineno):
            continue
        body = getattr(node, "body", None)
        end = max(node.lineno, body[0].lineno - 1) if body else (node.end_lineno or node.lineno)
        if line <= end:
            lines = range(node.lineno, end + 1)
        elif isinstance(node, functions):
            in_function = True
    return lines, in_function


def choose_tests(
    modules: Sequence[Traced], path: str, lines: range, *, in_function: bool, most_seconds: float
) -> dict[str, float]:
    """Choose the tests that execute some lines of a module: node ids with seconds, the fastest first.

    A test module that executes them in a fixture or in another process runs as a whole. What is executed at import
    concerns every test that executes anything of the module. Where no test is seen to execute it (settings, compiled
    functions), all tests of the modules that import it run.

    Args:
        modules: test modules of a room.
        path: module of the package.
        lines: lines of one statement.
        in_function: whether they are executed by a call, not at import.
        most_seconds: tests are left out, the slowest first, beyond so many seconds.
    """
    chosen: dict[str, float] = {}
    for module in modules:
        by_line = module.lines.get(path, {})
        names = {name for line in (lines if in_function else by_line) for name in by_line.get(line, [])}
        if in_function and "" in names:
            names = set(module.seconds)
        chosen |= {f"{module.path}::{name}": module.seconds[name] for name in names if name in module.seconds}
    if not chosen:
        importing = [module for module in modules if path in module.lines]
        for module in importing or modules:
            chosen |= {f"{module.path}::{name}": seconds for name, seconds in module.seconds.items()}
    order = sorted(chosen, key=lambda name: chosen[name])
    ends = accumulate(chosen[name] for name in order)
    return {
        name: chosen[name]
        for number, (name, end) in enumerate(zip(order, ends, strict=True))
        if not number or end < most_seconds
    }
