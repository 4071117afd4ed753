"""Inference time of a task on one core: executed features, and the network in torch and in ONNX.

Tasks are ARC-1 training tasks cut to four pairs, each with its own features. Times are CPU time, as the median of all
tasks. The batch repeats the same tasks on one canvas of 30 x 30 cells, the largest possible.

    python benchmarks/inference.py --checkpoint outputs/latest     # about a minute; needs the extra onnx
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.task import Task
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.guide.onnx_export import measure_milliseconds, open_onnx, write_onnx
from neural_guide.reporting.report_table import Cell, ReportTable, format_number

AIM_ONE, AIM_BATCH = 5.0, 1.0  # milliseconds per task, including features
Network = Callable[[Sequence[Tensor]], object]


def build_batch(task_tensors: Sequence[Sequence[Tensor]], size: int) -> list[Tensor]:
    """Build a batch of `size` tasks; with fewer tasks, repeat them from the first one."""
    batch_tensors = [task_tensors[index % len(task_tensors)] for index in range(size)]
    return [torch.cat(parts) for parts in zip(*batch_tensors, strict=True)]


def measure_guide(guide: Guide, tasks: Sequence[Task], size: int, repeats: int) -> dict[str, dict[str, float]]:
    """Measure the CPU milliseconds per task, by runtime: features, network on one task, network in a batch."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guide.onnx"
        write_onnx(guide, path, tasks[:20])
        networks: dict[str, Network] = {"torch": lambda tensors: guide.network(*tensors), "onnx": open_onnx(path)}
    features = statistics.median(measure_milliseconds(partial(guide.tensors, task), repeats) for task in tasks)
    task_tensors = [guide.tensors(task) for task in tasks]
    batch = build_batch(task_tensors, size)
    return {
        name: {
            "features": features,
            "alone": statistics.median(
                measure_milliseconds(partial(network, tensors), repeats) for tensors in task_tensors
            ),
            "batch": measure_milliseconds(partial(network, batch), repeats) / size,
        }
        for name, network in networks.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--tasks", type=int, default=60)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(1)
    guide = load_guide(options.checkpoint)
    full_tasks = [arc.task for arc in load_tasks("arc1-training") if len(arc.task.pairs) >= 4]
    tasks = [Task(task.task_id, task.pairs[:4]) for task in full_tasks[: options.tasks]]
    with torch.inference_mode():
        times_by_runtime = measure_guide(guide, tasks, options.batch, options.repeats)
    rows = [
        [Cell(name), *(Cell(format_number(value, 2)) for value in (*times.values(), *_sum_times(times)))]
        for name, times in times_by_runtime.items()
    ]
    headers = ("ms a task", "features", "network, one task", f"in a batch of {options.batch}", "one", "batched")
    Console(width=120).print(ReportTable(f"{len(tasks)} ARC-1 tasks of 4 pairs, one core", headers, rows))
    one, batch = (min(_sum_times(times)[index] for times in times_by_runtime.values()) for index in (0, 1))
    Console().print(
        f"one task: {_format_verdict(one, AIM_ONE)}; batched: {_format_verdict(batch, AIM_BATCH)}", highlight=False
    )


def _sum_times(times: dict[str, float]) -> tuple[float, float]:
    return times["features"] + times["alone"], times["features"] + times["batch"]


def _format_verdict(value: float, aim: float) -> str:
    return f"{value:.2f} ms, {'within' if value < aim else 'above'} the {aim:.0f} ms aimed at"


if __name__ == "__main__":
    main()
