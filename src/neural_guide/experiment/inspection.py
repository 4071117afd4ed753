"""Say what a dataset is worth: python -m neural_guide.inspect data.path=FILE [data.quality_threshold=...] ..."""

import time
from dataclasses import asdict
from typing import Any

from neural_guide.app.console import console
from neural_guide.app.invocation import Invocation
from neural_guide.app.provenance import facts, peak_rss_gib
from neural_guide.app.settings_files import write_config
from neural_guide.data.audit.audit import audit_store, select_for_training
from neural_guide.data.audit.findings import Finding, format_verdict, list_findings
from neural_guide.data.audit.results import AuditResults, Cost
from neural_guide.data.store.store import Store, open_store
from neural_guide.reporting.inspection.report import write_inspection_report
from neural_guide.reporting.inspection.summary import tabulate_findings, tabulate_summary
from neural_guide.runtime.atomic_files import write_json
from neural_guide.runtime.progress import show_progress
from neural_guide.training.hardware_profile import choose, prepare
from neural_guide.training.settings import TrainingSettings
from neural_guide.training.step_timing import STEPS, rehearse

SCHEMA = 1  # of inspection.json; docs/inspect.md
ALL = 1.0  # share of records that may be set aside: whether training would refuse is said, not done
ON_SCREEN = 9  # findings


def inspect_dataset(config: TrainingSettings, invocation: Invocation) -> None:
    """Measure everything, tell it worst first, and write report.md, figures and inspection.json."""
    folder = invocation.folder
    started = time.perf_counter()
    machine = choose(config.hardware, config.data, compiles=config.compile.enabled)
    prepare(config.hardware, machine)
    write_config(config, folder)
    data = config.data
    store = open_store(data.path, bad_record_limit=ALL, check_replay=data.check_replay, store_dir=data.store_dir)
    planned = select_for_training(store, data, config.seed)
    with show_progress("training on trial", STEPS, "steps") as on_step:
        cost = rehearse(store, planned.selected, planned.splits, config, machine, on_step)
    with show_progress("inspecting", len(store), "records") as on_record:
        found = audit_store(store, data, planned, on_record)
    told = list_findings(found, cost)
    write_json(folder / "inspection.json", _as_json(config, store, found, cost, told))
    about = {"command": invocation.command_line, **facts()}
    report = write_inspection_report(folder, store, found, cost, told, about)
    console.print(
        f"{store.violations.source}: {format_verdict(told)}",
        style="bold",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    console.print(tabulate_findings(told, ON_SCREEN))
    console.print(tabulate_summary(found, cost))
    console.print(
        f"{time.perf_counter() - started:.0f} s, {peak_rss_gib():.1f} GiB. Report: {report}",
        highlight=False,
        soft_wrap=True,
    )


def _as_json(
    config: TrainingSettings, store: Store, found: AuditResults, cost: Cost | None, told: list[Finding]
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "path": store.violations.source,
        "store": str(store.folder),
        "seed": config.seed,
        "verdict": format_verdict(told),
        "findings": [asdict(finding) for finding in told],
        **found.as_dict(),
        "cost": None if cost is None else asdict(cost),
    }
