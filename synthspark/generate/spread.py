"""Categories that the rows of a parent have once each, drawn with all else of the row: repetitions give way."""

from __future__ import annotations

from collections.abc import MutableMapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.artifacts.model import KeyModel
from synthspark.generate.links import Linking
from synthspark.seeds import FloatArray, IntArray, uniforms
from synthspark.stats.matching import changes, row_codes

MOST_CHOICES = 4_000_000  # families times categories that are looked at together


def replace_repeated(key: KeyModel, rows: Linking, columns: MutableMapping[str, pa.Array], stream: int) -> None:
    """Give rows that repeat a category of an earlier row of their family one that none has, frequent ones first.

    Where the family has them all, rows stay as they are.
    """
    name = key.parameters["column"]
    values = pa.array(key.parameters["values"], pa.string())
    code = pc.fill_null(pc.index_in(columns[name], values), -1).to_numpy(zero_copy_only=False).astype(np.int64)
    (family,) = row_codes([columns[one] for one in key.columns if one != name])
    weights = np.maximum(np.array(key.parameters["rows"], dtype=np.float64), 1.0)
    torn = _torn(family, code)
    before = code.copy()
    for part in np.array_split(torn, max(1, -(-torn.size * weights.size // MOST_CHOICES))):
        at = np.flatnonzero(np.isin(family, part) & (code >= 0))
        at = at[np.lexsort((rows.index[at], family[at]))]
        code[at] = _resolved(family[at], code[at], rows.owner[at], weights, stream)
    changed = pa.array(code != before)
    columns[name] = pc.if_else(changed, values.take(pa.array(np.maximum(code, 0))), columns[name])


def _torn(family: IntArray, code: IntArray) -> IntArray:
    """Families in which a category repeats."""
    some = np.flatnonzero((family >= 0) & (code >= 0))
    order = some[np.lexsort((code[some], family[some]))]
    same = (np.diff(family[order]) == 0) & (np.diff(code[order]) == 0)
    return np.unique(family[order][1:][same])


def _resolved(family: IntArray, code: IntArray, owner: IntArray, weights: FloatArray, stream: int) -> IntArray:
    """Categories of rows in the order of their families, each one none of the earlier ones of its family.

    References
    ----------
    Efraimidis & Spirakis (2006), "Weighted random sampling with a reservoir": the keys ``log(u) / weight``.
    """
    if not family.size:
        return code
    opens = np.flatnonzero(changes(family))
    size = np.diff(np.append(opens, family.size))
    place, turn = np.repeat(np.arange(opens.size), size), np.arange(family.size) - np.repeat(opens, size)
    draws = owner[opens][:, None] * weights.size + np.arange(weights.size)
    chance = np.log(uniforms(stream, draws.ravel())).reshape(draws.shape) / weights
    free: npt.NDArray[np.bool_] = np.ones(chance.shape, dtype=bool)
    out = code.copy()
    order = np.argsort(turn, kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(turn))[:-1]):
        taken = ~free[place[rows], out[rows]]
        asking = rows[taken & free[place[rows]].any(axis=1)]
        out[asking] = np.argmax(np.where(free[place[asking]], chance[place[asking]], -np.inf), axis=1)
        free[place[rows], out[rows]] = False
    return out
