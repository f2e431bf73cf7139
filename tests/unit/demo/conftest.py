from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from synthspark.demo import simulate_insurance


def as_frames(tables: dict[str, pa.Table]) -> dict[str, pd.DataFrame]:
    """Nullable types throughout, so that keys with nulls stay whole numbers and money stays decimal."""
    return {name: table.to_pandas(types_mapper=pd.ArrowDtype) for name, table in tables.items()}


@pytest.fixture(scope="session")
def tables() -> dict[str, pa.Table]:
    return simulate_insurance()


@pytest.fixture(scope="session")
def frames(tables: dict[str, pa.Table]) -> dict[str, pd.DataFrame]:
    return as_frames(tables)


@pytest.fixture(scope="session", params=["it_IT", "de_DE", "fr_FR", "es_ES", "nl_NL", "pl_PL"])
def abroad(request: pytest.FixtureRequest) -> tuple[str, dict[str, pd.DataFrame]]:
    return request.param, as_frames(simulate_insurance(600, seed=3, locale=request.param))
