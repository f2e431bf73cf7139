"""The classifier two-sample test: how well a learner tells real rows from synthetic ones."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.seeds import mix, stream_key

FloatArray = npt.NDArray[np.float64]
WordArray = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]

# scikit-learn changes the warning filters of the whole process while it fits: two fits at once disturb each other.
FITTING = threading.Lock()
MINIMUM_ROWS = 20  # a side; below it the test has no power and its result is chance
_ROUNDS = 40  # boosting rounds: the accuracy on the databases tried moved by less than .01 with more
_LEAVES = 15
_LEARNING_RATE = 0.15
_LEAF = 20  # rows of a leaf, as scikit-learn has it
_SMALLEST_LEAF = 2
_LEAVES_AT_MOST = 25  # that rows could fill: with leaves of twenty, a table of fifty rows could not be cut at all
_TELLING = 0.6  # area under the curve from which it is worth saying by what rows are told apart
_TELLING_ROWS = 1_000  # on which that is looked at
_LEAST_TOLD = 0.005  # of the area, that a feature must account for
_LARGEST_CATEGORY = 253  # scikit-learn's histograms hold 255 cells, one of them for missing values


@dataclass(frozen=True)
class Rows:
    """One side of a test: features of shape (n_features, n_rows), and what must not be torn apart between folds.

    Rows of one `group` (siblings under one parent) share values, so a learner that has seen some of them
    recognises the others without knowing anything of real or synthetic.
    """

    features: FloatArray
    groups: WordArray

    def take(self, places: npt.NDArray[np.int64]) -> Rows:
        return Rows(self.features[:, places], self.groups[places])


@dataclass(frozen=True)
class Detection:
    """Mean over the folds; one half: cannot be told apart, one: told apart without an error.

    `told_by` has places of features and the area under the curve that is lost without each, the largest first; empty
    where rows are hardly told apart.
    """

    accuracy: float
    auc: float
    accuracy_error: float  # standard error over the folds
    auc_error: float
    n_rows: int  # of each side
    told_by: tuple[tuple[int, float], ...] = ()


def detect(real: Rows, synthetic: Rows, categorical: npt.NDArray[np.bool_], seed: int, n_folds: int) -> Detection | str:
    """Accuracy and AUC of gradient-boosted trees on held-out rows, or the reason why there is none.

    Both sides are brought to the same number of rows; values below one half count as one half. The same
    rows, seed and folds give the same result on any number of cores.

    Parameters
    ----------
    real, synthetic : Rows
        Features in the same order; NaN where missing.
    categorical : ndarray of bool, shape (n_features,)
        Which features are category codes.

    References
    ----------
    Lopez-Paz & Oquab (2017), "Revisiting classifier two-sample tests".
    """
    n_rows = min(real.features.shape[1], synthetic.features.shape[1])
    if not real.features.shape[0]:
        return "no column can be compared"
    if n_rows < MINIMUM_ROWS:
        return f"{n_rows} rows; at least {MINIMUM_ROWS} real and synthetic rows are needed"
    salt = np.uint64(stream_key(seed, "detection", "folds"))
    sides = [_first_groups(side, n_rows, salt) for side in (real, synthetic)]
    n_rows = min(side.features.shape[1] for side in sides)
    folds = [_folds(side.groups, n_folds, salt) for side in sides]
    if any(np.unique(fold).size < n_folds for fold in folds):
        return f"fewer than {n_folds} groups of rows under one parent"
    labels = np.repeat([0, 1], [side.features.shape[1] for side in sides])
    features = np.concatenate([side.features for side in sides], axis=1).T
    for place in np.flatnonzero(categorical):
        features[:, place] = _told_apart(features[:, place], labels)
    results, told_by = _cross_validate(features, labels, np.concatenate(folds), categorical, seed)
    accuracy, auc = (max(0.5, float(mean)) for mean in results.mean(axis=0))
    errors = results.std(axis=0, ddof=1) / np.sqrt(n_folds)
    return Detection(accuracy, auc, float(errors[0]), float(errors[1]), n_rows, told_by if auc >= _TELLING else ())


def _told_apart(codes: FloatArray, labels: IntArray) -> FloatArray:
    """Category codes as a learner sees them: the values most frequent on both sides together, and one for all others.

    Another sample of the same world has values that the real rows lack, in as many of its rows as there are real rows
    whose value no other has (Good 1953): both are among the others. Frequent on one side would be chosen for that side.
    """
    present = ~np.isnan(codes)
    values, place, counts = np.unique(codes[present], return_inverse=True, return_counts=True)
    of_real = np.bincount(place, weights=labels[present] == 0, minlength=values.size)
    order = np.lexsort((mix(values.astype(np.uint64)), -counts))  # ties by chance: codes are ordered by real frequency
    new = np.full(values.size, float(_LARGEST_CATEGORY))
    new[order[:_LARGEST_CATEGORY]] = np.arange(min(values.size, _LARGEST_CATEGORY))
    alone = of_real[place] - (labels[present] == 0) < 1  # no other real row has the value
    made = np.full(codes.size, np.nan)
    made[present] = np.where(alone, _LARGEST_CATEGORY, new[place])
    return made


def _first_groups(rows: Rows, n_rows: int, salt: np.uint64) -> Rows:
    """The first `n_rows` rows in an order shuffled by group, so that few groups are cut."""
    order = np.argsort(mix(rows.groups ^ salt), kind="stable")[:n_rows]
    return rows.take(np.sort(order))


def _folds(groups: WordArray, n_folds: int, salt: np.uint64) -> IntArray:
    """Fold of each row: groups dealt out by the rank of their hash.

    Rows present on both sides, such as a copied parent, fall into the same fold on both.
    """
    shuffled = mix(groups ^ salt)
    rank: IntArray = np.unique(shuffled, return_inverse=True)[1].reshape(shuffled.shape)
    return rank % n_folds


def _cross_validate(
    features: FloatArray, labels: IntArray, folds: IntArray, categorical: npt.NDArray[np.bool_], seed: int
) -> tuple[FloatArray, tuple[tuple[int, float], ...]]:
    """Accuracy and area under the curve of each fold, and what the rows of the last one are told apart by."""
    # Imported late: scikit-learn takes more than a second, and only this test needs it.
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    results, told_by = [], tuple[tuple[int, float], ...]()
    with FITTING, threadpool_limits(limits=1):
        for fold in range(int(folds.max()) + 1):
            train, test = folds != fold, folds == fold
            told, categories, varying = _told(features, train, categorical)
            if not told.shape[1]:
                results.append((0.5, 0.5))
                continue
            # Sides of slightly different size are balanced below: sample weights would cost fifty times as much.
            model = HistGradientBoostingClassifier(categorical_features=categories, **learning(seed, int(train.sum())))
            model.fit(told[train], labels[train])
            chance, even = model.predict_proba(told[test])[:, 1], float(labels[train].mean())
            results.append((balanced_accuracy(chance, labels[test], even), area_under_curve(chance, labels[test])))
            if fold == folds.max() and results[-1][1] >= _TELLING:
                told_by = _told_by(model.predict_proba, told[test], labels[test], varying, seed)
    return np.array(results), told_by


def _told_by(
    chances: Callable[[FloatArray], FloatArray], rows: FloatArray, labels: IntArray, varying: IntArray, seed: int
) -> tuple[tuple[int, float], ...]:
    """Features without which the area under the curve is less, and by how much, the largest first.

    References
    ----------
    Breiman (2001), "Random forests", section 10: a feature's values are dealt out anew among the rows.
    """
    some = np.sort(np.argsort(mix(np.arange(labels.size, dtype=np.uint64)), kind="stable")[:_TELLING_ROWS])
    rows, labels = rows[some], labels[some]
    dealt = np.random.default_rng(stream_key(seed, "detection", "dealt")).permutation(labels.size)
    whole = area_under_curve(chances(rows)[:, 1], labels)
    found = []
    for place, feature in enumerate(varying.tolist()):
        changed = rows.copy()
        changed[:, place] = rows[dealt, place]
        found.append((round(whole - area_under_curve(chances(changed)[:, 1], labels), 4), feature))
    return tuple(
        (place, lost) for lost, place in sorted(found, key=lambda item: (-item[0], item[1])) if lost > _LEAST_TOLD
    )


def learning(seed: int, n_rows: int = _LEAF * _LEAVES_AT_MOST) -> dict[str, Any]:
    """Settings of all boosted trees of the evaluation; of few rows, leaves are small, or nothing could be learned."""
    return {
        "min_samples_leaf": min(_LEAF, max(_SMALLEST_LEAF, n_rows // _LEAVES_AT_MOST)),
        "max_iter": _ROUNDS,
        "max_leaf_nodes": _LEAVES,
        "learning_rate": _LEARNING_RATE,
        "early_stopping": False,
        "random_state": stream_key(seed, "detection", "learner") % 2**32,
    }


def fit_classifier(
    first: FloatArray, second: FloatArray, categorical: npt.NDArray[np.bool_], seed: int
) -> Callable[[FloatArray], FloatArray]:
    """A function that gives rows, shape (n_rows, n_features), their chance to be of the second kind.

    The same boosted trees as in `detect`; one half for all rows where no feature varies.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    rows = np.concatenate([first, second])
    rows[:, categorical] = np.minimum(rows[:, categorical], _LARGEST_CATEGORY)
    varying = np.fmin.reduce(rows, axis=0) < np.fmax.reduce(rows, axis=0)
    if not varying.any():
        return lambda asked: np.full(asked.shape[0], 0.5)
    labels = np.repeat([0, 1], [first.shape[0], second.shape[0]])
    model = HistGradientBoostingClassifier(categorical_features=categorical[varying], **learning(seed, labels.size))
    with FITTING, threadpool_limits(limits=1):
        model.fit(rows[:, varying], labels)

    def chances(asked: FloatArray) -> FloatArray:
        bounded = asked.copy()
        bounded[:, categorical] = np.minimum(bounded[:, categorical], _LARGEST_CATEGORY)
        with FITTING, threadpool_limits(limits=1):
            found: FloatArray = model.predict_proba(bounded[:, varying])[:, 1]
        return found

    return chances


def _told(
    features: FloatArray, train: npt.NDArray[np.bool_], categorical: npt.NDArray[np.bool_]
) -> tuple[FloatArray, npt.NDArray[np.bool_], IntArray]:
    """Features that tell something in the training rows; one value or missing becomes a flag, constants go.

    With which of them are categories, and their places among all features.
    """
    seen = features[train]
    low, high = np.fmin.reduce(seen, axis=0), np.fmax.reduce(seen, axis=0)
    flag = np.where(np.isnan(low), True, low == high)
    varying = ~flag | (np.isnan(seen).any(axis=0) & ~np.isnan(seen).all(axis=0))
    told = np.where(flag, np.isnan(features), features)[:, varying]
    return told, (categorical & ~flag)[varying], np.flatnonzero(varying)


def balanced_accuracy(chance: FloatArray, labels: IntArray, even: float = 0.5) -> float:
    """Mean over both sides of the share of rows recognised; a chance equal to `even` (within rounding) counts half."""
    undecided = np.abs(chance - even) < 1e-9
    right = np.where(undecided, 0.5, (chance > even) == (labels == 1))
    sides = [right[labels == side].mean() for side in (0, 1) if (labels == side).any()]
    return float(np.mean(sides))


def area_under_curve(chance: FloatArray, labels: IntArray) -> float:
    """Probability that a synthetic row gets a higher chance than a real one, ties counting half.

    One half when a side is empty.
    """
    n_synthetic = int(labels.sum())
    n_real = labels.size - n_synthetic
    if not n_real or not n_synthetic:
        return 0.5
    _, place, sizes = np.unique(chance, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2.0)[place]
    return float((ranks[labels == 1].sum() - n_synthetic * (n_synthetic + 1) / 2.0) / (n_real * n_synthetic))
