"""Sanity of the evaluation on real databases: copies that are wrong in known ways must be told so.

    python benchmarks/evaluation/run.py DATA [--only berka,sakila] [--out out/evaluation]

DATA holds a folder of parquet files a database, each with a schema.yaml that states its keys. Of each database one half
of the people (with all that belongs to them) stands for the source; the copies are made from it, or are the other half:

    half       the other half: as good as a copy can be
    shuffled   every column of every table shuffled on its own
    unlinked   the rows as they are, foreign keys shuffled
    copied     the source itself
    leaky      the other half with 5 % of its people replaced by people of the source
    noise      uniform numbers and categories

All without Spark. Results: OUT/NAME.json and a table on the screen.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
from in_memory import Tables, pair_tables, read_tables

from synthspark.artifacts.schema import Schema
from synthspark.artifacts.schema_plain import plain_schema
from synthspark.artifacts.subjects import belongings, find_subjects, ways_down
from synthspark.config import EvaluateSettings, PrivacySettings
from synthspark.evaluate.database import score_database
from synthspark.evaluate.privacy.database import PrivacyContext
from synthspark.progress import LoggedProgress
from synthspark.seeds import generator_for

MEASURES = (
    *("quality", "column_shapes", "pair_trends", "pairs_kept", "cardinality", "join_trends", "joins_kept", "hop2_kept"),
    *("siblings", "time", "detection_accuracy", "with_children_accuracy", "utility", "privacy", "privacy_copies"),
)
LEAKED = 0.05


def main() -> int:
    """Evaluate every copy of every database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default="", help="names, separated by commas")
    parser.add_argument("--schemas", type=Path, help="folder of runs, whose schema.yaml tells the meaning of columns")
    parser.add_argument("--copies", default=",".join(COPIES), help="which copies, separated by commas")
    parser.add_argument("--out", type=Path, default=Path("out/evaluation"))
    arguments = parser.parse_args()
    found = sorted(file.parent.name for file in arguments.data.glob("*/schema.yaml"))
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.only.split(",") if arguments.only else found:
        known = arguments.schemas / name / "schema.yaml" if arguments.schemas else arguments.data / name / "schema.yaml"
        results = measure(arguments.data / name, known, arguments.copies.split(","))
        (arguments.out / f"{name}.json").write_text(json.dumps(results, indent=1))
        sys.stdout.write(f"\n{name}\n{table(results)}")
        sys.stdout.flush()
    return 0


def measure(folder: Path, known: Path, copies: list[str]) -> dict[str, Any]:
    """Scores of each copy of one database."""
    schema, tables = read_database(folder, known)
    subjects = find_subjects(schema)
    schema = _lookups_apart(schema, subjects[0])
    source, other = halves(tables, schema, subjects[0])
    results: dict[str, Any] = {"subject": subjects[0]}
    for kind in copies:
        started = time.process_time()
        copy = COPIES[kind](source, other, schema, subjects[0])
        # The other half is a hold-out, but for the copies that are made of it.
        pairs = pair_tables(source, copy, schema, other if kind not in ("half", "leaky") else None)
        context = PrivacyContext(PrivacySettings(), subjects, (), {})
        report = score_database(pairs, {}, schema, EvaluateSettings(), 0, LoggedProgress(), context)
        values = {name: report.value(name) for name in MEASURES}
        results[kind] = {
            **values,
            "verdict": report.facts["privacy"]["verdict"]["answer"],
            "reason": next(iter(report.facts["privacy"]["verdict"]["reasons"]), ""),
            "people_copied": _copied(report, subjects[0]),
            "cpu_seconds": round(time.process_time() - started, 1),
        }
    return results


def _copied(report: Any, subject: str) -> float | None:
    found = [s for s in report.scores if s.name == "subject_exact_copies" and s.subject == (subject,)]
    return found[0].breakdown.get("found") if found else None


def _lookups_apart(schema: Schema, subject: str) -> Schema:
    """Tables that belong to nobody are the same in both halves: as lookups, they are not judged."""
    inside = (subject, *belongings(schema, subject))
    tables = {n: t if n in inside else dataclasses.replace(t, role="reference") for n, t in schema.tables.items()}
    return dataclasses.replace(schema, tables=tables)


def read_database(folder: Path, known: Path) -> tuple[Schema, dict[str, pa.Table]]:
    """Keys as the folder states them, and all tables."""
    names = {file.stem: pa.parquet.read_table(file) for file in sorted(folder.glob("*.parquet"))}
    types = {name: {field.name: logical(field.type) for field in rows.schema} for name, rows in names.items()}
    schema = plain_schema(known.read_text(encoding="utf-8"), types, folder.name)
    counted = {n: dataclasses.replace(t, rows=names[n].num_rows) for n, t in schema.tables.items()}
    return dataclasses.replace(schema, tables=counted), read_tables(folder, schema)


def logical(kind: pa.DataType) -> str:
    """Logical type of an Arrow type."""
    if pa.types.is_date(kind):
        return "date"
    if pa.types.is_timestamp(kind):
        return "timestamp_ntz"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    return {"int64": "long", "int32": "integer", "float": "float", "bool": "boolean"}.get(str(kind), str(kind))


def halves(tables: Tables, schema: Schema, subject: str) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    """Both halves of the people with what belongs to them; other tables are whole in both."""
    draw = generator_for(0, schema.name, "halves")
    inside = {subject: draw.permutation(tables[subject].num_rows) % 2 == 0}
    for key in ways_down(schema, subject):
        place = {value: number for number, value in enumerate(_keys(tables[key.parent], key.parent_columns))}
        found = np.array([place.get(value, -1) for value in _keys(tables[key.child], key.child_columns)])
        own = inside.get(key.child)
        flags = np.where(found >= 0, inside[key.parent][found], own if own is not None else True)
        inside[key.child] = flags if own is None else np.where(found >= 0, flags, own)
    sides = [
        {n: t.filter(pa.array(inside[n] == side)) if n in inside else t for n, t in tables.items()}
        for side in (True, False)
    ]
    return sides[0], sides[1]


def _keys(rows: pa.Table, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return list(zip(*(rows.column(name).to_pylist() for name in columns), strict=True))


Copier = Callable[[Tables, Tables, Schema, str], dict[str, pa.Table]]


def _shuffled(rows: pa.Table, names: list[str], draw: np.random.Generator) -> pa.Table:
    for name in names:
        place = rows.column_names.index(name)
        order = pa.array(draw.permutation(rows.num_rows))
        rows = rows.set_column(place, name, rows.column(name).take(order))
    return rows


def _foreign(schema: Schema, table: str) -> set[str]:
    return {name for key in schema.keys_in_force() if key.child == table for name in key.child_columns}


def shuffled(source: Tables, _other: Tables, schema: Schema, _subject: str) -> dict[str, pa.Table]:
    draw = generator_for(0, schema.name, "shuffled")
    keys = {name: _foreign(schema, name) | set(schema.tables[name].primary_key) for name in source}
    return {n: _shuffled(t, [c for c in t.column_names if c not in keys[n]], draw) for n, t in source.items()}


def unlinked(source: Tables, _other: Tables, schema: Schema, _subject: str) -> dict[str, pa.Table]:
    draw = generator_for(0, schema.name, "unlinked")
    made = {}
    for name, rows in source.items():
        foreign = sorted(_foreign(schema, name))
        order = pa.array(draw.permutation(rows.num_rows))
        for column in foreign:  # in one order, so that composite keys stay keys
            rows = rows.set_column(rows.column_names.index(column), column, rows.column(column).take(order))
        made[name] = rows
    return made


def leaky(source: Tables, other: Tables, schema: Schema, subject: str) -> dict[str, pa.Table]:
    """The other half, in which the first people are replaced by those of the source, with all that belongs to them."""
    key = schema.tables[subject].primary_key
    n_leaked = round(LEAKED * other[subject].num_rows)
    taken, given = _keys(source[subject], key)[:n_leaked], _keys(other[subject], key)[:n_leaked]
    down = ways_down(schema, subject)
    inside, outside = _belongs(source, subject, down, set(taken), key), _belongs(other, subject, down, set(given), key)
    made = dict(other)
    for name in (subject, *belongings(schema, subject)):
        if name in inside:
            made[name] = pa.concat_tables(
                [source[name].filter(pa.array(inside[name])), other[name].filter(pa.array(~outside[name]))]
            )
    return made


def _belongs(tables: Tables, subject: str, down: Any, people: set[Any], key: tuple[str, ...]) -> dict[str, Any]:
    inside = {subject: np.array([value in people for value in _keys(tables[subject], key)])}
    for way in down:
        known = {
            v for v, flag in zip(_keys(tables[way.parent], way.parent_columns), inside[way.parent], strict=True) if flag
        }
        flags = np.array([value in known for value in _keys(tables[way.child], way.child_columns)], dtype=bool)
        inside[way.child] = inside.get(way.child, np.zeros(flags.size, dtype=bool)) | flags
    return inside


def noise(source: Tables, _other: Tables, schema: Schema, _subject: str) -> dict[str, pa.Table]:
    draw = generator_for(0, schema.name, "noise")
    made = {}
    for name, rows in source.items():
        kept = _foreign(schema, name) | set(schema.tables[name].primary_key)
        for place, column in enumerate(rows.column_names):
            if column not in kept and rows.num_rows:
                rows = rows.set_column(place, column, _uniform(rows.column(column), draw))
        made[name] = rows
    return made


def _uniform(values: pa.ChunkedArray, draw: np.random.Generator) -> pa.Array:
    """Any value as likely as any other; numbers and moments between the extremes."""
    kind = values.type
    if (
        pa.types.is_floating(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_date32(kind)
        or pa.types.is_timestamp(kind)
    ):
        number = (
            values
            if pa.types.is_floating(kind)
            else values.cast(pa.int32() if pa.types.is_date32(kind) else pa.int64())
        )
        low, high = (pc.min_max(number)[end].as_py() or 0 for end in ("min", "max"))
        drawn = draw.uniform(low, high, len(values))
        return pa.array(drawn, pa.float64()).cast(number.type, safe=False).cast(kind)
    known = values.drop_null().unique()
    if not len(known):
        return pa.nulls(len(values), kind)
    return known.take(pa.array(draw.integers(0, len(known), len(values))))


COPIES: dict[str, Copier] = {
    "half": lambda source, other, schema, subject: dict(other),
    "shuffled": shuffled,
    "unlinked": unlinked,
    "copied": lambda source, other, schema, subject: dict(source),
    "leaky": leaky,
    "noise": noise,
}


def table(results: dict[str, Any]) -> str:
    """One database as Markdown: a row a measure, a column a copy."""
    kinds = [kind for kind in results if kind != "subject"]
    lines = ["| | " + " | ".join(kinds) + " |", "|---" * (len(kinds) + 1) + "|"]
    for measure_name in (*MEASURES, "people_copied", "verdict", "cpu_seconds"):
        cells = [results[kind].get(measure_name) for kind in kinds]
        shown = ["–" if cell is None else f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in cells]
        lines.append(f"| {measure_name} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
