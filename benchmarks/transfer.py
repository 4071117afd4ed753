"""What a guide trained on synthetic tasks is worth on real ones, and where it fails.

Of the ARC-1 training tasks those count whose program the unguided search finds: one to three steps, every test output
exact within two attempts. All programs of up to three steps are put in the order of what they cost a search, by the
guide asked once about the inputs, and by how often training used each primitive; the place of the program that was
found is its rank. Its length is not told to either. The rank of the worst true primitive is how many primitives one
has to allow, the likeliest first, to have the whole program.

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
LENGTH = 3  # steps of the longest program
WORST = 6  # tasks drawn

Costs = list[npt.NDArray[np.float64]]  # of all programs by length: [vocabulary], [vocabulary, vocabulary], ...


class Transfer(NamedTuple):
    """A real task whose program is known.

    Attributes:
        task: without its answers.
        program: that the unguided search found, first step first.
        recoloured: whether a map of colours has to be bound last, which no program of the generator needs.
        chances: float32 [vocabulary], of the guide: is it part of the program.
        rank: of the program under the guide and under frequencies.
        worst: rank of the worst true primitive under the guide and under frequencies.
    """

    task: Task
    program: Program
    recoloured: bool
    chances: npt.NDArray[np.float32]
    rank: tuple[int, int]
    worst: tuple[int, int]

    @property
    def above(self) -> int:
        """By how much the worst true primitive is ranked below its best possible rank."""
        return self.worst[0] - len(set(self.program))


def find_program(arc: ArcTask, guide: Guide) -> Candidate | None:
    """What the unguided search finds for a task; None where nothing is right, or nothing but a map of colours."""
    size = len(guide.vocabulary)
    outcome = solve(
        arc.task, guide.vocabulary, Prior.uniform(size), SearchBudget(length=LENGTH), SearchSettings(unguided_share=0)
    )
    return next(
        (candidate for candidate in outcome.candidates if candidate.program and arc.is_answered_by(candidate.answers)),
        None,
    )


def guided_costs(guide: Guide, task: Task) -> Costs:
    """What every program costs under the guide asked about the inputs, in nats."""
    functions = [PRIMITIVES[name] for name in guide.vocabulary.names]
    space = StateSpace([pair.input for pair in task.pairs], [pair.output for pair in task.pairs], functions)
    advisor = build_guide_prior(guide, task).policy
    assert advisor is not None, "a guide without executed features cannot say what comes next"
    advice = query_policy(space, 0, advisor)
    first, later = compute_step_costs(advice.next_primitive), compute_step_costs(advice.remaining)
    two = first[:, None] + np.stack([compute_step_costs(chances) for chances in advice.transition])
    return [first, two, two[:, :, None] + later]


def frequency_costs(guide: Guide) -> Costs:
    """What every program costs where each step is as likely as training used the primitive."""
    step = compute_step_costs(guide.baselines.base_rates.astype(np.float64))
    return [step, step[:, None] + step, step[:, None, None] + step[:, None] + step]


def rank(costs: Costs, program: Sequence[int]) -> int:
    """Place of a program among all in the order of cost, 1 is best; those as cheap come before it."""
    own = costs[len(program) - 1][tuple(program)]
    return sum(int((cost <= own).sum()) for cost in costs)


def transferred(guide: Guide, arcs: Sequence[ArcTask]) -> list[Transfer]:
    """The tasks whose program is found, with their ranks."""
    frequent, transfers = frequency_costs(guide), []
    for arc in arcs:
        candidate = find_program(arc, guide)
        if candidate is None:
            continue
        program = candidate.program
        places = [guide.vocabulary.names.index(name) for name in program]
        labels = torch.from_numpy(guide.vocabulary.encode_labels(set(program)))[None]
        chances = guide.probabilities(arc.task)
        ranks = rank(guided_costs(guide, arc.task), places), rank(frequent, places)
        both = (torch.from_numpy(chances), torch.from_numpy(guide.baselines.base_rates))
        worst = [int(worst_rank(probabilities[None], labels)) for probabilities in both]
        transfers.append(
            Transfer(arc.task, program, candidate.relabelling is not None, chances, ranks, (worst[0], worst[1]))
        )
    return transfers


def groups_of(transfers: Sequence[Transfer]) -> dict[str, list[Transfer]]:
    """By length of the program, by whether a map of colours is bound last, and all."""
    lengths = sorted({len(transfer.program) for transfer in transfers})
    groups = {
        f"length {length}": [transfer for transfer in transfers if len(transfer.program) == length]
        for length in lengths
    }
    groups["without colour relabelling"] = [transfer for transfer in transfers if not transfer.recoloured]
    groups["with colour relabelling"] = [transfer for transfer in transfers if transfer.recoloured]
    return {name: group for name, group in (groups | {"all": list(transfers)}).items() if group}


def rank_sheet(transfers: Sequence[Transfer]) -> ReportTable:
    """Ranks of programs and of their worst primitives."""
    lines = []
    for name, group in groups_of(transfers).items():
        ranks, worst = np.array([transfer.rank for transfer in group]), np.array([transfer.worst for transfer in group])
        figures = [
            *(format_number(float(value), 0) for value in (*np.median(ranks, axis=0), *ranks.max(axis=0))),
            format_number(float(np.exp(np.log(ranks[:, 1] / ranks[:, 0]).mean())), 1),
            str(int((ranks[:, 0] > ranks[:, 1]).sum())),
            *(format_number(float(value), 0) for value in np.median(worst, axis=0)),
            str(sum(transfer.above == 0 for transfer in group)),
        ]
        lines.append([Cell(f"{name}, {len(group)} tasks"), *map(Cell, figures)])
    ranks_of = (
        "median rank, guide",
        "frequencies",
        "highest rank, guide",
        "frequencies",
        "mean ratio",
        "guide behind in",
    )
    return ReportTable("", ("program", *ranks_of, "worst primitive: guide", "frequencies", "best possible in"), lines)


def by_primitive(guide: Guide, transfers: Sequence[Transfer]) -> ReportTable:
    """How the guide sees each primitive where it is needed and where not; the one seen worst comes first."""
    lines = []
    for place, name in enumerate(guide.vocabulary.names):
        needing = [transfer.chances for transfer in transfers if name in transfer.program]
        others = [transfer.chances[place] >= THRESHOLD for transfer in transfers if name not in transfer.program]
        alarms = Cell(format_number(float(np.mean(others)) if others else None, 2))
        mean = float(np.mean([chances[place] for chances in needing])) if needing else np.inf
        ranks = [int((chances >= chances[place]).sum()) for chances in needing]
        figures = (mean, float(np.median(ranks)), max(ranks)) if ranks else (None, None, None)
        shown = [format_number(value, digits) for value, digits in zip(figures, (2, 0, 0), strict=True)]
        lines.append((mean, [Cell(name), Cell(str(len(needing))), *map(Cell, shown), alarms]))
    headers = (
        "primitive",
        "tasks that need it",
        "mean probability there",
        "median rank",
        "worst rank",
        "predicted elsewhere",
    )
    return ReportTable("", headers, [cells for _, cells in sorted(lines, key=lambda line: line[0])])


def failures(transfers: Sequence[Transfer], guide: Guide) -> Figure:
    """The tasks whose worst true primitive is furthest below its best possible rank, with what the guide says."""
    worst = sorted(transfers, key=lambda transfer: (-transfer.above, -transfer.rank[0], transfer.task.task_id))[:WORST]
    shown = [
        Prediction(transfer.task.task_id, transfer.task.pairs[:3], transfer.program, transfer.chances)
        for transfer in worst
    ]
    return draw_predictions(shown, guide.vocabulary)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", required=True, help="a guide trained on executed features")
    parser.add_argument("--limit", type=int, help="tasks; left out: all 400")
    parser.add_argument("--folder", type=Path, default=Path("outputs/transfer"), help="of ranks and picture")
    parser.add_argument("--docs", action="store_true", help="write the picture to docs instead")
    options = parser.parse_args()
    torch.set_num_threads(1)
    begun = time.process_time()
    guide = load_guide(options.checkpoint)
    transfers = transferred(guide, load_tasks("arc1-training")[: options.limit])
    console = Console(width=180)
    for sheet in (rank_sheet(transfers), by_primitive(guide, transfers)):
        console.print(sheet.markdown(), highlight=False)
    options.folder.mkdir(parents=True, exist_ok=True)
    records = [
        {
            "task": transfer.task.task_id,
            "program": transfer.program,
            "recoloured": transfer.recoloured,
            "rank": transfer.rank,
            "worst": transfer.worst,
        }
        for transfer in transfers
    ]
    (options.folder / "transfer.json").write_text(json.dumps(records, indent=1))
    save_png(failures(transfers, guide), (PICTURES if options.docs else options.folder) / "transfer.png")
    console.print(f"{time.process_time() - begun:.0f} CPU seconds")


if __name__ == "__main__":
    main()
