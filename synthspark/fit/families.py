"""Which rows of each table are fitted: whole families, so few that their rows fit into one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synthspark.artifacts.plan import DatabasePlan

ENOUGH_ROWS = 2_000  # of a parent, from which it can be learned: where fewer would be left, none are left out
ENOUGH_FAMILIES = 200  # from which the order of rows in a family can be learned; of fewer, some rows of each are taken
ROWS_OF_EACH = 8  # rows of every family that tell well enough what its rows have in common


@dataclass(frozen=True)
class Part:
    """Rows of a table that are fitted.

    Attributes
    ----------
    families : float
        Share of the context parents that are fitted whose rows are fitted, all of them.
    drawn : float
        Share of the rows that are drawn each for itself.
    kept : float
        Share of all rows that is left: those of parents that are not fitted are left out as well.
    of_each : float
        Share of the rows that is drawn of every family, to tell what its rows have in common, where not all families
        are fitted.
    """

    families: float = 1.0
    drawn: float = 1.0
    kept: float = 1.0
    of_each: float = 1.0


def parts_to_fit(plan: DatabasePlan, rows: Mapping[str, int], most: Mapping[str, int]) -> dict[str, Part]:
    """Part of each table that is fitted, so that of none more rows than `most` are expected.

    Rows are left out as far down as that does no harm to those above. An account stays although only some of the
    accounts' transactions are fitted, as long as several of every account tell what they have in common; customers with
    a few orders each are left out themselves, with all of their orders.
    """
    found: dict[str, Part] = {}

    def limit(table: str) -> float:
        return min(1.0, most[table] / max(rows[table], 1))

    def wanted(table: str) -> float:
        return min([limit(table), *(wanted(key.child) for key in plan.children_of(table))])

    def share_of(table: str, kept: float) -> float:
        """Share of all rows of the table that is to be left, where so much is left of its parent."""
        below = [key.child for key in plan.children_of(table)]
        goal, own = min(map(wanted, below), default=1.0), limit(table)
        few = [name for name in below if wanted(name) < kept and most[name] < ROWS_OF_EACH * rows[table] * kept]
        if few and goal * rows[table] >= ENOUGH_ROWS:
            own = min(own, goal)
        return min(kept, own)

    def draw(table: str, parent: str | None) -> None:
        before = found[parent].kept if parent else 1.0
        kept = share_of(table, before)
        share = kept / before
        whole = parent is not None and share * before * rows[parent] >= ENOUGH_FAMILIES
        families, drawn = (share, 1.0) if whole else (1.0, share)
        found[table] = Part(families, drawn, kept, min(1.0, limit(table) / before))
        for key in plan.children_of(table):
            draw(key.child, table)

    for table, own in plan.tables.items():
        if own.context is None:
            draw(table, None)
    return found
