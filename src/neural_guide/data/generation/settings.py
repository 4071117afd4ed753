"""Settings of the generator."""

from dataclasses import dataclass

from neural_guide.app.common_settings import dsl_setting, seed_setting
from neural_guide.app.settings import group, setting
from neural_guide.data.settings import DEFAULT_PATH
from neural_guide.runtime.ray_cluster import RAY


@dataclass
class GeneratorSettings:
    """Content of a dataset. Equal settings, seed and vocabulary give equal bytes."""

    samples: int = setting(100_000, "Records to generate; the last task may be cut short.", low=1, unit="records")
    pairs_per_task: int = setting(4, "Records of one program.", low=1, high=8, unit="records")
    max_length: int = setting(
        4, "Most primitives in a program; dsl=wide uses three at most.", low=1, high=4, unit="primitives"
    )
    learn_from: str | None = setting(
        "arc1-training",
        "Collection whose solved tasks become tasks of dsl=language, in other colours; null takes concepts alone.",
    )
    arc_share: float = setting(
        0.5, "Share of input sets from ARC-1 training grids; the rest is procedural.", low=0, high=1
    )


@dataclass
class DatasetPath:
    """Path of the dataset to write."""

    path: str = setting(DEFAULT_PATH, "File to write, in the record format.")


@dataclass
class GenerateGroup(GeneratorSettings):
    """Content of a dataset, and the way to generate it."""

    processes: int | str | None = setting(
        None,
        "Worker processes; null uses one a core, ray those of a Ray cluster. The bytes do not depend on it. "
        "May be typed as workers.",
        low=1,
        words=(RAY,),
        unit="processes",
    )
    overwrite: bool = setting(False, "Replace a file that exists.")


@dataclass
class GenerateSettings:
    """Generate a dataset."""

    seed: int = seed_setting()
    dsl: str = dsl_setting(others=("language",))
    data: DatasetPath = group(DatasetPath)
    generate: GenerateGroup = group(GenerateGroup)
