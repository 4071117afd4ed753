"""One pass over the grids of a store: what they look like, and keys by which copies are found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neural_guide.data.audit.grid_statistics import PairTally
from neural_guide.data.audit.pair_cells import Keys, loose_cells, pair_keys
from neural_guide.data.store.store import Store

CHUNK_CELLS = 1 << 19  # padded; what is computed from them takes about 100 bytes a cell


@dataclass(frozen=True)
class Scan:
    """What one look at every pair says; 17 bytes a record.

    Attributes:
        tally: counts over the grids.
        pair_key: uint64 [record], equal for equal pairs.
        canonical_key: uint64 [record], equal for pairs that are the same up to symmetry and colours.
        equal: bool [record], whether the output equals the input.
    """

    tally: PairTally
    pair_key: Keys
    canonical_key: Keys
    equal: npt.NDArray[np.bool_]


def scan(store: Store, on_record: Callable[[int], None]) -> Scan:
    """Look at every pair once, in memory that does not grow with the dataset but for the keys.

    Args:
        store: at least one record.
        on_record: told now and then how many records are done.
    """
    n = store.n_records
    found = Scan(PairTally(), np.empty(n, np.uint64), np.empty(n, np.uint64), np.empty(n, np.bool_))
    done = 0
    for records in _chunks(store.side):
        inputs, outputs = store.gather(records)
        cells = loose_cells(inputs, outputs)
        found.equal[records] = found.tally.add(inputs, outputs, cells)
        found.pair_key[records], found.canonical_key[records] = pair_keys(cells)
        done += len(records)
        on_record(done)
    return found


def _chunks(sides: npt.NDArray[np.uint8]) -> Iterator[npt.NDArray[np.int64]]:
    """Record numbers, a size class after the other: small grids are not padded to the largest."""
    for side in np.unique(sides).tolist():
        records = np.flatnonzero(sides == side)
        size = max(1, CHUNK_CELLS // (2 * side * side))
        for start in range(0, len(records), size):
            yield records[start : start + size]
