"""What awaits a decision, as a terminal and a notebook list it: table by table, the least sure first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import ForeignKey, Schema, Table
from synthspark.review.decide import names_of
from synthspark.review.page_entries import ROLE_MEANINGS
from synthspark.review.page_facts import sure


@dataclass(frozen=True)
class Open:
    """One open proposal: its table, the name to decide it by, what is proposed, and why."""

    table: str
    name: str
    proposal: str
    why: str
    confidence: float
    item: Table | ForeignKey | Rule

    @property
    def sure(self) -> str:
        return sure(self.confidence)


def awaiting(schema: Schema) -> tuple[Open, ...]:
    """All that is open; tables in the order of their least sure proposal, within each the least sure first."""
    keys = Counter(names_of(key)[0] for key in schema.foreign_keys)
    rules = Counter(names_of(rule)[0] for rule in schema.rules)
    found = [
        *(_of_table(table) for table in schema.tables.values() if table.status == "proposed"),
        *(_of_entry(key.child, key, keys) for key in schema.open_keys()),
        *(_of_entry(rule.table, rule, rules) for rule in schema.open_rules()),
    ]
    doubt: dict[str, float] = {}
    for one in found:
        doubt[one.table] = min(doubt.get(one.table, 1.0), one.confidence)
    place = {name: i for i, name in enumerate(schema.tables)}
    return tuple(sorted(found, key=lambda one: (doubt[one.table], place[one.table], one.confidence)))


def _of_table(table: Table) -> Open:
    key = f"primary key {', '.join(table.primary_key)}" if table.primary_key else "no primary key"
    proposal = key if table.role == "synthesize" else f"{key}; {ROLE_MEANINGS[table.role]}"
    return Open(table.name, table.name, proposal, table.why, table.confidence, table)


def _of_entry(table: str, item: ForeignKey | Rule, shared: Mapping[str, int]) -> Open:
    short, own = names_of(item)[0], names_of(item)[-1]
    return Open(table, short if shared[short] == 1 else own, _proposal(item), item.why, item.confidence, item)


def _proposal(item: ForeignKey | Rule) -> str:
    if isinstance(item, Rule):
        broken = f"; {item.violations:,} of {item.support:,} break it" if item.violations else ""
        return f"rule {item.kind.replace('_', ' ')}: {', '.join(item.columns)}{broken}"
    return f"-> {item.parent}.{', '.join(item.parent_columns)}"
