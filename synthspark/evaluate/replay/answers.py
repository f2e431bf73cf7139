"""Answers of one query on both databases, compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthspark.artifacts.report import Score
from synthspark.evaluate.definitions import score

MOST_ROWS = 1_000  # of an answer that are compared


@dataclass(frozen=True)
class Answer:
    """What a query gave on one side: its first rows and how many there are, or the kind of its error."""

    rows: pd.DataFrame | None
    n_rows: int = 0
    error: str = ""


def read_queries(text: str) -> list[tuple[str, str]]:
    """Statements of an SQL file with their names: the comment before each, or its number.

    Statements end with a semicolon; semicolons within quotes do not count.
    """
    found = []
    for number, statement in enumerate(re.findall(r"(?:[^;'\"`]|'[^']*'|\"[^\"]*\"|`[^`]*`)+", text), 1):
        lines = statement.strip().splitlines()
        comments = [line.strip().lstrip("- ").strip() for line in lines if line.strip().startswith("--")]
        query = "\n".join(line for line in lines if not line.strip().startswith("--")).strip()
        if query:
            found.append((comments[0] if comments and comments[0] else f"query {number}", query))
    return found


def compare_answers(name: str, real: Answer, synthetic: Answer, scale: float) -> tuple[Score, dict[str, Any]]:
    """How alike two answers are, in [0, 1], and what the report shows of them.

    Rows are matched by their columns that are no numbers; numbers count by ``1 - |a - b| / max(|a|, |b|)``, 0 for a row
    that only one side has. A column may be a total, which grows with the copy: it counts as given or divided by
    `scale` (rows out per row in), whichever fits better. An answer without numbers counts by the rows in common.
    """
    facts = {
        "name": name,
        "rows_real": real.n_rows,
        "rows_synthetic": synthetic.n_rows,
        "error_real": real.error,
        "error_synthetic": synthetic.error,
    }
    if real.rows is None:
        reason = f"the query fails on the real data ({real.error})"
        return score("replay_similarity", "query", (name,), None, reason=reason), facts
    if synthetic.rows is None:
        return score("replay_similarity", "query", (name,), 0.0, breakdown={"failed": 1.0}), facts
    if not real.n_rows:
        value = 1.0 if not synthetic.n_rows else 0.0
    else:
        value = _likeness(real.rows, synthetic.rows, scale) if synthetic.n_rows else 0.0
    rows = {"rows_real": real.n_rows, "rows_synthetic": synthetic.n_rows}
    return score("replay_similarity", "query", (name,), value, **rows), {**facts, "similarity": round(value, 4)}


def _likeness(real: pd.DataFrame, synthetic: pd.DataFrame, scale: float) -> float:
    shared = [column for column in real.columns if column in synthetic.columns]
    if len(shared) < len(real.columns):
        return 0.0
    numbers = [
        column for column in shared if pd.api.types.is_numeric_dtype(real[column]) and not _is_flag(real[column])
    ]
    groups = [column for column in shared if column not in numbers]
    if not groups:
        if len(real) == len(synthetic) == 1:
            return float(
                np.mean([_ratio(real[c].to_numpy(float), synthetic[c].to_numpy(float), scale) for c in numbers])
            )
        # Rows of numbers alone have no names by which to match them: their quantiles are compared.
        steps = np.linspace(0, 1, 21)
        sides = [[np.nanquantile(side[c].to_numpy(float), steps) for c in numbers] for side in (real, synthetic)]
        return float(np.mean([_ratio(a, b, scale) for a, b in zip(*sides, strict=True)]))
    left, right = (side.assign(**{c: side[c].astype(str) for c in groups}) for side in (real, synthetic))
    left, right = (side.drop_duplicates(groups).set_index(groups) for side in (left, right))
    together = left.index.union(right.index)
    common = len(left.index.intersection(right.index)) / max(1, len(together))
    if not numbers:
        return float(common)
    left, right = left.reindex(together), right.reindex(together)
    return float(np.mean([_ratio(left[c].to_numpy(float), right[c].to_numpy(float), scale) for c in numbers]))


def _is_flag(values: pd.Series[Any]) -> bool:
    return bool(pd.api.types.is_bool_dtype(values))


def _ratio(real: np.ndarray[Any, Any], synthetic: np.ndarray[Any, Any], scale: float) -> float:
    found = []
    for factor in (1.0, scale):
        other = synthetic / factor
        size = np.maximum(np.abs(real), np.abs(other))
        with np.errstate(invalid="ignore", divide="ignore"):
            alike = np.where(size == 0, 1.0, 1.0 - np.abs(real - other) / size)
        both_missing = np.isnan(real) & np.isnan(other)
        found.append(float(np.mean(np.where(both_missing, 1.0, np.clip(np.nan_to_num(alike, nan=0.0), 0.0, 1.0)))))
    return max(found)


def scale_of(rows: Mapping[str, tuple[int, int]]) -> float:
    """Rows out per row in, over all tables."""
    real, synthetic = (sum(counts[side] for counts in rows.values()) for side in (0, 1))
    return synthetic / real if real and synthetic else 1.0
