"""The choice between engines: that whose rows are harder to tell from rows that neither has seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthspark.stats.engine import Arrays, EngineModel, EngineSettings, engine, load_model
from synthspark.stats.features import PRESENT
from synthspark.stats.frame import FloatArray, Frame
from synthspark.stats.trees_grow import FixedOutputs, GrowthBounds, Mask, Tree, grow_tree

MOST_ROWS = 2_500  # on which the engines are compared
FEW_ROWS = 20  # below, trees have no room for leaves, and `OTHER` is taken
LEAST_ROWS = 200  # below, there are too few rows to hold some out, and `USUAL` is taken
USUAL = "trees"
OTHER = "copula"
CLEARLY = 2.0  # standard errors by which the other engine must be harder to detect
_HELD = 0.3  # share of the rows that neither engine sees
_LEAF_ROWS = 10


@dataclass(frozen=True)
class AutomaticEngine:
    """Takes the engine that suits the rows; the model's diagnostics hold the choice and both scores."""

    name: str = "auto"

    def fit(self, context: Frame, rows: Frame, settings: EngineSettings, generator: np.random.Generator) -> EngineModel:
        notes: dict[str, Any] = {"asked": "auto"}
        chosen = USUAL if rows.n_rows >= FEW_ROWS else OTHER
        if rows.n_rows < LEAST_ROWS or not rows.names:
            notes["why"] = f"{rows.n_rows} rows; trees need {FEW_ROWS}, and engines are compared from {LEAST_ROWS}"
        else:
            scores, faults = _compare(context, rows, settings, generator)
            chosen = _choose(scores, int(_HELD * min(rows.n_rows, MOST_ROWS)))
            notes |= {"detection": scores, "why": f"rows held out tell {chosen} least, or the other not clearly less"}
            notes |= {"faults": faults} if faults else {}
        model = engine(chosen).fit(context, rows, settings, generator)
        document, arrays = model.to_parts()
        document["diagnostics"] = {**document["diagnostics"], **notes}
        return load_model(document, arrays)

    def from_parts(self, document: Mapping[str, Any], arrays: Arrays) -> EngineModel:
        return load_model(document, arrays)


def _choose(scores: Mapping[str, float], held: int) -> str:
    """The engine to take, given the accuracy with which each was detected on so many rows held out."""
    if USUAL not in scores:
        return OTHER if OTHER in scores else USUAL
    # Fewer rows told right than by chance is chance as well.
    margin = CLEARLY * float(np.sqrt(2 * 0.25 / (2 * held)))  # two shares of as many real rows and made ones
    return OTHER if max(scores.get(OTHER, 1.0), 0.5) < scores[USUAL] - margin else USUAL


def _compare(
    context: Frame, rows: Frame, settings: EngineSettings, generator: np.random.Generator
) -> tuple[dict[str, float], dict[str, str]]:
    """Accuracy of detection of each engine on rows held out, and the reasons of those that could not be fitted."""
    chosen = np.sort(generator.permutation(rows.n_rows)[:MOST_ROWS])
    held = np.zeros(chosen.size, dtype=bool)
    held[generator.permutation(chosen.size)[: int(_HELD * chosen.size)]] = True
    seen, fresh = chosen[~held], chosen[held]
    scores: dict[str, float] = {}
    faults: dict[str, str] = {}
    for name in (USUAL, OTHER):
        try:
            model = engine(name).fit(context.take(seen), rows.take(seen), settings, generator)
            made = model.sample(context.take(fresh), 0, np.arange(fresh.size))
        except Exception as fault:  # recorded; the other engine is taken
            faults[name] = f"{type(fault).__name__}: {fault}"[:300]
            continue
        known = context.take(fresh)
        scores[name] = round(detection(known, rows.take(fresh), made, settings.k), 4)
    return scores, faults


def detection(context: Frame, real: Frame, made: Frame, k: int) -> float:
    """Share of the rows, real and made, that a tree grown on the other half of them tells right; one half is chance.

    A row and the one made in its place fall into the same half. The mean of both halves.
    """
    n_rows = real.n_rows
    made_rows = np.repeat([0.0, 1.0], n_rows)
    half = np.tile(np.arange(n_rows) % 2 == 0, 2)
    features = np.concatenate([_shown(context, context, k), _shown(real, made, k)])
    right = 0.0
    for grown in (half, ~half):
        places = np.flatnonzero(grown)
        held = np.zeros(places.size, dtype=bool)
        held[places // 2 % 4 == 0] = True
        tree = grow_tree(
            features[:, places],
            FixedOutputs(made_rows[None, places].astype(np.float32)),
            GrowthBounds(_LEAF_ROWS),
            held,
        )
        right += _told(tree, features, made_rows, grown)
    return right / (2 * n_rows)


def _told(tree: Tree, features: FloatArray, labels: FloatArray, grown: Mask) -> float:
    """Rows outside `grown` whose leaf has more rows of their side than of the other; ties count half."""
    leaf = tree.leaves_of(features)
    votes = np.bincount(leaf[grown], weights=labels[grown] - 0.5, minlength=tree.n_leaves)
    vote = votes[leaf[~grown]]
    return float(np.where(vote == 0, 0.5, (vote > 0) == (labels[~grown] > 0.5)).sum())


def _shown(real: Frame, made: Frame, k: int) -> FloatArray:
    """Features of both sides one after the other, -inf where missing; frequent categories also one by one."""
    out = []
    for domain, one, two in zip(real.domains, real.matrix, made.matrix, strict=True):
        values = np.concatenate([one, two])
        out.append(np.where(np.isnan(values), -np.inf, values))
        if domain.kind == "category" and domain.categories != (PRESENT,):
            named, counts = np.unique(values[~np.isnan(values)], return_counts=True)
            largest = named[np.argsort(-counts, kind="stable")][:_SHOWN_CATEGORIES]
            out += [(values == code).astype(np.float64) for code in largest if named.size > 2]
    return np.array(out).reshape(len(out), 2 * real.n_rows)


_SHOWN_CATEGORIES = 12
