"""Families whose rows follow each other in time, drawn in turn: all first rows, then all second ones, and so on.

A family starts no earlier than its parent allows. Where no two rows may share a time, a family that would leave the
range of the source starts earlier, as far as it may; rows that are beyond the range even so are not made. Elsewhere a
row that would lie beyond falls between the first row of its family and the end, and the next ones go on from there:
rows kept from passing the end one by one would crowd at it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthspark.artifacts.model import Feature
from synthspark.generate.links import Linking
from synthspark.seeds import IntArray
from synthspark.stats.features import BEFORE, ENDS, LEAST, MOST, is_time
from synthspark.stats.frame import FloatArray, Frame
from synthspark.stats.trees_bounds import in_units
from synthspark.stats.trees_predictors import DAY

LONGEST_HISTORY = 4_096  # rows of a family after which it starts anew, so that no block has to make more than these


@dataclass(frozen=True)
class Again:
    """The time (a feature's name) that is drawn again where it lies beyond the source's, by uniform numbers."""

    time: str
    u: FloatArray


Draw = Callable[[Linking, Frame], FloatArray]  # features of rows, shape (n_features, n), given their context
Spans = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class _Back:
    """Times, those of one feature, that lie beyond the last one of the source."""

    at: int
    last: float
    u: FloatArray

    def times(self, drawn: FloatArray, starts: FloatArray, rows: IntArray) -> FloatArray:
        """Other times for such rows, between the first of their family and the last; NaN for rows that may stay."""
        room = np.maximum(self.last - starts, 0.0)
        return np.where(drawn > self.last, np.floor(starts + self.u[rows] * room), np.nan)


def draw_families(
    features: Sequence[Feature], rows: Linking, context: Frame, draw: Draw, spans: Spans, first: int, again: Again
) -> tuple[FloatArray, FloatArray]:
    """Features of the rows, shape (n_features, n), and 1 for rows that their family has no room for, shape (n,).

    Parameters
    ----------
    spans
        Range of the numbers in the source, by feature.
    first : int
        Families that began at an earlier index belong to another block in part, and stay where they are.
    again
        By which times beyond the source's are drawn again.
    """
    back = _back(features, spans, again)
    out = _in_turn(features, rows, context, draw, None, back)
    ending = [place for place, feature in enumerate(features) if feature.domain.get(ENDS) and feature.name in spans]
    if not ending:
        return out, np.zeros(rows.index.size)
    at = ending[0]
    span = spans[features[at].name]
    last = np.fmin(_bound(features[at], context, MOST), span[1])
    starts = _whole_families(rows, first)
    begin = _earlier(features[at], out[at], rows.count[starts], starts, context, (span[0], last))
    moved = begin < out[at][starts]
    if moved.any():
        sizes = rows.count[starts][moved]
        anew = np.repeat(starts[moved] - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
        wanted = np.full(anew.size, np.nan)
        wanted[np.cumsum(sizes) - sizes] = begin[moved]
        out[:, anew] = _in_turn(features, rows.take(anew), context.take(anew), draw, (at, wanted), None)
    return out, ((out[at] > last) & (rows.owner >= 0) & (rows.position > 0)).astype(np.float64)


def _back(features: Sequence[Feature], spans: Spans, again: Again) -> _Back | None:
    """None for a time that ends its family, or that has no range."""
    found = [at for at, f in enumerate(features) if f.name == again.time and f.name in spans and not f.domain.get(ENDS)]
    return _Back(found[0], spans[again.time][1], again.u) if found else None


def _in_turn(
    features: Sequence[Feature],
    rows: Linking,
    context: Frame,
    draw: Draw,
    begin: tuple[int, FloatArray] | None,
    back: _Back | None,
) -> FloatArray:
    """Rows drawn after those that they follow; `begin` gives the times of some first rows, NaN elsewhere."""
    names = [feature.name for feature in features]
    before = [name for name in context.names if name.startswith(BEFORE)]
    sources = np.array([names.index(name.removeprefix(BEFORE)) for name in before], dtype=np.int64)
    places = np.array([context.names.index(name) for name in before], dtype=np.int64)
    matrix, out = context.matrix.copy(), np.empty((len(names), rows.index.size))
    turn = np.where(rows.owner >= 0, rows.position % LONGEST_HISTORY, 0)
    order = np.argsort(turn, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(turn[order])) + 1):
        if part.size and turn[part[0]] > 0:
            matrix[places, part[:, None]] = out[sources, part[:, None] - 1]
        given = Frame(context.names, context.domains, matrix[:, part])
        drawn = _floored(features, draw(rows.take(part), given), given)
        if begin is not None:
            drawn = _moved(features, drawn, begin[0], begin[1][part])
        if back is not None:
            starts = out[back.at, part - turn[part]] if turn[part[0]] > 0 else drawn[back.at]
            drawn = _moved(features, drawn, back.at, back.times(drawn[back.at], starts, part))
        out[:, part] = drawn
    return out


def _floored(features: Sequence[Feature], drawn: FloatArray, given: Frame) -> FloatArray:
    """Rows whose times are no less than those of their parent that bound them."""
    drawn += 0.0  # a negative zero is none, whether a time is bounded or not
    for place, feature in enumerate(features):
        if feature.domain.get(LEAST):
            low = _bound(feature, given, LEAST)
            drawn = _moved(features, drawn, place, np.where(drawn[place] < low, low, np.nan))
    return drawn


def _bound(feature: Feature, given: Frame, side: str) -> FloatArray:
    """What a number must not fall below (LEAST), or exceed (MOST), shape (n,); NaN where nothing bounds it."""
    nearest: Callable[..., FloatArray] = np.fmax if side == LEAST else np.fmin
    found = np.full(given.n_rows, np.nan)
    for name in feature.domain.get(side, ()):
        if name in given.names:
            kind = given.domains[given.names.index(name)].type
            found = nearest(found, in_units(given.column(name), kind, feature.domain["type"], up=side == LEAST))
    return found


def _moved(features: Sequence[Feature], drawn: FloatArray, at: int, wanted: FloatArray) -> FloatArray:
    """Rows with other numbers in one column, NaN for those that stay; the row's other times go along."""
    move = np.where(np.isnan(wanted) | np.isnan(drawn[at]), 0.0, wanted - drawn[at])
    along = [
        place
        for place, feature in enumerate(features)
        if place == at or (is_time(feature) and feature.domain["type"] == features[at].domain["type"])
    ]
    drawn[along] += move
    return drawn


def _whole_families(rows: Linking, first: int) -> IntArray:
    """Places of the first rows of the families all of whose rows are here and belong here."""
    starts = np.flatnonzero((rows.owner >= 0) & (rows.position == 0) & (rows.index >= first))
    return starts[(starts + rows.count[starts] <= rows.index.size) & (rows.count[starts] <= LONGEST_HISTORY)]


def _earlier(
    feature: Feature,
    times: FloatArray,
    sizes: IntArray,
    starts: IntArray,
    context: Frame,
    span: tuple[float, FloatArray],
) -> FloatArray:
    """When each family has to begin to end within the span, as far as its parent allows."""
    over = np.append(0, np.cumsum(times > span[1]))  # of all rows, each with an end of its own
    late = over[starts + sizes] - over[starts]
    gap = (times[starts + sizes - 1] - times[starts]) / np.maximum(sizes - 1, 1)
    unit = 1.0 if feature.domain["type"] == "date" else DAY
    begin = times[starts] - np.ceil(late * gap / unit) * unit
    floor = np.fmax(_bound(feature, context.take(starts), LEAST), span[0])
    return np.where(late > 0, np.fmin(np.fmax(begin, floor), times[starts]), times[starts])
