"""The Python interface, for notebooks: `import neural_guide` offers these functions by name.

They take plain values, raise `UserError` with the remedy, and leave nothing behind but the files they are asked for.
"""

import warnings
from dataclasses import dataclass, field
from pathlib import Path

from neural_guide.app.invocation import Invocation
from neural_guide.app.settings_files import RENAMED
from neural_guide.app.surface import Surface
from neural_guide.arc.collections import ArcTask
from neural_guide.arc.grid import Grid
from neural_guide.arc.task import Task
from neural_guide.data.format.records import Record
from neural_guide.data.task_sources import open_tasks
from neural_guide.dsl.vocabulary import check_vocabulary, find_name, get_vocabulary
from neural_guide.experiment.settings import TRAINING_GROUPS, RunSettings
from neural_guide.guide import guide as guide_files
from neural_guide.guide.default_guide import SHIPPED_FOLDER, SOLVER_DSL
from neural_guide.guide.guide import Guide
from neural_guide.guide.priors import build_search_prior
from neural_guide.search.answers import Answers
from neural_guide.search.application import apply_candidate
from neural_guide.search.candidates import Candidate
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.trace import trace_candidate


@dataclass(frozen=True)
class Solution:
    """An explanation of all pairs of a task, and its answers.

    Attributes:
        answers: one grid per test input; None for a test that it does not answer.
        steps: names of what was applied, in order.
        confidence: stated probability that its answers are right, the least over the tests it is chosen for, [0, 1].
        nodes: primitives called until it was found.
        seconds: time until then.
        task: task that it explains.
        candidate: the explanation itself.
    """

    answers: tuple[Grid | None, ...]
    steps: tuple[str, ...]
    confidence: float
    nodes: int
    seconds: float
    task: Task = field(repr=False)
    candidate: Candidate = field(repr=False)

    def apply(self, grid: Grid) -> Grid | None:
        """Return the output for any input, of the task or a new one; None if the explanation does not apply to it."""
        [output] = apply_candidate(self.candidate, self.task, [grid])
        return output


def load_guide(path: str | Path | None = None, *, dsl: str = "v2") -> Guide:
    """Load a guide.

    Args:
        path: a run folder, a `guide.safetensors` or a `.ckpt`; None takes one that comes with the repository.
        dsl: which one: v2 predicts 17 primitives, wide all words of the language.

    Raises:
        UserError: there is no such file, or it is damaged.

    Example:
        >>> import neural_guide
        >>> guide = neural_guide.load_guide()
        >>> len(guide.vocabulary)
        17
    """
    return guide_files.load_guide(str(SHIPPED_FOLDER / dsl if path is None else path))


def load_tasks(source: str = "arc1-training", solutions: str | None = None) -> list[ArcTask]:
    """Load real ARC tasks.

    Args:
        source: a collection (arc1-training, arc1-training-a, arc1-training-b, arc1-evaluation, arc2-training, arc2-new,
            arc2-evaluation), or the path of a file or folder in ARC's format.
        solutions: a file with the outputs of the tests; None takes those in the source or beside it.

    Returns:
        Tasks with `task` (pairs and test inputs) and `answers` (test outputs, or None where they are not known). A task
        that breaks a rule is left out, with a warning.

    Raises:
        UserError: there is no such source, or every task in it breaks a rule.

    Example:
        >>> import neural_guide
        >>> tasks = neural_guide.load_tasks("arc1-training")
        >>> len(tasks), tasks[0].task.task_id
        (400, '007bbfb7')
    """
    task_set = open_tasks(source, solutions)
    if task_set.set_aside:
        warnings.warn(task_set.summarize(), stacklevel=2)
    return task_set.tasks


def predict_primitives(task: Task, guide: Guide) -> dict[str, float]:
    """Predict which primitives the hidden program of a task uses.

    Args:
        task: its pairs; at most five are used.
        guide: a trained guide.

    Returns:
        The calibrated probability of each primitive, [0, 1], the likeliest first.

    Example:
        >>> import neural_guide
        >>> guide, tasks = neural_guide.load_guide(), neural_guide.load_tasks()
        >>> task = next(arc.task for arc in tasks if arc.task.task_id == "67a3c6ac")
        >>> next(iter(neural_guide.predict_primitives(task, guide)))
        'vmirror'
    """
    probabilities = zip(guide.vocabulary.names, guide.probabilities(task).tolist(), strict=True)
    return dict(sorted(probabilities, key=lambda entry: -entry[1]))


def solve_task(
    task: Task,
    guide: Guide | None = None,
    *,
    dsl: str | None = None,
    nodes: int = 200_000,
    seconds: float = 60.0,
    search: SearchSettings | None = None,
) -> list[Solution]:
    """Search for programs and rules that explain all pairs of a task.

    Args:
        task: pairs and test inputs.
        guide: what the search follows; None searches shorter programs first.
        dsl: vocabulary of the programs: v2 (17 primitives) or wide (solves most); None: that of the guide, wide
            without one.
        nodes: budget in primitives called on a state.
        seconds: budget in time.
        search: how the search proceeds; None takes the defaults.

    Returns:
        Solutions that give the two likeliest answers to each test, the likeliest first; empty where none was found.

    Raises:
        UserError: the guide predicts another vocabulary than the named one.

    Example:
        >>> import neural_guide
        >>> task = next(arc.task for arc in neural_guide.load_tasks() if arc.task.task_id == "67a3c6ac")
        >>> neural_guide.solve_task(task)[0].steps
        ('vmirror',)
    """
    if guide is None:
        vocabulary = get_vocabulary(dsl or SOLVER_DSL)
    else:
        vocabulary = guide.programs
        check_vocabulary(vocabulary, dsl or find_name(vocabulary) or SOLVER_DSL, "guide")
    prior = Prior.uniform(len(vocabulary)) if guide is None else build_search_prior(guide, task)
    outcome = solve(task, vocabulary, prior, SearchBudget(nodes=nodes, seconds=seconds), search)
    return [_as_solution(task, candidate, index, outcome.answers) for index, candidate in enumerate(outcome.candidates)]


def generate_records(samples: int = 1000, *, seed: int = 0, dsl: str = "v2", pairs_per_task: int = 4) -> list[Record]:
    """Generate records of synthetic tasks: pairs of grids with the program that makes one of the other.

    Args:
        samples: number of records (pairs).
        seed: of every random choice; the same seed gives the same records on any machine.
        dsl: vocabulary of the programs: v2 or wide.
        pairs_per_task: records of one program, 1 to 8.

    Raises:
        UserError: a value is out of range.

    Example:
        >>> import neural_guide
        >>> records = neural_guide.generate_records(8, seed=7)
        >>> len(records), records[0].input.ndim, records[0].primitives == records[1].primitives
        (8, 2, True)
    """
    from neural_guide.data.format.validation import decode_record
    from neural_guide.data.generation import generator
    from neural_guide.data.generation.settings import GeneratorSettings

    settings = GeneratorSettings(samples=samples, pairs_per_task=pairs_per_task)
    return [decode_record(line) for line in generator.generate_records(settings, seed=seed, dsl=dsl)]


def train_guide(*overrides: str, folder: str | Path) -> Guide:
    """Train a guide with the settings that `python -m neural_guide.train` takes, and load it.

    Args:
        overrides: settings as they are typed, e.g. "data.path=small.json", "trainer.max_epochs=2".
        folder: of the run; it holds the report, the metrics and the checkpoints afterwards.

    Raises:
        UserError: a setting is refused, or the folder holds a run already.

    Example:
        neural_guide.train_guide("data.path=small.json", "trainer.max_epochs=2", folder="outputs/train/notebook")
    """
    from neural_guide.app.command import load_settings, typed_keys
    from neural_guide.experiment.training_run import run_training

    surface = Surface({"train": RunSettings}, {"train": TRAINING_GROUPS}, RENAMED, {}, lambda _: False)
    settings = load_settings("train", list(overrides), surface)
    settings.hardware.allocator = "system"  # another one would restart this process
    keys = frozenset(typed_keys(overrides, RunSettings))
    Path(folder).mkdir(parents=True, exist_ok=True)
    run_training(settings, Invocation("train", Path(folder), overrides, keys, folder_is_named=True))
    return load_guide(folder)


def _as_solution(task: Task, candidate: Candidate, index: int, answers: Answers) -> Solution:
    confidence = min(answer.confidence for chosen in answers for answer in chosen if answer.candidate == index)
    steps = trace_candidate(candidate.program, candidate.relabelling, candidate.layers, candidate.rule, ()).steps
    return Solution(candidate.answers, steps, confidence, candidate.nodes, candidate.seconds, task, candidate)
