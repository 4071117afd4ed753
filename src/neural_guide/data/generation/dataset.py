"""Generation of a dataset file, with a summary of its content."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from neural_guide.app.console import console, say
from neural_guide.app.invocation import Invocation
from neural_guide.app.run_folders import FolderNotes
from neural_guide.app.settings_files import write_config
from neural_guide.data.format.records import write_encoded
from neural_guide.data.generation.generator import LANGUAGE_DSL, generate_records
from neural_guide.data.generation.settings import GenerateSettings
from neural_guide.data.generation.statistics import Tally, format_summary, summarize
from neural_guide.dsl.vocabulary import get_vocabulary
from neural_guide.errors import UserError
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.progress import show_progress
from neural_guide.search.words import LANGUAGE


def write_dataset(settings: GenerateSettings, invocation: Invocation) -> None:
    """Write the dataset whole or not at all, then print a summary."""
    folder = invocation.folder
    started = time.perf_counter()
    path = Path(settings.data.path)
    _refuse_existing(path, overwrite=settings.generate.overwrite)
    FolderNotes.folders.make(path.parent, "data.path")  # before minutes of work
    write_config(settings, folder)
    generator = settings.generate
    tally = Tally()
    with show_progress("generating", generator.samples, "records") as advance:
        records = generate_records(
            generator, seed=settings.seed, dsl=settings.dsl, processes=generator.processes or count_cores(), tally=tally
        )
        write_encoded(path, _report_progress(records, advance))
    vocabulary = LANGUAGE if settings.dsl == LANGUAGE_DSL else get_vocabulary(settings.dsl)
    console.print(format_summary(summarize(tally, vocabulary)))
    say(
        f"{path}: {tally.records:,} records, {path.stat().st_size / 2**20:.1f} MiB, "
        f"{time.perf_counter() - started:.0f} s"
    )


def _refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raise UserError where a file would be overwritten unasked, or something else than a file would be replaced."""
    if path.is_dir():
        raise UserError(f"{path} is a folder; a dataset is a file. Name one in it: data.path={path}/data.json")
    if path.exists() and not path.is_file():
        raise UserError(f"{path} is a pipe or a device; a dataset is a file, written whole or not at all. Name a file.")
    if path.exists() and not overwrite:
        raise UserError(
            f"{path}: there is a file already, and it is not overwritten. Add generate.overwrite=true to replace "
            "it, or choose another data.path."
        )


def _report_progress(records: Iterator[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    """The records, with their number reported now and then."""
    for count, record in enumerate(records, start=1):
        yield record
        if count % 100 == 0:
            advance(count)
