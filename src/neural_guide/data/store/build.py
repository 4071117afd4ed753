"""Construction of a store's files from a dataset, which is read once.

Cells are written while records are read. The small columns are staged in files beside them, one a column, because
tasks can be numbered only after the last record: the records of a task may stand anywhere in the dataset. Memory
does not grow while records are read. The checks of the whole dataset then take about 20 bytes a record; at a
million records that is no more than reading has freed by then.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from neural_guide.data.format.records import LocatedRecord, read_located_records
from neural_guide.data.format.replay import ProgramTable
from neural_guide.data.format.source import Source
from neural_guide.data.format.violations import Violations
from neural_guide.data.store.dataset_checks import DatasetCheck, check_dataset
from neural_guide.data.store.padded_cells import CellsWriter, write_column
from neural_guide.data.store.staging import StagedColumns

BATCH_RECORDS = 256  # each step for many records in a row is a tenth faster than all steps for one
BATCH_TASKS = 1 << 13  # tasks in one Arrow batch
SIZES = ("input_height", "input_width", "output_height", "output_width")
KEPT_COLUMNS = ("row", "quality", "complexity", "side", "input_key", *SIZES)


def build_files(
    source: Source | Path | str, folder: Path, on_byte: Callable[[int], None], *, check_replay: bool = True
) -> dict[str, Any]:
    """Write `cells-*.arrow`, `index-*.arrow` and `tasks.arrow` of a dataset into a folder.

    Args:
        source: the dataset, as `read_records` takes it.
        folder: an existing, empty folder.
        on_byte: callback of the progress: the number of stored bytes read so far, at intervals.
        check_replay: whether to set aside records whose primitives do not turn the input into the output.

    Returns:
        The content of the store's `meta.json`: vocabulary, numbers of records and tasks, `ordered` (whether lists
        of primitives are programs) and `faults` (the violations).

    Raises:
        UserError: the dataset is damaged, or every record was set aside.
    """
    violations, programs = Violations(), ProgramTable()
    with StagedColumns(folder) as staged:
        _write_cells(read_located_records(source, violations, on_byte), folder, staged, programs)
    if not staged.rows:
        violations.check(0.0)
    check = check_dataset(staged, programs.lists, violations, check_replay=check_replay)
    write_column(folder, "task", check.task_of)
    for name in KEPT_COLUMNS:
        write_column(folder, name, staged.select(name, check.kept))
    _write_tasks(folder, staged, check, programs.lists)
    staged.remove()
    return {
        "vocabulary": list(check.vocabulary.names),
        "records": len(check.task_of),
        "tasks": len(check.first),
        "ordered": check.has_programs,
        "faults": violations.as_dict(),
    }


def _write_cells(records: Iterator[LocatedRecord], folder: Path, staged: StagedColumns, programs: ProgramTable) -> None:
    """Write the cells of all records and stage their small columns."""
    with CellsWriter(folder) as cells:
        while batch := list(islice(records, BATCH_RECORDS)):
            numbers = [programs.number(located.record.primitives) for located in batch]
            replays = [programs.replay(number, located.record) for number, located in zip(numbers, batch, strict=True)]
            rows = [cells.add(located.record.input, located.record.output) for located in batch]
            for located, (side, row), number, replay in zip(batch, rows, numbers, replays, strict=True):
                staged.add(located, side=side, row=row, program=number, replay=replay)


def _write_tasks(folder: Path, staged: StagedColumns, check: DatasetCheck, lists: list[tuple[str, ...]]) -> None:
    """Write `tasks.arrow`: task_id and program (positions in the vocabulary) of each task."""
    positions = {name: position for position, name in enumerate(check.vocabulary.names)}
    program_of = staged.read("program")[check.first]
    encoded = {number: [positions[name] for name in lists[number]] for number in np.unique(program_of).tolist()}
    schema = pa.schema([("task_id", pa.string()), ("program", pa.list_(pa.int32()))])
    with pa.ipc.new_file(str(folder / "tasks.arrow"), schema) as writer:
        for start in range(0, len(check.first), BATCH_TASKS):
            batch = slice(start, start + BATCH_TASKS)
            ids = pa.array(staged.read_task_ids(check.first[batch]), pa.string())
            programs = pa.array([encoded[number] for number in program_of[batch].tolist()], pa.list_(pa.int32()))
            writer.write_batch(pa.record_batch([ids, programs], schema=schema))
