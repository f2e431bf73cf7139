"""The program inside a logged model: rows of any table of a fitted database, sampled without Spark and the source."""

from __future__ import annotations

import importlib
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

# By name: the program is shipped with the models and run on its own, above all stages; it is no part of tracking.
SAMPLER = "synthspark.sampling"


class FittedDatabase(PythonModel):
    """Asked with a table and a number of rows, answers with as many rows of that table."""

    def load_context(self, context: Any) -> None:  # MLflow calls it with this very name
        """Open the models once."""
        places = [context.artifacts[name] for name in ("models", "schema", "config")]
        self.sampler = importlib.import_module(SAMPLER).open_sampler(*places)

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Rows of one table with the columns of the source; a table with parents comes with their keys."""
        options = params or {}
        seed, scale = int(options.get("seed", 0)), float(options.get("scale", 0.0))
        found: pd.DataFrame = self.sampler.sample_request(model_input, seed=seed, scale=scale)
        return found


set_model(FittedDatabase())
