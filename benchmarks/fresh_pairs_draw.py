"""Draw fresh pairs of ARC-1 training tasks from the generators of RE-ARC in the package reasoning-gym.

`fresh_pairs.py` runs this file in an environment that has the package; it needs nothing else.

    python benchmarks/fresh_pairs_draw.py REQUEST ANSWER

REQUEST is a JSON file:

- `seed`: seed of the draws;
- `wanted`: most pairs of either group per task;
- `most`: most draws per task;
- `tasks`: by task id, the inputs of its `pairs` and of its `tests`.

ANSWER has by task id the number of `draws`, the pairs `like` the task's own and the pairs `unlike` them. A pair is like
them if its input meets three conditions:

- its background (the most common colour) is that of one of their inputs;
- all of its colours occur in their inputs;
- it has at most twice the cells of their largest input.

The script keeps a pair only if the verifier of the rule gives the same output. No input occurs twice or in the task
itself.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

MAX_DIFFICULTY = 0.5  # RE-ARC's difficulty, [0, 1]: a higher one means larger grids, more objects and colours
MIN_DIFFICULTY = 0.05

Rows = tuple[tuple[int, ...], ...]
Generator = Callable[[Random, float, float], dict[str, Any]]  # draws a pair between two difficulties
Verifier = Callable[[Rows], Any]  # returns the output of the rule for an input


class Likeness:
    """Criterion for new inputs: likeness to the inputs of a task's pairs.

    Args:
        inputs: inputs of the pairs.
    """

    def __init__(self, inputs: list[Rows]) -> None:
        self._backgrounds = {find_background(rows) for rows in inputs}
        self._colours = {colour for rows in inputs for row in rows for colour in row}
        self._most_cells = 2 * max(len(rows) * len(rows[0]) for rows in inputs)

    def matches(self, rows: Rows) -> bool:
        """Return whether an input has background, colours and size like those of the pairs."""
        colours = {colour for row in rows for colour in row}
        return (
            find_background(rows) in self._backgrounds
            and colours <= self._colours
            and len(rows) * len(rows[0]) <= self._most_cells
        )


def find_background(rows: Rows) -> int:
    """Return the most common colour; of equally common ones, the lowest."""
    counts = Counter(colour for row in rows for colour in row)
    return min(counts, key=lambda colour: (-counts[colour], colour))


def draw_pairs(
    task: dict[str, Any], rng: Random, generate: Generator, verify: Verifier, max_pairs: int, max_draws: int
) -> Any:
    """Draw pairs until enough of them are like the task's own, or until the draws are used up.

    Args:
        task: `pairs` and `tests`, inputs as lists of rows.
        rng: random generator of all draws.
        generate: generator of the task.
        verify: verifier of its rule.
        max_pairs: maximum number of pairs of either group.
        max_draws: maximum number of draws.

    Returns:
        The number of `draws`, and the pairs `like` and `unlike` the task's own.
    """
    pair_inputs = list(map(freeze, task["pairs"]))
    likeness, known_inputs = Likeness(pair_inputs), {*pair_inputs, *map(freeze, task["tests"])}
    pairs: dict[bool, list[list[Rows]]] = {True: [], False: []}
    draws = 0
    while len(pairs[True]) < max_pairs and draws < max_draws:
        draws += 1
        pair = generate(rng, 0.0, rng.uniform(MIN_DIFFICULTY, MAX_DIFFICULTY))
        input_rows, output_rows = freeze(pair["input"]), freeze(pair["output"])
        is_like = likeness.matches(input_rows)
        if (
            input_rows in known_inputs
            or len(pairs[is_like]) >= max_pairs
            or not is_verified(verify, input_rows, output_rows)
        ):
            continue
        known_inputs.add(input_rows)
        pairs[is_like].append([input_rows, output_rows])
    return {"draws": draws, "like": pairs[True], "unlike": pairs[False]}


def is_verified(verify: Verifier, input_rows: Rows, output_rows: Rows) -> bool:
    """Return whether a rule gives the output.

    Some verifiers raise an error if the generator omitted the object that they look for.
    """
    try:
        return freeze(verify(input_rows)) == output_rows
    except Exception:
        return False


def freeze(rows: Any) -> Rows:
    """Return rows as tuples of integers."""
    return tuple(tuple(map(int, row)) for row in rows)


def main() -> None:
    from reasoning_gym.arc.rearc_utils import generators, verifiers
    from reasoning_gym.arc.rearc_utils.utils import get_generators, get_verifiers

    request_path, answer_path = map(Path, sys.argv[1:])
    request, answer = json.loads(request_path.read_text()), {}
    generate, verify = get_generators(generators), get_verifiers(verifiers)
    for task_id, task in request["tasks"].items():
        rng = Random(f"{request['seed']} {task_id}")
        limits = request["wanted"], request["most"]
        answer[task_id] = draw_pairs(task, rng, generate[task_id], verify[task_id], *limits)
        print(f"{task_id}: {answer[task_id]['draws']} draws", flush=True)
    answer_path.write_text(json.dumps(answer))


if __name__ == "__main__":
    main()
