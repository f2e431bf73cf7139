"""Check digits of a column of texts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.stats.checksums import IMPOSSIBLE, SCHEMES, Chars, Scheme, find_scheme

SEPARATORS = "[^0-9A-Za-z]"  # a check digit passes over everything else
NO_DIGITS = "[^0-9]"
LETTER_Z = ord("Z")


def check_count(column: pa.ChunkedArray | pa.Array, scheme_name: str) -> tuple[int, int]:
    """Values of the column, and those whose check characters are not what the scheme asks for."""
    scheme = SCHEMES[scheme_name]
    filled = valid = 0
    for chars in _bodies(column, digits=scheme.digits_only):
        filled += len(chars)
        if scheme.lengths[0] <= chars.shape[1] <= scheme.lengths[1]:
            valid += _valid(scheme, chars[(chars <= LETTER_Z).all(axis=1)])
    return filled, filled - valid


def with_check(column: pa.Array, scheme_name: str) -> pa.Array:
    """The texts with the check characters that the scheme asks for; those of other lengths or letters as they are."""
    scheme = SCHEMES[scheme_name]
    digits = scheme.digits_only
    texts = column.to_pylist()
    places: dict[int, list[int]] = {}
    bodies = [_body_places(text, digits=digits) for text in texts]
    for row, body in enumerate(bodies):
        if scheme.lengths[0] <= len(body) <= scheme.lengths[1]:
            places.setdefault(len(body), []).append(row)
    for length, rows in places.items():
        joined = "".join(texts[row][place] for row in rows for place in bodies[row])
        chars = np.frombuffer(joined.encode("ascii"), np.uint8).reshape(len(rows), length)
        sound = np.flatnonzero((chars <= LETTER_Z).all(axis=1))
        at = [place % length for place in scheme.places]
        for place, wanted in zip(sound.tolist(), scheme.compute(chars[sound]), strict=True):
            row = rows[place]
            if IMPOSSIBLE not in wanted:
                texts[row] = _put(texts[row], [bodies[row][i] for i in at], bytes(wanted).decode())
    return pa.array(texts, column.type)


def _body_places(text: str | None, *, digits: bool) -> list[int]:
    """Places of the characters that count."""
    counts = str.isdigit if digits else str.isalnum
    return [place for place, char in enumerate(text or "") if char.isascii() and counts(char)]


def _put(text: str, places: list[int], chars: str) -> str:
    found = list(text)
    for place, char in zip(places, chars, strict=True):
        found[place] = char
    return "".join(found)


def find_check(column: pa.ChunkedArray | pa.Array) -> str:
    """Name of the scheme that the commonest length of the values obeys; "" for none."""
    for digits in (False, True):
        bodies = max(_bodies(column, digits=digits), key=len, default=np.empty((0, 0), np.uint8))
        found = find_scheme(np.unique(bodies, axis=0)) if bodies.size else ""
        if found and SCHEMES[found].digits_only >= digits:
            return found
    return ""


def _valid(scheme: Scheme, chars: Chars) -> int:
    if not len(chars):
        return 0
    places = [place % chars.shape[1] for place in scheme.places]
    return int((scheme.compute(chars) == chars[:, places]).all(axis=1).sum())


def _bodies(column: pa.ChunkedArray | pa.Array, *, digits: bool) -> Iterator[Chars]:
    """Letters and digits, or digits, of the values, those of one length together, as ASCII; others as the length 0."""
    plain = pc.replace_substring_regex(
        pc.drop_null(column), pattern=NO_DIGITS if digits else SEPARATORS, replacement=""
    )
    lengths = np.asarray(pc.binary_length(plain).to_numpy(), dtype=np.int64)
    texts = np.array(plain.to_numpy(zero_copy_only=False) if isinstance(plain, pa.Array) else plain.to_numpy())
    for length in np.unique(lengths):
        chosen = texts[lengths == length]
        joined = "".join(chosen).encode("ascii")
        yield np.frombuffer(joined, np.uint8).reshape(len(chosen), int(length))
