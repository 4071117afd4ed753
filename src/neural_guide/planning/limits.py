"""When a run has to stop: the earliest of its time limit, its deadline and what its budget pays for."""

from datetime import timedelta

from neural_guide.config import Config
from neural_guide.durations import seconds_of
from neural_guide.errors import UserError
from neural_guide.planning.machines import PRICED_ON, RENTED


def most_time(config: Config) -> timedelta | None:
    """The longest that training may take; None: no limit.

    Raises:
        UserError: there is a budget, and nobody knows the price of the machine.
    """
    limits = [seconds_of(text) for text in (config.trainer.max_time, config.deadline) if text]
    if config.budget.dollars is not None:
        limits.append(config.budget.dollars / hourly(config) * 3600)
    known = [limit for limit in limits if limit is not None]
    return timedelta(seconds=min(known)) if known else None


def hourly(config: Config) -> float:
    """Dollars an hour of the machine: as set, or on demand by the price table.

    Raises:
        UserError: neither is there.
    """
    if config.hardware.price:
        return config.hardware.price
    spec = RENTED.get(config.hardware.name)
    if spec is None or spec.on_demand is None:
        raise UserError(
            f"budget={config.budget.dollars} needs a price, and the table of {PRICED_ON} has none for "
            f"hardware={config.hardware.name}. Set hardware.price=DOLLARS_AN_HOUR, or one of: {', '.join(RENTED)}."
        )
    return spec.on_demand
