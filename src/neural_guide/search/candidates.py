"""Candidates: explanations of all pairs of a task, and the answers they give."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.dsl.program import Program
from neural_guide.search.cell_rules.rule import CellRule
from neural_guide.search.goal import Relabelling
from neural_guide.search.unit_rules.stages import StagedRule

Family = Literal["program", "layering", "cells", "lines", "units"]
"""Kind of explanation: a program, a layering of several, a rule of cells, a rule line by line, or a rule of units."""
Rule = CellRule | StagedRule
"""A decision tree over cells or over units."""


class ProgramLayer(NamedTuple):
    """A layer of a layering: its program, and the new colour of each colour (255: transparent)."""

    program: Program
    colours: Relabelling


class Evidence(NamedTuple):
    """What explanations of all pairs but one say of a candidate, see `search.leave_one_out`.

    Attributes:
        pairs: number of pairs left out, one after the other.
        predicted: number of them whose output the likeliest explanation of the other pairs predicts.
        agreement: for each test, share of those explanations that give the candidate's answer, [0, 1].
    """

    pairs: int
    predicted: int
    agreement: tuple[float, ...]


@dataclass(frozen=True)
class Candidate:
    """An explanation of all pairs with its answers: a program, a layering of several, or a rule.

    Attributes:
        program: names of its steps, primitives and functions of pieces; empty: the candidate is no program.
        relabelling: new colour of each colour after the last step; None: colours stay.
        answers: predicted outputs, one per test; None for a test that it does not answer.
        nodes: nodes until it was found.
        seconds: time until then.
        layers: layers of a layering, the uppermost first; empty: the candidate is no layering.
        rule: rule of cells or of units; None: the candidate is no rule.
        transform: name of the task transform under which it was found, see `search.task_transforms`; empty: identity.
        cost: description length in nats, of the steps under a uniform prior and of relabelled colours.
        rank: cost in nats of all explanations with the same answers together (negative log of their summed
            probabilities). The lowest is the first attempt.
        support: see `search.layering.Layering` and `search.rule_learning.tree.Tree`; 1 for a program.
        families: families with an explanation that gives the same answers; empty: that of the candidate alone.
        evidence: what leaving a pair out says of it; None: no pair was left out.
    """

    program: Program
    relabelling: Relabelling | None
    answers: tuple[Grid | None, ...]
    nodes: int
    seconds: float
    layers: tuple[ProgramLayer, ...] = ()
    rule: Rule | None = None
    transform: str = ""
    cost: float = 0.0
    rank: float = math.inf
    support: float = 1.0
    families: tuple[Family, ...] = ()
    evidence: "Evidence | None" = None

    @property
    def is_program(self) -> bool:
        """True for a single program."""
        return not self.layers and self.rule is None

    @property
    def family(self) -> Family:
        """Family of the explanation."""
        if self.rule is not None:
            return self.rule.family
        return "layering" if self.layers else "program"

    @property
    def explanation(self) -> Hashable:
        """The explanation of the pairs, without when it was found; equal for equal explanations."""
        return self.program, self.relabelling, self.layers, self.rule

    def place_among(self, test: int, tests: int) -> "Candidate":
        """Return a candidate of a search for one test alone as a candidate of the whole task.

        Args:
            test: index of that test.
            tests: number of tests of the task.
        """
        unanswered = [None] * tests
        evidence = self.evidence
        if evidence is not None:
            evidence = evidence._replace(agreement=(*[0.0] * test, *evidence.agreement, *[0.0] * (tests - test - 1)))
        return replace(self, answers=(*unanswered[:test], *self.answers, *unanswered[test + 1 :]), evidence=evidence)

    def rank_alone(self) -> "Candidate":
        """Return the candidate with its own cost as rank."""
        return replace(self, rank=self.cost, families=(self.family,))

    def merge(self, other: "Candidate") -> "Candidate":
        """Return the shorter of two candidates with the same answers, with their joint rank."""
        shorter = other if other.cost < self.cost else self
        families = tuple(sorted({*self.families, *other.families}))
        evidences = [candidate.evidence for candidate in (shorter, self, other) if candidate.evidence]
        return replace(
            shorter,
            rank=-float(np.logaddexp(-self.rank, -other.rank)),
            families=families,
            evidence=evidences[0] if evidences else None,
        )


def merge_candidates(first: Sequence[Candidate], second: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates found under two transforms of a task, each answer once, the lowest rank first."""
    candidates = list(first)
    for candidate in second:
        index = find_answers(candidate.answers, candidates)
        if index is None:
            candidates.append(candidate)
        else:
            candidates[index] = candidates[index].merge(candidate)
    return sorted(candidates, key=lambda candidate: candidate.rank)


def find_answers(answers: Sequence[Grid | None], candidates: Sequence[Candidate]) -> int | None:
    """Return the index of the candidate with the same answers; None: there is none."""
    return next((index for index, candidate in enumerate(candidates) if _are_equal(answers, candidate.answers)), None)


def _are_equal(answers: Sequence[Grid | None], others: Sequence[Grid | None]) -> bool:
    return all(
        answer is other is None or (answer is not None and other is not None and is_equal(answer, other))
        for answer, other in zip(answers, others, strict=True)
    )
