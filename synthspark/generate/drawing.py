"""What the engine draws of the rows: references first, then the rest, in turn where rows depend on the one before."""

from __future__ import annotations

import numpy as np

from synthspark.artifacts.model import Shard, shard_weights
from synthspark.generate.balance import DRAWS, take_balanced
from synthspark.generate.conditions import draw_until
from synthspark.generate.histories import Again, draw_families
from synthspark.generate.links import Linking
from synthspark.generate.random import again_stream, balance_stream, rows_stream, shard_stream
from synthspark.generate.recipe import Recipe
from synthspark.generate.rules.spans import spans_of_features
from synthspark.seeds import IntArray, uniforms
from synthspark.stats.features import BEFORE, ENDS, before_links
from synthspark.stats.frame import FloatArray, Frame

MOST_SPREAD = 20_000  # rows of a table up to which random numbers are spread evenly over them
ENDED = "_ss_ended"  # 1 for rows that come after the end of their family


def draw_links(recipe: Recipe, rows: Linking, context: Frame) -> dict[str, FloatArray]:
    """What the engine draws of each row's references, by the name of the feature.

    Where all rows of the table are there, they are drawn so that they ask the cells of linked parents for what these
    have (`balance`).
    """
    model = recipe.model
    given = context.select(before_links(model.context))
    first = _draw(recipe, rows, given, "links", "links")
    parents = {link.cell: recipe.parents[link.key].cells for link in model.links if link.cell in first}
    masses = {name: known.mass for name, known in parents.items() if known is not None}
    if not masses or rows.index.size < rows.slots:
        return first
    draws = [first, *(_draw(recipe, rows, given, "links", f"links {turn}") for turn in range(1, DRAWS))]
    cells = [np.array([drawn[name] for drawn in draws]) for name in masses]
    taken = take_balanced(cells, list(masses.values()), uniforms(balance_stream(recipe.seed, recipe.table), rows.index))
    every = np.arange(rows.index.size)
    return {name: np.array([drawn[name] for drawn in draws])[taken, every] for name in first}


def draw_features(recipe: Recipe, rows: Linking, context: Frame, first: int = 0) -> dict[str, FloatArray]:
    """What the engine draws for each row, by the name of the feature.

    Rows that depend on the one before them in their family are drawn in turn; ENDED says for which of them their
    family has no room. Rows before the index `first` belong to another block.
    """
    features = recipe.model.features
    if not any(name.startswith(BEFORE) for name in context.names):
        return _draw_rows(recipe, rows, context)

    def draw(part: Linking, given: Frame) -> FloatArray:
        drawn = _draw_rows(recipe, part, given)
        return np.array([drawn[feature.name] for feature in features])

    time = recipe.family_time
    limited = time is not None or any(feature.domain.get(ENDS) for feature in features)
    shards = range(len(recipe.model.shards)) if limited else range(0)
    spans = spans_of_features(recipe.shard_model("rows", place) for place in shards)
    again = uniforms(again_stream(recipe.seed, recipe.table), rows.index)
    out, ended = draw_families(features, rows, context, draw, spans, first, Again(time.name if time else "", again))
    return dict(zip((feature.name for feature in features), out, strict=True)) | {ENDED: ended}


def _draw_rows(recipe: Recipe, rows: Linking, context: Frame) -> dict[str, FloatArray]:
    """Rows given their context; where a condition holds, the first candidates that meet it."""
    model, condition = recipe.model, recipe.condition
    names = [feature.name for feature in model.features]

    def draw(at: IntArray, purpose: str) -> FloatArray:
        part = rows.take(at), context.take(at)
        drawn = _draw(recipe, *part, "rows", purpose)
        return np.array([drawn[name] for name in names])

    first = _draw(recipe, rows, context, "rows", "rows")
    if condition is None or not first:
        return first
    wanted = condition.wanted(recipe.seed, recipe.table, rows.index, rows.slots)
    matrix = np.array([first[name] for name in names])
    return dict(zip(names, draw_until(condition, wanted, names.index(condition.column), matrix, draw), strict=True))


def _draw(recipe: Recipe, rows: Linking, context: Frame, kind: str, purpose: str) -> dict[str, FloatArray]:
    """What the shards of one kind (``links`` or ``rows``) draw, by the name of the feature."""
    of = recipe.model
    shards, features = (of.link_shards, of.link_features) if kind == "links" else (of.shards, of.features)
    if not shards:
        return {}
    table, index, names = recipe.table, rows.index, [feature.name for feature in features]
    limits = recipe.limits(kind)
    n_rows = rows.slots if rows.slots <= MOST_SPREAD else None  # of many rows chance evens out by itself
    if len(shards) == 1:
        model, stream = recipe.shard_model(kind, 0), rows_stream(recipe.seed, table, 0, purpose)
        drawn = model.sample(context, stream, index, limits=limits, n_rows=n_rows)
        return dict(zip(names, drawn.matrix, strict=True))
    out = np.empty((len(features), index.size))
    owners = np.where(rows.owner >= 0, rows.owner, recipe.owners + index)
    # One shard makes all of a row: its references and the rest.
    chosen = chosen_shards(shards, shard_stream(recipe.seed, table, "rows"), owners)
    for place in range(len(shards)):
        part = np.flatnonzero(chosen == place)
        if part.size:
            stream = rows_stream(recipe.seed, table, place, purpose)
            drawn = recipe.shard_model(kind, place).sample(
                context.take(part), stream, index[part], limits=limits, n_rows=n_rows
            )
            out[:, part] = drawn.matrix
    return dict(zip(names, out, strict=True))


def chosen_shards(shards: tuple[Shard, ...], stream: int, owners: IntArray) -> IntArray:
    """Shard of each owner."""
    if len(shards) == 1:
        return np.zeros(owners.size, dtype=np.int64)
    found = np.searchsorted(shard_weights(shards), uniforms(stream, owners), side="right")
    return np.minimum(found, len(shards) - 1).astype(np.int64)
