"""What the other references of a schema say of each of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from synthspark.relate.evidence import RankedReference
from synthspark.relate.facts import Facts, Place
from synthspark.relate.hubs import referring

LIKELY = 0.5  # probability from which a reference tells something of the others
SURPRISING = 0.5  # tuples that match by more than the fullness of the parent's grid
SAME = ("composite", "unnamed")  # evidence of the reference itself that counts once more


def context_evidence(
    facts: Facts, references: Sequence[RankedReference]
) -> dict[tuple[Place, Place], dict[str, float]]:
    """What the other references say of each.

    `implied`: it follows from them. `borrowed`: its parent's key consists of references. `returns`: the parent refers
    to the child's key. `twin`: the child's primary key refers to what another unique column of its table refers to.
    `neighbours`: how likely the columns beside it are references.
    """
    likely = [one for one in references if one.certainty >= LIKELY]
    rivals = Counter(map(referring, references))
    by_child: dict[str, list[RankedReference]] = defaultdict(list)
    for one in likely:
        by_child[one.child.table].append(one)
    borrowed, beside = _borrowed(likely), _beside(facts, references)
    found = {}
    for one in references:
        found[one.child, one.parent] = {
            "implied": float(_implied(facts, one, by_child)),
            "borrowed": float(borrowed(one.parent)),
            "rivals": rivals[referring(one)] / (rivals[referring(one)] + 3.0),
            "returns": float(any(back.parent == one.child for back in by_child[one.parent.table] if back != one)),
            "twin": float(
                bool(one.evidence["child_primary"]) and any(_twins(one, by) for by in by_child[one.child.table])
            ),
            "neighbours": beside(one.child),
        }
    return found


def _borrowed(likely: Sequence[RankedReference]) -> Callable[[Place], bool]:
    """Whether each column of a composite key refers to another table."""
    single = {(one.child.table, one.child.columns[0]): one for one in likely if len(one.child.columns) == 1}

    def refers(table: str, column: str) -> bool:
        return (table, column) in single and single[table, column].parent.table != table

    return lambda key: len(key.columns) > 1 and all(refers(key.table, column) for column in key.columns)


def _beside(facts: Facts, references: Sequence[RankedReference]) -> Callable[[Place], float]:
    """Mean probability that the columns next to a single one are references; nothing for several columns."""
    best: dict[tuple[str, int], float] = defaultdict(float)
    for one in references:
        for column in facts.of(one.child):
            at = one.child.table, column.position
            best[at] = max(best[at], one.certainty)

    def mean(child: Place) -> float:
        if len(child.columns) > 1:
            return 0.0
        column = facts.of(child)[0]
        places = [at for at in (column.position - 1, column.position + 1) if 0 <= at < column.n_columns]
        return sum(best.get((child.table, at), 0.0) for at in places) / max(1, len(places))

    return mean


def _twins(one: RankedReference, other: RankedReference) -> bool:
    return other.parent == one.parent and other.child != one.child and bool(other.evidence["child_unique"])


def _implied(facts: Facts, reference: RankedReference, by_child: Mapping[str, Sequence[RankedReference]]) -> bool:
    """Whether a wider reference of the same rows leads to a table that refers to the same parent with these columns."""
    for wider in by_child[reference.child.table]:
        if not set(reference.child.columns) < set(wider.child.columns) or not _same_rows(facts, reference, wider):
            continue
        if wider.evidence["tuple_surprise"] < SURPRISING:
            continue
        carried = dict(zip(wider.child.columns, wider.parent.columns, strict=True))
        start = tuple(carried[column] for column in reference.child.columns)
        for onward in by_child[wider.parent.table]:
            if _follows(start, onward, reference.parent):
                return True
            if set(start) < set(onward.child.columns) and onward is not reference:
                further = dict(zip(onward.child.columns, onward.parent.columns, strict=True))
                second = tuple(further[column] for column in start)
                if any(_follows(second, last, reference.parent) for last in by_child[onward.parent.table]):
                    return True
    return False


def _follows(columns: tuple[str, ...], reference: RankedReference, parent: Place) -> bool:
    """Whether the reference takes these columns to the columns of the parent."""
    if reference.parent.table != parent.table or set(columns) != set(reference.child.columns):
        return False
    carried = dict(zip(reference.child.columns, reference.parent.columns, strict=True))
    return tuple(carried[column] for column in columns) == parent.columns


def _same_rows(facts: Facts, reference: RankedReference, wider: RankedReference) -> bool:
    own = max(column.profile.nulls for column in facts.of(reference.child))
    others = max(column.profile.nulls for column in facts.of(wider.child))
    return others <= own and wider.inclusion.coverage >= reference.inclusion.coverage - 0.01
