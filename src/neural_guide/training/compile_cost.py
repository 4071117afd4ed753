"""What compiling costs and brings; a compiled run says after how many steps it pays."""

from dataclasses import dataclass

from torch._dynamo.utils import calculate_time_spent, counters


@dataclass(frozen=True)
class Compiled:
    """Compilation in this process.

    Attributes:
        seconds: spent on it.
        graphs: that were made; more than a few mean that shapes change.
        breaks: places where Python had to take over.
        plain_step: seconds of a step that is not compiled.
        step: seconds of a compiled one.
    """

    seconds: float
    graphs: int
    breaks: int
    plain_step: float
    step: float

    @property
    def break_even(self) -> float:
        """Steps after which the time spent is earned back; infinite where a step is no faster."""
        gain = self.plain_step - self.step
        return self.seconds / gain if gain > 0 else float("inf")

    def told(self, steps: int) -> str:
        """A line on what it brought a run of so many steps."""
        head = (
            f"compile=on took {self.seconds:.0f} s for {self.graphs} graphs with {self.breaks} breaks; a step takes "
            f"{self.step * 1e3:.1f} ms, {self.plain_step * 1e3:.1f} without"
        )
        if self.break_even == float("inf"):
            return f"{head}: it does not pay here. Use compile=off."
        advice = "" if steps >= self.break_even else " Use compile=off for runs of this length."
        return f"{head}: it pays after {self.break_even:,.0f} steps, and this run had {steps:,}.{advice}"


def compiled(plain_step: float, step: float) -> Compiled:
    """What was compiled in this process so far.

    Args:
        plain_step: seconds of a step before.
        step: seconds of a step since.
    """
    return Compiled(
        seconds=float(calculate_time_spent()["total_wall_time"]),
        graphs=int(counters["stats"]["unique_graphs"]),
        breaks=sum(counters["graph_break"].values()),
        plain_step=plain_step,
        step=step,
    )
