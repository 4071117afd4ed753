"""Contenders: the ways from a dataset to batches, and two upper limits."""

import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Contender:
    """A way from a dataset to batches.

    Args:
        name: name in commands and results.
        title: title in tables.
        module: module in `ways`. It has `open_epochs(dataset, folder, workers=..., **options)`, which returns the names
            of the labels and a function from the number of an epoch to its batches. If it prepares data, it also has
            `convert(dataset, folder, **options)`.
        package: package to install in an environment of its own; None: the contender runs in ours.
        options: options of both functions.
        prepared_by: contender whose prepared data it reads; None: its own.
        workers: numbers of workers to measure it with.
        has_tasks: whether it reads the dataset's own tasks; for all others each record is a task.
        is_prepared_once: whether it prepares its data in the first repeat only.
    """

    name: str
    title: str
    module: str
    package: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    prepared_by: str | None = None
    workers: tuple[int, ...] = (0, 2)
    has_tasks: bool = False
    is_prepared_once: bool = False

    def import_way(self) -> ModuleType:
        """Import its module, and with it the library."""
        return importlib.import_module(f"ways.{self.module}")


ALL = (
    Contender("ours", "neural_guide", "ours"),
    Contender("json", "json.load", "json_load"),
    Contender("orjson", "orjson, numpy", "orjson_load", "orjson"),
    Contender("datasets", "Hugging Face datasets", "huggingface", "datasets"),
    Contender("litdata", "litdata", "lightning_data", "litdata"),
    Contender("mosaicml", "mosaicml-streaming", "mosaicml", "mosaicml-streaming"),
    Contender("gather", "limit: random gather", "limits", None, (("kind", "gather"),), "ours", (0,)),
    Contender("memcpy", "limit: memcpy", "limits", None, (("kind", "memcpy"),), "ours", (0,)),
    Contender("tasks", "neural_guide, 64 tasks", "ours", None, (("tasks", 64),), has_tasks=True),
    Contender(
        "features",
        "neural_guide, 64 tasks with features",
        "ours",
        None,
        (("tasks", 64), ("features", True)),
        has_tasks=True,
        is_prepared_once=True,
    ),
)
BY_NAME = {contender.name: contender for contender in ALL}
LIMITS = ("gather", "memcpy")
FIELD = ("ours", "json", *LIMITS)  # contenders on data of the field report's size; the others would take an hour
UNPREPARED = ("json", "orjson")  # contenders that read the JSON file itself
COMPETITORS = ("json", "orjson", "datasets", "litdata", "mosaicml")
