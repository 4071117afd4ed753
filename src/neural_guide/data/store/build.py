"""Turns a dataset into the files of a store, reading it once.

Cells are written as they come. The small columns are spooled to files beside them, a column each, because
tasks can be numbered only after the last record: the records of a task may stand anywhere in the file.
Memory does not grow while records are read; what is judged then takes about 20 bytes a record, which a million
records have in what reading them has given back.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from neural_guide.data.format.records import LocatedRecord, read_located_records
from neural_guide.data.format.replay import Programs
from neural_guide.data.format.source import Source
from neural_guide.data.format.violations import Violations
from neural_guide.data.store.dataset_checks import DatasetCheck, check_dataset
from neural_guide.data.store.padded_cells import CellsWriter, write_column
from neural_guide.data.store.staging import StagedColumns

AT_ONCE = 256  # records; each step for many in a row is a tenth faster than all steps for one
TASKS_AT_ONCE = 1 << 13
SIZES = ("input_height", "input_width", "output_height", "output_width")
KEPT = ("row", "quality", "complexity", "side", "input_key", *SIZES)


def build_files(
    source: Source | Path | str, folder: Path, on_byte: Callable[[int], None], *, check_replay: bool = True
) -> dict[str, Any]:
    """Write `cells-*.arrow`, `index-*.arrow` and `tasks.arrow` of a dataset into a folder.

    Args:
        source: records as `read_records` takes them.
        folder: exists and is empty.
        on_byte: told now and then how many stored bytes are read.
        check_replay: whether to set records aside whose primitives do not make the output of the input.

    Returns:
        What there is to say about the store in `meta.json`: vocabulary, counts, violations.

    Raises:
        UserError: the dataset is damaged, or every record was set aside.
    """
    violations, programs = Violations(), Programs()
    with StagedColumns(folder) as spool:
        _write_cells(read_located_records(source, violations, on_byte), folder, spool, programs)
    if not spool.rows:
        violations.check(0.0)
    check = check_dataset(spool, programs.lists, violations, check_replay=check_replay)
    write_column(folder, "task", check.task_of)
    for name in KEPT:
        write_column(folder, name, spool.chosen(name, check.kept))
    _write_tasks(folder, spool, check, programs.lists)
    spool.remove()
    return {
        "vocabulary": list(check.vocabulary.names),
        "records": len(check.task_of),
        "tasks": len(check.first),
        "ordered": check.has_programs,
        "faults": violations.as_dict(),
    }


def _write_cells(placed: Iterator[LocatedRecord], folder: Path, spool: StagedColumns, programs: Programs) -> None:
    """Write the cells of all records and spool their small columns."""
    with CellsWriter(folder) as cells:
        while some := list(islice(placed, AT_ONCE)):
            lists = [programs.number(each.record.primitives) for each in some]
            replayed = [programs.replay(number, each.record) for number, each in zip(lists, some, strict=True)]
            rows = [cells.add(each.record.input, each.record.output) for each in some]
            for each, row, number, replay in zip(some, rows, lists, replayed, strict=True):
                spool.add(each, *row, number, replay)


def _write_tasks(folder: Path, spool: StagedColumns, check: DatasetCheck, lists: list[tuple[str, ...]]) -> None:
    """Write `tasks.arrow`: task_id and program (positions in the vocabulary) of each task."""
    position = {name: place for place, name in enumerate(check.vocabulary.names)}
    program_of = spool.column("program")[check.first]
    coded = {number: [position[name] for name in lists[number]] for number in np.unique(program_of).tolist()}
    schema = pa.schema([("task_id", pa.string()), ("program", pa.list_(pa.int32()))])
    with pa.ipc.new_file(str(folder / "tasks.arrow"), schema) as writer:
        for start in range(0, len(check.first), TASKS_AT_ONCE):
            part = slice(start, start + TASKS_AT_ONCE)
            ids = pa.array(spool.task_ids(check.first[part]), pa.string())
            chosen = pa.array([coded[number] for number in program_of[part].tolist()], pa.list_(pa.int32()))
            writer.write_batch(pa.record_batch([ids, chosen], schema=schema))
