"""Pairs of columns that meet only through two joins: with a grandparent, or of two parents of one child."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.report import Score
from synthspark.artifacts.schema import ForeignKey
from synthspark.evaluate.column_pair import Columns, score_pairs, strengths
from synthspark.evaluate.definitions import gap_to_ceiling, score
from synthspark.evaluate.link import link
from synthspark.evaluate.sample import Sample, Split, TablePair
from synthspark.stats.frame import Frame

IntArray = npt.NDArray[np.int64]

_MOST_COLUMNS = 40  # of each side of a path
_FEWEST_ROWS = 50  # of joined real rows: below, no path is looked at
_PAIRS_SHARE = 3  # a path is given this part of evaluate.maximum_pairs, since there are many paths
_PAIRS_KEPT = 20  # worst pairs of a path that the report lists


@dataclass(frozen=True)
class Path:
    """Two foreign keys that share a table: one after the other, or both of one child."""

    first: ForeignKey
    second: ForeignKey
    kind: str  # "hop2": child to grandparent; "cross_parent": parent to other parent

    @property
    def label(self) -> str:
        """Readable identity, the tables in the order of the joins."""
        if self.kind == "hop2":
            end = f"{self.second.parent}.{', '.join(self.second.parent_columns)}"
            return f"{self.first.label} -> {', '.join(self.second.child_columns)} -> {end}"
        sides = (f"{', '.join(key.child_columns)} -> {key.parent}" for key in (self.first, self.second))
        return f"{self.first.child}: " + " and ".join(sides)

    @property
    def ends(self) -> tuple[str, str]:
        """Tables whose columns are paired."""
        start = self.first.child if self.kind == "hop2" else self.first.parent
        return start, self.second.parent

    @property
    def tables(self) -> tuple[str, str, str]:
        """All three tables."""
        return self.first.child, self.first.parent, self.second.parent


def find_paths(keys: Sequence[ForeignKey]) -> list[Path]:
    """Every path over two of the keys, in their order."""
    paths = [Path(a, b, "hop2") for a in keys for b in keys if a.parent == b.child and a is not b]
    paths += [Path(a, b, "cross_parent") for a, b in itertools.combinations(keys, 2) if a.child == b.child]
    return [path for path in paths if path.kind == "cross_parent" or path.ends[0] != path.ends[1]]


def choose_paths(
    keys: Sequence[ForeignKey], pairs: Mapping[str, TablePair], maximum: int
) -> tuple[list[Path], list[str]]:
    """The paths whose real columns depend most on each other, and the labels of those left out."""
    found = []
    for path in find_paths(keys):
        frame, places = _joined(path, pairs, "real")[:2]
        if frame.n_rows >= _FEWEST_ROWS and places:
            found.append((float(strengths(frame, places).max()), path))
    found.sort(key=lambda entry: (-round(entry[0], 4), entry[1].label))
    return [path for _, path in found[:maximum]], [path.label for _, path in found[maximum:]]


def score_path(path: Path, pairs: Mapping[str, TablePair], maximum_pairs: int) -> list[Score]:
    """Mean similarity and dependence kept over the pairs of a path, and its worst pairs."""
    real, places, split = _joined(path, pairs, "real")
    synthetic = _joined(path, pairs, "synthetic")[0]
    summary = ("joined", f"{path.kind}_trends", f"{path.kind}_kept")
    if not synthetic.n_rows:
        return [score(name, "joined", (path.label,), None, reason="no synthetic row joins") for name in summary[1:]]
    bound = max(1, maximum_pairs // _PAIRS_SHARE)
    found = score_pairs(Columns(real, synthetic, split), places, (path.label,), bound, summary)
    worst = sorted(found.scores, key=lambda item: -(gap_to_ceiling(item) or 0.0))[:_PAIRS_KEPT]
    left_out = {**found.trend.breakdown, "pairs": float(len(places)), "left_out": float(found.n_left_out)}
    return [replace(found.trend, breakdown=left_out), found.kept, *worst]


def _joined(path: Path, pairs: Mapping[str, TablePair], side: str) -> tuple[Frame, list[tuple[int, int]], Split]:
    """Columns of both ends in one frame, the places to pair, and the rows in halves."""
    child: Sample = getattr(pairs[path.first.child], side)
    middle: Sample = getattr(pairs[path.first.parent], side)
    end: Sample = getattr(pairs[path.second.parent], side)
    rows, near, far = _matched(path, child, middle, end)
    start, start_rows = (child, rows) if path.kind == "hop2" else (middle, near)
    own, others = (_names(pairs, table) for table in path.ends)
    left, right = start.features.select(own).take(start_rows), end.features.select(others).take(far)
    frame = Frame((*own, *others), (*left.domains, *right.domains), np.concatenate([left.matrix, right.matrix]))
    places = [(first, len(own) + second) for first in range(len(own)) for second in range(len(others))]
    # Whole families stand in one half, as far as the end's rows differ between real and synthetic at all.
    groups = child.identity[rows] if pairs[path.second.parent].reference else end.identity[far]
    return frame, places, Split.of(groups)


def _names(pairs: Mapping[str, TablePair], table: str) -> tuple[str, ...]:
    return pairs[table].features[:_MOST_COLUMNS]


def _matched(path: Path, child: Sample, middle: Sample, end: Sample) -> tuple[IntArray, IntArray, IntArray]:
    """Places of the child rows that find both, of their rows in the middle table, and of their rows at the end."""
    rows, near = link(path.first, child, middle).joined()
    start = middle if path.kind == "hop2" else child
    found, ends = link(path.second, start, end).joined()
    place = np.full(start.identity.size, -1, dtype=np.int64)
    place[found] = ends
    far = place[near] if path.kind == "hop2" else place[rows]
    kept = far >= 0
    return rows[kept], near[kept], far[kept]
