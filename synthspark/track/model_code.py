"""The program inside a logged model: rows of any table of a fitted database, sampled without Spark and the source."""

from __future__ import annotations

from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from synthspark.track.sampling import DatabaseSampler, open_sampler


class FittedDatabase(PythonModel):
    """Asked with a table and a number of rows, answers with as many rows of that table."""

    sampler: DatabaseSampler

    def load_context(self, context: Any) -> None:  # MLflow calls it with this very name
        """Open the models once."""
        self.sampler = open_sampler(context.artifacts["models"], context.artifacts["schema"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Rows of one table with the columns of the source; a table with parents comes with their keys."""
        options = params or {}
        return self.sampler.sample_request(
            model_input, seed=int(options.get("seed", 0)), scale=float(options.get("scale", 1.0))
        )


set_model(FittedDatabase())
