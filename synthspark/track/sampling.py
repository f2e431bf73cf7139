"""Rows of one table of a fitted database, in memory."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from synthspark.artifacts.model import TableModel
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.schema_file import parse_schema


class DatabaseSampler:
    """The models of all tables."""

    def __init__(self, models: dict[str, TableModel], schema: Schema) -> None:
        self.models = models
        self.schema = schema

    def sample_request(self, request: pd.DataFrame, *, seed: int, scale: float) -> pd.DataFrame:
        return pd.DataFrame({"n": range(int(request["rows"].iloc[0]))})


def open_sampler(models: str, schema: str) -> DatabaseSampler:
    """The sampler of the models stored in a folder."""
    found = [TableModel.from_bytes(path.read_bytes()) for path in sorted(Path(models).iterdir())]
    return DatabaseSampler({model.table: model for model in found}, parse_schema(Path(schema).read_text()))
