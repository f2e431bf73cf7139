"""Ranges of the source's numbers, as far as models know them, in the units of rules."""

from __future__ import annotations

from collections.abc import Sequence

from synthspark.artifacts.model import TableModel
from synthspark.artifacts.steps import Step
from synthspark.rules.values import DAY
from synthspark.stats.engine import load_model


def spans_of(model: TableModel, steps: Sequence[Step]) -> dict[str, tuple[float, float]]:
    """Smallest and largest number of the columns that the steps keep between bounds, over all shards."""
    wanted = {name for step in steps if step.kind == "bounds" for name in step.columns}
    columns = {f.name: f.column for f in model.features if f.column in wanted}
    found: dict[str, tuple[float, float]] = {}
    for shard in model.shards if columns else ():
        for name, (low, high) in load_model(shard.part.document, dict(shard.part.arrays)).spans().items():
            if name in columns:
                known = found.get(columns[name], (low, high))
                found[columns[name]] = min(low, known[0]), max(high, known[1])
    dates = {column.name for column in model.columns if column.type == "date"}
    return {name: (low * DAY, high * DAY) if name in dates else (low, high) for name, (low, high) in found.items()}
