"""One pass over all pairs of a store: statistics of their grids, and the keys that identify copies."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neural_guide.data.audit.grid_statistics import PairTally
from neural_guide.data.audit.pair_cells import Keys, extract_cells, hash_pairs
from neural_guide.data.store.store import Store

CHUNK_CELLS = 1 << 19  # padded cells at once; intermediate arrays take about 100 bytes a cell


@dataclass(frozen=True)
class PairScan:
    """Results of one pass over all pairs; 17 bytes a record.

    Attributes:
        tally: counts over the grids.
        pair_key: uint64 [record], equal for equal pairs.
        canonical_key: uint64 [record], equal for pairs that are equal up to symmetry and colours.
        equal: bool [record], true if the output equals the input.
    """

    tally: PairTally
    pair_key: Keys
    canonical_key: Keys
    equal: npt.NDArray[np.bool_]


def scan_pairs(store: Store, on_progress: Callable[[int], None]) -> PairScan:
    """Read every pair once. Apart from the keys, memory does not grow with the dataset.

    Args:
        store: dataset of at least one record.
        on_progress: called now and then with the number of records read so far.
    """
    n = store.n_records
    scan = PairScan(PairTally(), np.empty(n, np.uint64), np.empty(n, np.uint64), np.empty(n, np.bool_))
    done = 0
    for records in _iterate_chunks(store.side):
        inputs, outputs = store.gather(records)
        cells = extract_cells(inputs, outputs)
        scan.equal[records] = scan.tally.add(inputs, outputs, cells)
        scan.pair_key[records], scan.canonical_key[records] = hash_pairs(cells)
        done += len(records)
        on_progress(done)
    return scan


def _iterate_chunks(sides: npt.NDArray[np.uint8]) -> Iterator[npt.NDArray[np.int64]]:
    """Iterate over record numbers, one size class after the other, so that small grids have little padding."""
    for side in np.unique(sides).tolist():
        records = np.flatnonzero(sides == side)
        size = max(1, CHUNK_CELLS // (2 * side * side))
        for start in range(0, len(records), size):
            yield records[start : start + size]
