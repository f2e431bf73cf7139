"""Detection: rows of a table alone, with the columns of their parents, with aggregates of their children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.report import Score
from synthspark.artifacts.schema import ForeignKey
from synthspark.config import EvaluateSettings
from synthspark.evaluate.definitions import score
from synthspark.evaluate.link import link
from synthspark.evaluate.sample import Sample, TablePair, first_half
from synthspark.stats.detection import Detection, Rows, detect
from synthspark.stats.frame import Frame

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
WordArray = npt.NDArray[np.uint64]

TOLD_BY = "told by "  # before the name of a feature in the breakdown of a score
MOST_TOLD = 3  # features that are named
MOST_FEATURES = 120  # of one test; the table's own columns first
_MOST_OF_CHILD = 40  # aggregates of one child table
_SHARES = 4  # most frequent categories of a child's column whose shares are features
_FEW_PARENTS = 30  # with fewer, the parents present decide the result, not how their children fit them
_FEW_FAMILIES = 150  # with fewer, a learner kept from the families of the test has too few to learn from


@dataclass(frozen=True)
class Side:
    """Features of one side, by name, with what belongs together."""

    names: tuple[str, ...]
    features: FloatArray
    categorical: BoolArray
    groups: WordArray

    def rows(self, chosen: BoolArray | None = None) -> Rows:
        rows = Rows(self.features[:MOST_FEATURES], self.groups)
        return rows if chosen is None else rows.take(np.flatnonzero(chosen))


def detect_alone(
    pair: TablePair, keys: Sequence[ForeignKey], pairs: Mapping[str, TablePair], settings: EvaluateSettings, seed: int
) -> list[Score]:
    """Accuracy and AUC on the table's own columns; rows of one parent stay together, as they were made together."""
    family = family_key(pair, keys, pairs)
    sides = [_alone(sample, pair.features, family) for sample in (pair.real, pair.synthetic)]
    return _scores("detection", (pair.table,), sides, settings, seed)


def family_key(pair: TablePair, keys: Sequence[ForeignKey], pairs: Mapping[str, TablePair]) -> ForeignKey | None:
    """The key onto the largest of a table's parents; None where all are lookups or too few to be dealt out."""
    sizes = {
        key: min(np.unique(side.child_key(key).hashes).size for side in (pair.real, pair.synthetic))
        for key in keys
        if key.child == pair.table and key.parent != key.child and not pairs[key.parent].reference
    }
    many = [key for key, size in sizes.items() if size >= _FEW_FAMILIES]
    return max(many, key=lambda key: (pairs[key.parent].real.n_rows, key.label), default=None)


def detect_with_parent(
    key: ForeignKey, child: TablePair, parent: TablePair, settings: EvaluateSettings, seed: int
) -> list[Score]:
    """Accuracy and AUC on child rows joined with their parent's columns; nothing if either side has no column."""
    if not parent.features or not child.features:
        return []
    sides = [_with_parent(key, child, parent, name) for name in ("real", "synthetic")]
    if not parent.reference:
        fewest = min(np.unique(side.groups).size for side in sides)
        if fewest < _FEW_PARENTS:
            # Among so few parents any column names the parent, which says nothing of the joint distribution.
            reason = f"{fewest} parents; at least {_FEW_PARENTS} real and synthetic ones with children are needed"
            names = ("with_parent_accuracy", "with_parent_auc")
            return [score(name, "joined", (key.label,), None, reason=reason) for name in names]
    return _scores("with_parent", (key.label,), sides, settings, seed)


def detect_with_children(
    pair: TablePair, keys: Sequence[ForeignKey], pairs: Mapping[str, TablePair], settings: EvaluateSettings, seed: int
) -> list[Score]:
    """Accuracy and AUC on rows with counts, means and shares of their children; nothing for tables without children."""
    keys = [key for key in keys if key.parent == pair.table and key.child in pairs]
    if not keys:
        return []
    sides = [_with_children(keys, pair, pairs, name) for name in ("real", "synthetic")]
    return _scores("with_children", (pair.table,), sides, settings, seed)


def _scores(
    kind: str, subject: tuple[str, ...], sides: list[Side], settings: EvaluateSettings, seed: int
) -> list[Score]:
    real, synthetic = sides
    categorical = real.categorical[:MOST_FEATURES]
    bound = settings.detection_rows
    found = detect(_bounded(real.rows(), bound), _bounded(synthetic.rows(), bound), categorical, seed, settings.folds)
    half = first_half(real.groups)
    # The ceiling hardly moves with more rows, and would cost as much as the test itself.
    first, second = _bounded(real.rows(half), bound // 2), _bounded(real.rows(~half), bound // 2)
    ceiling = detect(first, second, categorical, seed, settings.folds)
    made = []
    for measure in ("accuracy", "auc"):
        value = getattr(found, measure) if isinstance(found, Detection) else None
        error = getattr(found, f"{measure}_error") if isinstance(found, Detection) else None
        made.append(
            score(
                f"{kind}_{measure}",
                "table" if kind == "detection" else "joined",
                subject,
                value,
                ceiling=getattr(ceiling, measure) if isinstance(ceiling, Detection) else None,
                rows_real=found.n_rows if isinstance(found, Detection) else real.groups.size,
                rows_synthetic=found.n_rows if isinstance(found, Detection) else synthetic.groups.size,
                error=error,
                breakdown=_told_by(found, real.names),
                reason=found if isinstance(found, str) else "",
            )
        )
    return made


def _told_by(found: Detection | str, names: tuple[str, ...]) -> dict[str, float]:
    """What the sides are told apart by, with what each of these features accounts for."""
    told: dict[str, float] = {}
    for place, lost in () if isinstance(found, str) else found.told_by:
        told.setdefault(TOLD_BY + names[place], lost)
    return dict(list(told.items())[:MOST_TOLD])


def _bounded(rows: Rows, bound: int) -> Rows:
    """The first rows: samples stand in hash order, so they are a fair choice."""
    return rows if rows.groups.size <= bound else rows.take(np.arange(bound))


def _categorical(frame: Frame) -> BoolArray:
    return np.array([domain.kind == "category" for domain in frame.domains], dtype=np.bool_)


def _alone(sample: Sample, names: tuple[str, ...], family: ForeignKey | None) -> Side:
    frame = sample.own_rows().select(names)
    return Side(frame.names, frame.matrix, _categorical(frame), row_groups(sample, family)[sample.drawn])


def row_groups(sample: Sample, family: ForeignKey | None) -> WordArray:
    """What each row belongs to: its parent by the key, itself without one."""
    if family is None:
        return sample.identity
    found = sample.child_key(family)
    return np.where(found.present, found.hashes, sample.identity)


def _with_parent(key: ForeignKey, child: TablePair, parent: TablePair, side: str) -> Side:
    left: Sample = getattr(child, side)
    right: Sample = getattr(parent, side)
    matched = link(key, left, right)
    rows, parents = matched.joined()
    half = MOST_FEATURES // 2
    own = left.features.select(child.features[:half]).take(rows)
    others = right.features.select(parent.features[:half]).take(parents)
    # Siblings share their parent's values and stay together; a reference table's rows are the same on both sides.
    groups = left.identity[rows] if parent.reference else left.child_key(key).hashes[rows]
    names = (*(f"{key.child}.{name}" for name in own.names), *(f"{key.parent}.{name}" for name in others.names))
    flags = np.concatenate([_categorical(own), _categorical(others)])
    return Side(names, np.concatenate([own.matrix, others.matrix]), flags, groups)


def _with_children(keys: list[ForeignKey], pair: TablePair, pairs: Mapping[str, TablePair], side: str) -> Side:
    parent: Sample = getattr(pair, side)
    own = parent.features.select(pair.features)
    blocks, flags, names = [own.matrix], [_categorical(own)], list(own.names)
    chosen = np.ones(own.n_rows, dtype=np.bool_)
    for key in keys:
        child: Sample = getattr(pairs[key.child], side)
        block, known, said = _aggregates(key, child, parent, pairs[key.child])
        blocks.append(block)
        names += said
        flags.append(np.zeros(block.shape[0], dtype=np.bool_))
        chosen &= known
    return Side(tuple(names), np.concatenate(blocks)[:, chosen], np.concatenate(flags), parent.identity[chosen])


def _aggregates(
    key: ForeignKey, child: Sample, parent: Sample, pair: TablePair
) -> tuple[FloatArray, BoolArray, list[str]]:
    """Count, means and category shares of the children of each parent row, which parents' are known, and names."""
    matched = link(key, child, parent)
    n_parents = parent.identity.size
    known = np.zeros(n_parents, dtype=np.bool_)
    known[matched.parents] = True
    count = np.full(n_parents, np.nan)
    count[matched.parents] = matched.n_children
    rows, parents = matched.joined()
    features, said = [count], [f"number of {key.child}"]
    for name in pair.features:
        values = child.features.column(name)[rows]
        domain = pair.real.features.domains[pair.real.features.names.index(name)]
        if domain.kind == "number":
            features.append(_means(values, parents, n_parents))
            said.append(f"mean of {key.child}.{name}")
        else:
            codes = range(min(_SHARES, len(domain.categories)))
            said += [f"shares of {key.child}.{name}"] * len(codes)
            features += [_means((values == code).astype(np.float64), parents, n_parents) for code in codes]
        if len(features) >= _MOST_OF_CHILD:
            break
    return np.array(features[:_MOST_OF_CHILD]), known, said[:_MOST_OF_CHILD]


def _means(values: FloatArray, parents: npt.NDArray[np.int64], n_parents: int) -> FloatArray:
    present = ~np.isnan(values)
    sizes = np.bincount(parents[present], minlength=n_parents)
    sums = np.bincount(parents[present], weights=values[present], minlength=n_parents)
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums / np.where(sizes, sizes, np.nan)
