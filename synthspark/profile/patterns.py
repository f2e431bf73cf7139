"""The shapes of texts: A for an upper-case letter, a for a lower-case one, 9 for a digit, the rest as it is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.seeds import IntArray

LONGEST_PATTERN = 40  # longer texts are no codes; their shape says nothing
MOST_PATTERNS = 20
LEAST_SHARE = 0.01


def shapes(values: pa.Array) -> pa.Array:
    """Shape of each text."""
    shaped = pc.replace_substring_regex(values, pattern=r"\p{Lu}", replacement="A")
    shaped = pc.replace_substring_regex(shaped, pattern=r"[\p{Ll}\p{Lo}\p{Lt}]", replacement="a")
    return pc.replace_substring_regex(shaped, pattern=r"\p{Nd}", replacement="9")


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
