"""Settings that several commands share: the seed, the guide, the tasks, the vocabulary, the prior."""

from typing import Any

from neural_guide.app.settings import setting
from neural_guide.runtime.durations import DURATION_FORMS, parse_duration
from neural_guide.runtime.ray_cluster import RAY

CHECKPOINT = "Guide: a run folder, a guide.safetensors or a .ckpt"


def seed_setting() -> Any:
    """The seed of every random choice."""
    return setting(0, "Seed of every random choice.", low=0, high=2**32 - 1)


def checkpoint_setting(*, has_default: bool) -> Any:
    """The guide; `has_default`: whether the command takes the shipped one where none is named."""
    return setting(None, f"{CHECKPOINT}; null takes the shipped guide." if has_default else f"{CHECKPOINT}.")


def tasks_setting() -> Any:
    """The tasks to work on."""
    return setting(
        "arc1-training", "Tasks: a collection (arc1-training, concepts, ...), a file or a folder in ARC's format."
    )


def solutions_setting() -> Any:
    """The outputs of the tests of the tasks."""
    return setting(None, "Outputs of the tests of `tasks`; null takes those in it or beside it.")


def workers_setting(*, takes_ray: bool) -> Any:
    """Worker processes that search; `takes_ray`: whether they may be those of a Ray cluster."""
    if not takes_ray:
        return setting(None, "Worker processes; null uses one a core.", low=1, high=256, unit="processes")
    text = "Worker processes; null uses one a core, ray those of a Ray cluster (RAY_ADDRESS, else one started here)."
    return setting(None, text, low=1, high=256, words=(RAY,), unit="processes")


def dsl_setting(*, of_guide: bool = False, others: tuple[str, ...] = ()) -> Any:
    """The vocabulary of the programs.

    Args:
        of_guide: whether it may be left to the guide.
        others: names beside those of the vocabularies of programs.
    """
    default, remark = (None, "; null takes that of the checkpoint, else the default") if of_guide else ("v2", "")
    remark += "; language: tasks of programs, rules and stages, as dsl=wide solves them" if others else ""
    return setting(default, f"Vocabulary that programs are made of{remark}.", allowed=("v2", "wide", *others))


def prior_setting() -> Any:
    """The prior of the search."""
    return setting("guide", "Prior that the search follows.", allowed=("guide", "frequency", "uniform", "oracle"))


def explain_deadline(deadline: str | None) -> str | None:
    """Explain why a deadline cannot be read; None: it can, or none is set."""
    if deadline is None or parse_duration(deadline) is not None:
        return None
    return f"deadline={deadline} is no time. Write {DURATION_FORMS}."
