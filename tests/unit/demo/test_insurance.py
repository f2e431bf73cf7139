from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthspark.demo import simulate_insurance, write_database
from synthspark.errors import ConfigError

Frames = dict[str, pd.DataFrame]


def test_same_seed_gives_the_same_tables(tables: dict[str, pa.Table]) -> None:
    again = simulate_insurance()
    assert list(again) == list(tables)
    assert all(again[name].equals(table) for name, table in tables.items())


def test_another_seed_gives_other_people(tables: dict[str, pa.Table]) -> None:
    other = simulate_insurance(seed=8)["customer"]
    assert other.schema == tables["customer"].schema
    assert not other["national_id"].equals(tables["customer"]["national_id"])


def test_locales_share_all_but_the_words(tables: dict[str, pa.Table]) -> None:
    for locale in ("it_IT", "de_DE", "fr_FR", "es_ES", "nl_NL", "pl_PL"):
        other = simulate_insurance(200, locale=locale)
        assert {name: table.schema for name, table in other.items()} == {n: t.schema for n, t in tables.items()}


def test_column_types_are_those_of_a_warehouse(tables: dict[str, pa.Table]) -> None:
    types = {str(field.type) for table in tables.values() for field in table.schema}
    assert types == {"int64", "double", "string", "bool", "date32[day]", "timestamp[us]", "decimal128(10, 2)"}


def test_every_customer_has_one_label(frames: Frames) -> None:
    assert frames["churn"]["customer_id"].equals(frames["customer"]["customer_id"])
    assert 0.12 < frames["churn"]["churned"].mean() < 0.27


def test_some_parents_have_no_children(frames: Frames) -> None:
    without = ~frames["customer"]["customer_id"].isin(frames["policy"]["holder_id"])
    assert 0.02 < without.mean() < 0.1  # 5 % are drawn; sd of 2,000 draws is 0.5 %


def test_high_incomes_are_missing_more_often(frames: Frames) -> None:
    customer = frames["customer"]
    missing = customer["annual_income"].isna()
    assert missing[customer["segment"] == "premium"].mean() > 1.8 * missing[customer["segment"] == "mass"].mean()


def test_siblings_are_alike(frames: Frames) -> None:
    """Sentiments of one customer vary less among themselves than sentiments of all do."""
    contact = frames["contact"].dropna(subset="sentiment").astype({"sentiment": float})
    within = contact.groupby("customer_id")["sentiment"].var().mean()
    assert within < 0.75 * contact["sentiment"].var()


def test_counts_of_children_hang_together(frames: Frames) -> None:
    """Claims are zero for most, many for few, and go with contacts."""
    holder = frames["policy"].set_index("policy_id")["holder_id"]
    customers = frames["customer"]["customer_id"]
    n_claims = frames["claim"]["policy_id"].map(holder).value_counts().reindex(customers, fill_value=0).astype(float)
    n_contacts = frames["contact"]["customer_id"].value_counts().reindex(customers, fill_value=0).astype(float)
    assert (n_claims == 0).mean() > 0.45
    assert n_claims.var() > 2 * n_claims.mean()
    assert np.corrcoef(n_claims, n_contacts)[0, 1] > 0.2


def test_amounts_have_heavy_tails_and_spikes(frames: Frames) -> None:
    claimed = frames["claim"]["claimed_amount"].astype(float)
    assert claimed.quantile(0.99) > 20 * claimed.median()
    assert (claimed % 50 == 0).mean() > 0.2


def test_calendar_leaves_its_mark(frames: Frames) -> None:
    weekday = pd.to_datetime(frames["contact"]["contacted_at"]).dt.dayofweek
    assert (weekday == 0).mean() > 3 * (weekday >= 5).mean() / 2
    assert (pd.to_datetime(frames["policy"]["start_date"]).dt.day == 1).mean() > 0.4


def test_written_database_reads_back_the_same(tmp_path: Path) -> None:
    tables = simulate_insurance(30)
    write_database(tables, tmp_path / "new" / "folder")
    files = sorted((tmp_path / "new" / "folder").iterdir())
    assert [file.name for file in files] == sorted(f"{name}.parquet" for name in tables)
    assert all(pq.read_table(file).equals(tables[file.stem]) for file in files)


def test_unknown_locale_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="en_US, it_IT, de_DE"):
        simulate_insurance(10, locale="ja_JP")


def test_no_customers_is_refused() -> None:
    with pytest.raises(ConfigError, match="1 or more"):
        simulate_insurance(0)
