"""Business rules: the closed list of their kinds, and what the columns and parameters of each mean.

A rule speaks of the rows in which all its columns are filled, unless it is about missing values. Numbers, dates and
timestamps of a rule are compared as numbers; a date is its midnight.

A rule that crosses a relationship names it by three parameters: ``via`` (columns of the child), ``parent`` (or
``child``, where the rule's own table is the parent) and ``parent_key`` (columns of the parent, in the order of
``via``); ``compare`` is that of the foreign key where its values differ in format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synthspark.errors import SchemaError

STATUSES = ("proposed", "approved", "rejected", "locked")

CROSSING = ("via", "parent_key")
ENTITY = "entity"


@dataclass(frozen=True)
class RuleKind:
    """What a kind says of its columns; `needed` and `optional` are its parameters.

    `identifying` parameters tell two rules on the same columns apart; a change of the others is the same rule.
    """

    meaning: str
    least_columns: int = 1
    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    identifying: tuple[str, ...] = ()


RULE_KINDS: dict[str, RuleKind] = {
    "order": RuleKind("the first column is never greater than the second", 2),
    "offset": RuleKind(
        "the second column is the first plus `amount` of `unit`: one, day, second or month (the same day of the month, "
        "or its last day)",
        2,
        needed=("amount", "unit"),
    ),
    "formula": RuleKind(
        "the first column follows from the others, within `tolerance` (or one part in 10^9). `form` sum: their sum, "
        "each times 1 or -1 as `signs` says. `form` product: `factor` times all of them, each as its entry of `terms` "
        "says: x, 1-x, 1+x, 1-x/100, 1+x/100 or 1/x",
        2,
        needed=("form", "tolerance"),
        optional=("signs", "factor", "terms"),
    ),
    "dependency": RuleKind(
        "the columns named in `determinants` fix all others: equal there, equal everywhere", 2, needed=("determinants",)
    ),
    "one_hot": RuleKind("exactly one of the columns is 1 or true, the others are 0 or false", 2),
    "sequence": RuleKind(
        "the column counts `start`, `start` + 1, ... within the rows that agree in the columns `within`, none twice; "
        "along these numbers the column `along`, if one is named, never goes back",
        needed=("within", "start"),
        optional=("along",),
        identifying=("within",),
    ),
    "unique": RuleKind("no two rows agree in all columns", 1),
    "null_together": RuleKind("the columns are missing in the same rows", 2),
    "null_when": RuleKind(
        "the column is missing where `column` has one of `values`, and, if `exact`, only there",
        needed=("column", "values"),
        optional=("exact",),
        identifying=("column",),
    ),
    "check": RuleKind("the values carry a valid check digit of the scheme `scheme`", needed=("scheme",)),
    "copy": RuleKind(
        "the columns equal `parent_columns` of the row of `parent` that `via` refers to",
        needed=("parent", *CROSSING, "parent_columns"),
        optional=("compare",),
        identifying=("parent", "via", "parent_columns"),
    ),
    "parent_order": RuleKind(
        "the column is at least the column `at_least` (at most `at_most`) of the row of `parent` that `via` refers to",
        needed=("parent", *CROSSING),
        optional=("at_least", "at_most", "compare"),
        identifying=("parent", "via", "at_least", "at_most"),
    ),
    "child_total": RuleKind(
        "the column is the `function` (sum, count, min, max, mean) of `child_column` over the rows of `child` that "
        "refer to the row, within `tolerance`; `empty` says what it is without any: zero, null or other",
        needed=("child", *CROSSING, "function", "tolerance", "empty"),
        optional=("child_column", "compare"),
        identifying=("child", "via", "function", "child_column"),
    ),
    ENTITY: RuleKind(
        "the columns, and those that `others` lists as [table, column...], name the same things, which have no table "
        "of their own; there are `distinct` of them",
        optional=("others", "distinct"),
    ),
}


@dataclass(frozen=True)
class Rule:
    """A business rule of one of `RULE_KINDS`; `evidence` holds `support` (rows it was checked on) and `violations`.

    `parameters` can carry values of the source: those of a category that says when another column is missing.
    """

    kind: str
    table: str
    columns: tuple[str, ...]
    status: str = "proposed"
    confidence: float = 1.0
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    evidence: Mapping[str, float] = field(default_factory=dict, hash=False)
    why: str = ""

    def __post_init__(self) -> None:
        place = f"schema.yaml, rule {self.label}"
        if self.status not in STATUSES:
            raise SchemaError(
                f"{place}: status {self.status!r}; expected one of {', '.join(STATUSES)}; correct it in schema.yaml"
            )
        kind = RULE_KINDS.get(self.kind)
        if kind is None:
            raise SchemaError(
                f"{place}: there is no such kind; expected one of {', '.join(RULE_KINDS)}; correct or remove the rule"
            )
        missing = [name for name in kind.needed if name not in self.parameters]
        unknown = [name for name in self.parameters if name not in (*kind.needed, *kind.optional)]
        if missing or unknown:
            found = f"lacks {', '.join(missing)}" if missing else f"the unknown {', '.join(unknown)}"
            known = ", ".join((*kind.needed, *kind.optional)) or "none"
            raise SchemaError(f"{place}: parameters: {found}; expected {known}; correct or remove the rule")
        if len(self.columns) < kind.least_columns:
            raise SchemaError(
                f"{place}: {len(self.columns)} columns; expected at least {kind.least_columns}: {kind.meaning}; "
                "correct or remove the rule"
            )

    @property
    def label(self) -> str:
        """Readable identity, e.g. ``order: ordered_on, shipped_on``."""
        return f"{self.table} {self.kind.replace('_', ' ')}: {', '.join(self.columns)}"

    @property
    def identity(self) -> tuple[str, str, tuple[str, ...], str]:
        """What makes two rules the same one."""
        kind = RULE_KINDS[self.kind]
        told = {name: _plain(self.parameters[name]) for name in kind.identifying if name in self.parameters}
        return self.kind, self.table, self.columns, repr(told)

    @property
    def support(self) -> int:
        """Rows (or groups, or parents) that the rule was checked on."""
        return int(self.evidence.get("support", 0))

    @property
    def violations(self) -> int:
        return int(self.evidence.get("violations", 0))

    @property
    def other_table(self) -> str | None:
        """The table at the other end of the relationship that the rule crosses; None for a rule of one table."""
        other = self.parameters.get("parent", self.parameters.get("child"))
        return None if other is None else str(other)

    def places(self) -> dict[str, tuple[str, ...]]:
        """Columns that the rule speaks of, by table."""
        given = self.parameters
        own, other = list(self.columns), []
        for name in ("determinants", "within", "along", "column"):
            own += _names(given.get(name))
        for name in ("parent_columns", "at_least", "at_most", "child_column"):
            other += _names(given.get(name))
        if "via" in given:
            child_key, parent_key = _names(given["via"]), _names(given["parent_key"])
            own, other = (
                (own + parent_key, other + child_key) if "child" in given else (own + child_key, other + parent_key)
            )
        found = {self.table: tuple(dict.fromkeys(own))}
        for table, *columns in given.get("others") or ():
            found[str(table)] = tuple(dict.fromkeys((*found.get(str(table), ()), *map(str, columns))))
        if self.other_table is not None:
            together = [*found.get(self.other_table, ()), *other]
            found[self.other_table] = tuple(dict.fromkeys(together))
        return found


def _names(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(item) for item in value]


def _plain(value: Any) -> Any:
    return [str(item) for item in value] if isinstance(value, list | tuple) else value
