"""Shapes of texts: fixed and varying segments, rendered from a number, each number giving another text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthspark.errors import ModelError
from synthspark.seeds import IntArray, permuted, random_words
from synthspark.stats.checksums import IMPOSSIBLE, SCHEMES, Chars, counted_characters, set_check

DIGITS = "0123456789"
WIDEST_NUMBER = 9  # digits of one number segment: longer runs are drawn digit by digit
LARGEST_SPACE = 1 << 60  # texts told apart by their number; what varies beyond is filled at random from it
_FILL_BITS = 1 << 48  # values taken from one random word stay below: their remainders are then unbiased
_STRETCH = 1.5  # room beyond the need when a number's range must grow
_KINDS = ("text", "number", "choice", "chars", "spare", "check")


@dataclass(frozen=True)
class Segment:
    """One part of a text.

    ``text``: the same in all. ``number``: zero-padded, in low..high. ``choice``: one of several of one length.
    ``chars``: one alphabet a place. ``spare``: a digit that only serves to make the check character possible.
    ``check``: left to the check scheme.
    """

    kind: str
    text: str = ""
    width: int = 0
    low: int = 0
    high: int = 0
    options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ModelError(f"key format: segment kind {self.kind!r}; expected one of {', '.join(_KINDS)}")
        if min(self.radices, default=1) < 1 or (self.kind == "choice" and not self.options):
            raise ModelError(f"key format: a {self.kind} segment without any value; expected at least one; fit again")

    @property
    def length(self) -> int:
        """Bytes it takes."""
        if self.kind == "text":
            return len(self.text.encode())
        if self.kind == "choice":
            return len(self.options[0])
        return len(self.options) if self.kind == "chars" else self.width

    @property
    def radices(self) -> tuple[int, ...]:
        if self.kind == "number":
            return (self.high - self.low + 1,)
        if self.kind == "choice":
            return (len(self.options),)
        return tuple(len(alphabet) for alphabet in self.options) if self.kind == "chars" else ()

    def to_json(self) -> dict[str, Any]:
        data = {"kind": self.kind, "text": self.text, "width": self.width, "low": self.low, "high": self.high}
        return {name: value for name, value in data.items() if value not in ("", 0)} | (
            {"options": list(self.options)} if self.options else {}
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Segment:
        return cls(**{**data, "options": tuple(data.get("options", ()))})


@dataclass(frozen=True)
class Template:
    """A shape: its segments, its weight among the shapes of a column, and the scheme of its check characters."""

    segments: tuple[Segment, ...]
    weight: int = 1
    scheme: str = ""

    @cached_property
    def length(self) -> int:
        return sum(segment.length for segment in self.segments)

    @cached_property
    def radices(self) -> tuple[int, ...]:
        return tuple(radix for segment in self.segments for radix in segment.radices)

    @cached_property
    def counted(self) -> tuple[bool, ...]:
        """Which varying places carry the number; the others are filled at random from it."""
        space, chosen = 1, []
        for radix in self.radices:
            chosen.append(space * radix <= LARGEST_SPACE)
            space *= radix if chosen[-1] else 1
        return tuple(chosen)

    @cached_property
    def size(self) -> int:
        """How many different texts it can tell apart."""
        space = 1
        for radix, counted in zip(self.radices, self.counted, strict=True):
            space *= radix if counted else 1
        return space

    def to_json(self) -> dict[str, Any]:
        segments = [segment.to_json() for segment in self.segments]
        return {"segments": segments, "weight": self.weight, "scheme": self.scheme}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Template:
        return cls(tuple(Segment.from_json(item) for item in data["segments"]), data["weight"], data["scheme"])

    def stretched(self, need: int) -> Template:
        """The same shape with the ranges of its numbers grown, the widest first, until it can give `need` texts."""
        numbers = [place for place, segment in enumerate(self.segments) if segment.kind == "number"]
        grown = self
        for place in sorted(numbers, key=lambda place: -self.segments[place].width):
            if grown.size >= need:
                break
            segment = grown.segments[place]
            other = max(1, grown.size // segment.radices[0])
            top = 10**segment.width - 1
            floor = 10 ** (segment.width - 1) if segment.low >= 10 ** (segment.width - 1) else 0
            wanted = -(-int(need * _STRETCH) // other)
            high = max(segment.high, min(top, segment.low + wanted - 1))
            low = segment.low if high - segment.low + 1 >= wanted else floor
            grown = grown._with(place, replace(segment, low=low, high=high))
        return grown

    def longer(self, length: int, need: int) -> Template:
        """A shape of more than `length` bytes, alike but for further digits, with at least `need` texts.

        It has no check characters where these allow no further length.
        """
        extra = max(1, length + 1 - self.length)
        while self.size * 9 * 10 ** (extra - 1) < need:
            extra += 1
        segments = list(self.segments)
        scheme = self.scheme
        if scheme and self._counted_length() + extra > SCHEMES[scheme].lengths[1]:
            scheme = ""
        checked = next((place for place, segment in enumerate(segments) if segment.kind == "check"), len(segments))
        place = max(
            (place for place, segment in enumerate(segments) if segment.kind == "number"),
            key=lambda place: segments[place].width,
            default=len(segments) if scheme and SCHEMES[scheme].places[0] >= 0 else checked,
        )
        digits = (DIGITS[1:], *[DIGITS] * (extra - 1))
        segments.insert(place, Segment("chars", options=digits))
        if not scheme:
            segments = [_free(segment) for segment in segments]
        return Template(tuple(segments), 1, scheme)

    def _counted_length(self) -> int:
        """Characters that the check scheme looks at."""
        (row,) = self.render(0, np.zeros(1, dtype=np.int64))
        return int(counted_characters(self.scheme, row).sum())

    def _with(self, place: int, segment: Segment) -> Template:
        return replace(self, segments=(*self.segments[:place], segment, *self.segments[place + 1 :]))

    def render(self, key: int, codes: IntArray) -> Chars:
        """Bytes of the texts of these numbers, shape (n, length); different below `size`."""
        slots = _slots(self, key, codes)
        out = np.empty((len(codes), self.length), dtype=np.uint8)
        at = taken = 0
        for segment in self.segments:
            used = slots[taken : taken + len(segment.radices)]
            _write(out[:, at : at + segment.length], segment, used, key, codes)
            at, taken = at + segment.length, taken + len(used)
        return self._checked(out) if self.scheme else out

    def _checked(self, out: Chars) -> Chars:
        out = set_check(self.scheme, out)
        at = 0
        for segment in self.segments:
            if segment.kind == "spare":
                _turn_until_possible(out, at, self.scheme)
            at += segment.length
        return out


def _free(segment: Segment) -> Segment:
    if segment.kind in ("check", "spare"):
        return Segment("chars", options=(DIGITS,) * segment.width)
    return segment


def _slots(template: Template, key: int, codes: IntArray) -> list[IntArray]:
    """Value of each varying place, from the number or, beyond what it can carry, at random."""
    rest, word, left, draw = codes, np.empty(0, dtype=np.uint64), 0, 0
    slots = []
    for radix, counted in zip(reversed(template.radices), reversed(template.counted), strict=True):
        if counted:
            if radix == 1:
                slots.append(np.zeros(len(codes), dtype=np.int64))
                continue
            rest, value = np.divmod(rest, radix)
            slots.append(value)
            continue
        if left < radix:
            word, left, draw = random_words(key, codes, draw=100 + draw), _FILL_BITS, draw + 1
        word, part = np.divmod(word, np.uint64(radix))
        left //= radix
        slots.append(part.astype(np.int64))
    return slots[::-1]


def _write(place: Chars, segment: Segment, slots: Sequence[IntArray], key: int, codes: IntArray) -> None:
    if segment.kind == "text":
        place[:] = np.frombuffer(segment.text.encode(), dtype=np.uint8)
    elif segment.kind == "number":
        _write_number(place, slots[0] + segment.low)
    elif segment.kind == "choice":
        table = np.frombuffer("".join(segment.options).encode("latin-1"), dtype=np.uint8)
        place[:] = table.reshape(len(segment.options), segment.length)[slots[0]]
    elif segment.kind == "chars":
        for column, (alphabet, slot) in enumerate(zip(segment.options, slots, strict=True)):
            place[:, column] = np.frombuffer(alphabet.encode("latin-1"), dtype=np.uint8)[slot]
    elif segment.kind == "spare":
        place[:] = (random_words(key, codes, draw=99) % np.uint64(10)).astype(np.uint8)[:, None] + ord("0")
    else:
        place[:] = ord("0")


def _write_number(place: Chars, values: IntArray) -> None:
    rest = values.astype(np.uint32)  # at most nine digits; division of narrow words is twice as fast
    for column in range(place.shape[1] - 1, -1, -1):
        quotient = rest // np.uint32(10)
        place[:, column] = (rest - quotient * np.uint32(10)).astype(np.uint8) + ord("0")
        rest = quotient


def _turn_until_possible(out: Chars, column: int, scheme: str) -> None:
    for _ in DIGITS:
        rows = np.flatnonzero((out == IMPOSSIBLE).any(axis=1))
        if not rows.size:
            return
        part = out[rows]
        part[:, column] = (part[:, column] - ord("0") + 1) % 10 + ord("0")
        out[rows] = set_check(scheme, np.where(part == IMPOSSIBLE, np.uint8(ord("0")), part))


def render(shapes: Sequence[Template], sizes: Sequence[int], key: int, codes: IntArray, kind: pa.DataType) -> pa.Array:
    """Texts (or byte strings) of the numbers 0..sum(sizes)-1, all different."""
    ends = np.cumsum(np.array(sizes, dtype=np.int64))
    which = np.searchsorted(ends, codes, side="right") if len(shapes) > 1 else np.zeros(len(codes), dtype=np.int64)
    parts, order = [], []
    for place in np.unique(which).tolist():
        rows = np.flatnonzero(which == place)
        local = codes[rows] - (ends[place] - sizes[place])
        if sizes[place] < shapes[place].size:
            local = permuted(key ^ (place + 1), local, shapes[place].size)
        parts.append(as_array(shapes[place].render(key, local), kind))
        order.append(rows)
    if len(parts) == 1:
        return parts[0]
    back = np.empty(len(codes), dtype=np.int64)
    back[np.concatenate([*order, np.empty(0, dtype=np.int64)])] = np.arange(len(codes))
    return pa.concat_arrays([*parts, pa.array([], kind)]).take(pa.array(back))


def as_array(chars: npt.NDArray[np.uint8], kind: pa.DataType) -> pa.Array:
    """Rows of bytes, shape (n, length), as an array of string or binary."""
    n, length = chars.shape
    offsets = (np.arange(n + 1, dtype=np.int64) * length).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(chars))]
    return pa.Array.from_buffers(kind, n, buffers)
