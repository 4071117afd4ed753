"""One measurement, in a process of its own and in the environment of the contender: prints JSON on its last line.

python benchmarks/data_path/child.py convert ours --data FILE --folder FOLDER
python benchmarks/data_path/child.py epoch ours --data FILE --folder FOLDER --workers 2 --check
"""

import argparse
import itertools
import json
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from batches import Checksum
from contenders import BY_NAME, Contender
from usage import cpu_seconds, memory_mib

MOST_SECONDS = 15.0  # an epoch that takes longer is cut


def converted(contender: Contender, dataset: Path, folder: Path) -> dict[str, Any]:
    """Seconds and memory from the JSON file to prepared data."""
    way, before = contender.way(), memory_mib("VmRSS")
    wall, cpu = time.perf_counter(), cpu_seconds()
    way.convert(dataset, folder, **dict(contender.options))
    seconds = {"wall_s": time.perf_counter() - wall, "cpu_s": cpu_seconds() - cpu}
    return seconds | {"own_peak_mib": memory_mib("VmHWM"), "imports_mib": before}


def epochs(
    contender: Contender, dataset: Path, folder: Path, workers: int, seconds: float, check: bool
) -> dict[str, Any]:
    """Seconds to the first batch after opening prepared data, and samples per second from there on.

    The rate is that of whole epochs with all that belongs to one: its order, its workers' start and end. Epochs are
    repeated until `seconds` have passed.
    """
    way, before = contender.way(), memory_mib("VmRSS")
    begun, cpu_begun = time.perf_counter(), cpu_seconds()
    names, epoch = way.open_epochs(dataset, folder, workers=workers, **dict(contender.options))
    wall, cpu = time.perf_counter(), cpu_seconds()
    first_s = first_cpu_s = first_epoch_s = 0.0
    samples, whole = 0, True
    for number in itertools.count():
        batches = epoch(number)
        for batch in batches:
            samples += batch.n_records
            if not first_s:
                first_s, first_cpu_s = time.perf_counter() - begun, cpu_seconds() - cpu_begun
            if time.perf_counter() - wall > MOST_SECONDS:
                whole = False
                break
        first_epoch_s = first_epoch_s or time.perf_counter() - wall
        if not whole or time.perf_counter() - wall > seconds:
            break
    spent, cpu_spent = time.perf_counter() - wall, cpu_seconds() - cpu
    measurement = {
        "first_s": first_s,
        "first_cpu_s": first_cpu_s,
        "wall_rate": samples / spent,
        "cpu_rate": samples / cpu_spent,
        "samples": samples,
        "whole": whole,
        "first_epoch_s": first_epoch_s,
        "own_peak_mib": memory_mib("VmHWM"),
        "imports_mib": before,
    }
    del batches  # ends workers that a cut epoch left at work
    if check and whole:
        measurement |= checked(names, epoch(number + 1))
    return measurement


def checked(names: list[str], batches: Any) -> dict[str, Any]:
    """What one more epoch holds."""
    checksum, records, cells = Checksum(names), 0, 0
    for batch in batches:
        assert batch.inputs.dtype == batch.outputs.dtype == torch.uint8
        assert batch.labels.dtype == torch.bool
        assert batch.inputs.shape == batch.outputs.shape
        checksum.add(batch)
        records += batch.n_records
        cells += batch.inputs.numel() + batch.outputs.numel()
    return {"epoch_records": records, "epoch_cells": cells, "checksum": str(checksum)}


def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=("convert", "epoch"))
    parser.add_argument("contender", choices=BY_NAME)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    contender = BY_NAME[options.contender]
    torch.set_num_threads(1)  # batches are small: a second thread would burn its CPU seconds waiting
    if options.step == "convert":
        measurement = converted(contender, options.data, options.folder)
    else:
        measurement = epochs(contender, options.data, options.folder, options.workers, options.seconds, options.check)
    if contender.package:
        measurement["version"] = version(contender.package)
    print("\n" + json.dumps(measurement))


if __name__ == "__main__":
    main()
