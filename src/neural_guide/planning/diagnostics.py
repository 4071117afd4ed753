"""What a machine offers training, and what stands in its way: a finding each."""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

import psutil

from neural_guide.runtime import allocator, hardware
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.hardware import GIB, Gpu

PACKAGES = ("torch", "lightning", "hydra-core", "numpy", "pyarrow", "rich")
LEAST_MEMORY_GIB = 2.0  # every row of the field report stays below (docs/performance.md)
LEAST_DISK_GIB = 1.0  # dataset, store with features, a few runs
INSTALL_CPU = (
    "pip install --retries 0 --timeout 5 --extra-index-url https://download.pytorch.org/whl/cpu --force-reinstall "
    "--no-deps torch=={version}"
)
INSTALL_CUDA = "pip install --force-reinstall torch=={version}"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: its name.
        found: what is so.
        remedy: what would mend or improve it; empty where nothing needs to.
        wrong: whether training fails, or does not use what the machine has.
    """

    what: str
    found: str
    remedy: str = ""
    wrong: bool = False


@dataclass(frozen=True)
class TorchBuild:
    """The torch that is installed.

    Attributes:
        version: without the build's tag, e.g. 2.13.0.
        cuda: version of CUDA that it was built with; None: a build for processors.
        sees_gpu: whether it can use a GPU here.
        memory_mib: that importing it took, resident.
    """

    version: str
    cuda: str | None
    sees_gpu: bool
    memory_mib: float


def examine(torch: TorchBuild | None, places: Iterable[Path]) -> list[Finding]:
    """Everything that is looked at, in the order it is shown.

    Args:
        torch: None where it cannot be imported.
        places: folders that training writes to.
    """
    gpus = hardware.list_gpus()
    return [
        versions(),
        build(torch, gpus),
        graphics(gpus),
        processor(),
        threads(os.environ),
        load(),
        memory(),
        *(disk(place) for place in places),
        compiler(),
        allocation(),
    ]


def versions() -> Finding:
    """Python and the packages that training needs."""
    found = {name: _version(name) for name in PACKAGES}
    missing = [name for name, of in found.items() if of is None]
    told = ", ".join([f"Python {platform.python_version()}", *(f"{name} {of}" for name, of in found.items() if of)])
    if missing:
        return Finding("versions", f"{told}; missing: {', '.join(missing)}", "make setup", wrong=True)
    return Finding("versions", told)


def build(torch: TorchBuild | None, gpus: list[Gpu]) -> Finding:
    """Whether the build of torch is the one for this machine."""
    if torch is None:
        return Finding("torch build", "torch cannot be imported", "make setup", wrong=True)
    kind = f"CUDA {torch.cuda}" if torch.cuda else "CPU"
    told = f"{torch.version}, {kind} build"
    if torch.cuda and not gpus:
        cost = f"{told} on a machine without an NVIDIA GPU: {cuda_gib():.1f} GiB of disk for nothing"
        told = f"{cost}, {torch.memory_mib:.0f} MiB of memory to import"
        return Finding("torch build", told, INSTALL_CPU.format(version=torch.version))
    if gpus and not torch.cuda:
        told = f"{told} on a machine with {gpus[0].name}, which stands idle"
        return Finding("torch build", told, INSTALL_CUDA.format(version=torch.version), wrong=True)
    if gpus and not torch.sees_gpu:
        remedy = "a driver for this CUDA or newer (nvidia-smi shows the driver), or CUDA_VISIBLE_DEVICES is empty"
        return Finding("torch build", f"{told} cannot use {gpus[0].name}", remedy, wrong=True)
    return Finding("torch build", f"{told}, {torch.memory_mib:.0f} MiB of memory to import")


def graphics(gpus: list[Gpu]) -> Finding:
    """GPUs and their driver."""
    if not gpus:
        return Finding("GPU", "none that an NVIDIA driver tells of")
    told = [f"{gpu.name}, {gpu.memory_gib:.0f} GiB, compute capability {gpu.capability}" for gpu in gpus]
    return Finding("GPU", f"{'; '.join(told)}; driver {gpus[0].driver}")


def processor() -> Finding:
    """The processor and what it computes fast."""
    flags = hardware.read_processor_flags()
    widest = next((flag for flag in hardware.WIDE_FLAGS if flag in flags), "no vector instructions known")
    bf16 = "bf16" if hardware.has_fast_bf16() else "no bf16"
    counts = f"{hardware.count_physical_cores()} physical, {count_cores()} logical cores"
    told = f"{hardware.read_processor_name()}: {counts}, {widest}, {bf16}"
    return Finding("processor", f"{told}, {hardware.describe_caches()}" if hardware.describe_caches() else told)


def threads(environment: Mapping[str, str]) -> Finding:
    """What the environment says about threads."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    told = ", ".join(f"{name}={environment[name]}" for name in names if name in environment) or "no variables set"
    asked = [environment.get(name, "") for name in names[:2]]
    if any(each.isdigit() and int(each) > count_cores() for each in asked):
        return Finding(
            "threads", f"{told}: more threads than {count_cores()} cores", "unset OMP_NUM_THREADS MKL_NUM_THREADS"
        )
    if environment.get("OMP_WAIT_POLICY", "").upper() == "ACTIVE":
        told = f"{told}: threads that wait spin, and beside other work training all but stands still"
        return Finding("threads", told, "unset OMP_WAIT_POLICY", wrong=True)
    return Finding("threads", told)


def load() -> Finding:
    """Whether others want the cores."""
    waiting = os.getloadavg()[0]
    told = f"{waiting:.1f} processes wanted a core in the last minute, of {count_cores()}"
    if waiting > 0.75 * count_cores():
        return Finding(
            "load", told, "plans and timings are good on a calm machine only; hardware.threads=1 suffers least"
        )
    return Finding("load", told)


def memory() -> Finding:
    """Memory, and what a container leaves of it."""
    total, free = psutil.virtual_memory().total / GIB, hardware.measure_available_memory() / GIB
    limit = hardware.read_container_limit()
    told = f"{total:.1f} GiB, {free:.1f} GiB free" + (f", container limit {limit / GIB:.1f} GiB" if limit else "")
    if free < LEAST_MEMORY_GIB:
        remedy = f"stop what holds memory, or raise the limit: training takes up to {LEAST_MEMORY_GIB:.0f} GiB"
        return Finding("memory", told, remedy, wrong=True)
    return Finding("memory", told)


def disk(place: Path) -> Finding:
    """Room and the right to write where training writes."""
    there = next(each for each in (place, *place.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free / GIB
    what = f"disk, {place}"
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = "another hydra.run.dir and data.store_dir, or the right to write there"
        return Finding(what, f"cannot be written to: {reason}", remedy, wrong=True)
    if free < LEAST_DISK_GIB:
        remedy = f"free some: a dataset with its store and a few runs take up to {LEAST_DISK_GIB:.0f} GiB"
        return Finding(what, f"writable, {free:.2f} GiB free", remedy, wrong=True)
    return Finding(what, f"writable, {free:.0f} GiB free")


def compiler() -> Finding:
    """What compile=on needs."""
    found = hardware.find_compiler()
    if found is None:
        return Finding("compiler", "none, so compile=on is refused", "apt-get install g++")
    return Finding("compiler", found)


def allocation() -> Finding:
    """The allocator that training will have."""
    using, other = allocator.find_preloaded(), allocator.find_installed()
    if using or other:
        return Finding("allocator", f"{using or other}, which train starts with")
    return Finding("allocator", f"glibc, bounded to {allocator.ARENAS} arenas", "apt-get install libjemalloc2")


def cuda_gib() -> float:
    """Disk that NVIDIA's packages and the CUDA libraries inside torch take, GiB."""
    total = 0
    for package in distributions():
        name = (package.metadata["Name"] or "").lower()
        if not name.startswith(("nvidia-", "triton", "torch")):
            continue
        for entry in package.files or ():
            is_cuda = name != "torch" or "cuda" in entry.name
            path = Path(str(entry.locate()))
            if is_cuda and name != "torchmetrics" and path.is_file():
                total += path.stat().st_size
    return total / GIB


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
