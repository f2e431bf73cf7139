"""How a copula model is fitted: marginals, latent columns, segments, and the dependence in each segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from synthspark.errors import ModelError
from synthspark.stats.copula import CopulaModel, Segment
from synthspark.stats.copula_latent import Conditional, condition, latent_correlation, on_grid
from synthspark.stats.copula_scores import ContextEncoder, category_scores, fit_context
from synthspark.stats.copula_segments import find_segments, fit_segment_weights
from synthspark.stats.engine import EngineSettings, IntArray
from synthspark.stats.frame import FloatArray, Frame
from synthspark.stats.marginals import Marginal, fit_marginal
from synthspark.stats.piecewise import PiecewiseLinear

_MARKS = 48  # points at which a segment's distribution may differ from the table's
_PRIOR_ROWS = 1.0  # rows by which a segment's distribution is drawn to the table's, so that no mark is empty
_SCORE_GRID = np.linspace(-8.0, 8.0, 161)  # where the distribution of a score over all contexts is computed
_CENTRES = 512  # conditional means that stand for all contexts


@dataclass(frozen=True, eq=False)
class _Latents:
    """Latent columns: quantile intervals of shape (n_latents, n_rows), marks, and who uses which."""

    low: FloatArray
    high: FloatArray
    marks: tuple[FloatArray, ...]
    values: tuple[int, ...]
    nulls: tuple[int, ...]


def fit_copula(
    context: Frame,
    rows: Frame,
    settings: EngineSettings,
    generator: np.random.Generator,
    marginals: Sequence[Marginal] | None = None,
) -> CopulaModel:
    """Copula of `rows` given `context`; the same rows in the same order and generator state give the same model.

    Without rows the model draws nulls. `marginals` may be given where they are known better than from `rows`.

    Raises
    ------
    ModelError
        If context and rows differ in their number of rows.
    """
    if context.n_rows != rows.n_rows:
        raise ModelError(f"copula: {context.n_rows} context rows, {rows.n_rows} rows; expected as many of both")
    scores = category_scores([context, rows])
    behind = _marginals(context, settings, scores[0])
    own = tuple(marginals) if marginals is not None else _marginals(rows, settings, scores[1])
    encoder = fit_context(context, behind, settings)
    features = encoder.features(context)
    latents = _latents(rows.matrix, own)
    labels = find_segments(rows.matrix, own, settings, generator)
    n_segments = int(labels.max()) + 1 if labels.size else 1
    start = latents.low + (latents.high - latents.low) * generator.random(latents.low.shape)
    segments = [
        _fit_segment(latents, features, start, np.flatnonzero(labels == place), settings, generator)
        for place in range(n_segments)
    ]
    return CopulaModel(
        names=rows.names,
        domains=rows.domains,
        marginals=own,
        value_latents=latents.values,
        null_latents=latents.nulls,
        encoder=encoder,
        weights=fit_segment_weights(features, labels, n_segments),
        segments=tuple(segments),
        diagnostics=_diagnostics(rows, own, encoder, labels, latents),
    )


def _marginals(frame: Frame, settings: EngineSettings, scores: dict[str, FloatArray]) -> tuple[Marginal, ...]:
    columns = zip(frame.names, frame.domains, frame.matrix, strict=True)
    return tuple(fit_marginal(values, domain, settings, scores=scores.get(name)) for name, domain, values in columns)


def _diagnostics(
    rows: Frame, marginals: Sequence[Marginal], encoder: ContextEncoder, labels: IntArray, latents: _Latents
) -> dict[str, Any]:
    return {
        "engine": "copula",
        "asked": "copula",
        "rows": rows.n_rows,
        "segment_rows": np.bincount(labels).tolist() if labels.size else [],
        "latent_columns": len(latents.marks),
        "context_columns": list(encoder.names),
        "columns": {name: dict(part.notes) for name, part in zip(rows.names, marginals, strict=True)},
    }


def _latents(matrix: FloatArray, marginals: Sequence[Marginal]) -> _Latents:
    """Latent columns of all values and nulls that vary; equal ones only once."""
    n_rows = matrix.shape[1]
    found: dict[bytes, int] = {}
    low: list[FloatArray] = []
    high: list[FloatArray] = []
    marks: list[FloatArray] = []
    users: tuple[list[int], list[int]] = ([], [])

    def place(pair: tuple[FloatArray, FloatArray], knots: FloatArray) -> int:
        # Rounded, since linear functions of each other differ in their last bits.
        key = b"".join(np.rint(part * 2.0**30).tobytes() for part in pair)
        if key not in found:
            found[key] = len(low)
            low.append(pair[0])
            high.append(pair[1])
            marks.append(knots)
        return found[key]

    for values, marginal in zip(matrix, marginals, strict=True):
        share = marginal.null_fraction
        drawn = not marginal.is_constant and share < 1.0
        users[0].append(place(marginal.intervals(values), marginal.marks(_MARKS)) if drawn else -1)
        if 0.0 < share < 1.0:
            missing = np.isnan(values) if share > 0 else np.zeros(n_rows, dtype=bool)
            pair = np.where(missing, 0.0, share), np.where(missing, share, 1.0)
            users[1].append(place(pair, np.array([0.0, share, 1.0])))
        else:
            users[1].append(-1)
    shape = (len(low), n_rows)
    return _Latents(
        np.array(low).reshape(shape), np.array(high).reshape(shape), tuple(marks), tuple(users[0]), tuple(users[1])
    )


def _fit_segment(
    latents: _Latents,
    features: FloatArray,
    start: FloatArray,
    rows: IntArray,
    settings: EngineSettings,
    generator: np.random.Generator,
) -> Segment:
    """Dependence and distribution of the segment that holds these rows."""
    whole = rows.size == start.shape[1]
    known = latents.high - latents.low < 1.0
    shares = [
        _segment_shares(start[latent, rows[known[latent, rows]]], marks) if not whole else marks
        for latent, marks in enumerate(latents.marks)
    ]
    used = np.sort(generator.permutation(rows)[: settings.fit_rows])
    low, high = latents.low[:, used], latents.high[:, used]
    if not whole:
        for latent, (marks, share) in enumerate(zip(latents.marks, shares, strict=True)):
            low[latent] = np.interp(low[latent], marks, share)
            high[latent] = np.interp(high[latent], marks, share)
    seen, mean, factor = _scaled(features[:, used]) if used.size else (features[:, used], np.zeros(0), np.zeros(0))
    given = condition(latent_correlation(low, high, seen, generator, settings.sweeps), features.shape[0])
    if features.shape[0] == 0 or used.size == 0:
        shift = np.zeros(len(shares))
    else:
        given = Conditional(on_grid(given.slope * factor), given.factor)
        shift = given.slope @ mean
        spread = np.sqrt((given.factor**2).sum(axis=1))
        means = given.slope @ features[:, rows] - shift[:, None]
        shares = [_score_quantiles(*part) for part in zip(shares, means, spread, strict=True)]
    quantiles = [
        None if share is marks else PiecewiseLinear(share, marks)
        for share, marks in zip(shares, latents.marks, strict=True)
    ]
    return Segment(given, shift, tuple(quantiles))


def _segment_shares(u: FloatArray, marks: FloatArray) -> FloatArray:
    """Share of the segment's rows at or below each mark, drawn a little to the table's own."""
    counts = np.searchsorted(np.sort(u), marks, side="right")
    shares: FloatArray = (counts + _PRIOR_ROWS * marks) / (u.size + _PRIOR_ROWS)
    shares[0], shares[-1] = 0.0, 1.0
    return shares


def _scaled(features: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Features with mean 0 and deviation 1, their means, and the factors (0 for constants)."""
    mean, spread = features.mean(axis=1), features.std(axis=1)
    factor = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 1e-9)
    return (features - mean[:, None]) * factor[:, None], mean, factor


def _score_quantiles(shares: FloatArray, means: FloatArray, spread: float) -> FloatArray:
    """Normal quantiles of the scores below which these shares of all rows lie, given each row's conditional mean.

    Scores are a mixture of normals over the contexts, whose distribution is ``mean(ndtr((z - means) / spread))``.
    """
    even = (np.arange(_CENTRES) + 0.5) / _CENTRES
    centres = np.quantile(means, even) if means.size > _CENTRES else means
    below = ndtr((_SCORE_GRID[:, None] - centres) / max(spread, 1e-3)).mean(axis=1)
    out: FloatArray = ndtr(np.interp(shares, below, _SCORE_GRID))
    out[0], out[-1] = 0.0, 1.0
    return np.maximum.accumulate(out)
