"""A spot machine for a run: python -m neural_guide.cloud action=quota|price|launch|sync|watch|fetch|stop hardware=g4dn.

What is typed beside `cloud.*` and `action=` goes to training on that machine.
"""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from neural_guide.app.command import start
from neural_guide.app.console import console
from neural_guide.app.invocation import Invocation
from neural_guide.app.settings_files import flatten_values
from neural_guide.config import SURFACE, CloudCommandSettings
from neural_guide.deploy.aws.client import Calls
from neural_guide.deploy.aws.instances import launch, stop
from neural_guide.deploy.aws.launch_request import Rented
from neural_guide.deploy.aws.prices import judged, prices
from neural_guide.deploy.aws.quota import quota
from neural_guide.deploy.aws.status import watch
from neural_guide.deploy.aws.transfer import bring, sync
from neural_guide.errors import UserError
from neural_guide.planning.machines import PRICED_ON, RENTED
from neural_guide.runtime.durations import format_duration, parse_duration

DRY, NOT_DRY = "A dry run: nothing was done and no call was made.", "cloud.dry_run=false does it."
DEADLINE = "4h"  # of the field report
NOT_OF_TRAINING = ("cloud.", "deadline=", "data.path=", "hydra.")
FITTED = ("data.batch_size", "trainer.accumulate")  # what hardware.fit=auto changes on the machine


def cloud(config: CloudCommandSettings, invocation: Invocation) -> None:
    """Do one action, or in a dry run print what it would do and what it may cost at most."""
    calls = Calls(config.cloud.region, dry_run=config.cloud.dry_run, say=_say)
    if config.cloud.action == "stop":  # in a hurry: whatever the machine was
        _told(stop(calls, config.cloud.run))
        if config.cloud.dry_run:
            _say(f"{DRY} {NOT_DRY}")
        return
    rented = _rented(config, invocation)
    actions = {
        "quota": lambda: quota(calls, rented.spec),
        "price": lambda: judged(prices(calls, rented.spec), rented.cap),
        "launch": lambda: launch(calls, _affordable(config, rented)),
        "sync": lambda: sync(calls, rented, Path(config.data.path)),
        "watch": lambda: watch(calls, rented),
        "fetch": lambda: bring(calls, rented, invocation.folder),
    }
    _told(actions[config.cloud.action]())
    if config.cloud.dry_run:
        _say(_dry(config, rented))


def _rented(config: CloudCommandSettings, invocation: Invocation) -> Rented:
    spec = RENTED.get(config.hardware.name)
    if spec is None or spec.on_demand is None:
        raise UserError(f"hardware={config.hardware.name} is no rented machine. Use hardware={' or '.join(RENTED)}.")
    seconds = parse_duration(config.deadline or DEADLINE)
    assert seconds is not None  # checked with the configuration
    overrides = tuple(each for each in invocation.overrides if not each.startswith(NOT_OF_TRAINING))
    decides = _decides(config, invocation) if config.cloud.action == "launch" else {}
    return Rented(spec, config.cloud, seconds, config.cloud.max_price or spec.on_demand, overrides, decides)


def _decides(config: CloudCommandSettings, invocation: Invocation) -> dict[str, Any]:
    """What was typed that makes another run where it differs."""
    from neural_guide.experiment.run import FREE  # brings Lightning, for which the other actions need not wait

    settings, free = flatten_values(asdict(config)), (*FREE, *(FITTED if config.hardware.fit == "auto" else ()))
    return {name: settings[name] for name in sorted(invocation.keys) if name not in free}


def _affordable(config: CloudCommandSettings, rented: Rented) -> Rented:
    if config.budget.dollars is not None and rented.highest_cost > config.budget.dollars:
        raise UserError(
            f"{rented.spec.instance} for {format_duration(rented.seconds)} at up to ${rented.cap:.2f} an hour may cost "
            f"${rented.highest_cost:.2f}, above budget={config.budget.dollars:.2f}. Lower cloud.max_price or deadline."
        )
    return rented


def _dry(config: CloudCommandSettings, rented: Rented) -> str:
    return (
        f"{DRY} The machine would cost at most ${rented.highest_cost:.2f}: "
        f"{format_duration(rented.seconds)} at no more than ${rented.cap:.2f} an hour and "
        f"{config.cloud.disk_gib} GiB of disk (prices of {PRICED_ON} where none was set). {NOT_DRY}"
    )


def _told(lines: Iterable[str]) -> None:
    for line in lines:
        _say(line)


def _say(words: str) -> None:
    console.print(words, highlight=False, markup=False, soft_wrap=True)


if __name__ == "__main__":
    start("cloud", cloud, SURFACE)
