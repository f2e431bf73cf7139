"""Score the semantic types on columns labelled by hand and on made ones, with names and without.

    python -m benchmarks.semantics.run [--data DATA] [--write docs/semantic_types.md] [--show]

DATA holds a folder of parquet files a database; without it the databases that the package makes or depends on are
scored, and the battery. The labels name columns only and never reach the program.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.semantics import battery
from benchmarks.semantics.labels import LABELS, Label, label_of, read_labels
from benchmarks.semantics.scoring import CLASSES_ONLY, LEAST, Outcome, Scores, score
from synthspark.artifacts.profile import ColumnProfile
from synthspark.config import DiscoverSettings
from synthspark.demo import simulate_insurance
from synthspark.demo.flights import load_flights
from synthspark.demo.places import LOCALES
from synthspark.profile.finish import finish
from synthspark.profile.summary import Bounds, summarise

KINDS = {"int64": "long", "int32": "integer", "bool": "boolean", "large_string": "string"}
NUMBERS = ("byte", "short", "integer", "long", "float", "double", "decimal")
WITHOUT_LABEL = ("date", "boolean", "timestamp", "binary")
MARKS = "<!-- scores: written by benchmarks/semantics/run.py -->", "<!-- end of scores -->"


def main() -> int:
    """Run and print, or write into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of databases")
    parser.add_argument("--write", type=Path, help="page whose table of scores is replaced")
    parser.add_argument("--show", action="store_true", help="list personal columns missed and others called personal")
    arguments = parser.parse_args()
    results = dict(scored(arguments.data))
    text = as_markdown(results)
    if arguments.show:
        for name, scores in results.items():
            lines = [
                *(f"  missed {x}" for x in scores.personal_missed),
                *(f"  false {x}" for x in scores.personal_false),
            ]
            sys.stdout.write("\n".join([name, *lines]) + "\n")
    if arguments.write:
        page = arguments.write.read_text(encoding="utf-8")
        start, rest = page.split(MARKS[0])
        arguments.write.write_text(start + MARKS[0] + "\n\n" + text + "\n" + MARKS[1] + rest.split(MARKS[1])[1])
    sys.stdout.write(text)
    return 0


def scored(data: Path | None) -> Iterator[tuple[str, Scores]]:
    """Scores by what was scored."""
    for named, title in ((True, "databases"), (False, "databases, names meaningless")):
        outcomes = [outcome for name, tables in databases(data) for outcome in outcomes_of(name, tables, named=named)]
        yield title, score(outcomes)
    for part in battery.PARTS:
        found: dict[str, list[Outcome]] = {}
        for name, columns in battery.tables_of(part):
            profiles = profiled(name, battery.arrow_table(columns))
            for column, profile in zip(columns, profiles.values(), strict=True):
                place = f"{column.name} [{column.origin}, {column.form}]"
                outcome = Outcome(place, column.label, profile.semantic, profile.semantic_confidence)
                found.setdefault(f"battery, {part}, names {column.naming}", []).append(outcome)
        yield from ((title, score(outcomes)) for title, outcomes in found.items())


def databases(data: Path | None) -> Iterator[tuple[str, Mapping[str, pa.Table]]]:
    """Tables by database: those given, the demo in every locale, the flights."""
    for folder in sorted(data.iterdir()) if data else []:
        if (LABELS / f"{folder.name}.txt").exists():
            yield folder.name, {path.stem: pq.read_table(path) for path in sorted(folder.glob("*.parquet"))}
    for locale in LOCALES:
        yield "demo", simulate_insurance(n_customers=400, locale=locale)
    yield "flights", {name: table.slice(0, 60_000) for name, table in load_flights().items()}


def outcomes_of(name: str, tables: Mapping[str, pa.Table], *, named: bool) -> Iterator[Outcome]:
    """What is said of each labelled column; without names, numbers need not be told further."""
    labels = read_labels(name)
    for table, rows in tables.items():
        columns = list(rows.column_names)
        if not named:
            rows = rows.rename_columns([f"c{place + 1}" for place in range(len(columns))])
        for column, profile in zip(columns, profiled(table if named else "t", rows).values(), strict=True):
            if profile.type.startswith(WITHOUT_LABEL) or not profile.filled:
                continue
            label = label_of(labels, table, column)
            if label is None:
                raise ValueError(f"labels of {name}: none for {table}.{column}; add it to {LABELS.name}/{name}.txt")
            if not named and profile.type.startswith(NUMBERS):
                label = Label(label.name, label.accepted | {"number", "code", "category"})
            yield Outcome(f"{name}.{table}.{column}", label, profile.semantic, profile.semantic_confidence)


def profiled(name: str, rows: pa.Table) -> Mapping[str, ColumnProfile]:
    """Profiles of the columns as discovery makes them, without Spark."""
    size = max(1, rows.num_rows)
    kinds = {field.name: logical(field.type) for field in rows.schema}
    return finish(name, summarise(rows, Bounds(size, size)), kinds, DiscoverSettings())[0].columns


def logical(kind: pa.DataType) -> str:
    """Logical type, as reading a source declares it."""
    text = (
        re.sub(r"\s|\[.*|32|128", "", str(kind)) if pa.types.is_date(kind) or pa.types.is_decimal(kind) else str(kind)
    )
    return "timestamp_ntz" if text.startswith("timestamp") else KINDS.get(text, text)


def as_markdown(results: Mapping[str, Scores]) -> str:
    """Tables of the means, of each meaning, of calibration and confusions."""
    lines = ["| columns | n | macro precision | macro recall | personal missed | false personal | calibration error |"]
    lines.append("|---|---|---|---|---|---|---|")
    for title, scores in results.items():
        counts = f"{len(scores.personal_missed)} | {len(scores.personal_false)} | {scores.calibration_error:.3f}"
        means = f"{scores.macro_precision:.3f} | {scores.macro_recall:.3f}"
        lines.append(f"| {title} | {len(scores.outcomes)} | {means} | {counts} |")
    lines += ["", *by_meaning(results), "", *calibration(results), "", *confusions(results)]
    return "\n".join(lines) + "\n"


def by_meaning(results: Mapping[str, Scores]) -> list[str]:
    """Precision / recall of each meaning, in the columns of the first table."""
    shown = {title: scores for title, scores in results.items() if "misleading" not in title}
    names = sorted({name for scores in shown.values() for name in scores.recall} - CLASSES_ONLY)
    heads = [title.replace("battery, ", "").replace("names ", "") for title in shown]
    lines = ["| precision / recall of | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for name in names:
        cells = [f"{share(scores.precision, name)} / {share(scores.recall, name)}" for scores in shown.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def share(shares: Mapping[str, tuple[int, int]], name: str) -> str:
    """Two digits; a dash where there were too few columns."""
    hit, n = shares.get(name, (0, 0))
    return f"{hit / n:.2f}" if n >= LEAST else "-"


def calibration(results: Mapping[str, Scores]) -> list[str]:
    """Share right by confidence, over everything that was scored."""
    together = score(outcome for scores in results.values() for outcome in scores.outcomes)
    lines = ["| confidence from | columns | mean confidence | right |", "|---|---|---|---|"]
    lines += [
        f"| {low[:-1]} | {n} | {mean:.2f} | {right:.2f} |" for low, (n, mean, right) in together.calibration.items()
    ]
    return lines


def confusions(results: Mapping[str, Scores], most: int = 15) -> list[str]:
    """The most frequent confusions without misleading names."""
    kept = (outcome for title, scores in results.items() if "misleading" not in title for outcome in scores.outcomes)
    pairs: Sequence[tuple[tuple[str, str], int]] = list(score(kept).confusions.items())[:most]
    lines = ["| holds | called | columns |", "|---|---|---|"]
    return lines + [f"| {held} | {called} | {n} |" for (held, called), n in pairs]


if __name__ == "__main__":
    started = time.process_time()
    code = main()
    sys.stderr.write(f"{time.process_time() - started:.0f} s of CPU\n")
    sys.exit(code)
