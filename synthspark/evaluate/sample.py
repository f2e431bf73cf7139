"""Rows of one table as the scores see them: features, and hashes in place of keys."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.schema import ForeignKey
from synthspark.evaluate.selection import KeySide
from synthspark.seeds import mix
from synthspark.stats.frame import Frame
from synthspark.stats.issued import is_issued_once

WordArray = npt.NDArray[np.uint64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

FEWEST_ROWS_HALVED = 50  # halves of fewer rows differ by chance more than any copy: no ceiling is given
_HALF = np.uint64(0x5EED_0F_4A1F_0F_2A)  # salt of the split into halves, so that it is independent of the sampling


@dataclass(frozen=True)
class KeyHashes:
    """One key of a table: a 64-bit hash a row, and which rows have no null in it.

    Every row of the table whose hash, read as a number in [0, 1), is below `complete` is in the sample;
    0 when the rows were not chosen by this key. `counts` holds, instead of rows, all hashes with their
    number of rows, for children of a small parent.
    """

    hashes: WordArray
    present: BoolArray
    complete: float = 1.0
    null_fraction: float = 0.0
    counts: tuple[WordArray, IntArray] | None = None


@dataclass(frozen=True)
class Sample:
    """One side, real or synthetic, of a table: a bounded, deterministic sample of its rows.

    `drawn` marks the rows chosen by their own identity; the others came along with a sampled parent or child.
    """

    features: Frame
    identity: WordArray
    drawn: BoolArray
    keys: Mapping[KeySide, KeyHashes]
    n_rows: int
    null_fractions: Mapping[str, float] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether the sample is the table."""
        return int(self.drawn.size) == self.n_rows

    def child_key(self, key: ForeignKey) -> KeyHashes:
        """The rows' references through a foreign key."""
        return self.keys[KeySide.child(key)]

    def parent_key(self, key: ForeignKey) -> KeyHashes:
        """The rows as a foreign key refers to them."""
        return self.keys[KeySide.parent(key)]

    def own_rows(self) -> Frame:
        return self.features.take(self.drawn)

    def take(self, rows: BoolArray) -> Sample:
        """The sample restricted to some of its rows, as half of a table."""
        keys = {
            name: replace(key, hashes=key.hashes[rows], present=key.present[rows], counts=None)
            for name, key in self.keys.items()
        }
        whole = self.whole
        taken = replace(
            self, features=self.features.take(rows), identity=self.identity[rows], drawn=self.drawn[rows], keys=keys
        )
        return replace(taken, n_rows=int(rows.sum())) if whole else taken


@dataclass(frozen=True)
class TablePair:
    """Both sides of one table; `problems` says, per column or for the table (""), what could not be read."""

    table: str
    real: Sample
    synthetic: Sample
    problems: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)  # keys, personal and free text, and why
    reference: bool = False  # the synthetic rows are the real ones, by a person's approval
    holdout: Sample | None = None  # real rows of people that no model has seen

    @property
    def features(self) -> tuple[str, ...]:
        """Columns with numbers on both sides."""
        return self.synthetic.features.names

    @functools.cached_property
    def telling(self) -> tuple[str, ...]:
        """Columns by which a row repeats another; numbers that are given out once repeat nobody's, as keys do not."""
        real = self.real.features
        numbers = {name for name, domain in zip(real.names, real.domains, strict=True) if domain.kind == "number"}
        return tuple(name for name in self.features if name not in numbers or not is_issued_once(real.column(name)))


def unit(hashes: WordArray) -> npt.NDArray[np.float64]:
    """Hashes as numbers in [0, 1); the same formula chooses rows on the cluster."""
    return (hashes >> np.uint64(11)).astype(np.float64) * 2.0**-53


def first_half(hashes: WordArray) -> BoolArray:
    """Which of these belong to the first of two halves; rows of equal hash stay together."""
    return mix(hashes ^ _HALF) < np.uint64(2**63)


@dataclass(frozen=True)
class Split:
    """Real rows in two halves, and a quarter of each; rows that belong together stay together."""

    first: BoolArray
    quarter: BoolArray  # in one of the two quarters, that of its half

    @classmethod
    def of(cls, hashes: WordArray) -> Split:
        """Split of rows with these hashes; rows of equal hash stay together."""
        return cls(first_half(hashes), first_half(mix(hashes)))

    @property
    def halves(self) -> tuple[BoolArray, BoolArray]:
        return self.first, ~self.first

    @property
    def quarters(self) -> tuple[BoolArray, BoolArray]:
        return self.first & self.quarter, ~self.first & self.quarter
