"""The shapes of texts: A for an upper-case letter, a for a lower-case one, 9 for a digit, the rest as it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.seeds import IntArray

LONGEST_PATTERN = 40  # longer texts are no codes; their shape says nothing
MOST_PATTERNS = 20
LEAST_SHARE = 0.01


def shapes(values: pa.Array) -> pa.Array:
    """Shape of each text; no nulls."""
    shaped = _plain_shapes(values)
    odd = pc.invert(pc.string_is_ascii(values))
    if not pc.any(odd).as_py():
        return shaped
    wide = pc.replace_substring_regex(shaped.filter(odd), pattern=r"\p{Lu}", replacement="A")
    wide = pc.replace_substring_regex(wide, pattern=r"[\p{Ll}\p{Lo}\p{Lt}]", replacement="a")
    return pc.replace_with_mask(shaped, odd, pc.replace_substring_regex(wide, pattern=r"\p{Nd}", replacement="9"))


def _plain_shapes(values: pa.Array) -> pa.Array:
    """The same for ASCII letters and digits only: all bytes at once, for a search in each text costs ten times more."""
    _, offsets, data = values.buffers()
    if data is None:
        return values
    shaped = CLASSES[np.frombuffer(data, np.uint8)]
    return pa.Array.from_buffers(values.type, len(values), [None, offsets, pa.py_buffer(shaped)], 0, values.offset)


def _classes() -> npt.NDArray[np.uint8]:
    """Of each byte what stands for it; those of longer characters stay."""
    found = np.arange(256, dtype=np.uint8)
    for first, last in ("AZ", "az", "09"):
        found[ord(first) : ord(last) + 1] = ord("9" if last == "9" else first)
    return found


CLASSES = _classes()


def common_patterns(values: pa.Array, weights: IntArray) -> dict[str, float]:
    """Share of the rows of each frequent shape, largest first."""
    short = pc.less_equal(pc.utf8_length(values), LONGEST_PATTERN).to_numpy(zero_copy_only=False).astype(bool)
    if not short.any():
        return {}
    encoded = shapes(values.filter(pa.array(short))).dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    counts = np.bincount(codes, weights=weights[short], minlength=len(encoded.dictionary))
    total = float(weights.sum())
    named = zip(encoded.dictionary.to_pylist(), counts, strict=True)
    frequent = sorted(((-float(count), str(text)) for text, count in named if count >= LEAST_SHARE * total))
    return {text: round(-count / total, 6) for count, text in frequent[:MOST_PATTERNS]}
