"""Diagnostics of a machine: what it offers to training, and what hinders training there. One finding for each check."""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

import psutil

from neural_guide.runtime import allocator, cache_folders, hardware, ray_cluster
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.hardware import GIB, Gpu

PACKAGES = ("torch", "lightning", "hydra-core", "numpy", "pyarrow", "rich")
MIN_MEMORY_GIB = 2.0  # every row of the field report stays below (docs/performance.md)
MIN_DISK_GIB = 1.0  # dataset, store with features, a few runs
INSTALL_CPU = (
    "pip install --retries 0 --timeout 5 --extra-index-url https://download.pytorch.org/whl/cpu --force-reinstall "
    "--no-deps torch=={version}"
)
INSTALL_CUDA = "pip install --force-reinstall torch=={version}"


@dataclass(frozen=True)
class Finding:
    """Result of one check.

    Attributes:
        name: name of the check.
        fact: state of the machine.
        remedy: command or change that repairs or improves it; empty if nothing needs to change.
        is_wrong: true: training fails, or does not use what the machine has.
    """

    name: str
    fact: str
    remedy: str = ""
    is_wrong: bool = False


@dataclass(frozen=True)
class TorchBuild:
    """The installed torch.

    Attributes:
        version: version without the label of the build, e.g. 2.13.0.
        cuda: version of CUDA that it was built with; None: a build for processors.
        sees_gpu: whether it can use a GPU here.
        memory_mib: resident memory that importing it took, MiB.
    """

    version: str
    cuda: str | None
    sees_gpu: bool
    memory_mib: float


def diagnose_machine(torch: TorchBuild | None, folders: Iterable[Path]) -> list[Finding]:
    """Run all checks; findings in the order of display.

    Args:
        torch: the installed torch; None: it cannot be imported.
        folders: folders that training writes to.
    """
    gpus = hardware.list_gpus()
    return [
        check_versions(),
        check_torch_build(torch, gpus),
        check_gpus(gpus),
        check_processor(),
        check_threads(os.environ),
        check_load(),
        check_memory(),
        *(check_disk(folder) for folder in folders),
        check_cache_folder(),
        check_other_caches(),
        check_compiler(),
        check_allocator(),
        check_ray(os.environ),
    ]


def check_versions() -> Finding:
    """Check Python and the packages that training needs."""
    versions = {name: _find_version(name) for name in PACKAGES}
    missing = [name for name, number in versions.items() if number is None]
    installed = [f"{name} {number}" for name, number in versions.items() if number]
    fact = ", ".join([f"Python {platform.python_version()}", *installed])
    if missing:
        return Finding("versions", f"{fact}; missing: {', '.join(missing)}", "make setup", is_wrong=True)
    return Finding("versions", fact)


def check_torch_build(torch: TorchBuild | None, gpus: list[Gpu]) -> Finding:
    """Check that the build of torch is the one for this machine."""
    if torch is None:
        return Finding("torch build", "torch cannot be imported", "make setup", is_wrong=True)
    kind = f"CUDA {torch.cuda}" if torch.cuda else "CPU"
    fact = f"{torch.version}, {kind} build"
    if torch.cuda and not gpus:
        waste = f"{measure_cuda_gib():.1f} GiB of disk for nothing, {torch.memory_mib:.0f} MiB of memory to import"
        fact = f"{fact} on a machine without an NVIDIA GPU: {waste}"
        return Finding("torch build", fact, INSTALL_CPU.format(version=torch.version))
    if gpus and not torch.cuda:
        fact = f"{fact} on a machine with {gpus[0].name}, which stands idle"
        return Finding("torch build", fact, INSTALL_CUDA.format(version=torch.version), is_wrong=True)
    if gpus and not torch.sees_gpu:
        remedy = "a driver for this CUDA or newer (nvidia-smi shows the driver), or CUDA_VISIBLE_DEVICES is empty"
        return Finding("torch build", f"{fact} cannot use {gpus[0].name}", remedy, is_wrong=True)
    return Finding("torch build", f"{fact}, {torch.memory_mib:.0f} MiB of memory to import")


def check_gpus(gpus: list[Gpu]) -> Finding:
    """List the GPUs, the number format that each trains in, and their driver."""
    if not gpus:
        return Finding("GPU", "none that an NVIDIA driver reports")
    names = [
        f"{gpu.name}, {gpu.memory_gib:.0f} GiB, compute capability {gpu.capability}, "
        f"{'bf16' if gpu.has_bf16 else 'fp16 with a loss scaler, no bf16'}"
        for gpu in gpus
    ]
    return Finding("GPU", f"{'; '.join(names)}; driver {gpus[0].driver}")


def check_processor() -> Finding:
    """Describe the processor and its fast instructions."""
    flags = hardware.read_processor_flags()
    widest = next((flag for flag in hardware.WIDE_FLAGS if flag in flags), "no vector instructions known")
    bf16 = "bf16" if hardware.has_fast_bf16() else "no bf16"
    counts = f"{hardware.count_physical_cores()} physical, {count_cores()} logical cores"
    fact = f"{hardware.read_processor_name()}: {counts}, {widest}, {bf16}"
    return Finding("processor", f"{fact}, {hardware.describe_caches()}" if hardware.describe_caches() else fact)


def check_threads(environment: Mapping[str, str]) -> Finding:
    """Check the environment variables that set threads."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    fact = ", ".join(f"{name}={environment[name]}" for name in names if name in environment) or "no variables set"
    counts = [environment.get(name, "") for name in names[:2]]
    if any(count.isdigit() and int(count) > count_cores() for count in counts):
        fact = f"{fact}: more threads than {count_cores()} cores"
        return Finding("threads", fact, "unset OMP_NUM_THREADS MKL_NUM_THREADS")
    if environment.get("OMP_WAIT_POLICY", "").upper() == "ACTIVE":
        fact = f"{fact}: threads that wait spin, and beside other work training all but stands still"
        return Finding("threads", fact, "unset OMP_WAIT_POLICY", is_wrong=True)
    return Finding("threads", fact)


def check_load() -> Finding:
    """Check that other processes leave the cores free."""
    waiting = os.getloadavg()[0]
    fact = f"{waiting:.1f} processes wanted a core in the last minute, of {count_cores()}"
    if waiting > 0.75 * count_cores():
        remedy = "plans and timings are good on a calm machine only; hardware.threads=1 suffers least"
        return Finding("load", fact, remedy)
    return Finding("load", fact)


def check_memory() -> Finding:
    """Check the free memory of the machine and of its container."""
    total, free = psutil.virtual_memory().total / GIB, hardware.measure_available_memory() / GIB
    limit = hardware.read_container_limit()
    fact = f"{total:.1f} GiB, {free:.1f} GiB free" + (f", container limit {limit / GIB:.1f} GiB" if limit else "")
    if free < MIN_MEMORY_GIB:
        remedy = f"stop what holds memory, or raise the limit: training takes up to {MIN_MEMORY_GIB:.0f} GiB"
        return Finding("memory", fact, remedy, is_wrong=True)
    return Finding("memory", fact)


def check_disk(folder: Path) -> Finding:
    """Check that a folder, or its nearest parent that exists, is writable and has room."""
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free / GIB
    name = f"disk, {folder}"
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = "another hydra.run.dir and data.store_dir, or the right to write there"
        return Finding(name, f"cannot be written to: {reason}", remedy, is_wrong=True)
    if free < MIN_DISK_GIB:
        remedy = f"free some: a dataset with its store and a few runs take up to {MIN_DISK_GIB:.0f} GiB"
        return Finding(name, f"writable, {free:.2f} GiB free", remedy, is_wrong=True)
    return Finding(name, f"writable, {free:.0f} GiB free")


def check_cache_folder() -> Finding:
    """Name the folder of compiled code; a temporary one is lost with the container."""
    is_prepared = cache_folders.prepare_cache_folders()
    folder = os.environ.get(cache_folders.NUMBA_VARIABLE)
    remedy = f"set {cache_folders.NUMBA_VARIABLE} to a folder that lasts and can be written to"
    if not is_prepared:
        return Finding("compiled code", "no folder can be written to: every process compiles anew", remedy)
    if folder is None:
        return Finding("compiled code", "kept beside its source")
    if cache_folders.is_temporary(Path(folder)):
        return Finding("compiled code", f"kept in {folder}, a temporary folder, since no other is writable", remedy)
    return Finding("compiled code", f"kept in {folder}")


def check_other_caches() -> Finding:
    """Name the folders of stores that lie beside no dataset, and those that libraries got instead of their own."""
    folders = {"stores": str(cache_folders.find_cache_folder())} | {
        cache_folders.LIBRARIES[variable]: folder for variable, folder in cache_folders.list_fallbacks().items()
    }
    temporary = [name for name, folder in folders.items() if cache_folders.is_temporary(Path(folder))]
    fact = ", ".join(f"{name} in {folder}" for name, folder in folders.items())
    if temporary:
        remedy = "set HOME or XDG_CACHE_HOME to a folder that lasts and can be written to, or data.store_dir for stores"
        return Finding("caches", f"{fact}: temporary, since no other is writable", remedy)
    return Finding("caches", fact)


def check_compiler() -> Finding:
    """Look for the compiler that compile=on needs."""
    compiler = hardware.find_compiler()
    if compiler is None:
        return Finding("compiler", "none, so compile=on is refused", "apt-get install g++")
    return Finding("compiler", compiler)


def check_allocator() -> Finding:
    """Look for the allocator that training will use."""
    library = allocator.find_preloaded() or allocator.find_installed()
    if library:
        return Finding("allocator", f"{library}, which train starts with")
    return Finding("allocator", f"glibc, bounded to {allocator.ARENAS} arenas", "apt-get install libjemalloc2")


def check_ray(environment: Mapping[str, str]) -> Finding:
    """Look for Ray, which workers=ray needs, and for a cluster that is named."""
    number, address = ray_cluster.find_ray(), environment.get(ray_cluster.ADDRESS)
    place = f"the cluster at {ray_cluster.ADDRESS}={address}" if address else "processes of this machine"
    if number is None:
        return Finding("Ray", "not installed, so workers=ray is refused; pip install 'neural-guide[ray]' adds it")
    return Finding("Ray", f"{number}; workers=ray uses {place}")


def measure_cuda_gib() -> float:
    """Measure the disk that NVIDIA's packages and the CUDA libraries inside torch take, GiB."""
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


def _find_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
