"""When a run has to stop: the earliest of its time limit, its deadline and what its budget pays for."""

from datetime import timedelta

from neural_guide.errors import UserError
from neural_guide.planning.machines import PRICED_ON, RENTED
from neural_guide.planning.plans import CUDA_START, FINISH, START
from neural_guide.planning.settings import BoundedTrainingSettings
from neural_guide.runtime.durations import parse_duration

LEAST_SHARE = 0.5  # of a limit that is left to training where start and report would fill it


def most_time(config: BoundedTrainingSettings) -> timedelta | None:
    """The longest that training may take; None: no limit.

    Deadline and budget are of the whole run, so they leave room for what comes before and after training. Executing the
    features of a new dataset is not foreseen.

    Raises:
        UserError: there is a budget, and nobody knows the price of the machine.
    """
    of_training = parse_duration(config.trainer.max_time) if config.trainer.max_time else None
    of_all = [parse_duration(config.deadline) if config.deadline else None]
    if config.budget.dollars is not None:
        of_all.append(config.budget.dollars / hourly(config) * 3600)
    around = START + FINISH + (CUDA_START if config.hardware.accelerator == "gpu" else 0.0)
    left = [max(seconds - around, LEAST_SHARE * seconds) for seconds in of_all if seconds is not None]
    known = left if of_training is None else [*left, of_training]
    return timedelta(seconds=min(known)) if known else None


def hourly(config: BoundedTrainingSettings) -> float:
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
