"""A second discovery on changed data: decisions and comments stay, and what changed is told everywhere."""

import logging

import pyarrow as pa

from synthspark import Mirror
from tests.jobs.databases import shop, write_config, write_parts


def changed(tables):
    """A customer is gone, two have one e-mail address, and orders have a new column."""
    tables = dict(tables)
    tables["customer"] = tables["customer"].slice(3)
    order = tables["order"]
    tables["order"] = order.append_column("channel", pa.array(["web", "shop"] * (order.num_rows // 2)))
    return tables


def test_decisions_and_comments_stay_and_drift_is_told(spark, tmp_path, caplog):
    source, output = tmp_path / "data", tmp_path / "out"
    write_parts(shop(), source, 1)
    config = write_config(tmp_path / "shop.yaml", source, output)
    first = Mirror(spark, config)
    first.discover()
    before = first.approve(everything=True)
    path = output / "schema.yaml"
    path.write_text(path.read_text().replace("  customer:\n", "  # owned by sales\n  customer:\n"))

    for file in source.rglob("*.parquet"):
        file.unlink()
    for folder in source.iterdir():
        folder.rmdir()
    write_parts(changed(shop()), source, 1)
    second = Mirror(spark, config)
    with caplog.at_level(logging.WARNING, "synthspark"):
        after = second.discover()

    told = "\n".join(second.drift)
    assert "column order.channel: is new" in told and "its table awaits a decision again" in told
    assert "foreign key order.customer_id -> customer.customer_id: approved when 100 % of its values were in" in told
    assert [name for name, table in after.tables.items() if table.status == "proposed"] == ["order"]
    assert {key.label for key in before.keys_in_force()} <= {key.label for key in after.keys_in_force()}
    assert "  # owned by sales\n  customer:\n" in path.read_text()
    assert "column order.channel: is new" in (output / "review.html").read_text()
    assert any("column order.channel: is new" in record.getMessage() for record in caplog.records)
    assert Mirror(spark, config).drift == second.drift
