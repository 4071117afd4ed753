"""Inspection of a dataset before training: audit, cost of training here, findings, report."""

import time
from dataclasses import asdict
from typing import Any

from neural_guide.app.console import console, say
from neural_guide.app.invocation import Invocation
from neural_guide.app.provenance import collect_facts, measure_peak_rss
from neural_guide.app.settings_files import write_config
from neural_guide.data.audit.audit import audit_store, select_for_training
from neural_guide.data.audit.findings import Finding, format_verdict, list_findings
from neural_guide.data.audit.results import AuditResults, Cost
from neural_guide.data.store.store import Store, open_store
from neural_guide.reporting.inspection.report import write_inspection_report
from neural_guide.reporting.inspection.summary import tabulate_findings, tabulate_summary
from neural_guide.runtime.atomic_files import write_json
from neural_guide.runtime.progress import show_progress
from neural_guide.training.hardware_profile import configure_process, resolve_hardware
from neural_guide.training.settings import TrainingSettings
from neural_guide.training.step_timing import STEPS, time_steps

SCHEMA = 1  # of inspection.json; docs/inspect.md
ALL = 1.0  # share of records that may be set aside: a refusal by training is reported, not repeated
ON_SCREEN = 9  # findings


def inspect_dataset(settings: TrainingSettings, invocation: Invocation) -> None:
    """Measure everything, print findings worst first, and write report.md, figures and inspection.json."""
    folder = invocation.folder
    started = time.perf_counter()
    machine = resolve_hardware(settings.hardware, settings.data, compiles=settings.compile.enabled)
    configure_process(settings.hardware, machine)
    write_config(settings, folder)
    data = settings.data
    store = open_store(data.path, bad_record_limit=ALL, check_replay=data.check_replay, store_dir=data.store_dir)
    selection = select_for_training(store, data, settings.seed)
    with show_progress("training on trial", STEPS, "steps") as on_step:
        cost = time_steps(store, selection.selected, selection.splits, settings, machine, on_step)
    with show_progress("inspecting", len(store), "records") as on_record:
        audit = audit_store(store, data, selection, on_record)
    findings = list_findings(audit, cost)
    write_json(folder / "inspection.json", _to_json(settings, store, audit, cost, findings))
    about = {"command": invocation.command_line, **collect_facts()}
    report = write_inspection_report(folder, store, audit, cost, findings, about)
    say(f"{store.violations.source}: {format_verdict(findings)}", style="bold")
    console.print(tabulate_findings(findings, ON_SCREEN))
    console.print(tabulate_summary(audit, cost))
    say(f"{time.perf_counter() - started:.0f} s, {measure_peak_rss():.1f} GiB. Report: {report}")


def _to_json(
    settings: TrainingSettings, store: Store, audit: AuditResults, cost: Cost | None, findings: list[Finding]
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "path": store.violations.source,
        "store": str(store.folder),
        "seed": settings.seed,
        "verdict": format_verdict(findings),
        "findings": [asdict(finding) for finding in findings],
        **audit.as_dict(),
        "cost": None if cost is None else asdict(cost),
    }
