"""Fitted models as bytes: one npz container of plain arrays with a JSON document; never a pickle."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.errors import ModelError

FORMAT_VERSION = 1
_DOCUMENT = "document"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date a zip entry can hold: same model, same bytes at any time

Array = npt.NDArray[Any]


def pack(document: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """Bytes that hold a JSON document and named arrays; equal content in equal order gives equal bytes.

    Raises
    ------
    ModelError
        If the document holds something JSON cannot (also NaN), or an array holds Python objects.
    """
    names = list(arrays)
    header = {"format_version": FORMAT_VERSION, "names": names, "document": document}
    try:
        text = json.dumps(header, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as fault:
        raise ModelError(
            f"model document: not writable as JSON ({fault}); expected texts, finite numbers, lists"
        ) from fault
    parts = {_DOCUMENT: np.frombuffer(text.encode("utf-8"), dtype=np.uint8)}
    # Entries are numbered, since an array's name may hold anything and archives may ignore case.
    parts |= {f"array_{place}": np.asarray(arrays[name]) for place, name in enumerate(names)}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in parts.items():
            if array.dtype.hasobject:
                raise ModelError(f"model array {name}: holds Python objects; expected numbers or fixed-width texts")
            body = io.BytesIO()
            np.lib.format.write_array(body, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, body.getvalue())
    return stream.getvalue()


def unpack(content: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """Document and arrays written by `pack`; ModelError when these bytes are something else."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            header = json.loads(archive[_DOCUMENT].tobytes().decode("utf-8"))
            arrays = {name: archive[f"array_{place}"] for place, name in enumerate(header["names"])}
    except (ValueError, KeyError, OSError, EOFError, TypeError, zipfile.BadZipFile) as fault:
        raise ModelError("model file: not a synthspark model, or damaged; run fit again") from fault
    if header["format_version"] != FORMAT_VERSION:
        raise ModelError(
            f"model file: format version {header['format_version']}; expected {FORMAT_VERSION}; "
            "fit again with this version"
        )
    return header["document"], arrays


def nested(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The same arrays with `prefix/` before their names, to stand beside those of other parts."""
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def under(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays whose names start with `prefix/`, without it; the inverse of `nested`."""
    start = f"{prefix}/"
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
