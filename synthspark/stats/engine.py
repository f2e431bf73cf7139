"""What every generative model of a table's rows looks like, whatever its kind, and how one is found by name."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from synthspark.errors import ModelError
from synthspark.seeds import CHUNK, WordArray, mix, mix_in_place
from synthspark.stats.frame import FloatArray, Frame
from synthspark.stats.limits import UNLIMITED, Limits

IntArray = npt.NDArray[np.int64]
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class EngineSettings:
    """Bounds of privacy, size and effort of one model.

    Attributes
    ----------
    k : int
        Smallest number of rows that a category, an extreme, a spike or a segment may come from.
    maximum_categories : int
        Categories of one column kept, the most frequent first; the others are pooled away.
    maximum_knots : int
        Knots of one column's quantile function, and spikes beside them.
    maximum_segments : int
        Segments of one model; 1 makes it a single Gaussian copula.
    segment_rows : int
        Rows a segment needs; more when there are many columns.
    fit_rows : int
        Rows a segment's dependence is estimated on, drawn at random; marginals use every row.
    sweeps : int
        Gibbs sweeps by which latent scores of ties and categories are drawn.
    limits : Limits
        By which trees draw some columns before others.
    rows : mapping
        Of some category columns, by name, the rows of each code among all rows, where the fitted ones are a sample.
        Trees draw categories in these proportions.
    """

    k: int = 5
    maximum_categories: int = 1_000
    maximum_knots: int = 256
    maximum_segments: int = 16
    segment_rows: int = 200
    fit_rows: int = 20_000
    sweeps: int = 12
    limits: Limits = UNLIMITED
    rows: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, low in (("k", 1), ("maximum_categories", 2), ("maximum_knots", 8), ("maximum_segments", 1)):
            if getattr(self, name) < low:
                raise ModelError(f"engine settings, {name}: found {getattr(self, name)}; expected at least {low}")


class EngineModel(Protocol):
    """A fitted model: draws rows given the rows of their context."""

    @property
    def diagnostics(self) -> Mapping[str, Any]:
        """What the fit did and left out, as JSON: the engine asked for and taken, rows used, masses pooled away."""

    def sample(
        self, context: Frame, stream: int, index: IntArray, *, limits: Limits = UNLIMITED, n_rows: int | None = None
    ) -> Frame:
        """Rows for these context rows.

        The trees hold to `limits` where a row's leaf has numbers within; the copula knows of none.

        Row i depends on its context row, on `stream` (a key of `seeds.stream_key`), on `index[i]` and on `n_rows`
        only, never on the batch it is in. With `n_rows`, the number of all rows, whose indices are 0..n_rows-1, the
        random numbers of each column are spread evenly over them: see `uniform_rows`.
        """

    def spans(self) -> dict[str, tuple[float, float]]:
        """Smallest and largest number that a column can have, by column, as far as there are numbers."""

    def to_parts(self) -> tuple[dict[str, Any], Arrays]:
        """A JSON document, whose entry "engine" names the engine, and arrays; `load_model` is the inverse."""


class Engine(Protocol):
    """A kind of model."""

    @property
    def name(self) -> str:
        """The name by which settings ask for it."""

    def fit(self, context: Frame, rows: Frame, settings: EngineSettings, generator: np.random.Generator) -> EngineModel:
        """Model of `rows` given `context`, which has as many rows; any number of rows and columns, also none."""

    def from_parts(self, document: Mapping[str, Any], arrays: Arrays) -> EngineModel:
        """The model that `EngineModel.to_parts` described."""


# Engines live in modules of their own, imported when first asked for.
_ENGINES = {
    "copula": ("synthspark.stats.copula", "CopulaEngine"),
    "trees": ("synthspark.stats.trees", "TreesEngine"),
    "auto": ("synthspark.stats.auto", "AutomaticEngine"),
}


def engine(name: str) -> Engine:
    """The engine of this name; ``auto`` is the one that suits the rows.

    Raises
    ------
    ModelError
        If there is no engine of this name.
    """
    if name not in _ENGINES:
        raise ModelError(f"engine {name!r}: there is none of this name; expected {', '.join(_ENGINES)}")
    module, kind = _ENGINES[name]
    found: Engine = getattr(importlib.import_module(module), kind)()
    return found


def load_model(document: Mapping[str, Any], arrays: Arrays) -> EngineModel:
    """The model that `EngineModel.to_parts` described, of whatever engine."""
    return engine(document["engine"]).from_parts(document, arrays)


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@lru_cache(maxsize=256)
def _starts(stream: int, draws: range) -> WordArray:
    """The hash of each draw that is the same for every row."""
    with np.errstate(over="ignore"):
        return mix(np.uint64(stream) + np.array(draws, dtype=np.uint64) * _GOLDEN)


@lru_cache(maxsize=256)
def _places(start: int, n_rows: int) -> npt.NDArray[np.int32]:
    """Which of the equal parts each row's number falls into, shape (n_rows,): a permutation."""
    with np.errstate(over="ignore"):
        words = mix(np.uint64(start) + np.arange(1, n_rows + 1, dtype=np.uint64) * _GOLDEN)
    return np.argsort(words, kind="stable").astype(np.int32)


def uniform_rows(stream: int, index: IntArray, draws: range, n_rows: int | None = None) -> FloatArray:
    """Uniform numbers of shape (n_draws, n), row d equal to ``seeds.uniforms(stream, index, draw=draws[d])``.

    One of the two hashes of `seeds.random_words` is the same for every draw and is made once, which halves the cost.
    With `n_rows`, each draw is a Latin hypercube sample of that size: one number falls into each of its equal parts,
    so that shares and quantiles of few rows are those of the model and not those of chance.

    References
    ----------
    McKay, Beckman & Conover (1979), "A comparison of three methods for selecting values of input variables".
    """
    counters = np.asarray(index).astype(np.uint64, copy=False)
    out = np.empty((len(draws), counters.size))
    chunk = max(CHUNK // max(len(draws), 1), 1)
    starts = _starts(stream, draws)[:, None]
    with np.errstate(over="ignore"):
        for low in range(0, counters.size, chunk):
            words = mix((counters[low : low + chunk] + np.uint64(1)) * _GOLDEN) ^ starts
            mix_in_place(words)
            words >>= np.uint64(11)
            part = out[:, low : low + chunk]
            np.add(words, 0.5, out=part)
            part *= 2.0**-53
    if n_rows is not None:
        for row, start in zip(out, starts[:, 0], strict=True):
            row += _places(int(start), n_rows)[index]
        out *= 1.0 / n_rows
        np.clip(out, 2.0**-54, 1.0 - 2.0**-53, out=out)
    return out
