"""The relational schema: the contract between discovery, the person who reviews it, and every later stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from synthspark.artifacts.html import html_table
from synthspark.artifacts.question import Question
from synthspark.artifacts.rule import ENTITY, STATUSES, Rule
from synthspark.errors import SchemaError

FORMAT_VERSION = 1
ROLES = ("synthesize", "reference", "skip")
DECIDED = ("approved", "rejected", "locked")
IN_FORCE = ("approved", "locked")
# How a child's value is compared with its parent's: as it is; as the whole number that a text holds, so that "000042"
# and "C-000042" are 42; or trimmed and without case, so that "ab " is "AB".
COMPARISONS = ("exact", "number", "folded")
COARSENESS = ("exact", "folded", "number")  # the same from the one that tells most values apart to the one that least

# What the values of a column stand for. Personal types are never copied: they are replaced by a provider.
PERSONAL_SEMANTICS = frozenset(
    {
        "first_name",
        "last_name",
        "full_name",
        "email",
        "phone",
        "street",
        "address",
        "iban",
        "card_number",
        "national_id",
        "tax_id",
        "company_id",
        "licence_plate",
        "vehicle_id",
        "ip_address",
        "mac_address",
        "username",
        "person_code",
    }
)
OTHER_SEMANTICS = frozenset(
    {
        "key",
        "category",
        "number",
        "money",
        "percentage",
        "boolean",
        "date",
        "timestamp",
        "duration",
        "code",
        "free_text",
        "city",
        "country",
        "postal_code",
        "region",
        "company",
        "coordinate",
        "url",
        "uuid",
        "hash",
        "date_string",
        "json",
        "constant",
        "empty",
        "binary",
        "nested",
        "unknown",
    }
)
SEMANTICS = PERSONAL_SEMANTICS | OTHER_SEMANTICS


def _check_status(place: str, status: str) -> None:
    if status not in STATUSES:
        raise SchemaError(
            f"{place}: status {status!r}; expected one of {', '.join(STATUSES)}; correct it in schema.yaml"
        )


@dataclass(frozen=True)
class Column:
    """One column: its logical type (`long`, `string`, `decimal(10,2)`, `timestamp_ntz`, ...) and its meaning."""

    type: str
    semantic: str = "unknown"
    nullable: bool = True
    confidence: float = 1.0
    generate: str = "auto"  # auto | drop | verbatim: what a person may ask for
    comment: str = ""  # of the source's catalog
    tags: tuple[str, ...] = ()  # of the source's catalog: "pii", "pii=email"

    @property
    def personal(self) -> bool:
        return self.semantic in PERSONAL_SEMANTICS


@dataclass(frozen=True)
class Table:
    """One table: its role, its primary key (empty when it has none) and its columns in source order."""

    name: str
    columns: Mapping[str, Column]
    role: str = "synthesize"
    primary_key: tuple[str, ...] = ()
    alternate_keys: tuple[tuple[str, ...], ...] = ()
    status: str = "proposed"
    confidence: float = 1.0
    why: str = ""
    rows: int | None = None
    comment: str = ""  # of the source's catalog
    tags: tuple[str, ...] = ()
    virtual: bool = False  # an entity without a table (`artifacts.entities`); in no file

    def __post_init__(self) -> None:
        place = f"schema.yaml, table {self.name}"
        _check_status(place, self.status)
        if self.role not in ROLES:
            raise SchemaError(f"{place}: role {self.role!r}; expected one of {', '.join(ROLES)}")
        for key in (self.primary_key, *self.alternate_keys):
            for column in key:
                if column not in self.columns:
                    raise SchemaError(
                        f"{place}: key column {column!r} is not a column of the table; expected one of "
                        f"{', '.join(self.columns)}; correct primary_key or alternate_keys"
                    )

    @property
    def left_out(self) -> bool:
        """Whether a person decided that the copy does without this table: rejected, or its role is skip."""
        return self.status == "rejected" or (self.role == "skip" and self.status in IN_FORCE)


@dataclass(frozen=True)
class ForeignKey:
    """A reference of a child table to a parent table, column by column."""

    child: str
    child_columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    status: str = "proposed"
    confidence: float = 1.0
    evidence: Mapping[str, float] = field(default_factory=dict, hash=False)
    why: str = ""
    compare: tuple[str, ...] = ()  # one of COMPARISONS for each pair of columns; empty: all exact

    def __post_init__(self) -> None:
        place = f"schema.yaml, foreign key {self.label}"
        _check_status(place, self.status)
        if not self.child_columns or len(self.child_columns) != len(self.parent_columns):
            raise SchemaError(
                f"{place}: {len(self.child_columns)} child columns against {len(self.parent_columns)} parent columns; "
                "expected the same number, at least one; correct child_columns or parent_columns"
            )
        if set(self.compare) - set(COMPARISONS) or len(self.compare) not in (0, len(self.child_columns)):
            raise SchemaError(
                f"{place}: compare [{', '.join(self.compare)}]; expected one of {', '.join(COMPARISONS)} for each pair "
                "of columns; correct or remove compare"
            )

    @property
    def label(self) -> str:
        """Readable identity, e.g. ``loan.account_id -> account.account_id``."""
        child, parent = ", ".join(self.child_columns), ", ".join(self.parent_columns)
        return f"{self.child}.{child} -> {self.parent}.{parent}"

    @property
    def identity(self) -> tuple[str, str, frozenset[tuple[str, str]]]:
        """What makes two foreign keys the same one, whatever the order of their columns."""
        return self.child, self.parent, frozenset(zip(self.child_columns, self.parent_columns, strict=True))

    @property
    def comparisons(self) -> tuple[str, ...]:
        """How each pair of columns is compared."""
        return self.compare or ("exact",) * len(self.child_columns)

    @property
    def self_reference(self) -> bool:
        return self.child == self.parent


def is_measured(kind: str) -> bool:
    """Whether values of a logical type are moments, or numbers with a fraction: no keys, unlike as they may be."""
    return kind.startswith(("date", "timestamp", "double", "float")) or (
        kind.startswith("decimal") and not kind.endswith(",0)")
    )


def known_columns(rule: Rule, schema: Schema) -> bool:
    """Whether a schema has all tables and columns that a rule speaks of."""
    return all(
        table in schema.tables and set(columns) <= set(schema.tables[table].columns)
        for table, columns in rule.places().items()
    )


@dataclass(frozen=True)
class Schema:
    """Tables, foreign keys and rules of one database, each with the state of its review."""

    name: str
    tables: Mapping[str, Table]
    foreign_keys: tuple[ForeignKey, ...] = ()
    rules: tuple[Rule, ...] = ()
    candidates: tuple[ForeignKey, ...] = ()  # ranked alternatives, for the reviewer; never fitted
    questions: tuple[Question, ...] = ()  # where readings are close; settled by deciding the foreign keys they name
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        findings = [finding for key in self.foreign_keys for finding in self._faults(key)]
        findings += [finding for rule in self.rules for finding in self._rule_faults(rule)]
        if findings:
            raise SchemaError("\n".join(findings))

    def _faults(self, key: ForeignKey) -> list[str]:
        found = []
        for table, columns in ((key.child, key.child_columns), (key.parent, key.parent_columns)):
            if table not in self.tables:
                found.append(
                    f"schema.yaml, foreign key {key.label}: there is no table {table!r}; expected one of "
                    f"{', '.join(self.tables)}; correct the name or set the key's status to rejected"
                )
                continue
            found += [
                f"schema.yaml, foreign key {key.label}: table {table!r} has no column {column!r}; expected one of "
                f"{', '.join(self.tables[table].columns)}; correct the name or set the key's status to rejected"
                for column in columns
                if column not in self.tables[table].columns
            ]
        return found

    def _rule_faults(self, rule: Rule) -> list[str]:
        place, remedy = f"schema.yaml, rule {rule.label}", "correct the name or remove the rule"
        found = []
        for table, columns in rule.places().items():
            known = self.tables.get(table)
            if known is None:
                found.append(
                    f"{place}: there is no table {table!r}; expected one of {', '.join(self.tables)}; {remedy}"
                )
                continue
            found += [
                f"{place}: table {table!r} has no column {column!r}; expected one of "
                f"{', '.join(known.columns)}; {remedy}"
                for column in columns
                if column not in known.columns
            ]
        return found

    def keys_in_force(self) -> tuple[ForeignKey, ...]:
        """Approved foreign keys between tables that are not skipped."""
        return tuple(
            key
            for key in self.foreign_keys
            if key.status in IN_FORCE
            and not self.without_effect(key)
            and "skip" not in (self.tables[key.child].role, self.tables[key.parent].role)
        )

    def without_effect(self, item: ForeignKey | Rule) -> bool:
        """Whether it touches a table that is left out, so that nobody needs to decide it."""
        tables = (item.child, item.parent) if isinstance(item, ForeignKey) else item.places()
        left_out = [name in self.tables and self.tables[name].left_out for name in tables]
        whole = isinstance(item, Rule) and item.kind == ENTITY  # what is left of the tables still names the things
        return all(left_out) if whole else any(left_out)

    def rules_in_force(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.status in IN_FORCE and not self.without_effect(rule))

    def open_questions(self) -> tuple[Question, ...]:
        """Questions that name a foreign key which still awaits a decision."""
        undecided = {key.label for key in self.open_keys()}
        return tuple(question for question in self.questions if undecided & set(question.labels))

    def pending(self) -> tuple[str, ...]:
        """Labels of everything that awaits a decision, tables first; what touches a table left out awaits none."""
        return (
            *(f"table {table.name}" for table in self.tables.values() if table.status == "proposed"),
            *(key.label for key in self.open_keys()),
            *(f"rule {rule.label}" for rule in self.open_rules()),
        )

    def open_keys(self) -> tuple[ForeignKey, ...]:
        """Foreign keys that await a decision."""
        return tuple(key for key in self.foreign_keys if key.status == "proposed" and not self.without_effect(key))

    def open_rules(self) -> tuple[Rule, ...]:
        """Rules that await a decision."""
        return tuple(rule for rule in self.rules if rule.status == "proposed" and not self.without_effect(rule))

    def decided(self, status: str) -> Schema:
        """The same schema with every open proposal set to `status`."""

        def settle(item: Any) -> Any:
            return replace(item, status=status) if item.status == "proposed" else item

        return replace(
            self,
            tables={name: settle(table) for name, table in self.tables.items()},
            foreign_keys=tuple(settle(key) for key in self.foreign_keys),
            rules=tuple(settle(rule) for rule in self.rules),
        )

    def _repr_html_(self) -> str:
        """How far the review is, what is asked, then tables and relationships, the open and least sure first."""
        total = len(self.tables) + len(self.foreign_keys) + len(self.rules)
        waiting = len(self.pending())
        told = f"{self.name}: {total - waiting} of {total} decided, {waiting} open"
        hint = "m.answer('1a'), m.approve('TABLE', 'TABLE.COLUMN', 'TABLE.*'), m.reject(...), or review.html"
        asked = [
            (f"{number}{'abcdefghijklmnopqrstuvwxyz'[place]}", question.text, reading.text, reading.confidence)
            for number, question in enumerate(self.questions, 1)
            if question in self.open_questions()
            for place, reading in enumerate(question.readings)
        ]
        tables = [
            (
                table.name,
                table.rows,
                ", ".join(table.primary_key),
                table.role,
                table.confidence,
                table.status,
                table.why,
            )
            for table in _doubtful_first(self.tables.values())
        ]
        keys = [(key.label, key.confidence, key.status, key.why) for key in _doubtful_first(self.foreign_keys)]
        rules = [(rule.label, rule.why, rule.confidence, rule.status) for rule in _doubtful_first(self.rules)]
        sections = (
            (told + (f"; decide with {hint}" if waiting else ""), ("answer", "question", "reading", "sure"), asked),
            (f"{len(keys)} foreign keys", ("foreign key", "sure", "status", "why"), keys),
            (f"{len(tables)} tables", ("table", "rows", "primary key", "role", "sure", "status", "why"), tables),
            (f"{len(rules)} rules", ("rule", "what it says", "sure", "status"), rules),
        )
        return "".join(html_table(title, heads if rows else (), rows) for title, heads, rows in sections)


_Item = TypeVar("_Item", Table, ForeignKey, Rule)


def _doubtful_first(items: Iterable[_Item]) -> list[_Item]:
    return sorted(items, key=lambda item: (item.status != "proposed", item.confidence))
