"""Mutants: modules with one small fault, created by the operators of mutmut and drawn at random."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

UNTOUCHED_CALLS = {"cast", "TypeVar", "NewType"}  # their arguments matter to the type checker alone


class Mutant(NamedTuple):
    """A module with one fault.

    Attributes:
        path: module, relative to the root.
        line: number of the first line of the changed expression.
        code: that line.
        before: that expression.
        after: its replacement.
        source: source of the whole module with the fault.
    """

    path: str
    line: int
    code: str
    before: str
    after: str
    source: str


def draw_mutants(root: Path, sources: Sequence[str], count: int, seed: int) -> list[Mutant]:
    """Draw mutants of some folders and modules, at most one per line; equal arguments draw the same mutants.

    Args:
        root: the repository.
        sources: folders and modules below src/neural_guide.
        count: number of mutants; there are fewer if the code has too few lines.
        seed: seed of the draw.
    """
    package = root / "src" / "neural_guide"
    paths = sorted(
        path
        for source in sources
        for path in ([package / source] if source.endswith(".py") else (package / source).rglob("*.py"))
    )
    rng = random.Random(seed)
    lines = [(path, line) for path in paths for line in range(1, 1 + len(path.read_text().splitlines()))]
    rng.shuffle(lines)
    modules: dict[Path, _Module] = {}
    mutants: list[Mutant] = []
    for path, line in lines:
        if len(mutants) == count:
            break
        if path not in modules:
            modules[path] = _read_module(path.read_text())
        changes = modules[path].changes.get(line)
        if changes:
            mutants.append(
                _make_mutant(path.relative_to(root).as_posix(), line, modules[path].tree, rng.choice(changes))
            )
    return mutants


class _Change(NamedTuple):
    before: cst.CSTNode
    after: cst.CSTNode


class _Module(NamedTuple):
    tree: cst.Module
    changes: dict[int, list[_Change]]  # by their first line


class _Finder(cst.CSTVisitor):
    """Collect the nodes that change, with their replacements.

    It leaves out annotations, decorators, docstrings and texts with blanks (messages, help), because no test of
    behaviour depends on them. It leaves out assertions and `strict=`, because they only state true conditions. As in
    mutmut, it leaves out the calls of `len` and `isinstance` themselves.
    """

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.changes: dict[int, list[_Change]] = {}

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Annotation | cst.Decorator | cst.Import | cst.ImportFrom | cst.Assert):
            return False
        if isinstance(node, cst.Arg) and node.keyword is not None and node.keyword.value == "strict":
            return False
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name):
            if node.func.value in UNTOUCHED_CALLS:
                return False
            if node.func.value in ("len", "isinstance"):
                return True
        if _is_text(node):
            return False
        position = self.get_metadata(PositionProvider, node, None)
        if position is not None:
            for kind, operator in mutation_operators:
                if isinstance(node, kind):
                    self.changes.setdefault(position.start.line, []).extend(
                        _Change(node, mutated) for mutated in operator(node) if not _changes_strictness(node, mutated)
                    )
        return True


def _changes_strictness(before: cst.CSTNode, after: cst.CSTNode) -> bool:
    """Return whether two calls differ in `strict=` alone."""
    if not isinstance(before, cst.Call) or not isinstance(after, cst.Call):
        return False
    other_arguments = [
        [arg for arg in call.args if arg.keyword is None or arg.keyword.value != "strict"] for call in (before, after)
    ]
    return len(before.args) != len(other_arguments[0]) and all(
        before_argument is after_argument for before_argument, after_argument in zip(*other_arguments, strict=False)
    )


def _is_text(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.ConcatenatedString):
        return True
    return isinstance(node, cst.SimpleString) and (node.quote.startswith('"""') or " " in node.raw_value)


def _read_module(source: str) -> _Module:
    wrapper = MetadataWrapper(cst.parse_module(source))
    finder = _Finder()
    wrapper.visit(finder)
    return _Module(wrapper.module, finder.changes)


def _make_mutant(path: str, line: int, tree: cst.Module, change: _Change) -> Mutant:
    mutated = tree.deep_replace(change.before, change.after)
    assert isinstance(mutated, cst.Module)
    return Mutant(
        path=path,
        line=line,
        code=tree.code.splitlines()[line - 1].strip(),
        before=tree.code_for_node(change.before).strip(),
        after=tree.code_for_node(change.after).strip(),
        source=mutated.code,
    )
