"""From the children that each parent row drew to the children themselves: which index belongs to which parent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthspark.artifacts.model import TableModel
from synthspark.generate.links import NONE, Linking
from synthspark.seeds import IntArray
from synthspark.stats.features import ENDS

LEAST_GAIN = 0.25  # power of the rows made by which those that are left grow at least, so that no step is too long
TOLERANCE = 0.05  # share by which drawn children may differ from the number asked for before they are corrected


@dataclass(frozen=True)
class Totals:
    """How many rows a child table gets.

    Attributes
    ----------
    drawn, wanted : int
        Children drawn by all parents, and children after correction.
    rootless : int
        Rows without context parent; their indices follow those of the others.
    """

    drawn: int
    wanted: int
    rootless: int

    @property
    def slots(self) -> int:
        return self.wanted + self.rootless

    def with_spare(self, spare: float) -> Totals:
        """As many more rows, to make up for those that will have to be dropped."""
        if self.drawn == 0:
            return self
        return Totals(self.drawn, round(self.wanted * spare), round(self.rootless * spare))

    def first(self, drawn_before: IntArray) -> IntArray:
        """Index of the first child of a parent before whom so many children were drawn; exact in whole numbers."""
        if self.drawn == self.wanted:
            return drawn_before
        before = np.asarray(drawn_before, dtype=np.int64)
        # before * wanted may pass 64 bits: split into quotient and rest.
        quotient, rest = np.divmod(before, self.drawn)
        share = np.floor(rest * (self.wanted / self.drawn) + 0.5).astype(np.int64)
        return quotient * self.wanted + np.minimum(share, self.wanted)


def is_replaceable(model: TableModel, *, exact: bool) -> bool:
    """Whether further rows make up for dropped ones.

    Not where a parent has one row at most; nor, unless just so many rows are asked for (`exact`), where families end
    with the source: they have no room for more.
    """
    ending = any(feature.domain.get(ENDS) for feature in model.features)
    return (exact or not ending) and not any(key.kind == "inherited" for key in model.keys)


def next_spare(tried: Sequence[tuple[float, int]], asked: int) -> float:
    """How many times as many rows to make so that `asked` are left, after tries with so many times as many each.

    The last two tell by which power of it the rows that are left grow: the more rows look for a place, the fewer find
    one. A secant through their logarithms.
    """
    spare, rows = tried[-1]
    power = 1.0
    if len(tried) > 1:
        before, fewer = tried[-2]
        gained = math.log(rows / fewer) if rows > fewer > 0 else 0.0
        power = min(1.0, max(LEAST_GAIN, gained / math.log(spare / before))) if spare > before else 1.0
    return float(spare * (asked / rows) ** (1.0 / power))


def plan_totals(
    drawn: int, source_children: int, source_rootless: int, ratio: float, *, rows: int | None, at_most_one: bool
) -> Totals:
    """Rows of a child table given what its parents drew.

    Parameters
    ----------
    ratio : float
        Rows out per row in of the context parent.
    rows : int or None
        Rows that a person asked for.
    at_most_one : bool
        A parent must not get a second child, so that numbers are never corrected upwards.
    """
    rootless = round(source_rootless * ratio)
    wanted = round(source_children * ratio)
    exact = rows is not None
    if rows is not None:
        rootless = min(rows, round(rows * source_rootless / max(source_rootless + source_children, 1)))
        wanted = rows - rootless
    off = abs(drawn - wanted) > TOLERANCE * max(wanted, 1)
    if drawn == 0 or not (off or exact) or (at_most_one and wanted > drawn):
        wanted = drawn
    return Totals(drawn, wanted, rootless)


def expand(
    totals: Totals, owner: IntArray, drawn: IntArray, drawn_before: IntArray, owners: int
) -> tuple[Linking, IntArray]:
    """The children of these parents, in order, and the place of each child's parent among them.

    Parameters
    ----------
    owner : ndarray of int64
        Indices of the parents.
    drawn, drawn_before : ndarray of int64
        Children that each drew, and that all earlier parents of the table drew.
    """
    first, last = totals.first(drawn_before), totals.first(drawn_before + drawn)
    count = last - first
    place = np.repeat(np.arange(owner.size), count)
    start = np.repeat(first, count)
    position = np.arange(place.size) - np.repeat(np.cumsum(count) - count, count)
    rows = Linking(start + position, totals.slots, owner[place], position, count[place], owners)
    return rows, place


def rootless_rows(totals: Totals, owners: int) -> Linking:
    """Rows that have no context parent, taken as the rows of one owner of their own."""
    return free_rows(np.arange(totals.wanted, totals.slots), totals.slots, totals.rootless, owners)


def free_rows(index: IntArray, slots: int, count: int, owners: int) -> Linking:
    """Rows without owner."""
    none = np.full(index.size, NONE, dtype=np.int64)
    first = slots - count
    return Linking(index, slots, none, index - first, np.full(index.size, count, dtype=np.int64), owners)


def joined(one: Linking, other: Linking) -> Linking:
    """Rows of both, in order."""
    return Linking(
        np.concatenate([one.index, other.index]),
        one.slots,
        np.concatenate([one.owner, other.owner]),
        np.concatenate([one.position, other.position]),
        np.concatenate([one.count, other.count]),
        one.owners,
    )
