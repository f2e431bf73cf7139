"""The columns that trees are fitted on, with what is worked out of them once a model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from synthspark.stats.engine import EngineSettings
from synthspark.stats.frame import Domain, FloatArray
from synthspark.stats.trees_order import dependence_on
from synthspark.stats.trees_predictors import Pool, Predictor
from synthspark.stats.trees_scores import Scores

IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MOST_PREDICTORS = 40  # columns that one tree may look at, the most dependent ones


@dataclass(frozen=True, eq=False)
class Columns:
    """All columns, those of the context first."""

    names: tuple[str, ...]
    matrix: FloatArray
    domains: tuple[Domain, ...]
    n_context: int
    dependence: FloatArray
    scores: Scores
    settings: EngineSettings
    held: Mask
    before_rows: frozenset[int]  # columns of the context that are those of the row before
    cells: npt.NDArray[np.float32]  # of all columns, in which dependence is measured
    orders: dict[tuple[int, str], IntArray] = field(default_factory=dict)  # of all rows, by features that many share

    def able(self, drawn: list[int]) -> list[int]:
        """Places of the columns that are known once some are drawn."""
        return [*range(self.n_context), *(self.n_context + place for place in drawn)]

    def before(self, column: int, drawn: list[int]) -> list[int]:
        """Places of the columns that the tree of `column` may look at."""
        able = self.able(drawn)
        strength = self.dependence[self.n_context + column, able]
        chosen = np.argsort(-strength, kind="stable")[:MOST_PREDICTORS]
        return [able[place] for place in sorted(chosen)]

    def around(self, values: FloatArray, domain: Domain, drawn: list[int]) -> list[int]:
        """The same for the tree of a distance, which may follow from other columns than the number itself does."""
        able = self.able(drawn)
        if len(able) <= MOST_PREDICTORS:
            return able
        found = dependence_on(self.cells, values, domain)[able]
        chosen = np.argsort(-found, kind="stable")[:MOST_PREDICTORS]
        return [able[place] for place in sorted(chosen)]

    def of(self, rows: IntArray) -> Pool:
        """Some of the rows."""
        return Pool(list(self.matrix[:, rows]), self.domains, self.scores)

    def with_column(self, place: int, values: FloatArray) -> Columns:
        """The same with other values in one column."""
        matrix = self.matrix.copy()
        matrix[place] = values
        orders = {where: order for where, order in self.orders.items() if where[0] != place}
        return replace(self, matrix=matrix, orders=orders)

    def order(self, predictor: Predictor) -> IntArray:
        """All rows by a feature that does not depend on the target."""
        where = predictor.source, predictor.kind
        if where not in self.orders:
            found = predictor.order(self.matrix[predictor.source], self.domains[predictor.source].type)
            self.orders[where] = found.astype(np.int32)
        return self.orders[where]
