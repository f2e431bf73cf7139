"""From counts to scores and findings; what fails the gate and what is only worth knowing is decided here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synthspark.artifacts.report import Finding, Score
from synthspark.artifacts.schema import ForeignKey
from synthspark.verify.capacity import is_dense, repeats_by_chance
from synthspark.verify.questions import Overlap, TableQuestions, Unique
from synthspark.verify.tallies import Tally

ROW_TOLERANCE = 0.1
"""Share by which a table's rows may differ from scale times source before it is worth a word."""

ROW_SPREADS = 3.0
"""A small table's rows vary by chance: so many times the square root of the number wanted are always tolerated."""

NAMES_SHOWN = 8


@dataclass(frozen=True)
class Answers:
    """What was counted on one table; the second looks are taken only where the first count is suspicious."""

    rows: int
    nulls: Mapping[str, int] = field(default_factory=dict)
    unique: tuple[Tally, ...] = ()
    foreign: tuple[Tally, ...] = ()
    overlaps: tuple[Tally, ...] = ()
    source_excess: dict[Unique, int] = field(default_factory=dict)  # repeated rows of the source
    source_orphans: dict[str, int] = field(default_factory=dict)  # foreign key: orphans of the source
    capacities: dict[tuple[str, ...], float] = field(default_factory=dict)  # columns: values their format can hold


Verdict = tuple[Score, Finding | None]


def judge_columns(table: str, source: Sequence[tuple[str, str]], synthetic: Sequence[tuple[str, str]]) -> Verdict:
    """Names and types of the written columns against those of the source, in order."""
    same = sum(a == b for a, b in zip(source, synthetic, strict=False))
    share = same / max(len(source), len(synthetic), 1)
    score = Score(
        "columns_match",
        "table",
        (table,),
        share,
        "integrity",
        definition="share of columns with the name, place and type of the source's",
    )
    if share == 1.0:
        return score, None
    return score, Finding("error", f"table {table}", _difference(source, synthetic), "generate the table again")


def _difference(source: Sequence[tuple[str, str]], synthetic: Sequence[tuple[str, str]]) -> str:
    wanted, found = dict(source), dict(synthetic)
    missing = [name for name in wanted if name not in found]
    unknown = [name for name in found if name not in wanted]
    retyped = [
        f"{name} ({found[name]} for {wanted[name]})" for name in wanted if found.get(name, wanted[name]) != wanted[name]
    ]
    parts = [
        f"{label} {_listed(names)}"
        for label, names in (("lacks", missing), ("has the unknown", unknown), ("has other types:", retyped))
        if names
    ]
    told = "; ".join(parts) or "has the columns in another order"
    return f"{told}; expected the {len(source)} columns of the source with their types, in order"


def missing_table(table: str) -> Finding:
    """A table that should have been written is not there."""
    return Finding(
        "error", f"table {table}", "was not written; expected every table that is not skipped", "generate it again"
    )


def judge_rows(
    table: str, rows: int, recorded: int | None, source: int, scale: float, *, asked: int | None = None
) -> list[Verdict]:
    """Row count against those recorded when writing and asked for (must agree) and scale times source (should)."""
    wanted = scale * source
    breakdown = {"rows": float(rows), "source": float(source), "scale": scale}
    kept = Score(
        "rows_as_recorded",
        "table",
        (table,),
        1.0 if recorded is None or rows == recorded else min(rows, recorded) / max(rows, recorded),
        "integrity",
        definition="rows read back over rows recorded while writing",
        breakdown=breakdown,
    )
    ratio = Score(
        "rows_as_scaled",
        "table",
        (table,),
        1.0 if rows == round(wanted) else min(rows, wanted) / max(rows, wanted),
        "integrity",
        rows_real=source,
        rows_synthetic=rows,
        definition="smaller over larger of synthetic rows and scale times source rows",
        breakdown=breakdown,
    )
    off = _asked_finding(table, rows, asked) or _scaled_finding(table, rows, wanted)
    return [(kept, _recorded_finding(table, rows, recorded)), (ratio, off)]


def _recorded_finding(table: str, rows: int, recorded: int | None) -> Finding | None:
    if recorded is None or rows == recorded:
        return None
    message = f"holds {rows:,} rows; expected the {recorded:,} that were counted while it was written"
    return Finding(
        "error", f"table {table}", message, "make sure that nothing else writes to the output, then generate it again"
    )


def _asked_finding(table: str, rows: int, asked: int | None) -> Finding | None:
    if asked is None or rows == asked:
        return None
    message = f"holds {rows:,} rows; expected just {asked:,}, as tables.{table}.rows asks"
    remedy = f"ask for more rows of its parents, if its keys allow no more below these, or change tables.{table}.rows"
    return Finding("error", f"table {table}", message, remedy)


def _scaled_finding(table: str, rows: int, wanted: float) -> Finding | None:
    if abs(rows - wanted) <= max(ROW_TOLERANCE * wanted, ROW_SPREADS * math.sqrt(wanted), 1.0):
        return None
    message = f"holds {rows:,} rows; expected {wanted:,.0f} (scale times the rows of the source) within 10 %"
    return Finding(
        "warning", f"table {table}", message, "look at the cardinality of its parent in the report, or set its rows"
    )


def judge_nulls(questions: TableQuestions, answers: Answers) -> list[Verdict]:
    """Columns that hold no null in the source."""
    if not questions.not_null:
        return []
    broken = {name: answers.nulls.get(name, 0) for name in questions.not_null if answers.nulls.get(name)}
    score = Score(
        "not_null",
        "table",
        (questions.table,),
        1.0 - len(broken) / len(questions.not_null),
        "integrity",
        rows_synthetic=answers.rows,
        definition="share of the not-null columns without a null",
        breakdown={name: float(count) for name, count in broken.items()},
    )
    if not broken:
        return [(score, None)]
    counted = [f"{name} ({count:,})" for name, count in broken.items()]
    message = f"nulls in {_listed(counted)}; expected none, for the schema calls these columns not nullable"
    remedy = "fit and generate the table again, or set nullable: true for them in schema.yaml"
    return [(score, Finding("error", f"table {questions.table}", message, remedy))]


def judge_unique(questions: TableQuestions, answers: Answers) -> list[Verdict]:
    """Primary keys, and keys that foreign keys point to."""
    return [
        _judge_key(questions, unique, tally, answers)
        for unique, tally in zip(questions.unique, answers.unique, strict=True)
    ]


def _judge_key(questions: TableQuestions, unique: Unique, tally: Tally, answers: Answers) -> Verdict:
    score = Score(
        "key_uniqueness",
        "table",
        (questions.table, *unique.columns),
        1.0 - tally.excess / max(tally.rows, 1),
        "integrity",
        rows_synthetic=tally.rows,
        definition="share of rows that do not repeat the key of another row",
    )
    if not tally.excess:
        return score, None
    of_source = answers.source_excess.get(unique, 0)
    tolerated = of_source > 0 and (questions.reference or not unique.declared)
    key = ", ".join(unique.columns) + _seen_as(unique.comparisons)
    found = f"{tally.repeated:,} values of the key {key} occur more than once ({tally.excess:,} rows too many)"
    as_source = f"; the source itself has {of_source:,} such rows" if of_source else ""
    return score, Finding(
        "warning" if tolerated else "error",
        f"table {questions.table}",
        f"{found}; expected every value once{as_source}",
        "correct the primary key or reject the foreign key onto it in schema.yaml, or fit and generate the table again",
    )


def _seen_as(comparisons: Sequence[str]) -> str:
    """How the references to a key see its values, where that is not as they are."""
    words = {"number": "number", "folded": "text without case and blanks"}
    seen = [words[comparison] for comparison in dict.fromkeys(comparisons) if comparison in words]
    return f" (seen as {' or '.join(seen)} by the tables that refer to it)" if seen else ""


def judge_foreign(questions: TableQuestions, answers: Answers, parents: dict[str, bool]) -> list[Verdict]:
    """Foreign keys in force; a null in any child column means no reference. `parents`: which are verbatim copies."""
    return [
        _judge_reference(key, tally, answers, copied=questions.reference and parents[key.parent])
        for key, tally in zip(questions.foreign, answers.foreign, strict=True)
    ]


def _judge_reference(key: ForeignKey, tally: Tally, answers: Answers, *, copied: bool) -> Verdict:
    orphans = tally.rows - tally.shared_rows
    score = Score(
        "referential_integrity",
        "relationship",
        (key.label,),
        1.0 - orphans / max(tally.rows, 1),
        "integrity",
        rows_synthetic=tally.rows,
        definition="share of rows with a key whose parent row exists",
    )
    if not orphans:
        return score, None
    of_source = answers.source_orphans.get(key.label, 0)
    tolerated = copied and orphans <= of_source
    as_source = f"; the source itself has {of_source:,}, and both tables are verbatim copies" if tolerated else ""
    return score, Finding(
        "warning" if tolerated else "error",
        f"foreign key {key.label}",
        f"{orphans:,} of {tally.rows:,} rows point to no row of {key.parent}; expected none{as_source}",
        "generate both tables again, or reject the key in schema.yaml",
    )


def judge_overlaps(questions: TableQuestions, answers: Answers) -> list[Verdict]:
    """Values of the source in columns that must not repeat any."""
    return [
        _judge_overlap(questions.table, overlap, tally, answers.capacities.get(overlap.columns, math.inf))
        for overlap, tally in zip(questions.overlaps, answers.overlaps, strict=True)
    ]


def _judge_overlap(table: str, overlap: Overlap, tally: Tally, capacity: float) -> Verdict:
    shared = tally.shared_values
    dense = overlap.kind != "identity" and shared > 0 and is_dense(capacity, tally.elsewhere)
    unguarded = dense and overlap.kind == "key"
    score = Score(
        "source_values",
        "column" if len(overlap.columns) == 1 else "table",
        (table, *overlap.columns),
        None if unguarded else shared / max(tally.values, 1),
        "integrity",
        best=0.0,
        worst=1.0,
        rows_real=tally.elsewhere,
        rows_synthetic=tally.values,
        definition="share of the distinct synthetic values (or persons) that occur in the source",
        reason="the source fills the format of this key, so that its values tell nothing" if unguarded else "",
        breakdown={"shared": float(shared)},
    )
    if not shared or unguarded:
        return score, None
    by_chance = 0.0 if overlap.kind == "identity" else repeats_by_chance(capacity, tally.elsewhere, tally.values)
    severity = "warning" if dense or shared <= by_chance else "error"
    return score, Finding(severity, *_overlap_words(table, overlap, shared, tally, severity))


def _overlap_words(table: str, overlap: Overlap, shared: int, tally: Tally, severity: str) -> tuple[str, str, str]:
    if overlap.kind == "identity":
        message = f"{shared:,} persons of the source reappear (same {', '.join(overlap.columns)}); expected none"
        return f"table {table}", message, "generate with another seed, or check the semantic types of these columns"
    column = overlap.columns[0]
    reason = "" if severity == "error" else ", as many as chance gives in a format that holds so few values"
    message = f"{shared:,} of {tally.values:,} distinct values occur in the source{reason}; expected none"
    unless = "" if overlap.kind == "personal" else " if it is no key"
    remedy = f"correct its semantic type in schema.yaml{unless}, or approve the real values with generate: verbatim"
    return f"table {table}, column {column}", message, remedy


def gate_score(verdicts: Sequence[Verdict], missing: int) -> Score:
    """Share of all checks without an error."""
    failed = missing + sum(finding is not None and finding.severity == "error" for _, finding in verdicts)
    total = len(verdicts) + missing
    return Score(
        "integrity",
        "database",
        (),
        1.0 - failed / max(total, 1),
        "integrity",
        definition="share of the integrity checks that hold on the written data",
        breakdown={"checks": float(total), "failed": float(failed)},
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMES_SHOWN])
    return f"{shown} and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else shown
