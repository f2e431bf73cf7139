"""Engine columns that stand for foreign keys: whether one is set, and which row of a copied table it names."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthspark.artifacts.model import LinkModel
from synthspark.stats.frame import FloatArray
from synthspark.stats.matching import key_texts, positions


def set_codes(columns: list[pa.Array], n_rows: int) -> FloatArray:
    """0 where every column is there, NaN elsewhere."""
    missing = np.zeros(n_rows, dtype=bool)
    for column in columns:
        missing |= column.is_null().to_numpy(zero_copy_only=False)
    return np.where(missing, np.nan, 0.0)


def reference_codes(columns: list[pa.Array], link: LinkModel) -> FloatArray:
    """Place of each row's key among the frequent ones of a copied table; their number for others, NaN for null."""
    known = [pa.array(values, pa.string()) for values in link.values]
    place = positions([key_texts(column) for column in columns], known, link.compare)
    code = np.where((place < 0) | (place > link.frequent), link.frequent, place).astype(np.float64)
    return np.where(place == -2, np.nan, code)
