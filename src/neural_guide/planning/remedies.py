"""The nearest settings that fit, where a plan does not."""

from collections.abc import Iterable

from neural_guide.planning.fitting import smaller
from neural_guide.planning.memory import most_tasks
from neural_guide.planning.plans import Plan

RECORDS_STEP = 500  # round numbers are easier to compare


def remedies(plan: Plan, others: Iterable[Plan], deadline: float | None, dollars: float | None) -> list[str]:
    """Overrides that make a plan fit, each with what it brings; empty where it fits.

    Args:
        plan: of the machine that was asked for.
        others: of other machines, with the same settings.
        deadline: seconds.
        dollars: budget.
    """
    if not plan.problems:
        return []
    return [*_less_memory(plan), *_less_time(plan, deadline, dollars), *_elsewhere(others)]


def _less_memory(plan: Plan) -> list[str]:
    batch = plan.settings["batch_size"]
    most = most_tasks(plan.memory, batch, plan.spec.memory_gib, plan.spec.gpu_memory_gib)
    if batch <= most or most == 0:
        return []
    micro, together = smaller(batch, most)
    kept = f"trainer.accumulate={together * plan.settings['accumulate']}"
    return [f"data.batch_size={micro} {kept}: the same steps in {plan.memory.sample * micro:.1f} GiB of activations"]


def _less_time(plan: Plan, deadline: float | None, dollars: float | None) -> list[str]:
    limit = _seconds(plan, deadline, dollars)
    times = plan.times
    if limit is None or times.total <= limit:
        return []
    left = limit - times.start - times.features - times.finish - times.compiling
    found = []
    epochs = int(left / times.epoch)
    if epochs >= 1:
        found.append(f"trainer.max_epochs={epochs}: ends in time with {epochs} of {times.epochs} epochs")
    share = left / (times.epoch * times.epochs)
    records = int(plan.settings["records"] * share) // RECORDS_STEP * RECORDS_STEP
    if records > 0:
        found.append(f"data.max_samples={records}: ends in time with {share:.0%} of the records")
    return found


def _seconds(plan: Plan, deadline: float | None, dollars: float | None) -> float | None:
    """What deadline and budget leave, whichever is less."""
    paid = None
    cost = plan.cost(spot=False)
    if dollars is not None and cost:
        paid = plan.times.total * dollars / cost
    known = [limit for limit in (deadline, paid) if limit is not None]
    return min(known) if known else None


def _elsewhere(others: Iterable[Plan]) -> list[str]:
    fitting = [other for other in others if not other.problems]
    cheapest = sorted(fitting, key=lambda other: other.cost(spot=False) or 0.0)
    return [f"hardware={other.spec.profile}: about {_about(other)}" for other in cheapest]


def _about(plan: Plan) -> str:
    cost = plan.cost(spot=False)
    return f"{plan.hours:.2f} h" + ("" if cost is None else f", ${cost:.2f} on demand")
