"""The worst scores as sentences, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable

from synthspark.artifacts.report import Finding, Score
from synthspark.artifacts.schema import ForeignKey, Schema

MOST_FINDINGS = 100
MOST_OF_ONE_KIND = 15  # findings of one score name, so that one weakness does not hide the others
_GAP_NOTE, _GAP_WARNING, _GAP_ERROR = 0.05, 0.15, 0.4  # loss of goodness against the ceiling
_CHANCE = 1.0  # distance expected by chance, in units of sqrt(1/n + 1/m): Kolmogorov's mean, .87, rounded up
_TABLE_SCORES = frozenset(
    {
        "column_shapes",
        "pair_trends",
        "quality",
        "cardinality",
        "join_trends",
        "hop2_trends",
        "cross_parent_trends",
        "siblings",
        "time",
    }
)


def find(scores: Iterable[Score], schema: Schema) -> tuple[Finding, ...]:
    """Findings, worst first: the gap to the ceiling decides; means are left out, their parts speak."""
    keys = {key.label: key for key in schema.foreign_keys}
    ranked = []
    for item in scores:
        if (
            item.level == "database"
            or item.family in ("privacy", "utility")
            or item.name in _TABLE_SCORES
            or item.name.endswith("_accuracy")
        ):
            continue
        gap = gap_to_ceiling(item)
        if gap is not None and gap >= _GAP_NOTE:
            ranked.append((gap, item))
    ranked.sort(key=lambda entry: (-entry[0], entry[1].name, entry[1].subject))
    found, seen = [], dict[str, int]()
    for gap, item in ranked:
        seen[item.name] = seen.get(item.name, 0) + 1
        if seen[item.name] <= MOST_OF_ONE_KIND:
            severity = "error" if gap >= _GAP_ERROR else "warning" if gap >= _GAP_WARNING else "note"
            found.append(Finding(severity, _place(item), _message(item), _remedy(item, keys)))
    return tuple(found[:MOST_FINDINGS])


def gap_to_ceiling(item: Score) -> float | None:
    """Loss of goodness against what real data reach; None without a value."""
    if item.goodness is None:
        return None
    if item.ceiling is not None:
        reach = min(1.0, max(0.0, (item.ceiling - item.worst) / (item.best - item.worst)))
    else:
        sides = [rows for rows in (item.rows_real, item.rows_synthetic) if rows]
        reach = 1.0 - _CHANCE * sum(1.0 / rows for rows in sides) ** 0.5
    return max(0.0, reach - item.goodness)


def _place(item: Score) -> str:
    if item.level in ("relationship", "joined", "history") and len(item.subject) > 1:
        return f"{item.subject[0]}, {' with '.join(item.subject[1:])}"
    return ".".join(item.subject[:2]) + (f" with {item.subject[2]}" if len(item.subject) > 2 else "")


_SAID = {
    "ks_complement": "the distribution of the values differs",
    "tv_complement": "the shares of the categories differ",
    "null_similarity": "the share of missing values differs",
    "correlation_similarity": "the correlation differs",
    "contingency_similarity": "the joint distribution differs",
    "pairs_kept": "dependence between columns is lost",
    "cardinality_shape": "the number of children per parent differs",
    "hop2_kept": "dependence between children and their grandparents is lost",
    "cross_parent_kept": "dependence between two parents of the same child is lost",
    "sibling_similarity": "children of one parent are alike to another degree",
    "gap_shape": "the time from one child to the next differs",
    "span_shape": "the time from the first to the last child differs",
    "first_event_shape": "the time from the parent's moment to the first child differs",
    "step_shape": "the change from one child to the next differs",
    "transition_similarity": "which category follows which differs",
    "autocorrelation_similarity": "the likeness of a child with the next one differs",
    "joins_kept": "dependence between children and parents is lost",
    "orphan_similarity": "the share of children without a parent differs",
    "key_null_similarity": "the share of rows without a key differs",
    "detection_auc": "a classifier tells synthetic rows from real ones",
    "with_parent_auc": "a classifier tells synthetic rows from real ones once they are joined with their parents",
    "with_children_auc": "a classifier tells synthetic rows from real ones by the aggregates of their children",
}


def _message(item: Score) -> str:
    said = _SAID.get(item.name, item.name)
    ceiling = "" if item.ceiling is None else f", real against real {item.ceiling:.3f}"
    sides = ""
    if "real" in item.breakdown and "synthetic" in item.breakdown:
        sides = f"; {item.breakdown['real']:.3f} real, {item.breakdown['synthetic']:.3f} synthetic"
    return f"{said}: {item.name} {item.value:.3f}{ceiling}{sides}"


def _remedy(item: Score, keys: dict[str, ForeignKey]) -> str:
    key = keys.get(item.subject[0])
    if key is not None:
        return _relationship_remedy(item, key)
    table = item.subject[0]
    if item.name.startswith(("hop2_", "cross_parent_")) or (len(item.subject) == 3 and item.level == "joined"):
        return (
            "keep fit.relatives on, raise fit.shard_rows, or approve the role reference for a small table on the path"
        )
    if item.level == "column":
        column = item.subject[1]
        if item.name == "null_similarity":
            return f"look whether {table}.{column} marks missing values in several ways; otherwise raise fit.shard_rows"
        return (
            f"check tables.{table}.columns.{column}.semantic (a code taken for a number, or the reverse), "
            f"or try tables.{table}.engine: trees"
        )
    if item.name == "with_children_auc":
        return (
            f"approve {table}'s role and the context of its child tables (tables.<child>.context), raise fit.shard_rows"
        )
    if item.level in ("column_pair", "table"):
        return (
            f"try tables.{table}.engine: trees, raise fit.shard_rows, or approve a rule that ties the columns together"
        )
    return "raise fit.shard_rows"


def _relationship_remedy(item: Score, key: ForeignKey) -> str:
    columns = ", ".join(key.child_columns)
    if item.level == "history":
        return (
            f"let this parent create the rows: tables.{key.child}.context: [{columns}], so that a row follows its "
            "siblings; check that the column that gives their order is read as a date or timestamp"
        )
    if item.name in ("orphan_similarity", "key_null_similarity"):
        return f"check in schema.yaml whether {key.label} is a true relationship; reject it if it is not"
    if item.name == "cardinality_shape":
        return f"let this parent create the rows: tables.{key.child}.context: [{columns}], or check its primary key"
    return (
        f"let this parent create the rows (tables.{key.child}.context: [{columns}]), or approve the role reference "
        f"for {key.parent} if it is a small lookup table"
    )
