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

from neural_guide.data.format.records import Placed, read_placed
from neural_guide.data.format.replay import Programs
from neural_guide.data.format.source import Source
from neural_guide.data.format.violations import Faults
from neural_guide.data.store.dataset_checks import Verdict, judge
from neural_guide.data.store.padded_cells import CellsWriter, write_column
from neural_guide.data.store.staging import Spool

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
        What there is to say about the store in `meta.json`: vocabulary, counts, faults.

    Raises:
        UserError: the dataset is damaged, or every record was set aside.
    """
    faults, programs = Faults(), Programs()
    with Spool(folder) as spool:
        _write_cells(read_placed(source, faults, on_byte), folder, spool, programs)
    if not spool.rows:
        faults.check(0.0)
    verdict = judge(spool, programs.lists, faults, check_replay=check_replay)
    write_column(folder, "task", verdict.task_of)
    for name in KEPT:
        write_column(folder, name, spool.chosen(name, verdict.kept))
    _write_tasks(folder, spool, verdict, programs.lists)
    spool.remove()
    return {
        "vocabulary": list(verdict.vocabulary.names),
        "records": len(verdict.task_of),
        "tasks": len(verdict.first),
        "ordered": verdict.ordered,
        "faults": faults.as_dict(),
    }


def _write_cells(placed: Iterator[Placed], folder: Path, spool: Spool, programs: Programs) -> None:
    """Write the cells of all records and spool their small columns."""
    with CellsWriter(folder) as cells:
        while some := list(islice(placed, AT_ONCE)):
            lists = [programs.number(each.record.primitives) for each in some]
            replayed = [programs.replay(number, each.record) for number, each in zip(lists, some, strict=True)]
            rows = [cells.add(each.record.input, each.record.output) for each in some]
            for each, row, number, replay in zip(some, rows, lists, replayed, strict=True):
                spool.add(each, *row, number, replay)


def _write_tasks(folder: Path, spool: Spool, verdict: Verdict, lists: list[tuple[str, ...]]) -> None:
    """Write `tasks.arrow`: task_id and program (positions in the vocabulary) of each task."""
    position = {name: place for place, name in enumerate(verdict.vocabulary.names)}
    program_of = spool.column("program")[verdict.first]
    coded = {number: [position[name] for name in lists[number]] for number in np.unique(program_of).tolist()}
    schema = pa.schema([("task_id", pa.string()), ("program", pa.list_(pa.int32()))])
    with pa.ipc.new_file(str(folder / "tasks.arrow"), schema) as writer:
        for start in range(0, len(verdict.first), TASKS_AT_ONCE):
            part = slice(start, start + TASKS_AT_ONCE)
            ids = pa.array(spool.task_ids(verdict.first[part]), pa.string())
            chosen = pa.array([coded[number] for number in program_of[part].tolist()], pa.list_(pa.int32()))
            writer.write_batch(pa.record_batch([ids, chosen], schema=schema))
