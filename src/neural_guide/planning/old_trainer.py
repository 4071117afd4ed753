"""Why the trainer of July 2025 died: attention over every cell of two padded grids, measured afterwards."""

TOKENS = 2 * 48 * 48  # two grids, padded to 48 x 48, a token a cell
SAMPLE_GIB = 6.58  # kept for the backward pass, a sample: 26.6 GiB at batch 4, 52.9 GiB at batch 8
FIXED_GIB = 0.3  # weights, optimiser and the rest of those figures
BOX_GIB = 30.0  # c5.4xlarge
ATTEMPTS = {"1": 4, "2": 32, "3": 16, "4": 8}  # batch sizes


def gib(batch_size: int) -> float:
    """Memory of a step, GiB."""
    return FIXED_GIB + SAMPLE_GIB * batch_size


def explanation() -> list[str]:
    """Lines that say what took the memory, and what would have fitted."""
    matrix = TOKENS**2 * 4 / 2**20
    fits = int((BOX_GIB - FIXED_GIB) / SAMPLE_GIB)
    rows = [
        f"attempt {name}, batch {size}: {gib(size):.1f} GiB, "
        + ("just fits" if gib(size) <= BOX_GIB else f"killed: {gib(size) / BOX_GIB:.1f} times the box")
        for name, size in ATTEMPTS.items()
    ]
    return [
        f"The trainer of July 2025 attended over {TOKENS:,} tokens (two grids padded to 48 x 48). One matrix of "
        f"attention is {matrix:.0f} MiB, and about {SAMPLE_GIB * 1024 / matrix:.0f} of them were kept a sample for the "
        f"backward pass: {SAMPLE_GIB:.1f} GiB. Neither the dataset nor the CUDA build mattered.",
        *rows,
        f"Batch {fits} with accumulation would have fitted {BOX_GIB:.0f} GiB; frames of 12 x 12 cells do away with it.",
    ]
