"""What explains all pairs of a task, and what it answers."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid, is_equal_list
from neural_guide.dsl.program import Program
from neural_guide.search.cell_rules.explanation import Explaining, Sight
from neural_guide.search.cell_rules.rule import Case, CellRule, Look
from neural_guide.search.cell_rules.rule_search import rules_of
from neural_guide.search.goal import ColourMap, recoloured
from neural_guide.search.layering import Assembler, Assembly, laid_over
from neural_guide.search.output_shaped_states import Fitting
from neural_guide.search.output_size import guessed_shapes
from neural_guide.search.piece_lists.values import list_piece_functions
from neural_guide.search.state_space import Explained, Space
from neural_guide.search.task_transforms import Form

MAP_COST = 2.0  # nats of a map of colours bound last
UNFIT_COST = 6.0  # of answers of another size than a rule that all pairs keep
RULE_COST = 4.0  # of a rule of cells beside what it looks at: a program as long is right more often


class Part(NamedTuple):
    """A layer of an assembly: the program that makes it, and what its colours become (255: transparent)."""

    program: Program
    colours: ColourMap


@dataclass(frozen=True)
class Candidate:
    """What explains all pairs, and what it answers: a program, several laid over each other, or a rule of cells.

    Attributes:
        program: names of its steps, primitives and functions of pieces; empty where it is no program.
        colour_map: bound last, new colour of each colour; None: colours stay.
        answers: one per test input.
        nodes: spent until it was found.
        seconds: until then.
        parts: of an assembly, the uppermost first; else none.
        rule: of cells; else None.
        form: of the task that it explains, see `search.canonical`; empty: the task as it is.
        cost: how long it is, in nats: of its steps under a uniform prior, and of what is bound.
        rank: that of all explanations with the same answers together: theirs is the chance that one of them is meant.
            The lowest is the first attempt.
        support: see `search.assembly.Assembly` and `search.cells.tree.Tree`; 1 for a program.
        confidence: the stated chance that all its answers are right, see `search.confidence`.
    """

    program: Program
    colour_map: ColourMap | None
    answers: tuple[Grid, ...]
    nodes: int
    seconds: float
    parts: tuple[Part, ...] = ()
    rule: CellRule | None = None
    form: str = ""
    cost: float = 0.0
    rank: float = math.inf
    support: float = 1.0
    confidence: float = 0.0

    @property
    def is_program(self) -> bool:
        """Whether it is one program."""
        return not self.parts and self.rule is None

    @property
    def says(self) -> Hashable:
        """What explains the pairs, whenever it was found."""
        return self.program, self.colour_map, self.parts, self.rule

    def ranked(self) -> "Candidate":
        """With the rank that it has alone."""
        return replace(self, rank=self.cost)

    def with_support_of(self, other: "Candidate") -> "Candidate":
        """The shorter of two with the same answers, with the rank of both."""
        shorter = other if other.cost < self.cost else self
        return replace(shorter, rank=-float(np.logaddexp(-self.rank, -other.rank)))


def merged(found: Sequence[Candidate], others: Sequence[Candidate]) -> list[Candidate]:
    """Candidates of two forms of a task, each answer once, the lowest rank first."""
    joined = list(found)
    for candidate in others:
        place = _place_of(candidate.answers, joined)
        if place is None:
            joined.append(candidate)
        else:
            joined[place] = joined[place].with_support_of(candidate)
    return sorted(joined, key=lambda each: each.rank)


def _place_of(answers: Sequence[Grid], found: Sequence[Candidate]) -> int | None:
    """Where the candidate with the same answers is."""
    return next((place for place, each in enumerate(found) if is_equal_list(answers, each.answers)), None)


class Answers:
    """The candidates among the states of a space that explain the pairs, each answer once.

    Args:
        space: that is searched.
        names: of the primitives.
        form: of the task.
        assembly: whether states are laid over each other.
        cells: whether rules of cells are looked for. With one of these two the shorter of two candidates with the
            same answers is kept, else the first.
        before: nodes that other forms of the task took.
    """

    def __init__(
        self,
        space: Space,
        names: Sequence[str],
        form: Form,
        *,
        assembly: bool = False,
        cells: bool = False,
        before: int = 0,
    ) -> None:
        self.found: list[Candidate] = []
        self._space, self._form, self._before = space, form, before
        self._assembly, self._cells, self._ranked = assembly, cells, assembly or cells
        self._names = (*names, *(list_piece_functions() if space.values else ()))
        shown = form.task.pairs
        self._outputs = [pair.output for pair in shown]
        inputs, tests = [pair.input for pair in shown], form.task.test_inputs
        self._guess = guessed_shapes(inputs, self._outputs, tests) if self._ranked else None
        self._fitting = Fitting(space, self._outputs, self._guess)
        self._assembler = Assembler(space, self._outputs)
        self._seen = 0
        self._known: set[Hashable] = set()  # what explains the pairs, each once however often it is met

    @property
    def seen_all(self) -> bool:
        """Whether every state that explains the pairs was looked at."""
        return self._seen == len(self._space.explained)

    @property
    def nbytes(self) -> int:
        """Memory that it takes beside the space, about."""
        return self._assembler.nbytes(len(self._fitting)) if self._ranked else 0

    def look(self, seconds: float) -> None:
        """Take what was met since the last look; `seconds` after the search began."""
        while not self.seen_all:
            self._take(self._explaining(self._space.explained[self._seen], seconds))
            self._seen += 1

    def combine(self, seconds: float) -> None:
        """Lay states over each other; `seconds` after the search began."""
        if self._assembly:
            for assembly in self._assembler.assemble(self._fitting.groups()):
                self._take(self._assembled(assembly, seconds))

    def finish(self, seconds: float) -> None:
        """Make all that several states explain together, the best answers first; `seconds` after the search began.

        Rules of cells are looked for only now: they end no search.
        """
        self.combine(seconds)
        if self._cells:
            for states in self._fitting.groups():
                for explaining in rules_of(self._space, states, self._outputs):
                    self._take(self._ruled(explaining, seconds))
        if self._ranked:
            self.found.sort(key=lambda candidate: candidate.rank)

    def _take(self, candidate: Candidate) -> None:
        """Keep one of those with the same answers, at the place of the first."""
        if candidate.says in self._known:
            return
        self._known.add(candidate.says)
        candidate = candidate.ranked()
        place = _place_of(candidate.answers, self.found)
        if place is None:
            self.found.append(candidate)
        elif self._ranked:
            self.found[place] = self.found[place].with_support_of(candidate)

    def _explaining(self, explained: Explained, seconds: float) -> Candidate:
        space, colour_map = self._space, explained.colour_map
        stays = all(before == after for before, after in enumerate(colour_map))
        grids = space.grids_of(explained.state)[space.pairs :]
        answers = grids if stays else tuple(recoloured(grid, colour_map) for grid in grids)
        cost = space.cost(explained.state) + (0.0 if stays else MAP_COST)
        if self._guess is not None and tuple(grid.shape for grid in answers) != self._guess:
            cost += UNFIT_COST
        program = self._program(explained.state)
        undone = self._undone(answers)
        return Candidate(
            *(program, None if stays else colour_map, undone, self._before + explained.nodes, seconds),
            form=self._form.name,
            cost=cost,
        )

    def _assembled(self, assembly: Assembly, seconds: float) -> Candidate:
        space, layers = self._space, assembly.layers
        tables = [layer.colours for layer in layers]
        grids = [space.grids_of(layer.state) for layer in layers]
        tests = range(space.pairs, len(grids[0]))
        answers = tuple(laid_over([each[test] for each in grids], tables) for test in tests)
        parts = tuple(Part(self._program(layer.state), layer.colours) for layer in layers)
        return Candidate(
            *((), None, self._undone(answers), self._before + space.nodes, seconds, parts),
            form=self._form.name,
            cost=assembly.cost,
            support=assembly.support,
        )

    def _ruled(self, explaining: Explaining, seconds: float) -> Candidate:
        looks = tuple(map(self._look, explaining.looks))
        cases = tuple(
            Case(values, self._look(becomes) if isinstance(becomes, Sight) else becomes)
            for values, becomes in explaining.cases
        )
        return Candidate(
            *((), None, self._undone(explaining.answers), self._before + self._space.nodes, seconds),
            rule=CellRule(looks, cases, explaining.direction),
            form=self._form.name,
            cost=explaining.cost + RULE_COST,
            support=explaining.support,
        )

    def _look(self, sight: Sight) -> Look:
        return Look(self._program(sight.state), sight.view)

    def _program(self, state: int) -> Program:
        return tuple(self._names[step] for step in self._space.program(state))

    def _undone(self, answers: Sequence[Grid]) -> tuple[Grid, ...]:
        return tuple(self._form.undo(answer, test) for test, answer in enumerate(answers))
