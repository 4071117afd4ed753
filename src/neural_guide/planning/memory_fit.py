"""Fit of a run into the memory of this machine, checked before any data is read."""

import copy
import math
from pathlib import Path
from typing import TypeVar

import psutil
import torch

from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.errors import UserError
from neural_guide.features.executed import FEATURES
from neural_guide.planning.memory import ROOM, Memory, compute_memory, find_max_batch, find_max_records
from neural_guide.runtime.hardware import GIB, measure_available_memory, read_memory_limit
from neural_guide.training.hardware_profile import resolve_hardware
from neural_guide.training.memory_footprint import measure_footprint
from neural_guide.training.settings import TrainingSettings

Settings = TypeVar("Settings", bound=TrainingSettings)
RECORD_TEXT = 690  # bytes of a record in a dataset of the generator


def fit_to_memory(settings: Settings) -> Settings:
    """Return the settings unchanged if the run fits, or with a smaller batch if `hardware.fit=auto` allows that.

    Raises:
        UserError: it does not fit; with the settings that do. Or the machine lacks what the profile needs.
    """
    on_gpu = resolve_hardware(settings.hardware, settings.data, compiles=settings.compile.enabled).accelerator == "gpu"
    if settings.hardware.fit == "off":
        return settings
    memory = estimate_memory(settings, on_gpu=on_gpu)
    host_gib = _measure_host_gib(settings.hardware.devices)
    gpu_gib = torch.cuda.get_device_properties(0).total_memory / GIB if on_gpu else None
    batch = settings.data.batch_size
    max_batch = find_max_batch(memory, batch, host_gib, gpu_gib)
    if batch <= max_batch:
        return settings
    shortage = describe_shortage(memory, host_gib, gpu_gib)
    if max_batch == 0:
        raise UserError(
            f"{shortage}; not even data.batch_size=1 fits. Free memory, take another hardware=..., "
            f"{_suggest_less(memory, _estimate_records(settings), host_gib)}. hardware.fit=off tries all the same."
        )
    size, count = split_batch(batch, max_batch)
    accumulate = count * settings.trainer.accumulate
    if settings.hardware.fit == "refuse":
        overrides = f"data.batch_size={size} trainer.accumulate={accumulate}"
        raise UserError(f"{shortage}. Use {overrides}, which trains alike, or hardware.fit=auto to have that done.")
    changed = copy.deepcopy(settings)
    changed.data.batch_size, changed.trainer.accumulate = size, accumulate
    return changed


def estimate_memory(settings: TrainingSettings, *, on_gpu: bool) -> Memory:
    """Estimate the memory of a run by its settings alone, for the vocabulary of this project."""
    features = settings.network.features
    shape = (1 + len(PRIMITIVES), len(FEATURES)) if features else None
    return compute_memory(
        measure_footprint(settings, len(PRIMITIVES), shape, with_work=False),
        batch_size=settings.data.batch_size,
        records=_estimate_records(settings),
        features=settings.data.views if features else 0,
        on_gpu=on_gpu,
    )


def split_batch(batch_size: int, max_batch: int) -> tuple[int, int]:
    """Split a step of about `batch_size` tasks into the fewest batches of at most `max_batch`: (tasks, batches)."""
    count = math.ceil(batch_size / max_batch)
    return math.ceil(batch_size / count), count


def describe_shortage(memory: Memory, host_gib: float, gpu_gib: float | None) -> str:
    """Describe which parts take the memory, and how much memory is free."""
    on_gpu = memory.on_gpu and memory.host <= ROOM * host_gib
    total, limit, place = (memory.gpu, gpu_gib or 0.0, "GPU memory") if on_gpu else (memory.host, host_gib, "memory")
    head = f"Training needs about {total:.1f} GiB of {place} and {limit:.1f} are free: "
    if not on_gpu and (memory.on_gpu or memory.data > memory.activations):
        return f"{head}{memory.data:.1f} for the data, {total - memory.data:.1f} for the rest"
    return (
        f"{head}{memory.activations:.1f} for the activations of a batch ({memory.sample * 1024:.1f} MiB a task), "
        f"{total - memory.activations:.1f} for the rest"
    )


def _measure_host_gib(devices: int) -> float:
    """Measure the memory that this process may fill; processes that train together share the total, to agree on it."""
    if devices > 1:
        return read_memory_limit() / GIB / devices
    return (measure_available_memory() + psutil.Process().memory_info().rss) / GIB


def _suggest_less(memory: Memory, records: int, host_gib: float) -> str:
    """Suggest a change if no batch fits: fewer records if data fills the memory, else a smaller network."""
    fewer = find_max_records(memory, records, host_gib)
    return f"or data.max_samples={fewer}" if fewer else "or a smaller network (network.width)"


def _estimate_records(settings: TrainingSettings) -> int:
    """Estimate the records that a run reads, by its settings and the size of the dataset; 0: not known."""
    path = Path(settings.data.path)
    return settings.data.max_samples or (path.stat().st_size // RECORD_TEXT if path.is_file() else 0)
