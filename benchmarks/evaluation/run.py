"""Sanity of the evaluation on real databases: copies that are wrong in known ways must be told so.

    python benchmarks/evaluation/run.py DATA [--only berka,sakila] [--out out/evaluation]

DATA holds a folder of parquet files a database, each with a schema.yaml that states its keys. Of each database nine in
twenty people (with all that belongs to them) stand for the source, as many for another draw of the same world, and the
others are held out. The copies are made from the source, or are the other draw:

    half       the other draw: as good as a copy can be
    shuffled   every column of every table shuffled on its own
    unlinked   the rows as they are, foreign keys shuffled
    copied     the source itself
    leaky      the other draw with 5 % of its people replaced by people of the source
    planted    the same with 1 %, their numbers changed by about 1 % each
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
LEAKED, PLANTED = 0.05, 0.01  # shares of the people
SMALL = 0.01  # standard deviation of the change of a planted number, as a share of it


DEFAULT_SETTINGS = EvaluateSettings()


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


def measure(
    folder: Path, known: Path, copies: list[str], settings: EvaluateSettings = DEFAULT_SETTINGS
) -> dict[str, Any]:
    """Scores of each copy of one database."""
    schema, tables = read_database(folder, known)
    subjects = find_subjects(schema)
    schema = _lookups_apart(schema, subjects[0])
    source, other, held = parts(tables, schema, subjects[0])
    results: dict[str, Any] = {"subject": subjects[0]}
    for kind in copies:
        started = time.process_time()
        copy = COPIES[kind](source, other, schema, subjects[0])
        pairs = pair_tables(source, copy, schema, held)
        context = PrivacyContext(PrivacySettings(), subjects, (), {})
        report = score_database(pairs, {}, schema, settings, 0, LoggedProgress(), context)
        values = {name: report.value(name) for name in MEASURES}
        results[kind] = {
            **values,
            **_uncorrected(report),
            "verdict": report.facts["privacy"]["verdict"]["answer"],
            "reason": next(iter(report.facts["privacy"]["verdict"]["reasons"]), ""),
            "people_copied": _copied(report, subjects[0]),
            "cpu_seconds": round(time.process_time() - started, 1),
        }
    return results


def _uncorrected(report: Any) -> dict[str, float | None]:
    """Quality without regard to chance, and what halves of the source reach."""
    said = next(s.breakdown for s in report.scores if s.name == "quality" and s.level == "database")
    return {"quality_uncorrected": said.get("uncorrected"), "quality_ceiling": said.get("uncorrected_ceiling")}


def _copied(report: Any, subject: str) -> float | None:
    found = [s for s in report.scores if s.name == "subject_exact_copies" and s.subject == (subject,)]
    return found[0].breakdown.get("found") if found else None


def _lookups_apart(schema: Schema, subject: str) -> Schema:
    """Tables that belong to nobody are the same in all parts: as lookups, they are not judged."""
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


def parts(tables: Tables, schema: Schema, subject: str) -> list[dict[str, pa.Table]]:
    """Source, other draw and hold-out, each people with what belongs to them; other tables are whole in all three."""
    draw = generator_for(0, schema.name, "parts")
    part = {subject: np.digitize(draw.permutation(tables[subject].num_rows) / tables[subject].num_rows, (0.45, 0.9))}
    for key in ways_down(schema, subject):
        place = {value: number for number, value in enumerate(_keys(tables[key.parent], key.parent_columns))}
        found = np.array(
            [place.get(value, -1) for value in _keys(tables[key.child], key.child_columns)], dtype=np.int64
        )
        before = part.get(key.child, np.zeros(found.size, dtype=np.int64))
        part[key.child] = np.where(found >= 0, part[key.parent][found], before)
    return [
        {n: t.filter(pa.array(part[n] == number)) if n in part else t for n, t in tables.items()} for number in range(3)
    ]


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
    return _with_people(source, other, schema, subject, LEAKED)


def planted(source: Tables, other: Tables, schema: Schema, subject: str) -> dict[str, pa.Table]:
    draw = generator_for(0, schema.name, "planted")
    inside = {subject, *belongings(schema, subject)}
    moved = {name: _moved(rows, schema, draw) if name in inside else rows for name, rows in source.items()}
    return _with_people(moved, other, schema, subject, PLANTED)


def _moved(rows: pa.Table, schema: Schema, draw: np.random.Generator) -> pa.Table:
    """Numbers that are no keys a little larger or smaller."""
    keys = {c for key in schema.keys_in_force() for c in (*key.child_columns, *key.parent_columns)}
    keys |= {c for table in schema.tables.values() for c in table.primary_key}
    for place, field in enumerate(rows.schema):
        if field.name not in keys and (pa.types.is_floating(field.type) or pa.types.is_decimal(field.type)):
            values = rows.column(place).cast(pa.float64())
            moved = pc.multiply(values, pa.array(np.exp(SMALL * draw.normal(size=rows.num_rows))))
            scale = field.type.scale if pa.types.is_decimal(field.type) else 2
            rows = rows.set_column(place, field.name, pc.round(moved, scale).cast(field.type))
    return rows


def _with_people(source: Tables, other: Tables, schema: Schema, subject: str, share: float) -> dict[str, pa.Table]:
    """The other draw, whose first people are replaced by those of the source, with all that belongs to them."""
    key = schema.tables[subject].primary_key
    n_leaked = round(share * other[subject].num_rows)
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
    "planted": planted,
    "noise": noise,
}


def table(results: dict[str, Any]) -> str:
    """One database as Markdown: a row a measure, a column a copy."""
    kinds = [kind for kind in results if kind != "subject"]
    lines = ["| | " + " | ".join(kinds) + " |", "|---" * (len(kinds) + 1) + "|"]
    for measure_name in (
        "quality_uncorrected",
        "quality_ceiling",
        *MEASURES,
        "people_copied",
        "verdict",
        "cpu_seconds",
    ):
        cells = [results[kind].get(measure_name) for kind in kinds]
        shown = ["–" if cell is None else f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in cells]
        lines.append(f"| {measure_name} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
