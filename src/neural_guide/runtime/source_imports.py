"""Imports of our modules, followed from file to file without importing anything."""

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

OURS = "neural_guide"


class SourceImports(NamedTuple):
    """All that some modules import, directly or not.

    Attributes:
        files: files of our package, those of the modules themselves included; sorted.
        foreign: top-level names of foreign modules, without the standard library.
    """

    files: tuple[Path, ...]
    foreign: frozenset[str]


def follow_imports(source: Path, entries: Sequence[str]) -> SourceImports:
    """Follow the imports of modules; those in functions count, those for type checkers alone do not.

    Args:
        source: folder of our package.
        entries: names of modules, relative to the package.
    """
    waiting, seen, foreign = [f"{OURS}.{entry}" for entry in entries], dict[str, Path | None](), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen[name] = path = _find_file(name, source)
        if path is None:  # a name inside a module, not a module
            continue
        waiting += [name.rpartition(".")[0]] if "." in name else []
        for imported in _list_imports(path):
            top = imported.partition(".")[0]
            if top == OURS:
                waiting.append(imported)
            elif top not in sys.stdlib_module_names:
                foreign.add(top)
    return SourceImports(tuple(sorted(path for path in seen.values() if path)), frozenset(foreign))


def _list_imports(path: Path) -> Iterator[str]:
    """Iterate over the dotted names that a module imports; for `from a import b` both a and a.b, whatever b is."""
    for node in _walk_executed(ast.parse(path.read_bytes(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:  # relative ones are refused by lint
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _walk_executed(node: ast.AST) -> Iterator[ast.AST]:
    """Walk the nodes below a node, without those that only type checkers read."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            child = ast.Module(child.orelse, type_ignores=[])
        yield child
        yield from _walk_executed(child)


def _find_file(name: str, source: Path) -> Path | None:
    stem = source.joinpath(*name.split(".")[1:])
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)
