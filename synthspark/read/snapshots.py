"""What was read, as a digest of each table: a changed file, or a changed schema, gives another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pyarrow.fs as pafs

from synthspark.artifacts.manifest import fingerprint
from synthspark.artifacts.store import open_location
from synthspark.config import SourceSettings
from synthspark.read.listing import FILE_FORMATS, FOLDER_FORMATS, list_tables

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def source_snapshots(source: SourceSettings, frames: Mapping[str, DataFrame]) -> dict[str, str]:
    """Digest of each table: names, sizes and times of its files, and its schema.

    A catalog table is known by the names of its files, which change with its content; a table behind JDBC only by
    its schema, so that a run over changed rows needs a new output path.
    """
    listed = list_tables(source)[0] if source.format in (*FILE_FORMATS, *FOLDER_FORMATS) else {}
    digests = {}
    for name, frame in frames.items():
        if name in listed:
            content: list[object] = [*_files(listed[name].path)]
        else:
            content = [*sorted(frame.inputFiles())] if source.format == "table" else []
        digests[name] = fingerprint(frame.schema.json(), content)
    return digests


def _files(path: str) -> list[tuple[str, int, str]]:
    filesystem, root = open_location(path, "source.path")
    info = filesystem.get_file_info(root)
    if info.type == pafs.FileType.File:
        found = [info]
    else:
        found = filesystem.get_file_info(pafs.FileSelector(root, recursive=True))
    files = [entry for entry in found if entry.type == pafs.FileType.File]
    return sorted((entry.path.removeprefix(root), entry.size or 0, str(entry.mtime_ns)) for entry in files)
