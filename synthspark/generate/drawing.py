"""What the engine draws of the rows: references first, then the rest, in turn where rows depend on the one before."""

from __future__ import annotations

import numpy as np

from synthspark.artifacts.model import Feature, Shard, shard_weights
from synthspark.generate.conditions import draw_until
from synthspark.generate.links import Linking
from synthspark.generate.random import rows_stream, shard_stream
from synthspark.generate.recipe import Recipe
from synthspark.seeds import IntArray, uniforms
from synthspark.stats.engine import EngineModel, load_model
from synthspark.stats.features import BEFORE, before_links
from synthspark.stats.frame import FloatArray, Frame

LONGEST_HISTORY = 4_096  # rows of a family after which it starts anew, so that no block has to make more than these
Loaded = dict[int, EngineModel]


def draw_links(recipe: Recipe, rows: Linking, context: Frame) -> dict[str, FloatArray]:
    """What the engine draws of each row's references, by the name of the feature."""
    model = recipe.model
    given = context.select(before_links(model.context))
    return _draw(recipe, rows, given, model.link_shards, model.link_features, "links")


def draw_features(recipe: Recipe, rows: Linking, context: Frame) -> dict[str, FloatArray]:
    """What the engine draws for each row, by the name of the feature.

    Rows that depend on the one before them in their family are drawn in turn, all families at once.
    """
    model = recipe.model
    before = [feature for feature in model.context if feature.name.startswith(BEFORE)]
    if not before:
        return _draw_rows(recipe, rows, context, {})
    names = [feature.name for feature in model.features]
    sources = np.array([names.index(feature.name.removeprefix(BEFORE)) for feature in before])
    places = np.array([context.names.index(feature.name) for feature in before])
    loaded: Loaded = {}
    out = np.empty((len(names), rows.index.size))
    matrix = context.matrix.copy()
    turn = np.where(rows.owner >= 0, rows.position % LONGEST_HISTORY, 0)
    order = np.argsort(turn, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(turn[order])) + 1):
        if part.size and turn[part[0]] > 0:
            matrix[places, part[:, None]] = out[sources, part[:, None] - 1]
        given = Frame(context.names, context.domains, matrix[:, part])
        drawn = _draw_rows(recipe, rows.take(part), given, loaded)
        out[:, part] = np.array([drawn[name] for name in names])
    return dict(zip(names, out, strict=True))


def _draw_rows(recipe: Recipe, rows: Linking, context: Frame, loaded: Loaded) -> dict[str, FloatArray]:
    """Rows given their context; where a condition holds, the first candidates that meet it."""
    model, condition = recipe.model, recipe.condition
    names = [feature.name for feature in model.features]

    def draw(at: IntArray, purpose: str) -> FloatArray:
        part = rows.take(at), context.take(at)
        drawn = _draw(recipe, *part, model.shards, model.features, purpose, loaded)
        return np.array([drawn[name] for name in names])

    first = _draw(recipe, rows, context, model.shards, model.features, "rows", loaded)
    if condition is None or not first:
        return first
    wanted = condition.wanted(recipe.seed, recipe.table, rows.index, rows.slots)
    matrix = np.array([first[name] for name in names])
    return dict(zip(names, draw_until(condition, wanted, names.index(condition.column), matrix, draw), strict=True))


def _draw(
    recipe: Recipe,
    rows: Linking,
    context: Frame,
    shards: tuple[Shard, ...],
    features: tuple[Feature, ...],
    purpose: str,
    loaded: Loaded | None = None,
) -> dict[str, FloatArray]:
    if not shards:
        return {}
    loaded = {} if loaded is None else loaded
    table, index = recipe.table, rows.index
    out = np.empty((len(features), index.size))
    owners = np.where(rows.owner >= 0, rows.owner, recipe.owners + index)
    # One shard makes all of a row: its references and the rest.
    chosen = chosen_shards(shards, shard_stream(recipe.seed, table, "rows"), owners)
    for place, shard in enumerate(shards):
        part = np.flatnonzero(chosen == place)
        if part.size:
            if place not in loaded:
                loaded[place] = load_model(shard.part.document, dict(shard.part.arrays))
            stream = rows_stream(recipe.seed, table, place, purpose)
            out[:, part] = loaded[place].sample(context.take(part), stream, index[part]).matrix
    return dict(zip((feature.name for feature in features), out, strict=True))


def chosen_shards(shards: tuple[Shard, ...], stream: int, owners: IntArray) -> IntArray:
    """Shard of each owner."""
    if len(shards) == 1:
        return np.zeros(owners.size, dtype=np.int64)
    found = np.searchsorted(shard_weights(shards), uniforms(stream, owners), side="right")
    return np.minimum(found, len(shards) - 1).astype(np.int64)
