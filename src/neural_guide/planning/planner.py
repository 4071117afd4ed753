"""Say what a run will need: python -m neural_guide.plan experiment=attempt2 hardware=c5 deadline=4h budget=4 ..."""

from pathlib import Path
from typing import Any

from neural_guide.app.command import compose_settings
from neural_guide.app.console import console
from neural_guide.app.invocation import Invocation
from neural_guide.app.settings_files import write_config
from neural_guide.data.audit.audit import select_for_training
from neural_guide.data.store.store import open_store
from neural_guide.errors import UserError
from neural_guide.planning.machines import PRICED_ON, RENTED, is_here
from neural_guide.planning.plans import Plan
from neural_guide.planning.probe import Probe, limits, plan_here, plans_elsewhere, probed, share_of_peak
from neural_guide.planning.remedies import remedies
from neural_guide.planning.settings import BoundedTrainingSettings
from neural_guide.planning.tables import parts_sheet, side_by_side
from neural_guide.runtime.atomic_files import write_json
from neural_guide.runtime.progress import show_progress
from neural_guide.training.hardware_profile import Machine, choose, prepare
from neural_guide.training.step_timing import STEPS, rehearse

SCHEMA = 1  # of plan.json; docs/hardware.md


def plan_run(config: BoundedTrainingSettings, invocation: Invocation) -> None:
    """A probe here, plans for all machines, the verdict, plan.json."""
    folder = invocation.folder
    ours = for_this_machine(config, invocation)
    machine = choose(ours.hardware, ours.data, compiles=ours.compile.enabled)
    prepare(ours.hardware, machine)
    write_config(config, folder)
    probe = probe_here(ours, machine, folder)
    configs = {name: config if name == config.hardware.name else under(name, invocation) for name in RENTED}
    local, elsewhere = plan_here(probe, ours, machine), plans_elsewhere(probe, configs, machine)
    plans = [local, *elsewhere]
    asked = next((each for each in plans if each.spec.profile == config.hardware.name), local)  # here, where it is
    told = remedies(asked, [each for each in plans if each is not asked], *limits(config))
    console.print(parts_sheet(asked))
    console.print(side_by_side(plans))
    share = share_of_peak(probe, ours, machine)
    _say(config, asked, told, probe, share)
    write_json(folder / "plan.json", _as_json(invocation.command_line, plans, asked, told, probe, share))
    console.print(f"Plan: {folder / 'plan.json'}", highlight=False, soft_wrap=True)


def for_this_machine(config: BoundedTrainingSettings, invocation: Invocation) -> BoundedTrainingSettings:
    """The configuration as it is, or under `auto` where its profile is of another machine."""
    spec = RENTED.get(config.hardware.name)
    return config if spec is None or is_here(spec) else under("auto", invocation)


def under(profile: str, invocation: Invocation) -> BoundedTrainingSettings:
    """The run that was typed under another profile, with batch and rate as that one sets them.

    Settings of `hardware` were typed for the profile that was asked for.
    """
    overrides = [each for each in invocation.overrides if not each.lstrip("+~").startswith(("hardware=", "hardware."))]
    settings = compose_settings("plan", [f"hardware={profile}", *overrides])
    assert isinstance(settings, BoundedTrainingSettings)
    return settings


def probe_here(config: BoundedTrainingSettings, machine: Machine, folder: Path) -> Probe:
    """A few real steps on the data.

    Raises:
        UserError: nothing is left to train on.
    """
    data = config.data
    store = open_store(
        data.path,
        bad_record_limit=data.bad_record_limit,
        check_replay=data.check_replay,
        store_dir=data.store_dir,
    )
    planned = select_for_training(store, data, config.seed)
    if planned.refusals:
        raise UserError(f"{data.path}: {planned.refusals[0]}")
    with show_progress("training on trial", STEPS, "steps") as on_step:
        cost = rehearse(store, planned.selected, planned.splits, config, machine, on_step)
    if cost is None:
        raise UserError(f"{data.path}: nothing is left to train on. Lower data.quality_threshold.")
    return probed(store, cost, int(planned.selected.sum()), config, folder)


def _say(config: BoundedTrainingSettings, asked: Plan, told: list[str], probe: Probe, share: float | None) -> None:
    lines = []
    if share is not None:
        lines.append(f"A step reaches {share:.0%} of the {probe.gflops:,.0f} GFLOPS measured here.")
    if probe.cost.load > probe.cost.cores:
        lines.append(f"{probe.cost.load:.0f} processes want {probe.cost.cores} cores: alone, it would be faster.")
    if asked.problems:
        lines += [f"Does not fit: {problem}." for problem in asked.problems]
        lines += [f"  would fit: {remedy}" for remedy in told] or ["  nothing near fits; ask for less in several ways."]
    else:
        lines.append(
            "Fits." if any(limits(config)) else "Fits into memory; name deadline=4h and budget=4 to be judged."
        )
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _as_json(
    command: str, plans: list[Plan], asked: Plan, told: list[str], probe: Probe, share: float | None
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "command": command,
        "asked": asked.spec.profile,
        "fits": not asked.problems,
        "problems": list(asked.problems),
        "remedies": told,
        "priced_on": PRICED_ON,
        "parameters": probe.print_of.parameters,
        "flops_per_task": probe.print_of.flops,
        "gflops_here": probe.gflops,
        "share_of_peak": share,
        "plans": [each.as_dict() for each in plans],
    }
