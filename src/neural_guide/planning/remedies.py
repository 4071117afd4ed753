"""Remedies for a plan that does not fit: the nearest settings that do."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from neural_guide.planning.memory import RECORDS_STEP, find_max_batch, find_max_records
from neural_guide.planning.memory_fit import split_batch
from neural_guide.planning.plans import Plan, find_problems

BATCH, ACCUMULATE, EPOCHS, RECORDS = "data.batch_size", "trainer.accumulate", "trainer.max_epochs", "data.max_samples"


def find_remedies(plan: Plan, others: Iterable[Plan], deadline: float | None, dollars: float | None) -> list[str]:
    """Find overrides that make a plan fit, each alone and with the needs of the run then; empty if it fits.

    Args:
        plan: plan of the requested machine.
        others: plans of other machines, with the same settings.
        deadline: time limit in seconds; None: no limit.
        dollars: budget; None: no limit.
    """
    if not plan.problems:
        return []
    changes: list[dict[str, int]] = []
    for change in _list_changes(plan, deadline, dollars):
        has_milder = any(milder.items() <= change.items() for milder in changes)
        if not has_milder and not find_problems(_apply(plan, change), deadline, dollars):
            changes.append(change)
    lines = [f"{_format_change(change)}: {_describe(_apply(plan, change))}" for change in changes]
    return lines + _suggest_machines(others)


def _list_changes(plan: Plan, deadline: float | None, dollars: float | None) -> Iterator[dict[str, int]]:
    """List changes that may make a plan fit, mild ones first."""
    batches, seconds = _shrink_batch(plan), _find_limit(plan, deadline, dollars)
    times, records = plan.times, plan.settings["records"]
    overhead = times.total - times.epoch * times.epochs
    share = 1.0 if seconds is None else min(1.0, (seconds - overhead) / (times.epoch * times.epochs))
    epochs = {EPOCHS: math.floor(share * times.epochs)}
    in_time = math.floor(share * records) // RECORDS_STEP * RECORDS_STEP
    in_memory = find_max_records(plan.memory, records, plan.spec.memory_gib)
    fewer = {RECORDS: min(in_time, in_memory) if in_memory else in_time}
    for change in (batches, epochs, fewer, batches | epochs, batches | fewer, {RECORDS: in_memory} | epochs):
        if change and all(count > 0 for count in change.values()) and change.get(RECORDS, 0) < records:
            yield change


def _shrink_batch(plan: Plan) -> dict[str, int]:
    batch = plan.settings["batch_size"]
    max_batch = find_max_batch(plan.memory, batch, plan.spec.memory_gib, plan.spec.gpu_memory_gib)
    if batch <= max_batch or max_batch == 0:
        return {}
    size, count = split_batch(batch, max_batch)
    return {BATCH: size, ACCUMULATE: count * plan.settings["accumulate"]}


def _apply(plan: Plan, change: dict[str, int]) -> Plan:
    """Apply a change to a plan. A smaller batch keeps the number of steps; fewer records make an epoch shorter."""
    share = change.get(RECORDS, plan.settings["records"]) / plan.settings["records"]
    times, memory = plan.times, plan.memory
    tasks = change.get(BATCH, plan.settings["batch_size"])
    return replace(
        plan,
        times=replace(times, epoch=times.epoch * share, epochs=change.get(EPOCHS, times.epochs)),
        memory=replace(memory, data=memory.data * share, activations=memory.sample * tasks),
    )


def _find_limit(plan: Plan, deadline: float | None, dollars: float | None) -> float | None:
    """Return the seconds that deadline and budget allow, whichever is less; None: no limit."""
    paid, cost = None, plan.cost(spot=False)
    if dollars is not None and cost:
        # The cost of storage does not grow with time.
        paid = plan.times.total * (dollars - plan.s3_cost) / (cost - plan.s3_cost)
    limits = [limit for limit in (deadline, paid) if limit is not None]
    return min(limits) if limits else None


def _suggest_machines(others: Iterable[Plan]) -> list[str]:
    fitting = [other for other in others if not other.problems]
    cheapest = sorted(fitting, key=lambda other: other.cost(spot=False) or 0.0)
    return [f"hardware={other.spec.profile}: {_describe(other)}" for other in cheapest]


def _format_change(change: dict[str, int]) -> str:
    return " ".join(f"{name}={count}" for name, count in change.items())


def _describe(plan: Plan) -> str:
    memory, cost = plan.memory, plan.cost(spot=False)
    place = f"{memory.gpu:.1f} GiB of GPU memory" if memory.on_gpu else f"{memory.host:.1f} GiB of memory"
    return f"about {plan.hours:.2f} h, {place}" + ("" if cost is None else f", ${cost:.2f} on demand")
