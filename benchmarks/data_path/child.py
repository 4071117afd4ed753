"""One measurement in a process of its own, in the environment of the contender; the last line of its output is JSON.

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
from usage import measure_cpu_seconds, read_memory_mib

MAX_SECONDS = 15.0  # a longer epoch is cut off


def measure_conversion(contender: Contender, dataset: Path, folder: Path) -> dict[str, Any]:
    """Measure seconds and memory of the conversion from the JSON file to prepared data."""
    way, memory_before = contender.import_way(), read_memory_mib("VmRSS")
    wall_start, cpu_start = time.perf_counter(), measure_cpu_seconds()
    way.convert(dataset, folder, **dict(contender.options))
    seconds = {"wall_s": time.perf_counter() - wall_start, "cpu_s": measure_cpu_seconds() - cpu_start}
    return seconds | {"own_peak_mib": read_memory_mib("VmHWM"), "imports_mib": memory_before}


def measure_epochs(
    contender: Contender, dataset: Path, folder: Path, workers: int, seconds: float, has_check: bool
) -> dict[str, Any]:
    """Measure the seconds from opening prepared data to the first batch, and the samples per second of epochs.

    The rate is that of whole epochs, including the shuffling and the start and end of workers. Epochs repeat until
    `seconds` have passed.
    """
    way, memory_before = contender.import_way(), read_memory_mib("VmRSS")
    open_start, open_cpu_start = time.perf_counter(), measure_cpu_seconds()
    names, iterate_epoch = way.open_epochs(dataset, folder, workers=workers, **dict(contender.options))
    wall_start, cpu_start = time.perf_counter(), measure_cpu_seconds()
    first_s = first_cpu_s = first_epoch_s = 0.0
    samples, is_whole = 0, True
    for number in itertools.count():
        batches = iterate_epoch(number)
        for batch in batches:
            samples += batch.n_records
            if not first_s:
                first_s, first_cpu_s = time.perf_counter() - open_start, measure_cpu_seconds() - open_cpu_start
            if time.perf_counter() - wall_start > MAX_SECONDS:
                is_whole = False
                break
        first_epoch_s = first_epoch_s or time.perf_counter() - wall_start
        if not is_whole or time.perf_counter() - wall_start > seconds:
            break
    wall_seconds, cpu_seconds = time.perf_counter() - wall_start, measure_cpu_seconds() - cpu_start
    measurement = {
        "first_s": first_s,
        "first_cpu_s": first_cpu_s,
        "wall_rate": samples / wall_seconds,
        "cpu_rate": samples / cpu_seconds,
        "samples": samples,
        "whole": is_whole,
        "first_epoch_s": first_epoch_s,
        "own_peak_mib": read_memory_mib("VmHWM"),
        "imports_mib": memory_before,
    }
    del batches  # ends the workers of an epoch that was cut off
    if has_check and is_whole:
        measurement |= check_batches(names, iterate_epoch(number + 1))
    return measurement


def check_batches(names: list[str], batches: Any) -> dict[str, Any]:
    """Check the batches of one more epoch; return its counts and its checksum."""
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
    """Run the measurement that the arguments name."""
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
    torch.set_num_threads(1)  # batches are small: a second thread would waste CPU seconds with waiting
    if options.step == "convert":
        measurement = measure_conversion(contender, options.data, options.folder)
    else:
        measurement = measure_epochs(
            contender, options.data, options.folder, options.workers, options.seconds, options.check
        )
    if contender.package:
        measurement["version"] = version(contender.package)
    print("\n" + json.dumps(measurement))


if __name__ == "__main__":
    main()
