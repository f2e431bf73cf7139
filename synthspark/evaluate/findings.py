"""The worst scores as sentences, each with what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synthspark.artifacts.report import Finding, Score
from synthspark.artifacts.schema import Schema
from synthspark.evaluate.definitions import gap_to_ceiling
from synthspark.evaluate.hops import find_paths
from synthspark.evaluate.joined import TOLD_BY
from synthspark.evaluate.remedies import ELSEWHERE, Making, remedy

MOST_FINDINGS = 100
MOST_OF_ONE_TABLE = 3  # lines of one table and its joins: the others are consequences, or stand in its section
_LITTLE_MORE = 0.05  # by which a join or a pair must be worse than its tables or columns alone, to be told beside them
_GAP_NOTE, _GAP_WARNING, _GAP_ERROR = 0.05, 0.15, 0.4  # loss of goodness against the ceiling
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


def find(scores: Sequence[Score], schema: Schema, making: Making = ELSEWHERE) -> tuple[Finding, ...]:
    """Findings, worst first: the gap to the ceiling decides; means are left out, their parts speak.

    Of each table, with its joins to parents and what lies beyond them, the worst three of different kinds stand for
    all; the last of them says how many more there are.
    """
    known = _Known.of(scores, schema)
    ranked = [
        (gap, item)
        for item in scores
        if _is_part(item)
        and (gap := gap_to_ceiling(item)) is not None
        and gap >= _GAP_NOTE
        and not known.explains(item, gap)
    ]
    ranked.sort(key=lambda entry: (-entry[0], entry[1].name, entry[1].subject))
    owners = [known.tables(item)[0] for _, item in ranked]
    kinds, lines = set[tuple[str, str]](), dict[str, list[tuple[float, Score]]]()
    for owner, (gap, item) in zip(owners, ranked, strict=True):
        own, kind = lines.setdefault(owner, []), (item.subject[0], item.name)
        if kind not in kinds and len(own) < MOST_OF_ONE_TABLE:
            own.append((gap, item))
            kinds.add(kind)
    left_out = Counter(owners)
    found: list[tuple[float, int, Finding]] = []
    for owner, own in lines.items():
        for place, (gap, item) in enumerate(own, 1):
            more = left_out[owner] - len(own) if place == len(own) else 0
            said = _message(item) + (f" ({more} more of {owner} and its joins)" if more else "")
            line = Finding(_severity(gap), _place(item), said, remedy(item, schema, making))
            found.append((-gap, len(found), line))
    return tuple(line for _, _, line in sorted(found, key=lambda entry: entry[:2])[:MOST_FINDINGS])


def _severity(gap: float) -> str:
    return "error" if gap >= _GAP_ERROR else "warning" if gap >= _GAP_WARNING else "note"


def _is_part(item: Score) -> bool:
    """Whether a score speaks for itself: no mean of others, no accuracy beside an area, and judged nowhere else."""
    return not (
        item.level == "database"
        or item.family in ("privacy", "utility")
        or item.name in _TABLE_SCORES
        or item.name.endswith("_accuracy")
    )


@dataclass(frozen=True)
class _Known:
    """What is known of tables and columns alone, so that what follows from it is not told once more.

    `detection` of each table, `gaps` of each column's shape, and the tables that each join or path brings together:
    that with the rows first, then those whose columns are paired.
    """

    detection: Mapping[str, float]
    gaps: Mapping[tuple[str, str], float]
    places: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, scores: Sequence[Score], schema: Schema) -> _Known:
        detection = {
            item.subject[0]: item.value or 0.0 for item in scores if item.name == "detection_auc" and item.subject
        }
        shapes = [item for item in scores if item.name in ("ks_complement", "tv_complement")]
        gaps = {(item.subject[0], item.subject[1]): gap_to_ceiling(item) or 0.0 for item in shapes}
        paths = {path.label: (path.tables[0], *path.ends) for path in find_paths(schema.keys_in_force())}
        joins = {key.label: (key.child, key.child, key.parent) for key in schema.foreign_keys}
        return cls(detection, gaps, {**paths, **joins})

    def tables(self, item: Score) -> tuple[str, ...]:
        """The table with the rows, and those of the columns that are paired."""
        return self.places.get(item.subject[0], (item.subject[0],) * 3)

    def explains(self, item: Score, gap: float) -> bool:
        """Whether a table or column alone shows about as much: a classifier needs no join, a pair has a bad shape."""
        if item.name in ("with_parent_auc", "with_children_auc"):
            alone = max(self.detection.get(table, 0.0) for table in self.tables(item))
            return alone >= 0.5 + _GAP_NOTE and (item.value or 0.0) - alone < _LITTLE_MORE
        if item.name != "contingency_similarity":
            return False
        sides = zip(self.tables(item)[1:], item.subject[-2:], strict=True)
        return gap - max(self.gaps.get(side, 0.0) for side in sides) < _LITTLE_MORE


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
    told = [name.removeprefix(TOLD_BY) for name in item.breakdown if name.startswith(TOLD_BY)]
    by = f"; told most by {', '.join(told)}" if told else ""
    return f"{said}: {item.name} {item.value:.3f}{ceiling}{sides}{by}"
