"""Ranges of the source's numbers, as far as models know them, in the units of rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synthspark.artifacts.model import TableModel
from synthspark.artifacts.steps import Step
from synthspark.rules.values import DAY
from synthspark.stats.engine import EngineModel, load_model


def spans_of(model: TableModel, steps: Sequence[Step]) -> dict[str, tuple[float, float]]:
    """Smallest and largest number of the columns that the steps keep between bounds."""
    wanted = {name for step in steps if step.kind == "bounds" for name in step.columns}
    columns = {feature.name: feature.column for feature in model.features if feature.column in wanted}
    models = (load_model(shard.part.document, dict(shard.part.arrays)) for shard in model.shards if columns)
    found = spans_of_features(models)
    dates = {column.name for column in model.columns if column.type == "date"}
    known = {columns[name]: span for name, span in found.items() if name in columns}
    return {name: (low * DAY, high * DAY) if name in dates else (low, high) for name, (low, high) in known.items()}


def spans_of_features(models: Iterable[EngineModel]) -> dict[str, tuple[float, float]]:
    """Smallest and largest number of each feature, over the models of all shards."""
    found: dict[str, tuple[float, float]] = {}
    for model in models:
        for name, (low, high) in model.spans().items():
            known = found.get(name, (low, high))
            found[name] = min(low, known[0]), max(high, known[1])
    return found
