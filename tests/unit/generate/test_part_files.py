"""Part files written by workers: counted block by block, in place only when all of them are there."""

import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthspark.generate.large.files import NULLED, PartFiles
from synthspark.generate.recipe import INDEX
from synthspark.stats.features import children_name

TYPES = {"id": pa.int64(), "on": pa.date32(), "nothing": pa.string()}


def part_files(folder: Path, *, n_children: int = 1, n_links: int = 2) -> PartFiles:
    folder.mkdir(parents=True)
    columns = {"id": "c0", "on": "c1", "nothing": None}
    return PartFiles(str(folder), columns, TYPES, 10, n_children, n_links, "snappy", {"written by": "us"})


def rows(low: int, high: int) -> pa.RecordBatch:
    index = np.arange(low, high)
    columns = {
        "c0": pa.array(index * 2),
        "c1": pa.array([datetime.date(1500, 1, 1)] * index.size),
        children_name(0): pa.array(index % 3),
        NULLED: pa.array(index % 4),
        INDEX: pa.array(index),
    }
    return pa.RecordBatch.from_pydict(columns)


def told(files: PartFiles, *batches: pa.RecordBatch) -> list[dict]:
    return [row for batch in files.writing(lambda _: iter(batches))(iter(())) for row in batch.to_pylist()]


def test_rows_are_counted_by_block_with_their_children_and_lost_references(tmp_path):
    found = told(part_files(tmp_path / "aside"), rows(5, 10), rows(10, 24))
    assert [(row["block"], row["rows"]) for row in found] == [(0, 5), (1, 10), (2, 4)]
    for row, index in zip(found, (np.arange(5, 10), np.arange(10, 20), np.arange(20, 24)), strict=True):
        assert row["n0"] == (index % 3).sum()
        assert (row["l0"], row["l1"]) == ((index % 4 & 1).sum(), (index % 4 >> 1).sum())


def test_files_of_finished_tasks_take_their_place_in_the_order_of_rows(tmp_path):
    files = part_files(tmp_path / "aside")
    later, earlier = told(files, rows(20, 30)), told(files, rows(0, 20))
    told(files, rows(0, 20))  # a task that was done again: nobody heard of its first file
    target = tmp_path / "work" / "table"
    target.mkdir(parents=True)
    (target / "part-00007.parquet").write_bytes(b"what was there before")
    files.put(str(target), [(row["file"], row["block"]) for row in (*later, *earlier)])
    assert sorted(path.name for path in target.iterdir()) == ["_SUCCESS", "part-00000.parquet", "part-00001.parquet"]
    assert not (tmp_path / "aside").exists()
    table = pq.read_table(target)
    assert table.column("id").to_pylist() == list(range(0, 60, 2))
    assert table.schema.types == list(TYPES.values())
    assert table.column("nothing").null_count == 30


def test_a_failing_task_leaves_the_table_that_was_there(tmp_path):
    files, target = part_files(tmp_path / "aside"), tmp_path / "table"
    target.mkdir()
    (target / "part-00000.parquet").write_bytes(b"before")

    def breaks(_):
        yield rows(0, 10)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        list(files.writing(breaks)(iter(())))
    assert (target / "part-00000.parquet").read_bytes() == b"before"


def test_a_table_without_rows_has_its_columns(tmp_path):
    files = part_files(tmp_path / "aside")
    assert told(files) == []
    files.put(str(tmp_path / "table"), [])
    assert pq.read_schema(tmp_path / "table" / "part-00000.parquet").names == list(TYPES)


def test_files_say_what_they_are_told_to_say(tmp_path):
    files = part_files(tmp_path / "aside")
    files.put(str(tmp_path / "table"), [(row["file"], row["block"]) for row in told(files, rows(0, 10))])
    metadata = pq.read_metadata(tmp_path / "table" / "part-00000.parquet").metadata
    assert metadata[b"written by"] == b"us"
