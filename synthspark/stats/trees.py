"""The trees engine: columns drawn one after the other, each from a tree grown on its context and the columns before it.

A tree finds for a row the leaf of rows like it. A number is drawn as a quantile of the column's own distribution from
a sketch of the leaf's quantiles, so that the column keeps its spikes, its grid and its tails whatever the leaf; a
category is drawn from the leaf's shares. A number that lies close to another one is drawn as its distance from it;
whether it is the same as another one, where that is frequent, is drawn as a category. What columns say of a row beyond
its leaf moves the quantile that is drawn (`trees_drift`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthspark.errors import ModelError
from synthspark.stats.engine import Arrays, EngineSettings, IntArray, uniform_rows
from synthspark.stats.features import BEFORE
from synthspark.stats.frame import Domain, Frame
from synthspark.stats.limits import UNLIMITED, Limits
from synthspark.stats.packing import nested, under
from synthspark.stats.trees_bounds import bounding_places, ends_of
from synthspark.stats.trees_column import ColumnTree
from synthspark.stats.trees_predictors import Pool
from synthspark.stats.trees_scores import Scores

FORMAT_VERSION = 7
_BLOCK = 8_192  # rows worked on at a time, so that what a tree reads stays in the processor's cache


@dataclass(frozen=True, eq=False)
class TreesModel:
    """Fitted trees; see `EngineModel`. Holds categories of the source, those with at least k rows.

    Attributes
    ----------
    context : tuple of str
        Names of the context's columns.
    names, domains
        Of the columns drawn; `context_domains` of the others.
    columns : tuple of ColumnTree
        In the order in which they are drawn.
    scores : Scores
        Of the numbers that are added up anywhere.
    """

    context: tuple[str, ...]
    context_domains: tuple[Domain, ...]
    names: tuple[str, ...]
    domains: tuple[Domain, ...]
    columns: tuple[ColumnTree, ...]
    scores: Scores
    diagnostics: Mapping[str, Any]

    def sample(
        self, context: Frame, stream: int, index: IntArray, *, limits: Limits = UNLIMITED, n_rows: int | None = None
    ) -> Frame:
        """Rows for these context rows; see `EngineModel.sample`."""
        index = np.asarray(index, dtype=np.int64)
        places = [context.names.index(name) for name in self.context]
        out = np.zeros(
            (len(self.names), index.size)
        )  # parts of a column look at rows that other parts have still to set
        domains = (*self.context_domains, *self.domains)
        bounds = bounding_places(self.context, self.names, [column.column for column in self.columns], limits)
        for low in range(0, index.size, _BLOCK):
            block = slice(low, low + _BLOCK)
            matrix = np.concatenate([context.matrix[places, block], out[:, block]])
            pool = Pool(list(matrix), domains, self.scores, matrix)
            uniform = uniform_rows(stream, index[block], range(1, 1 + len(self.columns)), n_rows)
            for column, u in zip(self.columns, uniform, strict=True):
                place, ending = len(places) + column.column, self._is_ending(column, limits)
                ends = ends_of(pool, place, bounds[column.column]) if column.column in bounds else None
                pool.set(place, column.values(pool, u, pool.columns[place], ending=ending, ends=ends))
            out[:, block] = matrix[len(places) :]
        return Frame(self.names, self.domains, out)

    def _is_ending(self, column: ColumnTree, limits: Limits) -> bool:
        """Whether sums beyond the range of a column stay as they are."""
        name, found = self.names[column.column], column.difference
        follows = found is not None and [*self.context, *self.names][found.source].startswith(BEFORE)
        return name in limits.ending or (follows and name in limits.again)

    def spans(self) -> dict[str, tuple[float, float]]:
        """Range of the numbers drawn; see `EngineModel.spans`."""
        found = ((self.names[column.column], column.span()) for column in self.columns)
        return {name: span for name, span in found if span is not None}

    def to_parts(self) -> tuple[dict[str, Any], Arrays]:
        arrays: Arrays = nested("scores", self.scores.to_parts())
        columns = []
        for place, column in enumerate(self.columns):
            document, parts = column.to_parts()
            columns.append(document)
            arrays |= nested(f"column_{place}", parts)
        return {
            "engine": "trees",
            "format_version": FORMAT_VERSION,
            "context": [[n, d.to_json()] for n, d in zip(self.context, self.context_domains, strict=True)],
            "names": [[n, d.to_json()] for n, d in zip(self.names, self.domains, strict=True)],
            "columns": columns,
            "diagnostics": dict(self.diagnostics),
        }, arrays


@dataclass(frozen=True)
class TreesEngine:
    """Fits and restores models of trees."""

    name: str = "trees"

    def fit(self, context: Frame, rows: Frame, settings: EngineSettings, generator: np.random.Generator) -> TreesModel:
        from synthspark.stats.trees_fit import fit_trees

        return fit_trees(context, rows, settings, generator)

    def from_parts(self, document: Mapping[str, Any], arrays: Arrays) -> TreesModel:
        if document["format_version"] != FORMAT_VERSION:
            raise ModelError(
                f"trees model: format version {document['format_version']}; expected {FORMAT_VERSION}; "
                "fit again with this version"
            )
        context = [(name, Domain.from_json(domain)) for name, domain in document["context"]]
        drawn = [(name, Domain.from_json(domain)) for name, domain in document["names"]]
        return TreesModel(
            context=tuple(name for name, _ in context),
            context_domains=tuple(domain for _, domain in context),
            names=tuple(name for name, _ in drawn),
            domains=tuple(domain for _, domain in drawn),
            columns=tuple(
                ColumnTree.from_parts(part, under(f"column_{place}", arrays))
                for place, part in enumerate(document["columns"])
            ),
            scores=Scores.from_parts(under("scores", arrays)),
            diagnostics=document["diagnostics"],
        )
