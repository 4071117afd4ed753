"""What every order of trying programs has in common.

An order walks through a `Space` by calling `advance`, and shares with the others what was executed there.
"""

from typing import NamedTuple, Protocol


class Reached(NamedTuple):
    """A state that this order reaches for the first time."""

    cost: float  # -log of the chances of the steps to it
    state: int
    length: int


class Order(Protocol):
    """A way through a space."""

    reached: Reached | None

    def advance(self) -> bool:
        """Take one step; `reached` is the state it newly reaches, or None. False: nothing is left to try."""
        ...

    @property
    def nbytes(self) -> int:
        """Memory that it takes beside the space, about."""
        ...
