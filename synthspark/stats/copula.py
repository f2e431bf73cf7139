"""The copula engine: marginals of any kind, joined by a Gaussian copula in each of a few segments of rows.

A row is drawn so: its segment given the context; a normal score for each column given the context and, through the
segment's correlation, given each other; the score becomes a quantile of the whole table's marginal by way of the
segment's own distribution over these quantiles; the marginal turns it into a value. Nulls have scores of their own,
shared by columns that are null in the same rows, so that being null depends on other columns too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from synthspark.stats.copula_latent import Conditional, exact_product
from synthspark.stats.copula_scores import ContextEncoder
from synthspark.stats.copula_segments import choose_segments
from synthspark.stats.engine import Arrays, EngineModel, EngineSettings, IntArray, uniform_rows
from synthspark.stats.frame import Domain, FloatArray, Frame
from synthspark.stats.limits import UNLIMITED, Limits
from synthspark.stats.marginals import Marginal, NumberMarginal, marginal_from_parts
from synthspark.stats.packing import nested, under
from synthspark.stats.piecewise import PiecewiseLinear

FORMAT_VERSION = 1
_BLOCK = 8_192  # rows worked on at a time, so that a dozen columns stay in the processor's cache
_ABOVE = 1 - 2.0**-53


@dataclass(frozen=True, eq=False)
class Segment:
    """Dependence in one segment, and how its quantiles lie within those of the whole table.

    `shift`, one a latent column, is taken off the conditional mean. `quantiles` has one function a latent column:
    from the normal score's own quantile to the table's; None where the two are the same.
    """

    given: Conditional
    shift: FloatArray
    quantiles: tuple[PiecewiseLinear | None, ...]


@dataclass(frozen=True, eq=False)
class CopulaModel:
    """A fitted copula; see `EngineModel`. Holds categories of the source, those with at least k rows.

    Attributes
    ----------
    names, domains, marginals
        Of the columns drawn.
    value_latents, null_latents : tuple of int
        The latent column behind each column's value and behind its nulls; -1 where nothing is drawn. Columns that
        rise and fall together share one.
    encoder : ContextEncoder
    weights : ndarray of shape (n_segments, n_features + 1)
        Of the segments given the context.
    segments : tuple of Segment
    """

    names: tuple[str, ...]
    domains: tuple[Domain, ...]
    marginals: tuple[Marginal, ...]
    value_latents: tuple[int, ...]
    null_latents: tuple[int, ...]
    encoder: ContextEncoder
    weights: FloatArray
    segments: tuple[Segment, ...]
    diagnostics: Mapping[str, Any]

    @property
    def n_latents(self) -> int:
        """Normal scores drawn a row."""
        return len(self.segments[0].quantiles)

    def sample(
        self,
        context: Frame,
        stream: int,
        index: IntArray,
        *,
        limits: Limits = UNLIMITED,
        n_rows: int | None = None,
        residual: FloatArray | None = None,
    ) -> Frame:
        """Rows for these context rows; see `EngineModel.sample`.

        `residual`, uniform numbers of shape (n,), takes the place of the first latent column's own, for instance
        evenly spread ones.
        """
        index = np.asarray(index, dtype=np.int64)
        features, place = self.encoder.features_of_runs(context)
        chosen = self._segments_of(features, place, stream, index, n_rows)
        out = np.empty((len(self.names), index.size))
        for segment, rows in self._parts(chosen):
            scores = uniform_rows(stream, index[rows], range(1, 1 + self.n_latents), n_rows)
            if residual is not None and self.n_latents:
                scores[0] = residual[rows]
            ndtri(scores, out=scores)
            out[:, rows] = self._values(self._quantiles(segment, features[:, place[rows]], scores))
        return Frame(self.names, self.domains, out)

    def _segments_of(
        self, features: FloatArray, place: IntArray, stream: int, index: IntArray, n_rows: int | None
    ) -> IntArray:
        if len(self.segments) == 1:
            return np.zeros(index.size, dtype=np.int64)
        return choose_segments(self.weights, features, uniform_rows(stream, index, range(1), n_rows)[0], place)

    def _parts(self, chosen: IntArray) -> Iterator[tuple[Segment, IntArray]]:
        """The rows of each segment, so many at a time as stay in the processor's cache."""
        order = np.argsort(chosen.astype(np.uint8 if len(self.segments) < 256 else np.int64), kind="stable")
        ends = np.cumsum(np.bincount(chosen, minlength=len(self.segments)))
        for segment, start, end in zip(self.segments, [0, *ends[:-1].tolist()], ends.tolist(), strict=True):
            for low in range(start, end, _BLOCK):
                yield segment, order[low : min(low + _BLOCK, end)]

    def _quantiles(self, segment: Segment, features: FloatArray, independent: FloatArray) -> FloatArray:
        """Quantiles of the latent columns from independent normal scores, both of shape (n_latents, n)."""
        scores = exact_product(segment.given.factor, independent)
        if features.shape[0]:
            scores += exact_product(segment.given.slope, features) - segment.shift[:, None]
        quantiles = ndtr(scores, out=scores)
        np.clip(quantiles, 2.0**-53, _ABOVE, out=quantiles)
        for row, function in zip(quantiles, segment.quantiles, strict=True):
            if function is not None:
                np.minimum(np.maximum(function(row), 0.0), _ABOVE, out=row)
        return quantiles

    def _values(self, quantiles: FloatArray) -> FloatArray:
        """Values of shape (n_columns, n) at quantiles of shape (n_latents, n)."""
        out = np.empty((len(self.names), quantiles.shape[1]))
        flat = np.full(quantiles.shape[1], 0.5)
        columns = zip(self.marginals, self.value_latents, self.null_latents, strict=True)
        for place, (marginal, value_latent, null_latent) in enumerate(columns):
            values = marginal.present(quantiles[value_latent] if value_latent >= 0 else flat)
            if marginal.null_fraction == 1.0:
                values = np.full(values.shape, np.nan)
            elif null_latent >= 0:
                values[quantiles[null_latent] < marginal.null_fraction] = np.nan
            out[place] = values
        return out

    def spans(self) -> dict[str, tuple[float, float]]:
        """Range of the numbers drawn; see `EngineModel.spans`."""
        numbers = [
            (name, one.ends)
            for name, one in zip(self.names, self.marginals, strict=True)
            if isinstance(one, NumberMarginal)
        ]
        return {name: ends for name, ends in numbers if ends is not None}

    def to_parts(self) -> tuple[dict[str, Any], Arrays]:
        context, arrays = self.encoder.to_parts()
        arrays = nested("context", arrays)
        arrays["weights"] = self.weights
        columns = []
        for place, (name, domain, marginal) in enumerate(zip(self.names, self.domains, self.marginals, strict=True)):
            document, parts = marginal.to_parts()
            columns.append({"name": name, "domain": domain.to_json(), "marginal": document})
            arrays |= nested(f"column_{place}", parts)
        for place, segment in enumerate(self.segments):
            arrays[f"segment_{place}/slope"] = segment.given.slope
            arrays[f"segment_{place}/shift"] = segment.shift
            arrays[f"segment_{place}/factor"] = segment.given.factor
            for latent, function in enumerate(segment.quantiles):
                if function is not None:
                    arrays[f"segment_{place}/quantile_{latent}"] = np.array([function.x, function.y])
        return {
            "engine": "copula",
            "format_version": FORMAT_VERSION,
            "columns": columns,
            "value_latents": list(self.value_latents),
            "null_latents": list(self.null_latents),
            "context": context,
            "n_segments": len(self.segments),
            "n_latents": self.n_latents,
            "diagnostics": dict(self.diagnostics),
        }, arrays


@dataclass(frozen=True)
class CopulaEngine:
    """Fits and restores copula models."""

    name: str = "copula"

    def fit(self, context: Frame, rows: Frame, settings: EngineSettings, generator: np.random.Generator) -> EngineModel:
        from synthspark.stats.copula_fit import fit_copula

        return fit_copula(context, rows, settings, generator)

    def from_parts(self, document: Mapping[str, Any], arrays: Arrays) -> CopulaModel:
        columns = document["columns"]
        parts = (marginal_from_parts(part["marginal"], under(f"column_{i}", arrays)) for i, part in enumerate(columns))
        return CopulaModel(
            names=tuple(part["name"] for part in columns),
            domains=tuple(Domain.from_json(part["domain"]) for part in columns),
            marginals=tuple(parts),
            value_latents=tuple(document["value_latents"]),
            null_latents=tuple(document["null_latents"]),
            encoder=ContextEncoder.from_parts(document["context"], under("context", arrays)),
            weights=arrays["weights"],
            segments=tuple(_segment(arrays, i, document["n_latents"]) for i in range(document["n_segments"])),
            diagnostics=document["diagnostics"],
        )


def _segment(arrays: Arrays, place: int, n_latents: int) -> Segment:
    part = under(f"segment_{place}", arrays)
    knots = [part.get(f"quantile_{latent}") for latent in range(n_latents)]
    quantiles = tuple(None if pair is None else PiecewiseLinear(pair[0], pair[1]) for pair in knots)
    return Segment(Conditional(part["slope"], part["factor"]), part["shift"], quantiles)
