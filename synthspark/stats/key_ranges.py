"""Keys of one generation after another: none issues a key that an earlier one has issued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from synthspark.errors import ModelError
from synthspark.seeds import IntArray
from synthspark.stats.key_formats import KeyFormat, NumberSpace, issue, space_of


def issue_after(key_format: KeyFormat, before: Sequence[int], index: IntArray, n_rows: int, seed_key: int) -> pa.Array:
    """Keys of the rows `index` of a generation of `n_rows` rows, after generations of `before` rows.

    Without earlier ones this is `issue`. All of them walk through one permutation of the format's keys as long as these
    suffice; then numbers go on above the highest ones so far, and texts with a digit more.

    Raises
    ------
    ModelError
        If the format has no further keys.
    """
    current, first, total = _continued(key_format, before, n_rows)
    return issue(current, index + first, total, seed_key)


def _continued(key_format: KeyFormat, before: Sequence[int], n_rows: int) -> tuple[KeyFormat, int, int]:
    """The format of the last generation, how many keys of it are issued, and how many will be."""
    current, used = key_format, 0
    for rows in (*(max(rows, 1) for rows in before), n_rows):
        if used and not _stays(current, used, used + rows):
            current, used = _above(current, used), 0
        used += rows
    return current, used - n_rows, used


def _stays(key_format: KeyFormat, n_rows: int, more: int) -> bool:
    """Whether the first keys are the same ones, however many are issued."""
    if key_format.kind == "sequence":
        return True
    one, other = space_of(key_format, n_rows), space_of(key_format, more)
    if isinstance(one, NumberSpace) and isinstance(other, NumberSpace):
        return (one.start, one.size, one.stride) == (other.start, other.size, other.stride)
    if isinstance(one, NumberSpace) or isinstance(other, NumberSpace):
        return False
    return one.sizes == other.sizes


def _above(key_format: KeyFormat, n_rows: int) -> KeyFormat:
    """A format whose numbers begin above all that were issued, or whose texts are longer."""
    space = space_of(key_format, n_rows)
    if not isinstance(space, NumberSpace):
        known = (*key_format.templates, *space.shapes)
        return replace(key_format, templates=known, longer_than=max(shape.length for shape in space.shapes))
    start = space.start + space.size * space.stride
    beyond = replace(key_format, start=start, count=0)
    wanted = NumberSpace(beyond, n_rows, 0)
    if wanted.start < start:
        raise ModelError(
            f"keys of type {key_format.type}: no numbers are left above those that are there; expected room for more; "
            "write to a new output.path with a larger scale instead of appending"
        )
    return beyond
