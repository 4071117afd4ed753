"""Tables of plans: the parts of one plan, and all plans side by side."""

from collections.abc import Sequence

from neural_guide.planning.machines import PRICED_ON
from neural_guide.planning.plans import Plan
from neural_guide.reporting.report_table import NO_VALUE, Cell, ReportTable
from neural_guide.runtime.durations import format_duration


def build_parts_sheet(plan: Plan) -> ReportTable:
    """Build a table of time, memory and money of one plan by part."""
    times, memory = plan.times, plan.memory
    place = "GPU" if memory.on_gpu else "memory"
    rows = [
        ("time: start, data opened, baselines", format_duration(times.start)),
        ("time: executed features", format_duration(times.features) if times.features else "there already"),
        (f"time: {times.epochs} epochs of {format_duration(times.epoch)}", format_duration(times.training)),
        ("time: metrics, calibration, report", format_duration(times.finish)),
        ("time in all", format_duration(times.total)),
        ("memory: Python, torch, packages", _format_gib(memory.runtime)),
        ("memory: data", _format_gib(memory.data)),
        ("memory: baselines, loggers, report", _format_gib(memory.beside)),
        (f"{place}: parameters, gradients", _format_gib(memory.parameters + memory.gradients)),
        (f"{place}: optimiser", _format_gib(memory.optimizer)),
        (
            f"{place}: activations, {plan.settings['batch_size']} tasks of {memory.sample * 1024:.1f} MiB",
            _format_gib(memory.activations),
        ),
        ("memory in all", _format_gib(memory.host) + (f", GPU {_format_gib(memory.gpu)}" if memory.on_gpu else "")),
        ("disk: dataset, store, run", _format_gib(plan.disk_gib)),
        ("money: the run in S3, a month", f"${plan.s3_cost:.4f}"),
    ]
    origin = "measured here" if plan.measured else "an estimate"
    title = f"Plan for hardware={plan.spec.profile} ({plan.spec.instance}), {origin}"
    return ReportTable(title, ["part", "planned"], [[Cell(name), Cell(value)] for name, value in rows])


def build_comparison_sheet(plans: Sequence[Plan]) -> ReportTable:
    """Build a table with a plan in each row."""
    headers = ["hardware", "machine", "step, ms", "epoch", "in all", "memory", "GPU", "on demand", "spot", "verdict"]
    rows = []
    for plan in plans:
        memory, spec = plan.memory, plan.spec
        cells = [
            spec.profile,
            spec.instance,
            f"{plan.settings['step_seconds'] * 1e3:.1f}" + ("" if plan.measured else " est."),
            format_duration(plan.times.epoch),
            format_duration(plan.times.total),
            f"{memory.host:.1f} of {spec.memory_gib:.0f} GiB",
            f"{memory.gpu:.1f} of {spec.gpu_memory_gib:.0f} GiB" if spec.gpu_memory_gib else NO_VALUE,
            _format_dollars(plan.cost(spot=False)),
            _format_dollars(plan.cost(spot=True)),
            "; ".join(problem.partition(":")[0] for problem in plan.problems) or "fits",  # remedies come below
        ]
        rows.append([Cell(text) for text in cells])
    return ReportTable(f"Side by side, prices of {PRICED_ON}; est.: an estimate", headers, rows)


def _format_gib(gib: float) -> str:
    return f"{gib:.2f} GiB" if gib >= 0.1 else f"{gib * 1024:.1f} MiB"


def _format_dollars(dollars: float | None) -> str:
    return "yours" if dollars is None else f"${dollars:.2f}"
