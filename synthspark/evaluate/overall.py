"""What all scores come to: per table and for the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from synthspark.artifacts.report import Score
from synthspark.evaluate.chance import BEYOND, beyond_chance, mean_chance
from synthspark.evaluate.definitions import DETECTION_KINDS, error_of_mean, mean_of, score

FEWEST_PARENTS = 20  # of a relationship whose numbers of children enter the mean: of fewer, chance decides
_SHAPES = ("ks_complement", "tv_complement")
_PARTS = ("column_shapes", "pair_trends", "cardinality", "join_trends")


def summarise_table(table: str, columns: Iterable[Score], trend: Score) -> list[Score]:
    """Mean shape of a table's columns, and its quality."""
    shapes = [item for item in columns if item.name in _SHAPES]
    shape = _mean("column_shapes", "table", (table,), shapes, "no column can be compared")
    return [_quality("table", (table,), [shape, trend], "no column can be compared"), shape]


def summarise_database(scores: Iterable[Score]) -> list[Score]:
    """The overall scores: each the mean over tables or relationships of the score of that name."""
    scores = list(scores)
    parts = {
        "column_shapes": _mean("column_shapes", "database", (), _named(scores, "column_shapes"), "no column compared"),
        "pair_trends": _mean("pair_trends", "database", (), _named(scores, "pair_trends"), "no pair compared"),
        "cardinality": _mean("cardinality", "database", (), _of_many_parents(scores), "no relationship"),
        "join_trends": _mean("join_trends", "database", (), _named(scores, "join_trends"), "no pair across a join"),
    }
    quality = _quality("database", (), [parts[name] for name in _PARTS], "nothing compared")
    kept = [
        _mean(name, "database", (), _named(scores, name), "no strongly dependent real pair")
        for name in ("pairs_kept", "joins_kept")
    ]
    kept += [
        _mean(name, "database", (), _named(scores, name), "no path over two joins")
        for kind in ("hop2", "cross_parent")
        for name in (f"{kind}_trends", f"{kind}_kept")
    ]
    kept += [_mean(name, "database", (), _named(scores, name), "no families") for name in ("siblings", "time")]
    detection = [
        _mean(f"{kind}_{measure}", "database", (), _named(scores, f"{kind}_{measure}"), "no table with enough rows")
        for kind in DETECTION_KINDS
        for measure in ("accuracy", "auc")
    ]
    return [quality, *parts.values(), *kept, *detection]


def _of_many_parents(scores: Iterable[Score]) -> list[Score]:
    """Children per parent where there are enough parents; the numbers of two stores never agree to the row."""
    found = _named(scores, "cardinality_shape")
    return [item for item in found if (item.rows_real or 0) >= FEWEST_PARENTS] or found


def _named(scores: Iterable[Score], name: str) -> list[Score]:
    return [item for item in scores if item.name == name and item.level != "database"]


def _mean(name: str, level: str, subject: tuple[str, ...], parts: list[Score], reason: str) -> Score:
    found = [item for item in parts if item.value is not None]
    return score(
        name,
        level,
        subject,
        mean_of([item.value for item in found]),
        ceiling=mean_of([item.ceiling for item in found]),
        error=error_of_mean([item.error for item in found]),
        reason="" if found else reason,
        breakdown={"parts": float(len(found)), **(mean_chance(found) if name in _PARTS else {})},
    )


def _quality(level: str, subject: tuple[str, ...], parts: list[Score], reason: str) -> Score:
    """Mean of the parts over what chance leaves of each: 1 for a copy as close as another draw of the same world.

    Of a database each table and relationship is set against its own chance, so that one of two rows, of which nothing
    can be said, excuses no other. Means of what is measured, and what halves of the real data reach, stand in the
    breakdown.
    """
    plain = _mean("quality", level, subject, parts, reason)
    values = [part.breakdown.get(BEYOND) if level == "database" else beyond_chance(part) for part in parts]
    raw = {"uncorrected": plain.value, "uncorrected_ceiling": plain.ceiling}
    return replace(
        plain,
        value=mean_of(values),
        ceiling=None if plain.value is None else 1.0,
        breakdown={**plain.breakdown, **{name: round(found, 4) for name, found in raw.items() if found is not None}},
    )
