"""Part files that workers write themselves: a table passes through no other program on its way to the disk.

Each task writes one file under a name of its own into a folder aside and tells what is in it. Only when all tasks are
done do the files that were told of get their names, and the folder its place: what a failed or repeated task left is
not among them, and a killed run leaves the table that was there before, or none.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from synthspark.generate.recipe import INDEX
from synthspark.stats.features import children_name

Batches = Iterator[pa.RecordBatch]
FILE, BLOCK, ROWS = "file", "block", "rows"
NULLED = "_ss_nulled"  # hidden column: a bit for each link that found no parent
CODECS = {"none": "none", "uncompressed": "none", "snappy": "snappy", "gzip": "gzip", "zstd": "zstd"}
_TRIED_ROWS = 4_096
_MOST_DISTINCT = 0.5  # share of different values above which a dictionary of them saves nothing


@dataclass(frozen=True)
class PartFiles:
    """How the files of a table are written.

    Attributes
    ----------
    folder : str
        Local folder aside, as the workers see it.
    columns : mapping
        Name in the file to the name among the rows that are made; None for columns that are always null.
    types : mapping
        Types of the columns, by the name in the file.
    block_rows, n_children, n_links : int
        Rows are counted by blocks of so many indices, with their children in so many tables, and the references of so
        many links that found no parent.
    metadata : mapping
        Kept in each file.
    """

    folder: str
    columns: Mapping[str, str | None]
    types: Mapping[str, pa.DataType]
    block_rows: int
    n_children: int
    n_links: int
    codec: str
    metadata: Mapping[str, str]

    @property
    def told(self) -> tuple[str, ...]:
        """What is told of a file, block by block: its name, the block, and whole numbers."""
        children = (f"n{place}" for place in range(self.n_children))
        return (FILE, BLOCK, ROWS, *children, *(f"l{place}" for place in range(self.n_links)))

    def writing(self, make: Callable[[Batches], Batches]) -> Callable[[Batches], Batches]:
        """A task that writes the rows that `make` makes, and hands out what is told of them."""

        def write(batches: Batches) -> Batches:
            yield from self._write(make(batches))

        return write

    def _write(self, made: Batches) -> Batches:
        name, writer, counted = f"{uuid.uuid4().hex}.parquet", None, []
        try:
            for batch in gathered(made, self.block_rows):
                counted.append(self._count(batch))
                rows = self._form(batch)
                writer = writer or self._open(name, rows)
                writer.write_table(rows, row_group_size=rows.num_rows)
        finally:
            if writer is not None:
                writer.close()
        if counted:
            columns = np.concatenate(counted, axis=1)
            arrays = [pa.array([name] * columns.shape[1]), *map(pa.array, columns)]
            yield pa.RecordBatch.from_arrays(arrays, names=list(self.told))

    def _form(self, batch: pa.Table) -> pa.Table:
        schema = pa.schema([pa.field(name, kind) for name, kind in self.types.items()])
        schema = schema.with_metadata(dict(self.metadata))
        arrays = [
            pa.nulls(batch.num_rows, self.types[name]) if of is None else batch.column(of).cast(self.types[name])
            for name, of in self.columns.items()
        ]
        return pa.Table.from_arrays(arrays, schema=schema)

    def _open(self, name: str, rows: pa.Table) -> pq.ParquetWriter:
        tried = rows.slice(0, _TRIED_ROWS)
        repeating = [
            field.name
            for place, field in enumerate(rows.schema)
            if pc.count_distinct(tried.column(place)).as_py() <= _MOST_DISTINCT * tried.num_rows
        ]
        return pq.ParquetWriter(
            os.path.join(self.folder, name),
            rows.schema,
            compression=self.codec,
            use_dictionary=repeating or False,
        )

    def _count(self, batch: pa.Table) -> npt.NDArray[np.int64]:
        """What is told of a batch, shape (len(told) - 1, n_blocks)."""
        block = batch.column(INDEX).to_numpy() // self.block_rows
        found, at = np.unique(block, return_inverse=True)
        counts = [np.ones(block.size, dtype=np.int64)]
        counts += [batch.column(children_name(place)).to_numpy() for place in range(self.n_children)]
        if self.n_links:
            nulled = batch.column(NULLED).to_numpy()
            counts += [nulled >> place & 1 for place in range(self.n_links)]
        sums = np.zeros((len(counts), found.size), dtype=np.int64)
        for line, count in zip(sums, counts, strict=True):
            np.add.at(line, at, count)
        return np.concatenate([found[None], sums])

    def put(self, target: str, told: Sequence[tuple[str, int]]) -> None:
        """Give the files that were told of (their names, with a block of each) the place of a table.

        They are named in the order of their rows; without any file the table has no rows.
        """
        first: dict[str, int] = {}
        for name, block in told:
            first[name] = min(block, first.get(name, block))
        for stray in set(os.listdir(self.folder)) - set(first):
            os.remove(os.path.join(self.folder, stray))
        for number, name in enumerate(sorted(first, key=lambda name: first[name])):
            os.replace(os.path.join(self.folder, name), os.path.join(self.folder, f"part-{number:05d}.parquet"))
        if not first:
            arrays = {name: pa.nulls(0, kind) for name, kind in self.types.items()}
            pq.write_table(pa.table(arrays), os.path.join(self.folder, "part-00000.parquet"))
        with open(os.path.join(self.folder, "_SUCCESS"), "wb"):
            pass
        shutil.rmtree(target, ignore_errors=True)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(self.folder, target)


def gathered(batches: Batches, rows: int) -> Iterator[pa.Table]:
    """Batches put together until they have so many rows: each becomes a group of rows in the file."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held += [batch] if batch.num_rows else []
        if sum(one.num_rows for one in held) >= rows:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)
