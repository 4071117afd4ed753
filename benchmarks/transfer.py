"""Transfer to real tasks of a guide trained on synthetic tasks, and its failures.

The script takes the ARC-1 training tasks whose program the unguided search finds: one to three steps, every test output
exact within two attempts. It sorts all programs of up to three steps by their cost in a search, under two priors: the
guide, queried once about the inputs, and the frequencies of primitives in training. The position of the found program
is its rank. Neither prior knows its length. The rank of the worst true primitive is the number of primitives that one
has to allow, likeliest first, to include the whole program.

    python benchmarks/transfer.py --checkpoint outputs/latest --docs     # a CPU minute; never the evaluation tasks
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from matplotlib.figure import Figure
from rich.console import Console

from neural_guide.arc.collections import ArcTask, load_tasks
from neural_guide.arc.task import Task
from neural_guide.dsl.program import Program
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.guide.priors import build_guide_prior
from neural_guide.reporting.figure_layout import save_png
from neural_guide.reporting.gallery import draw_predictions
from neural_guide.reporting.report_table import Cell, ReportTable, format_number
from neural_guide.reporting.results import Prediction
from neural_guide.search.best_first import query_policy
from neural_guide.search.candidates import Candidate
from neural_guide.search.prior import Prior, compute_step_costs
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.state_space import StateSpace
from neural_guide.training.metrics import THRESHOLD, worst_rank

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
MAX_LENGTH = 3  # steps of the longest program
DRAWN_TASKS = 6  # number of tasks in the picture

Costs = list[npt.NDArray[np.float64]]  # costs of all programs, by length: [vocabulary], [vocabulary, vocabulary], ...


class Transfer(NamedTuple):
    """A real task whose program is known.

    Attributes:
        task: task without its answers.
        program: program that the unguided search found, first step first.
        is_recoloured: whether the program needs a map of colours as the last step; no program of the generator does.
        probabilities: float32 [vocabulary], the guide's probability that each primitive is part of the program.
        rank: rank of the program under the guide and under frequencies.
        worst_rank: rank of the worst true primitive under the guide and under frequencies.
    """

    task: Task
    program: Program
    is_recoloured: bool
    probabilities: npt.NDArray[np.float32]
    rank: tuple[int, int]
    worst_rank: tuple[int, int]

    @property
    def excess_rank(self) -> int:
        """Distance of the worst true primitive from its best possible rank under the guide."""
        return self.worst_rank[0] - len(set(self.program))


def find_program(arc: ArcTask, guide: Guide) -> Candidate | None:
    """Find the right candidate of the unguided search; None if nothing is right, or only a map of colours."""
    size = len(guide.vocabulary)
    outcome = solve(
        arc.task,
        guide.vocabulary,
        Prior.uniform(size),
        SearchBudget(length=MAX_LENGTH),
        SearchSettings(unguided_share=0),
    )
    return next(
        (candidate for candidate in outcome.candidates if candidate.program and arc.is_answered_by(candidate.answers)),
        None,
    )


def compute_guide_costs(guide: Guide, task: Task) -> Costs:
    """Compute the cost in nats of every program under the guide, queried about the inputs."""
    functions = [PRIMITIVES[name] for name in guide.vocabulary.names]
    space = StateSpace([pair.input for pair in task.pairs], [pair.output for pair in task.pairs], functions)
    policy = build_guide_prior(guide, task).policy
    assert policy is not None, "a guide without executed features cannot say what comes next"
    prediction = query_policy(space, 0, policy)
    first_costs, later_costs = compute_step_costs(prediction.next_primitive), compute_step_costs(prediction.remaining)
    pair_costs = first_costs[:, None] + np.stack(
        [compute_step_costs(probabilities) for probabilities in prediction.transition]
    )
    return [first_costs, pair_costs, pair_costs[:, :, None] + later_costs]


def compute_frequency_costs(guide: Guide) -> Costs:
    """Compute the cost of every program under the frequencies of primitives in training."""
    step_costs = compute_step_costs(guide.baselines.base_rates.astype(np.float64))
    return [step_costs, step_costs[:, None] + step_costs, step_costs[:, None, None] + step_costs[:, None] + step_costs]


def rank_program(costs: Costs, program: Sequence[int]) -> int:
    """Return the position of a program among all in the order of cost; 1 is best, equal costs come before it."""
    program_cost = costs[len(program) - 1][tuple(program)]
    return sum(int((cost <= program_cost).sum()) for cost in costs)


def find_transfers(guide: Guide, arcs: Sequence[ArcTask]) -> list[Transfer]:
    """List the tasks whose program the search finds, with their ranks."""
    frequency_costs, transfers = compute_frequency_costs(guide), []
    for arc in arcs:
        candidate = find_program(arc, guide)
        if candidate is None:
            continue
        program = candidate.program
        indices = [guide.vocabulary.names.index(name) for name in program]
        labels = torch.from_numpy(guide.vocabulary.encode_labels(set(program)))[None]
        guide_probabilities = guide.probabilities(arc.task)
        ranks = rank_program(compute_guide_costs(guide, arc.task), indices), rank_program(frequency_costs, indices)
        probability_rows = (torch.from_numpy(guide_probabilities), torch.from_numpy(guide.baselines.base_rates))
        worst_ranks = [int(worst_rank(probabilities[None], labels)) for probabilities in probability_rows]
        transfers.append(
            Transfer(
                arc.task,
                program,
                candidate.relabelling is not None,
                guide_probabilities,
                ranks,
                (worst_ranks[0], worst_ranks[1]),
            )
        )
    return transfers


def group_transfers(transfers: Sequence[Transfer]) -> dict[str, list[Transfer]]:
    """Group tasks by length of the program, by the need for a map of colours, and all together."""
    lengths = sorted({len(transfer.program) for transfer in transfers})
    groups = {
        f"length {length}": [transfer for transfer in transfers if len(transfer.program) == length]
        for length in lengths
    }
    groups["without colour relabelling"] = [transfer for transfer in transfers if not transfer.is_recoloured]
    groups["with colour relabelling"] = [transfer for transfer in transfers if transfer.is_recoloured]
    return {name: group for name, group in (groups | {"all": list(transfers)}).items() if group}


def tabulate_ranks(transfers: Sequence[Transfer]) -> ReportTable:
    """Tabulate the ranks of programs and of their worst primitives."""
    rows = []
    for name, group in group_transfers(transfers).items():
        ranks, worst_ranks = (
            np.array([transfer.rank for transfer in group]),
            np.array([transfer.worst_rank for transfer in group]),
        )
        figures = [
            *(format_number(float(value), 0) for value in (*np.median(ranks, axis=0), *ranks.max(axis=0))),
            format_number(float(np.exp(np.log(ranks[:, 1] / ranks[:, 0]).mean())), 1),
            str(int((ranks[:, 0] > ranks[:, 1]).sum())),
            *(format_number(float(value), 0) for value in np.median(worst_ranks, axis=0)),
            str(sum(transfer.excess_rank == 0 for transfer in group)),
        ]
        rows.append([Cell(f"{name}, {len(group)} tasks"), *map(Cell, figures)])
    rank_headers = (
        "median rank, guide",
        "frequencies",
        "highest rank, guide",
        "frequencies",
        "mean ratio",
        "guide behind in",
    )
    return ReportTable(
        "", ("program", *rank_headers, "worst primitive: guide", "frequencies", "best possible in"), rows
    )


def tabulate_primitives(guide: Guide, transfers: Sequence[Transfer]) -> ReportTable:
    """Tabulate the guide's predictions of each primitive, where needed and elsewhere; the worst one comes first."""
    rows = []
    for index, name in enumerate(guide.vocabulary.names):
        probabilities_where_needed = [transfer.probabilities for transfer in transfers if name in transfer.program]
        is_predicted_elsewhere = [
            transfer.probabilities[index] >= THRESHOLD for transfer in transfers if name not in transfer.program
        ]
        false_alarms = Cell(
            format_number(float(np.mean(is_predicted_elsewhere)) if is_predicted_elsewhere else None, 2)
        )
        mean = (
            float(np.mean([probabilities[index] for probabilities in probabilities_where_needed]))
            if probabilities_where_needed
            else np.inf
        )
        ranks = [int((probabilities >= probabilities[index]).sum()) for probabilities in probabilities_where_needed]
        figures = (mean, float(np.median(ranks)), max(ranks)) if ranks else (None, None, None)
        texts = [format_number(value, digits) for value, digits in zip(figures, (2, 0, 0), strict=True)]
        rows.append((mean, [Cell(name), Cell(str(len(probabilities_where_needed))), *map(Cell, texts), false_alarms]))
    headers = (
        "primitive",
        "tasks that need it",
        "mean probability there",
        "median rank",
        "worst rank",
        "predicted elsewhere",
    )
    return ReportTable("", headers, [cells for _, cells in sorted(rows, key=lambda row: row[0])])


def draw_failures(transfers: Sequence[Transfer], guide: Guide) -> Figure:
    """Draw the guide's predictions for the tasks whose worst true primitive is furthest from its best possible rank."""
    worst_transfers = sorted(
        transfers, key=lambda transfer: (-transfer.excess_rank, -transfer.rank[0], transfer.task.task_id)
    )[:DRAWN_TASKS]
    predictions = [
        Prediction(transfer.task.task_id, transfer.task.pairs[:3], transfer.program, transfer.probabilities)
        for transfer in worst_transfers
    ]
    return draw_predictions(predictions, guide.vocabulary)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", required=True, help="a guide trained on executed features")
    parser.add_argument("--limit", type=int, help="tasks; left out: all 400")
    parser.add_argument("--folder", type=Path, default=Path("outputs/transfer"), help="of ranks and picture")
    parser.add_argument("--docs", action="store_true", help="write the picture to docs instead")
    options = parser.parse_args()
    torch.set_num_threads(1)
    started = time.process_time()
    guide = load_guide(options.checkpoint)
    transfers = find_transfers(guide, load_tasks("arc1-training")[: options.limit])
    console = Console(width=180)
    for table in (tabulate_ranks(transfers), tabulate_primitives(guide, transfers)):
        console.print(table.markdown(), highlight=False)
    options.folder.mkdir(parents=True, exist_ok=True)
    records = [
        {
            "task": transfer.task.task_id,
            "program": transfer.program,
            "recoloured": transfer.is_recoloured,
            "rank": transfer.rank,
            "worst": transfer.worst_rank,
        }
        for transfer in transfers
    ]
    (options.folder / "transfer.json").write_text(json.dumps(records, indent=1))
    save_png(draw_failures(transfers, guide), (PICTURES if options.docs else options.folder) / "transfer.png")
    console.print(f"{time.process_time() - started:.0f} CPU seconds")


if __name__ == "__main__":
    main()
