"""Plan a run: python -m neural_guide.plan experiment=attempt2 hardware=c5 deadline=4h budget=4 ..."""

from pathlib import Path
from typing import Any

from neural_guide.app.command import compose_settings
from neural_guide.app.console import console, say
from neural_guide.app.invocation import Invocation
from neural_guide.app.settings_files import write_config
from neural_guide.data.audit.audit import select_for_training
from neural_guide.data.store.store import open_store
from neural_guide.errors import UserError
from neural_guide.planning.machines import PRICED_ON, RENTED, is_this_machine
from neural_guide.planning.plans import Plan
from neural_guide.planning.probe import (
    Probe,
    compute_peak_share,
    make_probe,
    plan_here,
    plan_rented_machines,
    read_limits,
)
from neural_guide.planning.remedies import find_remedies
from neural_guide.planning.settings import BoundedTrainingSettings
from neural_guide.planning.tables import build_comparison_sheet, build_parts_sheet
from neural_guide.runtime.atomic_files import write_json
from neural_guide.runtime.progress import show_progress
from neural_guide.training.hardware_profile import Machine, configure_process, resolve_hardware
from neural_guide.training.step_timing import STEPS, time_steps

SCHEMA = 1  # of plan.json; docs/hardware.md


def plan_run(settings: BoundedTrainingSettings, invocation: Invocation) -> None:
    """Time a few steps here, plan the run for all machines, print the verdict and write plan.json."""
    folder = invocation.folder
    local_settings = adapt_to_this_machine(settings, invocation)
    machine = resolve_hardware(local_settings.hardware, local_settings.data, compiles=local_settings.compile.enabled)
    configure_process(local_settings.hardware, machine)
    write_config(settings, folder)
    probe = run_probe(local_settings, machine, folder)
    by_profile = {
        name: settings if name == settings.hardware.name else compose_for_profile(name, invocation) for name in RENTED
    }
    local = plan_here(probe, local_settings, machine)
    plans = [local, *plan_rented_machines(probe, by_profile, machine)]
    # The plan of the requested profile; of this machine if the profile is of no rented one.
    requested = next((plan for plan in plans if plan.spec.profile == settings.hardware.name), local)
    others = [plan for plan in plans if plan is not requested]
    remedies = find_remedies(requested, others, *read_limits(settings))
    console.print(build_parts_sheet(requested))
    console.print(build_comparison_sheet(plans))
    share = compute_peak_share(probe, local_settings, machine)
    for line in _describe(settings, requested, remedies, probe, share):
        say(line)
    write_json(
        folder / "plan.json",
        {"command": invocation.command_line, **_to_json(plans, requested, remedies, probe, share)},
    )
    say(f"Plan: {folder / 'plan.json'}")


def adapt_to_this_machine(settings: BoundedTrainingSettings, invocation: Invocation) -> BoundedTrainingSettings:
    """Return the settings unchanged, or under `hardware=auto` if their profile is of another machine."""
    spec = RENTED.get(settings.hardware.name)
    return settings if spec is None or is_this_machine(spec) else compose_for_profile("auto", invocation)


def compose_for_profile(profile: str, invocation: Invocation) -> BoundedTrainingSettings:
    """Compose the typed run for another profile, with the batch size and learning rate of that profile.

    Typed settings of `hardware` are left out, since they are of the requested profile.
    """
    overrides = [
        override
        for override in invocation.overrides
        if not override.lstrip("+~").startswith(("hardware=", "hardware."))
    ]
    settings = compose_settings("plan", [f"hardware={profile}", *overrides])
    assert isinstance(settings, BoundedTrainingSettings)
    return settings


def run_probe(settings: BoundedTrainingSettings, machine: Machine, folder: Path) -> Probe:
    """Run a few training steps on the data and measure them.

    Raises:
        UserError: nothing is left to train on.
    """
    data = settings.data
    store = open_store(
        data.path,
        bad_record_limit=data.bad_record_limit,
        check_replay=data.check_replay,
        store_dir=data.store_dir,
    )
    selection = select_for_training(store, data, settings.seed)
    if selection.refusals:
        raise UserError(f"{data.path}: {selection.refusals[0]}")
    with show_progress("training on trial", STEPS, "steps") as on_step:
        cost = time_steps(store, selection.selected, selection.splits, settings, machine, on_step)
    if cost is None:
        raise UserError(f"{data.path}: nothing is left to train on. Lower data.quality_threshold.")
    return make_probe(store, cost, int(selection.selected.sum()), settings, folder)


def _describe(
    settings: BoundedTrainingSettings, plan: Plan, remedies: list[str], probe: Probe, share: float | None
) -> list[str]:
    """Describe the measured speed and the verdict in lines."""
    lines = []
    if share is not None:
        lines.append(f"A step reaches {share:.0%} of the {probe.gflops:,.0f} GFLOPS measured here.")
    if probe.cost.load > probe.cost.cores:
        lines.append(f"{probe.cost.load:.0f} processes want {probe.cost.cores} cores: alone, it would be faster.")
    if plan.problems:
        lines += [f"Does not fit: {problem}." for problem in plan.problems]
        lines += [f"  would fit: {remedy}" for remedy in remedies]
        lines += [] if remedies else ["  nothing near fits; ask for less in several ways."]
    else:
        is_limited = any(read_limits(settings))
        lines.append("Fits." if is_limited else "Fits into memory; name deadline=4h and budget=4 to be judged.")
    return lines


def _to_json(
    plans: list[Plan], requested: Plan, remedies: list[str], probe: Probe, share: float | None
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "asked": requested.spec.profile,
        "fits": not requested.problems,
        "problems": list(requested.problems),
        "remedies": remedies,
        "priced_on": PRICED_ON,
        "parameters": probe.footprint.parameters,
        "flops_per_task": probe.footprint.flops,
        "gflops_here": probe.gflops,
        "share_of_peak": share,
        "plans": [plan.as_dict() for plan in plans],
    }
