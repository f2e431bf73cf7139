"""How many children a parent has, given its own features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthspark.errors import ModelError
from synthspark.seeds import permuted, uniforms
from synthspark.stats.copula import CopulaEngine, CopulaModel
from synthspark.stats.copula_fit import fit_copula
from synthspark.stats.engine import Arrays, EngineSettings, IntArray
from synthspark.stats.frame import Domain, Frame
from synthspark.stats.marginals import count_marginal
from synthspark.stats.quantiles import level_extremes

_COUNT = Domain("number", "long")


@dataclass(frozen=True, eq=False)
class Cardinality:
    """Distribution of the number of children given the parent: an ordered probit with the source's own counts.

    Attributes
    ----------
    maximum : int
        No parent gets more children. The k parents with most children enter the model with their mean.
    at_most_one : bool
        No parent of the source has more than one child.
    mean : float
        Children a parent, in the source.
    """

    model: CopulaModel
    maximum: int
    at_most_one: bool
    mean: float

    def sample(self, context: Frame, stream: int, index: IntArray, *, n_parents: int | None = None) -> IntArray:
        """Number of children of each parent, shape (n,), at least 0.

        With `n_parents`, the number of all parents, whose indices are 0..n_parents-1, the random parts are spread
        evenly over them, so that the total comes out nearly exactly. A parent's number depends on its context
        row, the stream, its index and `n_parents` only.
        """
        index = np.asarray(index, dtype=np.int64)
        if n_parents is None or index.size == 0:
            residual = uniforms(stream, index, draw=1)
        else:
            residual = (permuted(stream, index, n_parents) + 0.5) / n_parents
        drawn = self.model.sample(context, stream, index, residual=residual).matrix[0]
        return np.asarray(np.clip(drawn, 0, self.maximum), dtype=np.int64)

    def to_parts(self) -> tuple[dict[str, Any], Arrays]:
        document, arrays = self.model.to_parts()
        return {
            "model": document,
            "maximum": self.maximum,
            "at_most_one": self.at_most_one,
            "mean": self.mean,
        }, arrays

    @classmethod
    def from_parts(cls, document: Mapping[str, Any], arrays: Arrays) -> Cardinality:
        """The model that `to_parts` described."""
        model = CopulaEngine().from_parts(document["model"], arrays)
        return cls(model, int(document["maximum"]), bool(document["at_most_one"]), float(document["mean"]))


def fit_cardinality(
    context: Frame, counts: IntArray, settings: EngineSettings, generator: np.random.Generator
) -> Cardinality:
    """Model of the number of children, shape (n_parents,), given the parents' rows.

    Shares of small counts are kept exactly, the long tail smoothly, and the total of all children too: the k
    largest counts are replaced by their mean. Without parents every count is 0.

    Raises
    ------
    ModelError
        If a count is negative, or there are not as many counts as context rows.
    """
    counts = np.asarray(counts, dtype=np.int64)
    if counts.shape != (context.n_rows,) or (counts < 0).any():
        raise ModelError(
            f"cardinality: {counts.size} counts, {int((counts < 0).sum())} of them negative, for {context.n_rows} "
            "parents; expected one count of at least 0 a parent"
        )
    levelled = level_extremes(counts, settings.k)
    marginal = count_marginal(levelled, settings)
    rows = Frame(("count",), (_COUNT,), levelled[None, :])
    single = EngineSettings(k=settings.k, maximum_segments=1, fit_rows=settings.fit_rows, sweeps=settings.sweeps)
    model = fit_copula(context, rows, single, generator, marginals=(marginal,))
    most = int(levelled.max()) if counts.size else 0
    mean = float(counts.mean()) if counts.size else 0.0
    return Cardinality(model, most, bool((counts <= 1).all()), mean)
