"""The run directory: one place, local or remote, where every artifact is written and read whole."""

from __future__ import annotations

import os
import posixpath
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow.fs as pafs

from synthspark.errors import DataError

_DBFS = "dbfs:/"
_MOUNTED = ("/dbfs/", "/Volumes/", "/Workspace/")


def open_location(path: str, setting: str) -> tuple[Any, str]:
    """The file system of a path and the path in it; DataError names the `setting` that holds the path."""
    place = path
    if place.startswith(_DBFS):
        place = "/dbfs/" + place.removeprefix(_DBFS).lstrip("/")
    if place.startswith("file:"):
        place = "/" + place.removeprefix("file:").lstrip("/")
    if "://" not in place:
        return pafs.LocalFileSystem(), os.path.abspath(place)
    try:
        filesystem, root = pafs.FileSystem.from_uri(place.replace("s3a://", "s3://"))
    except (ValueError, OSError, NotImplementedError) as fault:
        raise DataError(
            f"{setting} {path}: this location cannot be opened ({fault}); expected a local path, s3://, gs://, "
            "abfss://, hdfs://, dbfs:/ or /Volumes/; check the address and the credentials of the driver"
        ) from fault
    return filesystem, root


@dataclass(frozen=True)
class RunDirectory:
    """Files below one folder: a local path, ``file:``, ``s3://``, ``gs://``, ``abfss://``, ``hdfs://``, ``dbfs:/``.

    Every write replaces the whole file; on local disks it goes through a temporary name, so that a killed run
    leaves the old file or the new one, never half of it.
    """

    path: str

    def uri(self, *parts: str) -> str:
        """Path of a file or folder below, in the form Spark takes."""
        return posixpath.join(self.path.rstrip("/"), *parts)

    @cached_property
    def _location(self) -> tuple[Any, str]:
        return open_location(self.path, "output.path")

    def _full(self, name: str) -> str:
        return posixpath.join(self._location[1], name)

    @property
    def is_local(self) -> bool:
        return isinstance(self._location[0], pafs.LocalFileSystem)

    @property
    def is_on_disk(self) -> bool:
        """Whether the folder is on a disk of this machine, where folders are renamed at once: no mounted store."""
        return self.is_local and not self._location[1].startswith(_MOUNTED)

    def exists(self, name: str) -> bool:
        return bool(self._location[0].get_file_info(self._full(name)).type != pafs.FileType.NotFound)

    def read_bytes(self, name: str) -> bytes:
        if not self.exists(name):
            raise DataError(f"{self.uri(name)}: there is no such file; run the stage that writes it first")
        with self._location[0].open_input_stream(self._full(name)) as stream:
            return bytes(stream.read())

    def read_text(self, name: str) -> str:
        return self.read_bytes(name).decode("utf-8")

    def write_bytes(self, name: str, content: bytes) -> None:
        filesystem, full = self._location[0], self._full(name)
        filesystem.create_dir(posixpath.dirname(full), recursive=True)
        target = f"{full}.{uuid.uuid4().hex}.tmp" if self.is_local else full
        with filesystem.open_output_stream(target) as stream:
            stream.write(content)
        if target != full:
            os.replace(target, full)

    def write_text(self, name: str, content: str) -> None:
        self.write_bytes(name, content.encode("utf-8"))

    def local_path(self, name: str) -> str:
        """Absolute path of a file or folder, of a directory on a local disk."""
        return self._full(name)

    def make_folder(self, name: str) -> str:
        """Make an empty folder below a local directory; its absolute path."""
        self._location[0].create_dir(self._full(name), recursive=True)
        return self._full(name)

    def replace(self, name: str, target: str) -> None:
        """Give a folder of a local directory the place of another, which is removed first."""
        self.delete(target)
        self.move(name, target)

    def move(self, name: str, target: str) -> None:
        """Give a file another place below the folder."""
        filesystem, full = self._location[0], self._full(target)
        filesystem.create_dir(posixpath.dirname(full), recursive=True)
        filesystem.move(self._full(name), full)

    def list(self, name: str) -> tuple[str, ...]:
        """Names of the files and folders directly below `name`, sorted; empty when it does not exist."""
        selector = pafs.FileSelector(self._full(name), allow_not_found=True)
        return tuple(sorted(info.base_name for info in self._location[0].get_file_info(selector)))

    def delete(self, name: str) -> None:
        """Remove a file or a folder with all below it; nothing happens when it is not there."""
        filesystem, full = self._location[0], self._full(name)
        kind = filesystem.get_file_info(full).type
        if kind == pafs.FileType.Directory:
            filesystem.delete_dir(full)
        elif kind == pafs.FileType.File:
            filesystem.delete_file(full)
