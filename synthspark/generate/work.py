"""Work tables written and read by the driver: Arrow arrays by place of the column, hidden columns beside them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from synthspark.artifacts.model import TableModel
from synthspark.artifacts.store import RunDirectory
from synthspark.generate.recipe import INDEX, work_name

FOLDER = "work"
FINISHED = "_ss_finished"  # below the work folder of a table: its rows after the second pass


def folder_of(table: str) -> str:
    """Work folder of a table below the run directory."""
    return f"{FOLDER}/{table}"


def write_work(directory: RunDirectory, folder: str, rows: pa.Table) -> None:
    """Replace a work table by these rows."""
    directory.delete(folder)
    stream = io.BytesIO()
    pq.write_table(rows, stream, compression="zstd")
    directory.write_bytes(f"{folder}/part-00000.parquet", stream.getvalue())


def read_work(directory: RunDirectory, folder: str, columns: Sequence[str]) -> pa.Table:
    """Columns of a work table, in the order of the rows' indices."""
    wanted = list(dict.fromkeys([INDEX, *columns]))
    names = [name for name in directory.list(folder) if name.endswith(".parquet")]
    parts = [
        pq.read_table(
            io.BytesIO(directory.read_bytes(f"{folder}/{name}")), columns=wanted, coerce_int96_timestamp_unit="us"
        )
        for name in names
    ]
    rows = pa.concat_tables(parts) if len(parts) > 1 else parts[0]
    return rows.sort_by(INDEX) if len(parts) > 1 else rows


def work_table(
    model: TableModel, index: pa.Array, columns: Mapping[str, pa.Array], hidden: Mapping[str, pa.Array]
) -> pa.Table:
    """Rows in the form of the work table: source columns by place, then hidden ones."""
    own = {work_name(model, column.name): columns[column.name] for column in model.columns if column.name in columns}
    return pa.table({INDEX: index, **own, **hidden})
