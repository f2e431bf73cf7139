"""Rows of which given shares have given values of one column, all else as the model has it for such rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.model import ColumnModel, TableModel
from synthspark.config import Settings
from synthspark.errors import ConfigError
from synthspark.generate.random import condition_stream
from synthspark.seeds import IntArray, permuted
from synthspark.stats.frame import FloatArray

Mask = npt.NDArray[np.bool_]
Draw = Callable[[IntArray, str], FloatArray]
"""What the engine draws for the rows at these places, for a purpose: shape (n_features, n_rows)."""

CANDIDATES = 400  # rows drawn for one at most: a value of one row in a hundred is missed twice in a hundred times
FREE = -1  # a row that may have every value but those with a share


@dataclass(frozen=True)
class Condition:
    """Shares of the rows that have these categories of a column; the rest of the rows has none of them."""

    column: str
    codes: tuple[int, ...]
    shares: tuple[float, ...]

    def wanted(self, seed: int, table: str, index: IntArray, slots: int) -> IntArray:
        """Category that each row is to have, FREE for the rest; as many as the shares of all rows say."""
        rank = permuted(condition_stream(seed, table, self.column), index, max(slots, 1))
        ends = np.rint(np.cumsum(self.shares) * slots)
        place = np.searchsorted(ends, rank, side="right")
        return np.array([*self.codes, FREE])[place]

    def holds(self, drawn: FloatArray, wanted: IntArray) -> Mask:
        """Whether rows have the category that they are to have."""
        return np.where(wanted == FREE, ~np.isin(drawn, self.codes), drawn == wanted)


def draw_until(condition: Condition, wanted: IntArray, at: int, drawn: FloatArray, draw: Draw) -> FloatArray:
    """Rows that have what is wanted: of several candidates the first that does.

    Candidates come one after the other from streams of their own, so that a row does not depend on those beside it. A
    row none of whose candidates fits gets the wanted value on top of its last one.

    Parameters
    ----------
    at : int
        Place of the column among the features.
    drawn : ndarray of shape (n_features, n_rows)
        The first candidates.
    """
    out = drawn.copy()
    missing = np.flatnonzero(~condition.holds(out[at], wanted))
    for turn in range(1, CANDIDATES):
        if not missing.size:
            return out
        out[:, missing] = draw(missing, f"rows {turn}")
        missing = missing[~condition.holds(out[at, missing], wanted[missing])]
    named = missing[wanted[missing] != FREE]
    out[at, named] = wanted[named]
    return out


def conditions_of(settings: Settings, models: Mapping[str, TableModel]) -> dict[str, Condition]:
    """Conditions by table; ConfigError lists all that cannot be met."""
    found: dict[str, Condition] = {}
    faults: list[str] = []
    for table, wanted in settings.tables.items():
        place = f"config, tables.{table}.condition"
        if len(wanted.condition) > 1:
            faults.append(f"{place}: found {len(wanted.condition)} columns; expected one; leave the others out")
        elif wanted.condition and table in models:
            ((column, shares),) = wanted.condition.items()
            condition = _condition(models[table], column, shares, f"{place}.{column}", faults)
            if condition is not None:
                found[table] = condition
    if faults:
        raise ConfigError("\n".join(faults))
    return found


def _condition(
    model: TableModel, column: str, shares: Mapping[str, float], place: str, faults: list[str]
) -> Condition | None:
    before = len(faults)
    known = {item.name: item for item in model.columns}
    if column not in known or column not in {feature.name for feature in model.features}:
        faults.append(f"{place}: the model draws no such column; expected a category of the table; correct the name")
    elif known[column].way != "category":
        faults.append(f"{place}: the column is no category for the model; expected one with few values; choose another")
    if any(share < 0 for share in shares.values()) or sum(shares.values()) > 1 + 1e-9:
        faults.append(f"{place}: the shares are negative or exceed 1 in all; expected shares of the rows; correct them")
    if len(faults) > before:
        return None
    codes = _codes(known[column], shares)
    if None in codes:
        faults.append(
            f"{place}: {codes.count(None)} of {len(codes)} values are none of the categories that the model may give "
            "out; expected values that enough rows of the source have, as they are written there; correct them"
        )
        return None
    return Condition(column, tuple(code for code in codes if code is not None), tuple(shares.values()))


def _codes(column: ColumnModel, values: Mapping[str, float]) -> list[int | None]:
    """Place of each value among the categories, None where it is none of them."""
    written = [str(value) for value in column.parameters["categories"]]
    wanted = [value.lower() for value in values] if column.type == "boolean" else list(values)
    return [written.index(value) if value in written else None for value in wanted]
