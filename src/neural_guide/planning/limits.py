"""Time limit of a run: the earliest of its own limit, its deadline, and the time that its budget pays for."""

from datetime import timedelta

from neural_guide.errors import UserError
from neural_guide.planning.machines import PRICED_ON, RENTED
from neural_guide.planning.plans import CUDA_START, FINISH, START
from neural_guide.planning.settings import BoundedTrainingSettings
from neural_guide.runtime.durations import parse_duration

MIN_SHARE = 0.5  # of a limit that is left to training if start and report would fill it


def find_time_limit(settings: BoundedTrainingSettings) -> timedelta | None:
    """Return the longest time that training may take; None: no limit.

    Deadline and budget are of the whole run, so they leave room for the work before and after training. The time to
    execute the features of a new dataset is not included.

    Raises:
        UserError: there is a budget, and the price of the machine is not known.
    """
    of_training = parse_duration(settings.trainer.max_time) if settings.trainer.max_time else None
    of_run = [parse_duration(settings.deadline) if settings.deadline else None]
    if settings.budget.dollars is not None:
        of_run.append(settings.budget.dollars / find_hourly_price(settings) * 3600)
    overhead = START + FINISH + (CUDA_START if settings.hardware.accelerator == "gpu" else 0.0)
    left = [max(seconds - overhead, MIN_SHARE * seconds) for seconds in of_run if seconds is not None]
    limits = left if of_training is None else [*left, of_training]
    return timedelta(seconds=min(limits)) if limits else None


def find_hourly_price(settings: BoundedTrainingSettings) -> float:
    """Return the price of the machine in dollars an hour: as set, or on demand by the price table.

    Raises:
        UserError: there is neither.
    """
    if settings.hardware.price:
        return settings.hardware.price
    spec = RENTED.get(settings.hardware.name)
    if spec is None or spec.on_demand is None:
        raise UserError(
            f"budget={settings.budget.dollars} needs a price, and the table of {PRICED_ON} has none for "
            f"hardware={settings.hardware.name}. Set hardware.price=DOLLARS_AN_HOUR, or one of: {', '.join(RENTED)}."
        )
    return spec.on_demand
