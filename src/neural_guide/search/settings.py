"""Settings of the search for one task, and its budget."""

from dataclasses import dataclass, replace
from typing import Any

from neural_guide.app.settings import setting

ATTEMPTS = 2  # answers that the competition allows per test output
UNIFORM_MIXING = 0.02  # share of every step's probability that is spread evenly
_SLIGHT_SHARE = 1 / 16
_EXTENSIONS = ("pieces", "assembly", "cells", "units", "stages", "forms", "leave_one_out", "single_tests")
_BROAD_SHARE = 1 / 2  # for layerings and rules of cells, which need many different states


@dataclass
class SearchBudget:
    """Limits of the search for one task; the first one reached stops it."""

    nodes: int = setting(
        200_000, "Primitives called on a state; overrun by less than the vocabulary.", low=1, unit="nodes"
    )
    seconds: float = setting(60.0, "Time for one task.", low=0, unit="seconds")
    length: int = setting(4, "Steps of the longest program.", low=1, high=8, unit="primitives")
    memory_mib: float = setting(1024.0, "Memory of states and grids, approximately.", low=16, unit="MiB")


@dataclass
class SearchSettings:
    """Settings of the search for one task.

    A program found unguided within N nodes is found within (N + 1) / unguided_share + vocabulary nodes, whatever the
    prior says. Null for `pieces` and the choices after it turns them on, except for the vocabulary v2, whose figures
    were measured without.
    """

    order: str = setting(
        "best-first",
        "Order in which programs are tried; the last two query the guide about the inputs alone.",
        allowed=("best-first", "sort-and-add", "depth-first"),
    )
    exhaustive: int = setting(
        0, "Depth searched in full before the guide is queried; 0 searches none so.", low=0, high=4, unit="steps"
    )
    query_depth: int = setting(
        3, "Query the guide about states within so many steps; 0 queries about the inputs alone.", low=0, high=8
    )
    query_threshold: float = setting(
        0.4, "Query about a state only when no untried step is likelier than this.", low=0, high=1
    )
    query_after: int = setting(
        45, "Query about later states only after so many nodes; the search then restarts.", low=0, unit="nodes"
    )
    uniform_mixing: float = setting(
        UNIFORM_MIXING, "Share of every step's probability that is spread evenly.", low=0.001, high=1
    )
    unguided_share: float | None = setting(
        None,
        "Share of nodes for the unguided order, which bounds the cost of a wrong guide; null takes half with assembly, "
        "cells or units, else 1/16.",
        low=0,
        high=0.9,
    )
    answers: int = setting(ATTEMPTS, "Different answers after which the search stops.", low=1, unit="answers")
    min_promise: float = setting(
        0.0,
        "Right answers per second that a part of the search must promise, by the ARC-1 training tasks and the guide; "
        "the search stops before one that promises less.",
        low=0,
        unit="1/s",
    )
    pieces: bool | None = setting(None, "Let states be lists of pieces: objects, cells, halves.")
    assembly: bool | None = setting(None, "Layer explored states over each other; the shortest candidates come first.")
    cells: bool | None = setting(None, "Fit rules of cells (decision trees) to explored states.")
    units: bool | None = setting(None, "Fit rules of units: objects, gaps and panels.")
    stages: bool | None = setting(
        None, "Fit rules of units to what a program or another rule of units makes, where nothing shorter explains."
    )
    forms: bool | None = setting(None, "Search the task recoloured and turned too.")
    leave_one_out: bool | None = setting(
        None, "Fit the explanations again without each pair, and rank and trust them by what they predict for it."
    )
    single_tests: bool | None = setting(None, "Search each test alone where no explanation covers all tests.")

    def resolve(self, *, extended: bool) -> "SearchSettings":
        """The settings with every null choice made.

        Args:
            extended: whether programs use another vocabulary than v2.
        """
        chosen: dict[str, Any] = {name: extended for name in _EXTENSIONS if getattr(self, name) is None}
        return replace(self, **chosen)

    @property
    def programs_only(self) -> "SearchSettings":
        """The same search over programs of whole grids alone, which every prior covers."""
        none: dict[str, Any] = dict.fromkeys(_EXTENSIONS, False)
        return replace(self, **none)

    @property
    def share(self) -> float:
        """Share of the nodes for the unguided order."""
        usual = _BROAD_SHARE if self.combines else _SLIGHT_SHARE
        return usual if self.unguided_share is None else self.unguided_share

    @property
    def combines(self) -> bool:
        """True if answers may be composed of several states."""
        return bool(self.assembly or self.cells or self.units)
