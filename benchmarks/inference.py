"""How long a question about a task takes on one core: executed features, and the network in torch and in ONNX.

Tasks are ARC-1 training tasks cut to four pairs, features are computed for every one, CPU time counts and medians are
of all tasks. The batch has the same tasks again on one canvas of 30 x 30 cells, the largest there is.

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

AIM_ONE, AIM_BATCH = 5.0, 1.0  # milliseconds a task, features included
Network = Callable[[Sequence[Tensor]], object]


def batched(asked: Sequence[Sequence[Tensor]], size: int) -> list[Tensor]:
    """A batch of so many tasks, again from the first where there are fewer."""
    chosen = [asked[place % len(asked)] for place in range(size)]
    return [torch.cat(parts) for parts in zip(*chosen, strict=True)]


def measured(guide: Guide, tasks: Sequence[Task], size: int, repeats: int) -> dict[str, dict[str, float]]:
    """CPU milliseconds a task, by runtime: features, network alone, network in a batch."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guide.onnx"
        write_onnx(guide, path, tasks[:20])
        networks: dict[str, Network] = {"torch": lambda tensors: guide.network(*tensors), "onnx": open_onnx(path)}
    features = statistics.median(measure_milliseconds(partial(guide.tensors, task), repeats) for task in tasks)
    asked = [guide.tensors(task) for task in tasks]
    batch = batched(asked, size)
    return {
        name: {
            "features": features,
            "alone": statistics.median(measure_milliseconds(partial(network, one), repeats) for one in asked),
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
    whole = [arc.task for arc in load_tasks("arc1-training") if len(arc.task.pairs) >= 4]
    tasks = [Task(task.task_id, task.pairs[:4]) for task in whole[: options.tasks]]
    with torch.inference_mode():
        times_by_way = measured(guide, tasks, options.batch, options.repeats)
    rows = [
        [Cell(name), *(Cell(format_number(value, 2)) for value in (*times.values(), *_totals(times)))]
        for name, times in times_by_way.items()
    ]
    headers = ("ms a task", "features", "network, one task", f"in a batch of {options.batch}", "one", "batched")
    Console(width=120).print(ReportTable(f"{len(tasks)} ARC-1 tasks of 4 pairs, one core", headers, rows))
    one, batch = (min(_totals(times)[place] for times in times_by_way.values()) for place in (0, 1))
    Console().print(f"one task: {_verdict(one, AIM_ONE)}; batched: {_verdict(batch, AIM_BATCH)}", highlight=False)


def _totals(times: dict[str, float]) -> tuple[float, float]:
    return times["features"] + times["alone"], times["features"] + times["batch"]


def _verdict(value: float, aim: float) -> str:
    return f"{value:.2f} ms, {'within' if value < aim else 'above'} the {aim:.0f} ms aimed at"


if __name__ == "__main__":
    main()
