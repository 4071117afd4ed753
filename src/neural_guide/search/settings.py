"""How a search goes."""

from dataclasses import dataclass, replace
from typing import Literal

from neural_guide.search.prior import FLOOR

_SLIGHT_SHARE = 1 / 16
_BROAD_SHARE = 1 / 2  # where answers are made of several states: they want many different ones
ATTEMPTS = 2  # answers that the competition allows per test output


@dataclass(frozen=True)
class Strategy:
    """How a search goes.

    Attributes:
        order: best-first, sort-and-add or depth-first; the last two ask no advisor but about the inputs.
        exhaustive: depth searched in full before anyone is asked; 0: none.
        ask_depth: the advisor is asked about states within so many steps of the inputs; 0: about the inputs alone.
        ask_below: and that once the likeliest step not tried yet is less likely than this, [0, 1].
        ask_after: nodes that are spent on asking about the inputs alone. Then the search begins anew, with questions
            about later states as well; what was executed costs nothing again.
        floor: share of the chances of every step that is spread evenly, (0, 1].
        unguided_share: share of the nodes that goes to the unguided order beside the guided one, [0, 1). A program
            found unguided within N nodes is found within (N + 1) / unguided_share + vocabulary nodes whatever the
            prior says. None: half where answers are made of several states, else a sixteenth.
        answers: different answers after which the search stops.
        pieces: whether states may be lists of pieces, see `search.pieces`.
        assembly: whether explored states are laid over each other, see `search.assembly`; the search then ends when
            no shorter answers can come, and the shortest are first.
        cells: whether rules of cells are looked for among explored states, see `search.cells`; the same holds.
        forms: whether other forms of the task are searched where the task as it is has not answers enough, see
            `search.canonical`; the task as it is has half of the budget, they share the rest.
    """

    order: Literal["best-first", "sort-and-add", "depth-first"] = "best-first"
    exhaustive: int = 0
    ask_depth: int = 3
    ask_below: float = 0.4
    ask_after: int = 45
    floor: float = FLOOR
    unguided_share: float | None = None
    answers: int = ATTEMPTS
    pieces: bool = False
    assembly: bool = False
    cells: bool = False
    forms: bool = False

    @property
    def plain(self) -> "Strategy":
        """The same over programs of whole grids alone, of which every prior has something to say."""
        return replace(self, pieces=False, assembly=False, cells=False, forms=False)

    @property
    def share(self) -> float:
        """Of the nodes, for the unguided order."""
        usual = _BROAD_SHARE if self.combines else _SLIGHT_SHARE
        return usual if self.unguided_share is None else self.unguided_share

    @property
    def combines(self) -> bool:
        """Whether answers are made of several states."""
        return self.assembly or self.cells
