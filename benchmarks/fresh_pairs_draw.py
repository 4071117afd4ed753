"""Draw fresh pairs of ARC-1 training tasks from the generators of RE-ARC in the package reasoning-gym.

`fresh_pairs.py` runs this file in an environment that has the package; it needs nothing else.

    python benchmarks/fresh_pairs_draw.py REQUEST ANSWER

REQUEST is JSON: `seed`, `wanted` (pairs of either group a task), `most` (draws a task), and `tasks`: by id, the inputs
of its `pairs` and of its `tests`. ANSWER is by id: the number of `draws`, the pairs `like` the task's own and the pairs
`unlike` them. A pair is like them if the background of its input (its most common colour) is that of one of their
inputs, all colours of its input are among theirs, and it has at most twice the cells of their largest.

A pair is kept only if the verifier of its rule gives its output too. No input occurs twice or in the task itself.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

HARDEST = 0.5  # of the bounds that RE-ARC calls difficulty, [0, 1]: larger grids, more objects and colours
EASIEST = 0.05

Rows = tuple[tuple[int, ...], ...]
Generator = Callable[[Random, float, float], dict[str, Any]]  # of a pair within bounds of difficulty
Verifier = Callable[[Rows], Any]  # of an input: the output by the rule


class Likeness:
    """What the inputs of a task's pairs say about new ones.

    Args:
        inputs: inputs of the pairs.
    """

    def __init__(self, inputs: list[Rows]) -> None:
        self._backgrounds = {find_background(rows) for rows in inputs}
        self._colours = {colour for rows in inputs for row in rows for colour in row}
        self._most_cells = 2 * max(len(rows) * len(rows[0]) for rows in inputs)

    def holds(self, rows: Rows) -> bool:
        """Return whether background, colours and size of an input are like those of the pairs."""
        colours = {colour for row in rows for colour in row}
        return (
            find_background(rows) in self._backgrounds
            and colours <= self._colours
            and len(rows) * len(rows[0]) <= self._most_cells
        )


def find_background(rows: Rows) -> int:
    """Return the most common colour, the lowest of equals."""
    counts = Counter(colour for row in rows for colour in row)
    return min(counts, key=lambda colour: (-counts[colour], colour))


def draw_pairs(task: dict[str, Any], rng: Random, generate: Generator, verify: Verifier, wanted: int, most: int) -> Any:
    """Draw pairs until enough of them are like the task's own, or the draws are spent.

    Args:
        task: `pairs` and `tests`, inputs as lists of rows.
        rng: source of all draws.
        generate: generator of the task.
        verify: its rule.
        wanted: pairs of either group, at most.
        most: draws, at most.

    Returns:
        The number of `draws`, and the pairs `like` and `unlike` the task's own.
    """
    pair_inputs = list(map(freeze, task["pairs"]))
    likeness, known = Likeness(pair_inputs), {*pair_inputs, *map(freeze, task["tests"])}
    pairs: dict[bool, list[list[Rows]]] = {True: [], False: []}
    draws = 0
    while len(pairs[True]) < wanted and draws < most:
        draws += 1
        pair = generate(rng, 0.0, rng.uniform(EASIEST, HARDEST))
        given, output = freeze(pair["input"]), freeze(pair["output"])
        is_like = likeness.holds(given)
        if given in known or len(pairs[is_like]) >= wanted or not is_verified(verify, given, output):
            continue
        known.add(given)
        pairs[is_like].append([given, output])
    return {"draws": draws, "like": pairs[True], "unlike": pairs[False]}


def is_verified(verify: Verifier, given: Rows, output: Rows) -> bool:
    """Return whether a rule gives the output; some fail with an error where a generator left out what they look for."""
    try:
        return freeze(verify(given)) == output
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
