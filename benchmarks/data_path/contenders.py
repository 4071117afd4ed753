"""Who takes part: the ways from a dataset to batches, and the two limits beside them."""

import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Contender:
    """A way to batches.

    Args:
        name: in commands and results.
        title: in tables.
        module: in `ways`; has `convert(dataset, folder, **options)`, where data is prepared first, and
            `open_epochs(dataset, folder, workers=..., **options)`, which returns the names of the labels and a
            function from the number of an epoch to its batches.
        package: what is installed for it, in an environment of its own; None: it runs in ours.
        options: for both functions.
        prepared: the contender whose prepared data it reads.
        workers: numbers of workers that it is measured with.
        tasks: whether it reads the dataset's own tasks, where all others see one record a task.
        once: whether its data is prepared in the first repeat only.
    """

    name: str
    title: str
    module: str
    package: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    prepared: str | None = None
    workers: tuple[int, ...] = (0, 2)
    tasks: bool = False
    once: bool = False

    def way(self) -> ModuleType:
        """Its module; imports the library behind it."""
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
    Contender("tasks", "neural_guide, 64 tasks", "ours", None, (("tasks", 64),), tasks=True),
    Contender(
        "features",
        "neural_guide, 64 tasks with features",
        "ours",
        None,
        (("tasks", 64), ("features", True)),
        tasks=True,
        once=True,
    ),
)
BY_NAME = {contender.name: contender for contender in ALL}
LIMITS = ("gather", "memcpy")
FIELD = ("ours", "json", *LIMITS)  # on data of the field report's size, where the others would take an hour
UNPREPARED = ("json", "orjson")  # read the JSON file itself
COMPETITORS = ("json", "orjson", "datasets", "litdata", "mosaicml")
