"""Parents in cells of those whose children come from alike surroundings: a child draws a cell, then a parent in it.

A tree on the parents' own columns tells apart what their children's surroundings look like; its leaves are the cells.
So the pair of what is known of a child and the parent that it points to stays realistic, and a synthetic parent, which
no child has seen yet, has its cell by its own columns.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.model import Feature, Part
from synthspark.stats.features import domain_of
from synthspark.stats.frame import Domain, FloatArray, Frame
from synthspark.stats.packing import nested, under
from synthspark.stats.trees_grow import FixedOutputs, GrowthBounds, Tree, grow_tree
from synthspark.stats.trees_predictors import Predictor, plain_predictors

IntArray = npt.NDArray[np.int64]
Floats32 = npt.NDArray[np.float32]

MOST_CELLS = 24
MOST_WISHES = 3  # numbers of the parent that children wish for within its cell
LEAST_DISTINCT = 8  # values of such a number: cells tell fewer apart
_ROWS = 20_000  # on which cells are learned
_LEVELS = 8  # categories of one column that are told apart
_QUANTILES = (0.2, 0.4, 0.6, 0.8)
_LEAF_SHARE = 0.01  # of the children that a cell must have
_HELD = 4  # one row in so many prunes the tree


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of the parents of one key.

    Attributes
    ----------
    features : tuple of Feature
        Columns of a parent that its cell depends on.
    predictors : tuple of Predictor
        What of these columns the tree looks at.
    wishes : tuple of Feature
        Numbers of a parent to which, within its cell, a child's wish is to be near.
    worth : tuple of float
        How much a unit of each of them counts.
    """

    features: tuple[Feature, ...]
    predictors: tuple[Predictor, ...]
    tree: Tree
    wishes: tuple[Feature, ...] = ()
    worth: tuple[float, ...] = ()

    @property
    def number(self) -> int:
        return self.tree.n_leaves

    def of(self, matrix: FloatArray) -> IntArray:
        """Cell of each parent, shape (n,), from its features, shape (n_features, n)."""
        return self.tree.leaves_of(_shown(self.predictors, matrix, [domain_of(f) for f in self.features])).astype(
            np.int64
        )

    def to_part(self) -> Part:
        arrays = nested("tree", self.tree.to_parts())
        arrays |= {f"predictor_{place}": item.table for place, item in enumerate(self.predictors) if item.table.size}
        document: dict[str, Any] = {
            "features": [asdict(feature) for feature in self.features],
            "predictors": [[item.source, item.kind] for item in self.predictors],
            "depth": self.tree.depth,
            "wishes": [asdict(feature) for feature in self.wishes],
            "worth": list(self.worth),
        }
        return Part(document, arrays)

    @classmethod
    def from_part(cls, part: Part) -> Cells:
        arrays = dict(part.arrays)
        predictors = tuple(
            Predictor(int(source), kind, arrays.get(f"predictor_{place}", np.empty(0)))
            for place, (source, kind) in enumerate(part.document["predictors"])
        )
        tree = Tree.from_parts(under("tree", arrays), int(part.document["depth"]))
        features, wishes = (tuple(Feature(**item) for item in part.document[name]) for name in ("features", "wishes"))
        return cls(features, predictors, tree, wishes, tuple(part.document["worth"]))


def wished_for(features: tuple[Feature, ...], parents: FloatArray, worth: FloatArray) -> list[int]:
    """Places of the numbers that children wish for, those first that are worth most.

    `parents` has shape (n_features, n), the columns of the parent of each child row.
    """
    found: list[int] = []
    for place in np.argsort(-worth, kind="stable").tolist():
        known = parents[place][~np.isnan(parents[place])]
        several = features[place].domain["kind"] == "number" and np.unique(known).size >= LEAST_DISTINCT
        if several and worth[place] > 0 and len(found) < MOST_WISHES:
            found.append(place)
    return found


def fit_cells(features: tuple[Feature, ...], parents: FloatArray, surroundings: Frame, k: int) -> Cells | None:
    """Cells that tell the surroundings of children apart, only one where they cannot; None where rows are too few.

    Parameters
    ----------
    parents : ndarray of shape (n_features, n)
        Columns of the parent of each child row.
    surroundings : Frame
        What is known of each child row before its parent is chosen, n rows.
    """
    every = np.linspace(0, surroundings.n_rows - 1, min(surroundings.n_rows, _ROWS)).astype(np.int64)
    outputs = _outputs(surroundings.take(every))
    if not outputs.shape[0] or every.size < 2 * k:
        return None
    domains = [domain_of(feature) for feature in features]
    predictors = [
        item for place, domain in enumerate(domains) for item in _predictors(place, domain, parents[place, every])
    ]
    shown = _shown(predictors, parents[:, every], domains)
    bounds = GrowthBounds(max(k, int(_LEAF_SHARE * every.size)), maximum_leaves=MOST_CELLS)
    tree = grow_tree(shown, FixedOutputs(outputs), bounds, np.arange(every.size) % _HELD == 0)
    return Cells(features, tuple(predictors), tree)


def _outputs(surroundings: Frame) -> Floats32:
    """Indicators of shape (n_outputs, n): quantiles of numbers, frequent categories, nulls."""
    found = []
    for domain, values in zip(surroundings.domains, surroundings.matrix, strict=True):
        missing = np.isnan(values)
        found.append(missing)
        present = values[~missing]
        if not present.size:
            continue
        if domain.kind == "number":
            found += [values <= mark for mark in np.unique(np.quantile(present, _QUANTILES))]
        else:
            found += [values == code for code in _frequent(present)[:-1]]
    stacked = np.array(found, dtype=np.float32).reshape(len(found), surroundings.n_rows)
    return np.asarray(stacked[stacked.min(axis=1, initial=1.0) != stacked.max(axis=1, initial=0.0)])


def _predictors(place: int, domain: Domain, values: FloatArray) -> list[Predictor]:
    if domain.kind == "number":
        return plain_predictors(place, domain)
    size = len(domain.categories) + 1
    return [
        Predictor(place, "category", (np.arange(size) == code).astype(np.float64))
        for code in _frequent(values[~np.isnan(values)])
    ]


def _frequent(codes: FloatArray) -> FloatArray:
    named, counts = np.unique(codes, return_counts=True)
    return named[np.lexsort((named, -counts))][:_LEVELS]


def _shown(
    predictors: tuple[Predictor, ...] | list[Predictor], matrix: FloatArray, domains: list[Domain]
) -> FloatArray:
    shown = [item.feature(matrix[item.source], domains[item.source].type) for item in predictors]
    return np.array(shown).reshape(len(shown), matrix.shape[1])
