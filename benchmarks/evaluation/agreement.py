"""The numbers of the evaluation beside those of an independent program, on the same copies.

    python benchmarks/evaluation/agreement.py FIDELITY [--only berka,sakila]

FIDELITY is the output folder of benchmarks/fidelity/run.py: parts/NAME/train and holdout, runs/NAME/tables and
schema.yaml, and NAME.scores.json of the independent program. Prints a Markdown table: ours / theirs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from in_memory import pair_tables, read_schema, read_tables

from synthspark.artifacts.report import Report
from synthspark.artifacts.subjects import find_subjects
from synthspark.config import EvaluateSettings, PrivacySettings
from synthspark.evaluate.database import score_database
from synthspark.evaluate.definitions import mean_of
from synthspark.evaluate.privacy.database import PrivacyContext
from synthspark.progress import LoggedProgress

# Ours, theirs. Means over tables or relationships on both sides.
BOTH = (
    ("column_shapes", "column_shapes"),
    ("pair_trends", "pair_trends"),
    ("cardinality", "cardinality"),
    ("join_trends", "hop1"),
    ("hop2_trends", "hop2"),
    ("cross_parent_trends", "cross_parent"),
    ("detection_accuracy", "c2st"),
    ("with_children_accuracy", "c2st_agg"),
    ("siblings", "siblings"),
    ("time", "time"),
    ("dcr_share", "dcr_share"),
    ("subject_dcr_share", "dcr_entity"),
    ("membership_auc", "mia_auc"),
    ("utility", "auto_kept"),
)


def main() -> int:
    """Evaluate every copy and print both programs' numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fidelity", type=Path)
    parser.add_argument("--only", default="", help="names, separated by commas")
    parser.add_argument("--list", action="store_true", help="every single score that differs by more than .02")
    arguments = parser.parse_args()
    found = sorted(file.name.removesuffix(".scores.json") for file in arguments.fidelity.glob("*.scores.json"))
    rows: dict[str, dict[str, str]] = {}
    items: dict[str, dict[str, str]] = {}
    for name in arguments.only.split(",") if arguments.only else found:
        started = time.process_time()
        ours, report = measure(arguments.fidelity, name)
        scores = json.loads((arguments.fidelity / f"{name}.scores.json").read_text())
        theirs, differences = scores["summary"], compare_items(report, scores)
        items[name] = {kind: _differences(found) for kind, found in differences.items()}
        if arguments.list:
            sys.stdout.write(_listed(name, differences))
        rows[name] = {own: f"{_shown(ours.get(own))} / {_shown(theirs.get(other))}" for own, other in BOTH}
        rows[name]["cpu_seconds"] = f"{time.process_time() - started:.0f}"
        sys.stdout.write(f"{name}: {json.dumps({**rows[name], 'items': items[name]})}\n")
        sys.stdout.flush()
    sys.stdout.write(table(rows, (*BOTH, ("cpu_seconds", ""))))
    sys.stdout.write(table(items, tuple((kind, "") for kind in ITEMS)))
    return 0


ITEMS = ("columns", "pairs", "relationships", "detection")


LARGE = 0.02


@dataclass(frozen=True)
class Difference:
    """One score that both programs give."""

    subject: str
    ours: float
    theirs: float
    rows: int  # of the side that has fewer


def compare_items(report: Report, scores: dict[str, Any]) -> dict[str, list[Difference]]:
    """The single scores that both programs give."""
    shapes, pairs = scores["single"]["shapes"], scores["single"]["pairs"]
    keys, tables = scores["multi"]["cardinality"], scores["detection"]["tables"]
    found: dict[str, list[Difference]] = {kind: [] for kind in ITEMS}
    for item in report.scores:
        if item.value is None:
            continue
        subject, kind, other = item.subject, "", None
        if item.name in ("ks_complement", "tv_complement"):
            kind, other = "columns", shapes.get(".".join(subject), {}).get("score")
        elif item.level == "column_pair":
            pair = pairs.get(f"{subject[0]}: {subject[1]} ~ {subject[2]}", {})
            same = pair.get("metric", "").lower() == item.name.replace("_", "")
            kind, other = "pairs", pair["score"] if same else None
        elif item.name == "cardinality_shape":
            child, parent = subject[0].split(" -> ")
            kind, other = "relationships", keys.get(f"{child}->{parent.split('.')[0]}", {}).get("score")
        elif item.name == "detection_accuracy" and subject:
            kind, other = "detection", tables.get(subject[0], {}).get("single_accuracy")
            other = None if other is None else max(0.5, other)
        if other is not None:
            rows = min(item.rows_real or 0, item.rows_synthetic or 0)
            found[kind].append(Difference(" ".join(subject), item.value, other, rows))
    return found


def _listed(name: str, differences: dict[str, list[Difference]]) -> str:
    lines = [
        f"{name}, {kind}: {item.subject}: {item.ours:.3f} / {item.theirs:.3f}, {item.rows} rows\n"
        for kind, found in differences.items()
        for item in found
        if abs(item.ours - item.theirs) > LARGE
    ]
    return "".join(lines)


def _differences(found: list[Difference]) -> str:
    """Mean and largest difference, their number, and how many are large."""
    if not found:
        return "–"
    sizes = [abs(item.ours - item.theirs) for item in found]
    large = sum(size > LARGE for size in sizes)
    return f"{sum(sizes) / len(sizes):.4f}, {max(sizes):.3f} ({large} of {len(sizes)})"


def measure(folder: Path, name: str) -> tuple[dict[str, float | None], Report]:
    """Scores of one copy by name, of views the mean over the tables; and the whole report."""
    schema = read_schema(folder / "runs" / name / "schema.yaml")
    parts = folder / "parts" / name
    real, synthetic, held = (
        read_tables(f, schema) for f in (parts / "train", folder / "runs" / name / "tables", parts / "holdout")
    )
    pairs = pair_tables(real, synthetic, schema, held)
    context = PrivacyContext(PrivacySettings(), find_subjects(schema), (), {})
    report = score_database(pairs, {}, schema, EvaluateSettings(maximum_views=60), 0, LoggedProgress(), context)
    values: dict[str, float | None] = {}
    for own, _ in BOTH:
        whole = report.value(own)
        parts_of = [score.value for score in report.scores if score.name == own and score.level != "database"]
        values[own] = whole if whole is not None else mean_of(parts_of)
    return values, report


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def table(rows: dict[str, dict[str, Any]], measures: Sequence[tuple[str, str]]) -> str:
    """A row a measure, a column a database."""
    lines = ["| | " + " | ".join(rows) + " |", "|---" * (len(rows) + 1) + "|"]
    for own, other in measures:
        cells = [row.get(own, "–") for row in rows.values()]
        lines.append(f"| {own}{f' / {other}' if other else ''} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
