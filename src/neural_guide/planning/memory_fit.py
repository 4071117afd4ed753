"""Whether a run fits into the memory of this machine, said before any data is read."""

import copy
import math
from pathlib import Path
from typing import TypeVar

import psutil
import torch

from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.errors import UserError
from neural_guide.features.executed import FEATURES
from neural_guide.planning.memory import ROOM, Memory, memory, most_records, most_tasks
from neural_guide.runtime.hardware import GIB, measure_available_memory, read_memory_limit
from neural_guide.training.hardware_profile import choose
from neural_guide.training.memory_footprint import footprint
from neural_guide.training.settings import TrainingSettings

Settings = TypeVar("Settings", bound=TrainingSettings)
RECORD_TEXT = 690  # bytes of a record in a dataset of the generator


def fitted(config: Settings) -> Settings:
    """The configuration itself where it fits, or with a smaller batch where `hardware.fit=auto` asks for that.

    Raises:
        UserError: it does not fit; with the settings that do. Or the machine lacks what the profile needs.
    """
    on_gpu = choose(config.hardware, config.data, compiles=config.compile.enabled).accelerator == "gpu"
    if config.hardware.fit == "off":
        return config
    found = needed(config, on_gpu=on_gpu)
    host = _host_gib(config.hardware.devices)
    gpu = torch.cuda.get_device_properties(0).total_memory / GIB if on_gpu else None
    batch = config.data.batch_size
    most = most_tasks(found, batch, host, gpu)
    if batch <= most:
        return config
    short = told_short(found, host, gpu)
    if most == 0:
        raise UserError(
            f"{short}; not even data.batch_size=1 fits. Free memory, take another hardware=..., "
            f"{_less(found, _read_records(config), host)}. hardware.fit=off tries all the same."
        )
    micro, together = smaller(batch, most)
    settings = f"data.batch_size={micro} trainer.accumulate={together * config.trainer.accumulate}"
    if config.hardware.fit == "refuse":
        raise UserError(f"{short}. Use {settings}, which trains alike, or hardware.fit=auto to have that done.")
    changed = copy.deepcopy(config)
    changed.data.batch_size, changed.trainer.accumulate = micro, together * config.trainer.accumulate
    return changed


def needed(config: TrainingSettings, *, on_gpu: bool) -> Memory:
    """What a run takes by its settings alone; the vocabulary is taken to be ours."""
    features = config.network.features
    shape = (1 + len(PRIMITIVES), len(FEATURES)) if features else None
    of_network = footprint(config, len(PRIMITIVES), shape, with_work=False)
    return memory(
        of_network,
        batch_size=config.data.batch_size,
        records=_read_records(config),
        features=config.data.views if features else 0,
        on_gpu=on_gpu,
    )


def smaller(batch_size: int, most: int) -> tuple[int, int]:
    """The fewest batches that make a step of about `batch_size` tasks with at most `most` at once: (tasks, batches)."""
    together = math.ceil(batch_size / most)
    return math.ceil(batch_size / together), together


def told_short(found: Memory, host: float, gpu: float | None) -> str:
    """What takes the memory, and how much there is."""
    on_gpu = found.on_gpu and found.host <= ROOM * host
    total, limit, where = (found.gpu, gpu or 0.0, "GPU memory") if on_gpu else (found.host, host, "memory")
    head = f"Training needs about {total:.1f} GiB of {where} and {limit:.1f} are free: "
    if not on_gpu and (found.on_gpu or found.data > found.activations):
        return f"{head}{found.data:.1f} for the data, {total - found.data:.1f} for the rest"
    return (
        f"{head}{found.activations:.1f} for the activations of a batch ({found.sample * 1024:.1f} MiB a task), "
        f"{total - found.activations:.1f} for the rest"
    )


def _host_gib(devices: int) -> float:
    """Memory that this process may fill. Processes that train together must agree, so they share all there is."""
    if devices > 1:
        return read_memory_limit() / GIB / devices
    return (measure_available_memory() + psutil.Process().memory_info().rss) / GIB


def _less(found: Memory, records: int, host: float) -> str:
    """What to ask less of where no batch fits: records, if it is the data that fills the memory."""
    fewer = most_records(found, records, host)
    return f"or data.max_samples={fewer}" if fewer else "or a smaller network (network.width)"


def _read_records(config: TrainingSettings) -> int:
    """About how many records a run reads, by its settings and the size of the dataset; 0 where it cannot be told."""
    place = Path(config.data.path)
    return config.data.max_samples or (place.stat().st_size // RECORD_TEXT if place.is_file() else 0)
