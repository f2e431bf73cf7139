"""Which tables a folder holds, told from the names of its files alone."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pyarrow.fs as pafs

from synthspark.artifacts.store import open_location
from synthspark.config import SourceSettings, TableSource
from synthspark.errors import DataError

FILE_FORMATS = ("parquet", "csv", "json", "orc")
FOLDER_FORMATS = {"delta": "_delta_log", "iceberg": "metadata"}  # format -> the subfolder that tells it
ENDINGS = {
    "parquet": (".parquet", ".parq", ".snappy.parquet"),
    "csv": (".csv", ".csv.gz", ".csv.bz2", ".tsv"),
    "json": (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz"),
    "orc": (".orc", ".snappy.orc"),
}
MAXIMUM_DEPTH = 6  # of partition folders, col=value, below a table


@dataclass(frozen=True)
class Entry:
    """One file or folder."""

    name: str
    path: str
    is_folder: bool
    size: int = 0

    @property
    def hidden(self) -> bool:
        return self.name.startswith((".", "_"))


def list_tables(source: SourceSettings) -> tuple[dict[str, TableSource], list[str]]:
    """Tables below ``source.path`` and those named one by one, and a message for each fault found.

    A table is a file ``<table>.<ending>`` or a folder ``<table>/`` (also ``<table>.<ending>/``) of part files; a path
    that
    is itself one file is a database of one table. Other files are no tables.
    """
    tables: dict[str, TableSource] = {}
    faults: list[str] = []
    if source.path:
        try:
            tables, faults = _list_folder(source)
        except DataError as fault:
            faults = [str(fault)]
    elif not source.tables:
        faults = ["source.path: nothing is given; expected a folder of tables; set source.path or source.tables"]
    for name, table in source.tables.items():
        completed = _complete(source, name, table, tables)
        tables[name] = completed
        if completed.format in (*FILE_FORMATS, *FOLDER_FORMATS):
            faults += _missing(f"source.tables.{name}.path", completed.path)
    return tables, faults


def _complete(source: SourceSettings, name: str, table: TableSource, listed: dict[str, TableSource]) -> TableSource:
    base = listed.get(name, TableSource(path=_join(source.path, name), format=source.format))
    return replace(
        table,
        path=table.path or base.path,
        format=table.format or source.format,
        options={**source.options, **table.options},
    )


def _join(folder: str, name: str) -> str:
    return posixpath.join(folder, name) if folder else name


def _list_folder(source: SourceSettings) -> tuple[dict[str, TableSource], list[str]]:
    missing = _missing("source.path", source.path)
    if missing:
        return {}, missing
    filesystem, root = open_location(source.path, "source.path")
    if filesystem.get_file_info(root).type == pafs.FileType.File:
        name = _table_name(posixpath.basename(root), source.format) or posixpath.basename(root)
        return {name: TableSource(source.path, source.format, source.options)}, []
    entries = [entry for entry in _children(filesystem, root) if not entry.hidden]
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if name := _as_table(filesystem, entry, source.format):
            found.setdefault(name, []).append(entry)
    if not found:
        return {}, [_nothing_found(source, entries)]
    faults = [
        f"source.path {source.path}: table {name!r} is there {len(same)} times ({', '.join(e.name for e in same)}); "
        "expected one file or one folder a table; move the others away, or name the right one under source.tables"
        for name, same in found.items()
        if len(same) > 1 and name not in source.tables
    ]
    tables = {
        name: TableSource(_join(source.path, same[0].name), source.format, source.options)
        for name, same in found.items()
    }
    return tables, faults


def _missing(setting: str, path: str) -> list[str]:
    try:
        filesystem, root = open_location(path, setting)
        if filesystem.get_file_info(root).type != pafs.FileType.NotFound:
            return []
    except (DataError, OSError) as fault:
        return [str(fault) if isinstance(fault, DataError) else f"{setting} {path}: cannot be listed ({fault})"]
    return [f"{setting} {path}: there is no such file or folder; expected the source data; correct the path"]


def _children(filesystem: Any, path: str) -> list[Entry]:
    found = filesystem.get_file_info(pafs.FileSelector(path))
    entries = [Entry(info.base_name, info.path, info.type == pafs.FileType.Directory, info.size or 0) for info in found]
    return sorted(entries, key=lambda entry: entry.name)


def _table_name(name: str, table_format: str) -> str:
    """Name of the table in a file or folder of this name; empty when it has not the format's ending."""
    for ending in sorted(ENDINGS.get(table_format, ()), key=len, reverse=True):
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return ""


def _as_table(filesystem: Any, entry: Entry, table_format: str) -> str:
    """Name of the table that this file or folder is; empty when it is none."""
    if not entry.is_folder:
        return _table_name(entry.name, table_format) if table_format in FILE_FORMATS else ""
    if table_format in FOLDER_FORMATS:
        inside = {child.name for child in _children(filesystem, entry.path) if child.is_folder}
        return entry.name if FOLDER_FORMATS[table_format] in inside else ""
    if _holds_parts(filesystem, entry, table_format, MAXIMUM_DEPTH):
        return _table_name(entry.name, table_format) or entry.name
    return ""


def _holds_parts(filesystem: Any, folder: Entry, table_format: str, depth: int) -> bool:
    children = [child for child in _children(filesystem, folder.path) if not child.hidden]
    if any(not child.is_folder and _table_name(child.name, table_format) for child in children):
        return True
    deeper = [child for child in children if child.is_folder and "=" in child.name]
    return depth > 0 and any(_holds_parts(filesystem, child, table_format, depth - 1) for child in deeper)


def _nothing_found(source: SourceSettings, entries: Iterable[Entry]) -> str:
    names = [entry.name for entry in entries]
    others = [name for name in ENDINGS if any(_table_name(entry, name) for entry in names)]
    seen = f"{len(names)} other entries" + (f", among them {others[0]} files" if others else "") if names else "nothing"
    remedy = f"set source.format: {others[0]}" if others else "correct source.path or source.format"
    expected = (
        f"folders <table>/{FOLDER_FORMATS[source.format]}/"
        if source.format in FOLDER_FORMATS
        else f"files <table>{ENDINGS[source.format][0]} or folders <table>/ of such files"
    )
    return (
        f"source.path {source.path}: no table of format {source.format} ({seen} found); expected {expected}; {remedy}"
    )
