"""What runs in the workers of a fit: values hashed, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from synthspark.stats.key_hashes import pair_hashes, value_hashes

Batches = Iterator[pa.RecordBatch]


def hashes_of_values(names: tuple[str, ...]) -> Callable[[Batches], Batches]:
    """Hash of each value of these columns, with the place of the column; nulls are left out."""

    def hash_all(batches: Batches) -> Batches:
        for batch in batches:
            for place, name in enumerate(names):
                hashes = np.unique(value_hashes(batch.column(name).drop_null()))
                places = np.full(hashes.size, place, dtype=np.int64)
                yield pa.RecordBatch.from_arrays(
                    [pa.array(places), pa.array(hashes.view(np.int64))], names=["place", "hash"]
                )

    return hash_all


def hashes_of_pairs(batches: Batches) -> Batches:
    """Hashes of the values of two columns taken together."""
    for batch in batches:
        hashes = np.unique(pair_hashes(batch.column(0), batch.column(1)))
        yield pa.RecordBatch.from_arrays([pa.array(hashes.view(np.int64))], names=["hash"])
