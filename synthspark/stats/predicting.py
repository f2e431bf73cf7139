"""What a learner that was trained on some rows knows of others: the measure of how useful a copy is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.seeds import generator_for
from synthspark.stats.detection import FITTING, area_under_curve, learning

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

FEWEST_ROWS = 50  # of training and of test rows
_LARGEST_CATEGORY = 253


@dataclass(frozen=True)
class Examples:
    """Rows to learn from or to be tested on: features of shape (n_rows, n_features), and what is to be told."""

    features: FloatArray
    target: FloatArray

    def take(self, rows: BoolArray | IntArray) -> Examples:
        return Examples(self.features[rows], self.target[rows])

    def known(self) -> Examples:
        """The rows whose target is known."""
        return self.take(~np.isnan(self.target))


@dataclass(frozen=True)
class Skill:
    """How well test rows are told, 0 for chance and 1 for all, and what each feature brings to it."""

    value: float
    importances: FloatArray


def measure_skill(train: Examples, test: Examples, categorical: BoolArray, seed: int, *, classes: bool) -> Skill | str:
    """Skill of boosted trees, or the reason why there is none.

    For classes: mean over the classes of ``2 AUC - 1`` of one against the rest; for numbers: the share of the variance
    explained, R². Negative skill is kept: it is worse than chance. An importance is what is lost when the test rows'
    values of a feature are shuffled (Breiman 2001).
    """
    train, test = train.known(), test.known()
    if min(train.target.size, test.target.size) < FEWEST_ROWS:
        return f"{min(train.target.size, test.target.size)} rows with a target; at least {FEWEST_ROWS} are needed"
    if np.unique(train.target).size < 2 or np.unique(test.target).size < 2:
        return "the target is constant"
    model = _Model.fit(train, categorical, seed, classes=classes)
    whole = model.skill(test)
    draw = generator_for(seed, "utility", "importance")
    lost = np.zeros(test.features.shape[1])
    for place in range(test.features.shape[1]):
        shuffled = test.features.copy()
        shuffled[:, place] = draw.permutation(shuffled[:, place])
        lost[place] = whole - model.skill(Examples(shuffled, test.target))
    return Skill(whole, lost)


class _Model:
    """A fitted learner."""

    def __init__(self, learner: object, classes: FloatArray, categorical: BoolArray) -> None:
        self.learner, self.classes, self.categorical = learner, classes, categorical

    @classmethod
    def fit(cls, train: Examples, categorical: BoolArray, seed: int, *, classes: bool) -> _Model:
        # Imported late: scikit-learn takes more than a second, and only few need it.
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits

        kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
        rows = _bounded(train.features, categorical)
        varies = np.array([np.unique(column[~np.isnan(column)]).size > 1 for column in rows.T])
        learner = kind(categorical_features=categorical & varies, **learning(seed))
        known = np.unique(train.target) if classes else np.empty(0)
        with FITTING, threadpool_limits(limits=1):
            learner.fit(np.where(varies, rows, 0.0), train.target)
        model = cls(learner, known, categorical)
        model.varies = varies
        return model

    varies: BoolArray

    def skill(self, test: Examples) -> float:
        from threadpoolctl import threadpool_limits

        rows = np.where(self.varies, _bounded(test.features, self.categorical), 0.0)
        with FITTING, threadpool_limits(limits=1):
            if not self.classes.size:
                return _explained(test.target, self.learner.predict(rows))  # type: ignore[attr-defined]
            chances = self.learner.predict_proba(rows)  # type: ignore[attr-defined]
        return _told(test.target, chances, self.classes)


def _bounded(features: FloatArray, categorical: BoolArray) -> FloatArray:
    rows = features.copy()
    rows[:, categorical] = np.minimum(rows[:, categorical], _LARGEST_CATEGORY)
    return rows


def _explained(truth: FloatArray, guess: FloatArray) -> float:
    left = float(((truth - guess) ** 2).sum())
    return 1.0 - left / float(((truth - truth.mean()) ** 2).sum())


def _told(truth: FloatArray, chances: FloatArray, classes: FloatArray) -> float:
    """Mean over the classes of the test rows, weighed by their numbers; a class never learned is told by chance."""
    total = 0.0
    for label in np.unique(truth):
        place = np.flatnonzero(classes == label)
        own = (truth == label).astype(np.int64)
        area = area_under_curve(chances[:, place[0]], own) if place.size else 0.5
        total += (2.0 * area - 1.0) * float(own.mean())
    return total
