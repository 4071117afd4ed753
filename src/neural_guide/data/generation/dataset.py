"""Make a dataset: python -m neural_guide.generate [data.path=FILE] [generate.samples=N] [seed=N]."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from neural_guide.app.console import console
from neural_guide.app.invocation import Invocation
from neural_guide.app.settings_files import write_config
from neural_guide.data.format.records import write_encoded
from neural_guide.data.generation.generator import generate_records
from neural_guide.data.generation.settings import GenerateSettings
from neural_guide.data.generation.statistics import Tally, format_summary, summarise
from neural_guide.dsl.vocabulary import get_vocabulary
from neural_guide.errors import UserError
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.progress import show_progress


def write_dataset(config: GenerateSettings, invocation: Invocation) -> None:
    """Write the dataset whole or not at all, then say what is in it."""
    folder = invocation.folder
    started = time.perf_counter()
    path = Path(config.data.path)
    if path.exists() and not config.generate.overwrite:
        raise UserError(
            f"{path}: there is a file already, and it is not overwritten. Add generate.overwrite=true to replace "
            "it, or choose another data.path."
        )
    write_config(config, folder)
    wanted = config.generate
    tally = Tally()
    with show_progress("generating", wanted.samples, "records") as advance:
        records = generate_records(
            wanted, seed=config.seed, dsl=config.dsl, processes=wanted.processes or count_cores(), tally=tally
        )
        write_encoded(path, _counted(records, advance))
    console.print(format_summary(summarise(tally, get_vocabulary(config.dsl))))
    console.print(
        f"{path}: {tally.records:,} records, {path.stat().st_size / 2**20:.1f} MiB, "
        f"{time.perf_counter() - started:.0f} s",
        highlight=False,
        soft_wrap=True,
    )


def _counted(records: Iterator[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    for count, record in enumerate(records, start=1):
        yield record
        if count % 100 == 0:
            advance(count)
