"""The nearest settings that fit, where a plan does not."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from neural_guide.planning.memory import RECORDS_STEP, most_records, most_tasks
from neural_guide.planning.memory_fit import smaller
from neural_guide.planning.plans import Plan, problems

BATCH, ACCUMULATE, EPOCHS, RECORDS = "data.batch_size", "trainer.accumulate", "trainer.max_epochs", "data.max_samples"


def remedies(plan: Plan, others: Iterable[Plan], deadline: float | None, dollars: float | None) -> list[str]:
    """Overrides that make a plan fit, each by itself and with what the run then takes; empty where it fits.

    Args:
        plan: of the machine that was asked for.
        others: of other machines, with the same settings.
        deadline: seconds.
        dollars: budget.
    """
    if not plan.problems:
        return []
    found: list[dict[str, int]] = []
    for change in _changes(plan, deadline, dollars):
        enough = any(fitting.items() <= change.items() for fitting in found)
        if not enough and not problems(_changed(plan, change), deadline, dollars):
            found.append(change)
    told = [f"{_typed(change)}: {_about(_changed(plan, change))}" for change in found]
    return told + _elsewhere(others)


def _changes(plan: Plan, deadline: float | None, dollars: float | None) -> Iterator[dict[str, int]]:
    """What might do, mild changes before those that take more away."""
    batches, seconds = _smaller_batch(plan), _seconds(plan, deadline, dollars)
    times, records = plan.times, plan.settings["records"]
    around = times.total - times.epoch * times.epochs
    share = 1.0 if seconds is None else min(1.0, (seconds - around) / (times.epoch * times.epochs))
    epochs = {EPOCHS: math.floor(share * times.epochs)}
    in_time = math.floor(share * records) // RECORDS_STEP * RECORDS_STEP
    in_memory = most_records(plan.memory, records, plan.spec.memory_gib)
    fewer = {RECORDS: min(in_time, in_memory) if in_memory else in_time}
    for change in (batches, epochs, fewer, batches | epochs, batches | fewer, {RECORDS: in_memory} | epochs):
        if change and all(count > 0 for count in change.values()) and change.get(RECORDS, 0) < records:
            yield change


def _smaller_batch(plan: Plan) -> dict[str, int]:
    batch = plan.settings["batch_size"]
    most = most_tasks(plan.memory, batch, plan.spec.memory_gib, plan.spec.gpu_memory_gib)
    if batch <= most or most == 0:
        return {}
    micro, together = smaller(batch, most)
    return {BATCH: micro, ACCUMULATE: together * plan.settings["accumulate"]}


def _changed(plan: Plan, change: dict[str, int]) -> Plan:
    """The plan under other settings. A smaller batch makes the same steps; fewer records make an epoch shorter."""
    share = change.get(RECORDS, plan.settings["records"]) / plan.settings["records"]
    times, memory = plan.times, plan.memory
    tasks = change.get(BATCH, plan.settings["batch_size"])
    return replace(
        plan,
        times=replace(times, epoch=times.epoch * share, epochs=change.get(EPOCHS, times.epochs)),
        memory=replace(memory, data=memory.data * share, activations=memory.sample * tasks),
    )


def _seconds(plan: Plan, deadline: float | None, dollars: float | None) -> float | None:
    """What deadline and budget leave, whichever is less."""
    paid, cost = None, plan.cost(spot=False)
    if dollars is not None and cost:
        paid = plan.times.total * (dollars - plan.kept) / (cost - plan.kept)  # what is kept does not grow with time
    known = [limit for limit in (deadline, paid) if limit is not None]
    return min(known) if known else None


def _elsewhere(others: Iterable[Plan]) -> list[str]:
    fitting = [other for other in others if not other.problems]
    cheapest = sorted(fitting, key=lambda other: other.cost(spot=False) or 0.0)
    return [f"hardware={other.spec.profile}: {_about(other)}" for other in cheapest]


def _typed(change: dict[str, int]) -> str:
    return " ".join(f"{name}={count}" for name, count in change.items())


def _about(plan: Plan) -> str:
    memory, cost = plan.memory, plan.cost(spot=False)
    where = f"{memory.gpu:.1f} GiB of GPU memory" if memory.on_gpu else f"{memory.host:.1f} GiB of memory"
    return f"about {plan.hours:.2f} h, {where}" + ("" if cost is None else f", ${cost:.2f} on demand")
