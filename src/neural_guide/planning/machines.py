"""Machines behind the hardware profiles: their parts, their speed by their documents, their prices."""

from dataclasses import dataclass

import torch

from neural_guide.runtime.hardware import GIB, count_physical_cores, list_gpus, read_memory_limit
from neural_guide.training.hardware_profile import Machine

# us-east-1, Linux, dollars. Prices change: `python -m neural_guide.cloud action=price` fetches those of today.
# c5 and g4dn: the field report, July 2025. p5.4xlarge: list price of August 2025, spot is a guess from shares of it.
PRICED_ON = "2025-08"
S3_MONTH_GB = 0.023  # standard storage
DISK_MONTH_GB = 0.08  # gp3
RENTED_DISK = 100.0  # GiB, the default of `cloud.disk_gib`


@dataclass(frozen=True)
class Spec:
    """A kind of machine.

    Attributes:
        profile: option of the group `hardware`.
        instance: type on EC2; "here": this machine.
        vcpus: virtual processors, as quotas count them.
        cores: physical cores.
        memory_gib: memory of the machine.
        gpu_memory_gib: memory of its GPU; None without one.
        gflops: peak at the profile's precision by its maker's documents; of this machine, measured.
        utilisation: assumed share of that peak that a step reaches; None: as measured on the processor here.
        call_seconds: least time from one operator to the next, with the overhead of Python and Lightning.
        on_demand, spot: prices, dollars an hour; None: not known, or the machine is yours.
        disk_gib: room for dataset, store and run; None: not known.
    """

    profile: str
    instance: str
    vcpus: int
    cores: int
    memory_gib: float
    gpu_memory_gib: float | None
    gflops: float
    utilisation: float | None
    call_seconds: float
    on_demand: float | None = None
    spot: float | None = None
    disk_gib: float | None = RENTED_DISK


RENTED = {
    # 8 cores at 2.4 GHz under AVX-512 with two units of 16 lanes: 1,229 GFLOPS; threads of one step share it badly.
    "c5": Spec("c5", "c5.4xlarge", 16, 8, 30.0, None, 1229.0, None, 12e-6, 0.68, 0.27),
    # T4: 65 TFLOPS in fp16 tensor cores; small matrices reach a tenth of it. Two slow cores launch.
    "g4dn": Spec("g4dn", "g4dn.xlarge", 4, 2, 15.5, 15.0, 65_000.0, 0.1, 14e-6, 0.526, 0.15),
    # H100: 989 TFLOPS in bf16; matrices of this network are far too small for more than a few hundredths.
    "hopper": Spec("hopper", "p5.4xlarge", 16, 8, 256.0, 80.0, 989_000.0, 0.03, 8e-6, 6.88, 2.75),
}


def describe_this_machine(profile: str, machine: Machine, gflops: float, disk_gib: float | None = None) -> Spec:
    """Describe this machine under a profile, with the price of the table if the profile is of a rented machine.

    Args:
        profile: name of the profile.
        machine: devices and threads that the profile resolved to.
        gflops: measured peak of the processor, also beside a GPU.
        disk_gib: room for dataset, store and run; None: not known.
    """
    gpu = torch.cuda.get_device_properties(0).total_memory / GIB if machine.accelerator == "gpu" else None
    rented = RENTED.get(profile)
    return Spec(
        profile=profile,
        instance="here",
        vcpus=machine.threads,
        cores=count_physical_cores(),
        memory_gib=read_memory_limit() / GIB,
        gpu_memory_gib=gpu,
        gflops=gflops,
        utilisation=None,
        call_seconds=12e-6,
        on_demand=rented.on_demand if rented else None,
        spot=rented.spot if rented else None,
        disk_gib=disk_gib,
    )


def is_this_machine(spec: Spec) -> bool:
    """Compare this machine with a kind of machine, by cores and GPU."""
    return count_physical_cores() == spec.cores and bool(list_gpus()) == (spec.gpu_memory_gib is not None)
