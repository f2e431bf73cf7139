"""`synthspark init`: a commented config for a folder of tables, a catalog schema or a database."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from rich.markup import escape

from synthspark.errors import ConfigError

if TYPE_CHECKING:
    from synthspark.cli.terminal import Terminal

FORMAT_OF_SUFFIX = {".parquet": "parquet", ".csv": "csv", ".json": "json", ".jsonl": "json", ".orc": "orc"}

DRIVERS = {
    "jdbc:postgresql:": "org.postgresql.Driver",
    "jdbc:mysql:": "com.mysql.cj.jdbc.Driver",
    "jdbc:mariadb:": "org.mariadb.jdbc.Driver",
    "jdbc:sqlserver:": "com.microsoft.sqlserver.jdbc.SQLServerDriver",
    "jdbc:oracle:": "oracle.jdbc.OracleDriver",
    "jdbc:snowflake:": "net.snowflake.client.jdbc.SnowflakeDriver",
}
JDBC_DETAILS = """\
  # path: a schema of the database; empty: all of them. The driver's jar must be on Spark's class path. Keep the
  # password out of this file: --set source.options.password="$PASSWORD"
  options:
    url: {url}
    driver: {driver}
    fetchsize: 10000
  # Large tables are read in parts that a numeric column, date or timestamp tells apart:
  # tables:
  #   orders: {{options: {{partitionColumn: order_id, lowerBound: 1, upperBound: 5000000, numPartitions: 8}}}}
"""

TEMPLATE = """\
# One run of synthspark. Every value can be set on the command line too: --set key.path=value
name: {name}

source:                      # the database to copy
  format: {format}            # parquet csv json orc delta iceberg table jdbc
  path: {path}
{details}
output:                      # the run directory: profile, schema, models, synthetic tables, report
  path: {output}
  format: parquet            # of the synthetic tables
  mode: error                # error: never write into a folder made by others; overwrite

seed: 0                      # same seed, same bytes
scale: 1.0                   # rows out / rows in, 0.001 to 1000

discover:
  minimum_coverage: 0.8      # share of a column's values found in the other table, to count as a reference
  minimum_confidence: 0.4    # less sure proposals are listed as candidates only
  declared: trust            # keys that the catalog or database declares: trust, evidence (weighed), ignore

# What you know better than the data. Role: synthesize, reference (copied as it is), skip.
tables: {{}}
#  country: {{role: reference}}
#  customer:
#    primary_key: [customer_id]
#    foreign_keys: [{{columns: [country_code], references: country}}]
#    columns: {{nickname: {{semantic: username}}, internal_note: {{generate: drop}}}}

fit:
  engine: auto               # auto copula trees

privacy:
  k: 5                       # a category or extreme value of fewer rows is not emitted

evaluate:
  gates: {{}}                  # e.g. {{quality: 0.9}}: a worse run ends with exit code 4

tracking:                    # or: tracking: null
  uri: sqlite:///mlflow.db
  experiment: synthspark
"""


def write_starter(arguments: argparse.Namespace, terminal: Terminal) -> None:
    """Write the config and say what to do next.

    Raises
    ------
    ConfigError
        If PATH holds no tables, or the file exists already.
    """
    source = _source(arguments.path)
    name = _name(arguments.path)
    target = Path(arguments.config or f"conf/{name}.yaml")
    if target.exists() and not arguments.force:
        raise ConfigError(
            f"{target}: the file exists; expected a new name; choose another with --config, or add --force"
        )
    text = TEMPLATE.format(
        name=_scalar(name),
        format=source["format"],
        path=_scalar(source["path"]),
        details=source.get("details", ""),
        output=_scalar(arguments.output or f"out/{name}"),
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    terminal.say(f"Wrote [cyan]{escape(str(target))}[/]. Next: synthspark discover {escape(str(target))}")


def _source(path: str) -> dict[str, str]:
    if path.startswith("jdbc:"):
        driver = next((name for start, name in DRIVERS.items() if path.startswith(start)), "DRIVER.CLASS")
        return {"format": "jdbc", "path": "", "details": JDBC_DETAILS.format(url=_scalar(path), driver=driver)}
    if path.startswith("table:"):
        return {"format": "table", "path": path.removeprefix("table:")}
    if "://" in path or path.startswith("dbfs:"):
        return {"format": "parquet", "path": path}
    return {"format": _folder_format(Path(path)), "path": path}


def _name(path: str) -> str:
    """A name for the run: the last part of the path, of a JDBC address without what stands behind the database."""
    address = re.split(r"[?;]", path)[0] if path.startswith("jdbc:") else path.removeprefix("table:")
    last = re.split(r"[/:@]", address.rstrip("/:"))[-1] if path.startswith("jdbc:") else Path(address).name
    return re.sub(r"[^\w.-]+", "_", last).strip("._") or "database"


def _folder_format(folder: Path) -> str:
    if not folder.is_dir():
        raise ConfigError(
            f"{folder}: there is no such folder; expected a folder of tables, table:SCHEMA for a catalog schema, or a "
            "jdbc: address; check the path"
        )
    if any(folder.glob("*/_delta_log")):
        return "delta"
    files = [file for file in (*folder.glob("*"), *folder.glob("*/*")) if file.is_file()]
    counted = {
        kind: sum(FORMAT_OF_SUFFIX.get(file.suffix) == kind for file in files) for kind in FORMAT_OF_SUFFIX.values()
    }
    best = max(counted, key=lambda kind: counted[kind])
    if not counted[best]:
        raise ConfigError(
            f"{folder}: no table files found; expected <table>.parquet (or csv, json, orc) files or <table>/ folders; "
            "check the path"
        )
    return best


def _scalar(text: str) -> str:
    """`text` as one YAML scalar, quoted where it must be."""
    return (
        yaml.safe_dump(text, default_flow_style=True, allow_unicode=True, width=10_000)
        .strip()
        .removesuffix("...")
        .strip()
    )
