"""Cost and benefit of compilation: the number of steps after which a compiled run is faster."""

from dataclasses import dataclass

from torch._dynamo.utils import calculate_time_spent, counters


@dataclass(frozen=True)
class CompileCost:
    """Compilation in this process.

    Attributes:
        seconds: seconds spent on it.
        graphs: number of compiled graphs; more than a few mean that shapes change.
        breaks: number of places where Python interrupts a graph.
        plain_step: seconds of a step that is not compiled.
        step: seconds of a compiled step.
    """

    seconds: float
    graphs: int
    breaks: int
    plain_step: float
    step: float

    @property
    def break_even(self) -> float:
        """Steps that save as much time as compilation took; infinite where a step is no faster."""
        gain = self.plain_step - self.step
        return self.seconds / gain if gain > 0 else float("inf")

    def describe(self, steps: int) -> str:
        """One line on the benefit for a run of so many steps."""
        head = (
            f"compile=on took {self.seconds:.0f} s for {self.graphs} graphs with {self.breaks} breaks; a step takes "
            f"{self.step * 1e3:.1f} ms, {self.plain_step * 1e3:.1f} without"
        )
        if self.break_even == float("inf"):
            return f"{head}: it does not pay here. Use compile=off."
        advice = "" if steps >= self.break_even else " Use compile=off for runs of this length."
        return f"{head}: it pays after {self.break_even:,.0f} steps, and this run had {steps:,}.{advice}"


def measure_compile_cost(plain_step: float, step: float) -> CompileCost:
    """Collect what was compiled in this process so far.

    Args:
        plain_step: seconds of a step that is not compiled.
        step: seconds of a compiled step.
    """
    return CompileCost(
        seconds=float(calculate_time_spent()["total_wall_time"]),
        graphs=int(counters["stats"]["unique_graphs"]),
        breaks=sum(counters["graph_break"].values()),
        plain_step=plain_step,
        step=step,
    )
