"""Memory of a run by part, and the largest batch and dataset that fit."""

from dataclasses import asdict, dataclass

from neural_guide.runtime.hardware import GIB
from neural_guide.training.memory_footprint import Footprint

# Measured on the rows of the field report (docs/log.md), GiB.
RUNTIME_CPU = 0.52  # Python, torch's CPU build and everything imported
RUNTIME_CUDA = 2.5  # the same with a CUDA build that has begun to use a GPU
CONTEXT = 0.6  # of a GPU's own memory: kernels, cuDNN, what the allocator cannot use
FITTING = 0.27  # baselines, loggers, checkpoints, what operators set up when first called
REPORT = 0.10  # metrics, pictures, the short search after training
ROOM = 0.95  # share of the memory that may be planned for

RECORD_BYTES = 400  # cells of a record and its row of the index, as the store keeps them
FEATURE_BYTES = 815  # executed features of a record and of the states on its way
BACKWARD = 2.0  # memory of a step over what is kept for the backward pass: gradients of it, and temporaries
BYTES = 4  # of a number in fp32
RECORDS_STEP = 500  # round numbers are easier to compare


@dataclass(frozen=True)
class Memory:
    """GiB of a run by part. On a GPU, weights and activations lie in its own memory.

    Attributes:
        runtime: Python, torch and other packages.
        data: cells and features that an epoch reads.
        beside: baselines, loggers and the report.
        parameters, gradients, optimizer: parts of the network; AdamW keeps two numbers a parameter.
        activations: activations of one step, all samples of a batch.
        sample: activations of one sample (a task), part of the above.
        context: on a GPU, its kernels and the loss to its allocator; 0 without one.
        on_gpu: whether the last parts lie on a GPU.
    """

    runtime: float
    data: float
    beside: float
    parameters: float
    gradients: float
    optimizer: float
    activations: float
    sample: float
    context: float
    on_gpu: bool

    @property
    def host(self) -> float:
        """Memory of the machine."""
        parts = self.runtime + self.data + self.beside
        return parts if self.on_gpu else parts + self._network

    @property
    def gpu(self) -> float:
        """Memory of the GPU."""
        return self._network + self.context if self.on_gpu else 0.0

    @property
    def _network(self) -> float:
        return self.parameters + self.gradients + self.optimizer + self.activations

    def as_dict(self) -> dict[str, float | bool]:
        """Return every part and the sums, as plan.json has them."""
        return asdict(self) | {"host": self.host, "gpu": self.gpu}


def compute_memory(footprint: Footprint, *, batch_size: int, records: int, features: int, on_gpu: bool) -> Memory:
    """Compute the memory of a run from the footprint of its network.

    Args:
        footprint: footprint of the network.
        batch_size: tasks on the device at once.
        records: records that training and evaluation read.
        features: views of the outputs with executed features, `DataSettings.views`; 0 without.
        on_gpu: whether the network lies on a GPU.
    """
    weights = footprint.parameters * BYTES / GIB
    sample = footprint.activation_bytes * BACKWARD / GIB
    data = records * (RECORD_BYTES + features * FEATURE_BYTES) / GIB
    return Memory(
        runtime=RUNTIME_CUDA if on_gpu else RUNTIME_CPU,
        data=data,
        beside=FITTING + REPORT,
        parameters=weights,
        gradients=weights,
        optimizer=2 * weights,
        activations=sample * batch_size,
        sample=sample,
        context=CONTEXT if on_gpu else 0.0,
        on_gpu=on_gpu,
    )


def find_max_batch(memory: Memory, batch_size: int, host_gib: float, gpu_gib: float | None) -> int:
    """Find the largest batch whose memory fits; 0 if even one task does not.

    Args:
        memory: memory of the run with `batch_size`.
        batch_size: tasks in a batch.
        host_gib: memory of the machine.
        gpu_gib: memory of its GPU; None without one.
    """
    used, limit = (memory.gpu, gpu_gib or 0.0) if memory.on_gpu else (memory.host, host_gib)
    if memory.on_gpu and memory.host > ROOM * host_gib:
        return 0
    left = ROOM * limit - (used - memory.activations)
    return max(0, int(left / memory.sample)) if memory.sample else batch_size


def find_max_records(memory: Memory, records: int, host_gib: float) -> int:
    """Find the most records whose data fits beside the rest, rounded down; 0 if the rest alone does not fit.

    Args:
        memory: memory of the run with `records`.
        records: records that are read.
        host_gib: memory of the machine.
    """
    left = ROOM * host_gib - (memory.host - memory.data)
    return max(0, int(left * records / memory.data)) // RECORDS_STEP * RECORDS_STEP if memory.data else 0
