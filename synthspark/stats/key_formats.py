"""Keys re-issued in the source's own format: a closed form of the row's index, never a table of keys.

Every key is a number of a space that is permuted at random; keys of the source are stepped over. The walk that does so
stays one to one: a key of the source is not given out but sends the walk on from a place of its own at the end of the
space, where no row starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.errors import ModelError
from synthspark.seeds import IntArray, WordArray, permuted, uniforms
from synthspark.stats.frame import arrow_type
from synthspark.stats.key_growth import another, make_room
from synthspark.stats.key_hashes import hashes_from_text, hashes_to_text, places_in, value_hashes
from synthspark.stats.key_spellings import Spelling, write_keys
from synthspark.stats.key_templates import LARGEST_SPACE, Template, render

FORMAT_VERSION = 1
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31, in days since 1970
_DAY_MICROS = 86_400_000_000
_SPELLING = 60  # which of the independent random numbers of an index chooses its spelling
_WIDEST = 1 << 64  # offsets of numbers are counted in words, which wrap around
_ROOM = 2  # sparse numbers that must leave the source's range take a space this many times the need


@dataclass(frozen=True)
class KeyFormat:
    """How the keys of one column are written.

    ``sequence``: start, start + step, ... in the order of the rows. ``sparse``: numbers start + step * (0..count-1) in
    random order. ``template``: texts (or whole numbers) of learned shapes in random order.

    With `spellings`, a text column holds the numbers of a ``sequence`` or ``sparse``, written so: its texts differ as
    numbers, for columns that refer to them by number.

    `start` and `step` count the type's smallest unit: days, microseconds, units of 10^-scale. `avoid` holds hashes of
    the source's keys, ascending: the keys that are never issued. `longer_than` is set instead when they are too
    many: then all texts are longer than any of the source, or have a character that the source has not at that place.
    All texts have the check characters of `scheme`, if there is one.
    """

    type: str
    kind: str
    start: int = 0
    step: int = 1
    count: int = 0
    scale: int = 0
    templates: tuple[Template, ...] = ()
    longer_than: int = 0
    spellings: tuple[Spelling, ...] = ()
    scheme: str = ""
    avoid: WordArray = field(default_factory=lambda: np.empty(0, dtype=np.uint64), repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in ("sequence", "sparse", "template"):
            raise ModelError(f"key format: kind {self.kind!r}; expected sequence, sparse or template")

    @property
    def capacity(self) -> int:
        """Keys that can be issued: all that the type holds, or, for texts, all of the learned shapes' length."""
        if self.kind == "template":
            return max(0, sum(template.size for template in self.templates) - self.avoid.size)
        return int((unit_limits(self.number_type, self.scale)[1] - self.start) // self.step + 1)

    @property
    def number_type(self) -> str:
        """Type of the numbers behind the keys."""
        return "long" if self.spellings else self.type

    def numbered(self, offsets: IntArray, start: int, seed_key: int) -> pa.Array:
        """Keys of the numbers start + offsets."""
        values = typed_units(self.number_type, start, offsets, self.scale)
        if not self.spellings:
            return values
        return write_keys(values, self.spellings, uniforms(seed_key, offsets, draw=_SPELLING))

    def to_json(self) -> dict[str, Any]:
        """Plain values; the hashes as base64."""
        return {
            "format_version": FORMAT_VERSION,
            "type": self.type,
            "kind": self.kind,
            "start": self.start,
            "step": self.step,
            "count": self.count,
            "scale": self.scale,
            "templates": [template.to_json() for template in self.templates],
            "longer_than": self.longer_than,
            "spellings": [spelling.to_json() for spelling in self.spellings],
            "scheme": self.scheme,
            "avoid": hashes_to_text(self.avoid),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> KeyFormat:
        version = data.get("format_version")
        if version != FORMAT_VERSION:
            raise ModelError(f"key format: format_version {version}; this version reads {FORMAT_VERSION}; fit again")
        return cls(
            type=data["type"],
            kind=data["kind"],
            start=int(data["start"]),
            step=int(data["step"]),
            count=int(data["count"]),
            scale=int(data["scale"]),
            templates=tuple(Template.from_json(item) for item in data["templates"]),
            longer_than=int(data["longer_than"]),
            spellings=tuple(Spelling.from_json(item) for item in data["spellings"]),
            scheme=data.get("scheme", ""),
            avoid=hashes_from_text(data["avoid"]),
        )


def issue(key_format: KeyFormat, index: npt.ArrayLike, n_rows: int, seed_key: int) -> pa.Array:
    """Key of each row index: different indices give different keys, whatever the batch.

    Parameters
    ----------
    key_format : KeyFormat
        From `learn_key_format`.
    index : array_like of int, shape (n,)
        In 0..n_rows-1.
    n_rows : int
        Keys to be issued in all. More than the format holds widen it: by further digits for texts, by larger values
        for numbers. Keys of sparse formats are other ones for another `n_rows` when that happens.
    seed_key : int
        From `seeds.stream_key`.

    Raises
    ------
    ModelError
        If the type has fewer than `n_rows` values, or an index lies outside.
    """
    rows = np.asarray(index, dtype=np.int64)
    if rows.size and (rows.min() < 0 or rows.max() >= n_rows):
        raise ModelError(f"keys: an index lies outside 0..{n_rows - 1}; expected the rows' own indices")
    if key_format.kind == "sequence":
        if n_rows > key_format.capacity:
            raise _exhausted(key_format, n_rows, key_format.capacity)
        return key_format.numbered(rows * np.int64(key_format.step), key_format.start, seed_key)
    space = space_of(key_format, n_rows, seed_key)
    return _walk(space, rows, key_format.avoid if space.avoids else key_format.avoid[:0], seed_key)


def space_of(key_format: KeyFormat, n_rows: int, seed_key: int = 0) -> NumberSpace | TextSpace:
    """What keys of a sparse format or of a template are taken from, if so many are issued."""
    if key_format.kind == "sparse":
        return NumberSpace(key_format, n_rows, seed_key)
    return TextSpace(key_format, n_rows, seed_key)


def bearers(distinct_share: float, rows: IntArray, n_rows: int, seed_key: int) -> tuple[IntArray, int]:
    """Whose value each row shows, and how many bearers there are: fewer than rows where values repeat.

    Every bearer has a row of its own; the rows left over show the value of one of them at random.
    """
    n_rows = max(1, n_rows)
    if distinct_share >= 1.0:
        return rows, n_rows
    total = max(1, round(distinct_share * n_rows))
    turn = permuted(seed_key, rows, n_rows)
    other = np.minimum((uniforms(seed_key, rows, draw=50) * total).astype(np.int64), total - 1)
    return np.where(turn < total, turn, other), total


class NumberSpace:
    """Numbers from a start in steps, as many as are needed."""

    def __init__(self, key_format: KeyFormat, n_rows: int, seed_key: int) -> None:
        self.format, self.key = key_format, seed_key
        step, need = key_format.step, n_rows + key_format.avoid.size
        low_limit, high_limit = unit_limits(key_format.number_type, key_format.scale)
        self.start, self.size = key_format.start, key_format.count
        if self.size < need:
            self.size = min(need * _ROOM, (high_limit - self.start) // step + 1)
        if self.size < need:  # then downwards, but not below zero where the source was not
            floor = 0 if self.start >= 0 else low_limit
            below = min(need - self.size, (self.start - floor) // step)
            self.start, self.size = self.start - below * step, self.size + below
        if self.size < n_rows:
            raise _exhausted(key_format, n_rows, self.size)
        # More numbers than can be told apart are thinned evenly, so that the keys still spread over all of them.
        span = min(self.size, _WIDEST // step)
        self.stride = step * -(-span // LARGEST_SPACE)
        self.size = span * step // self.stride
        self.avoids = self.size >= need  # a type without room for both may repeat numbers of the source

    def texts(self, codes: IntArray) -> pa.Array:
        return self.format.numbered(codes * np.int64(self.stride), self.start, self.key)


class TextSpace:
    """Texts of the learned shapes, with longer ones where these do not suffice."""

    avoids = True

    def __init__(self, key_format: KeyFormat, n_rows: int, seed_key: int) -> None:
        need = max(1, n_rows + key_format.avoid.size)
        self.key, self.type = seed_key, arrow_type(key_format.type)
        self.bytes = self.type if pa.types.is_binary(self.type) else pa.string()
        scheme, longer_than = key_format.scheme, key_format.longer_than
        if longer_than:
            self.shapes = [another(key_format.templates, need * _ROOM, scheme=scheme, longer_than=longer_than)]
            self.sizes = [self.shapes[0].size]
        else:
            self.shapes, self.sizes = make_room(key_format.templates, need, scheme=scheme)
        self.size = sum(self.sizes)

    def texts(self, codes: IntArray) -> pa.Array:
        texts = render(self.shapes, self.sizes, self.key, codes, self.bytes)
        return texts if texts.type == self.type else texts.cast(self.type)


def _walk(space: NumberSpace | TextSpace, rows: IntArray, avoid: WordArray, seed_key: int) -> pa.Array:
    """Keys of the rows, stepping over those whose hashes are in `avoid`.

    The walk is an injection: the space is permuted, rows start from labels 0..n_rows-1, the r-th key to avoid goes on
    from label size-1-r, and the two ranges of labels do not meet (size >= n_rows + number to avoid).
    """
    issued = space.texts(permuted(seed_key, rows, space.size))
    if not avoid.size or not rows.size:
        return issued
    hit, place = places_in(avoid, value_hashes(issued))
    if not hit.any():
        return issued
    mended = np.flatnonzero(hit)
    open_rows, labels = np.arange(mended.size), space.size - 1 - place[mended]
    codes = np.empty(mended.size, dtype=np.int64)
    for _ in range(avoid.size + 1):
        codes[open_rows] = permuted(seed_key, labels, space.size)
        hit, place = places_in(avoid, value_hashes(space.texts(codes[open_rows])))
        open_rows, labels = open_rows[hit], space.size - 1 - place[hit]
        if not open_rows.size:
            break
    mask = np.zeros(rows.size, dtype=bool)
    mask[mended] = True
    return pc.replace_with_mask(issued, pa.array(mask), space.texts(codes))


def unit_limits(logical: str, scale: int) -> tuple[int, int]:
    """Smallest and largest value of a type, in its smallest units."""
    kind = arrow_type(logical)
    if pa.types.is_boolean(kind):
        return 0, 1
    if pa.types.is_integer(kind):
        return -(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1
    if pa.types.is_floating(kind):
        exact = 2 ** (24 if kind.bit_width == 32 else 53)
        return -exact, exact
    if pa.types.is_decimal(kind):
        return 1 - 10**kind.precision, 10**kind.precision - 1
    if pa.types.is_date(kind):
        return _FIRST_DAY, _LAST_DAY
    return _FIRST_DAY * _DAY_MICROS, (_LAST_DAY + 1) * _DAY_MICROS - 1


def typed_units(logical: str, start: int, offsets: IntArray, scale: int) -> pa.Array:
    """Values start + offsets, counted in the type's smallest units, as an array of the type."""
    kind = arrow_type(logical)
    if pa.types.is_decimal(kind):
        return _decimals(start, offsets, kind)
    units = offsets + np.int64(start)
    if pa.types.is_boolean(kind):
        return pa.array(units == 1)
    if pa.types.is_floating(kind):
        return pa.array(units / 10.0**scale).cast(kind)
    if pa.types.is_date(kind):
        return pa.array(units.astype(np.int32)).cast(kind)
    return pa.array(units).cast(kind)


def _decimals(start: int, offsets: IntArray, kind: pa.DataType) -> pa.Array:
    """128-bit numbers start + offsets; offsets are not negative."""
    low_start = start & (2**64 - 1)
    with np.errstate(over="ignore"):
        low = offsets.astype(np.uint64) + np.uint64(low_start)
        carry = (low < np.uint64(low_start)).astype(np.int64)
        high = carry + np.int64(start >> 64)
    words = np.stack([low.view(np.int64), high], axis=1)
    return pa.Array.from_buffers(kind, len(offsets), [None, pa.py_buffer(np.ascontiguousarray(words))])


def _exhausted(key_format: KeyFormat, n_rows: int, capacity: int) -> ModelError:
    return ModelError(
        f"keys of type {key_format.type}: {n_rows} rows to number, but the type holds only {capacity} keys from the "
        "source's first one on; expected fewer rows: lower scale, or widen the column's type in the source"
    )
