"""The people to protect: which tables hold them, and which tables hold what belongs to them."""

from __future__ import annotations

from collections.abc import Sequence

from synthspark.artifacts.reach import reachable
from synthspark.artifacts.schema import PERSONAL_SEMANTICS, ForeignKey, Schema, Table
from synthspark.errors import ConfigError

_NAMES = frozenset({"first_name", "last_name", "full_name", "email", "national_id", "username", "person_code"})
_MOMENTS = ("date", "timestamp")
FEWEST_SUBJECTS = 10  # rows of a table that can stand for people: fewer are branches, teams, categories


def find_subjects(schema: Schema, wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """Tables whose rows are the people to protect: those asked for, or the one that most likely holds them.

    Proposed is the table to which most rows of others refer, directly or not, among those that name and describe a
    person, else among those with a column that names one, else among those with personal columns, else among those
    that have a history: rows that belong to them, and dates of their own or nothing but an identifier that rows share
    (`artifacts.entities`). A list of codes has no date, however many rows refer to it. Else among all; empty when no
    table can be.

    Raises
    ------
    ConfigError
        If a table asked for is not there or has no rows of its own in the copy.
    """
    if wanted:
        known = [name for name, table in schema.tables.items() if table.role == "synthesize"]
        missing = [name for name in wanted if name not in known]
        if missing:
            raise ConfigError(
                f"privacy.subjects: {missing[0]} is no synthesized table; expected some of "
                f"{', '.join(known)}; correct it"
            )
        return tuple(wanted)
    candidates = [name for name in schema.tables if _can_be(schema, name)]
    personal = [name for name in candidates if _semantics(schema, name) & PERSONAL_SEMANTICS]
    named = [name for name in personal if _semantics(schema, name) & _NAMES]
    # One name alone may be anybody's: the composer of a track, the author of a note.
    described = [name for name in named if len(_semantics(schema, name) & PERSONAL_SEMANTICS) > 1]
    historic = [name for name in candidates if _has_history(schema.tables[name]) and _weight(schema, name)]
    chosen = described or named or personal or historic or candidates
    best = max(chosen, key=lambda name: (_weight(schema, name), schema.tables[name].rows or 0), default="")
    return (best,) if best else ()


def tables_of_people(schema: Schema, subjects: Sequence[str], k: int) -> frozenset[str]:
    """Tables of which a row is a person, or belongs to one, or has fewer than k such rows on average.

    People are the subjects and what tables with names hold. The account of a couple is as much theirs as its
    transactions are; the branch that a thousand customers go to is not.
    """
    onward: dict[str, set[str]] = {}
    for key in schema.keys_in_force():
        onward.setdefault(key.parent, set()).add(key.child)
        if _is_of_few(schema, key, k):
            onward.setdefault(key.child, set()).add(key.parent)
    people = {*subjects, *(n for n in schema.tables if _semantics(schema, n) & _NAMES)}
    return frozenset().union(*(reachable(name, onward) for name in people))


def _is_of_few(schema: Schema, key: ForeignKey, k: int) -> bool:
    """Whether fewer than k rows refer to a row of the parent on average."""
    return (schema.tables[key.child].rows or 0) < k * (schema.tables[key.parent].rows or 0)


def _semantics(schema: Schema, name: str) -> set[str]:
    return {column.semantic for column in schema.tables[name].columns.values()}


def _has_history(table: Table) -> bool:
    if table.virtual:
        return len(table.primary_key) == 1
    return any(column.type.startswith(_MOMENTS) for column in table.columns.values())


def _can_be(schema: Schema, name: str) -> bool:
    table = schema.tables[name]
    return table.role == "synthesize" and not table.left_out and (table.rows or 0) >= FEWEST_SUBJECTS


def _weight(schema: Schema, name: str) -> int:
    return sum(schema.tables[table].rows or 0 for table in belongings(schema, name))


def belongings(schema: Schema, subject: str) -> tuple[str, ...]:
    """Tables whose rows refer to a subject's row, directly or not; a table after those of them that it refers to.

    Where tables refer to each other in a circle, the one nearer to the subject comes first.
    """
    keys = [key for key in schema.keys_in_force() if not key.self_reference and key.child != subject]
    near = [subject]
    for table in near:
        near += dict.fromkeys(key.child for key in keys if key.parent == table and key.child not in near)
    ordered, open_tables = [subject], near[1:]
    while open_tables:
        waiting = {key.child for key in keys if key.parent in open_tables}
        ready = next((table for table in open_tables if table not in waiting), open_tables[0])
        ordered.append(ready)
        open_tables.remove(ready)
    return tuple(ordered[1:])


def ways_down(schema: Schema, subject: str) -> tuple[ForeignKey, ...]:
    """The foreign keys along which rows belong to a subject, in the order in which they can be followed.

    Keys that lead back to a table reached before are left out.
    """
    order = (subject, *belongings(schema, subject))
    keys = [key for key in schema.keys_in_force() if key.parent in order and key.child in order[1:]]
    ahead = [key for key in keys if order.index(key.parent) < order.index(key.child)]
    return tuple(sorted(ahead, key=lambda key: (order.index(key.child), order.index(key.parent))))


def ways_back(schema: Schema, subject: str) -> tuple[ForeignKey, ...]:
    """Foreign keys among a subject's tables that `ways_down` leaves out: circles and self references."""
    order = (subject, *belongings(schema, subject))
    down = ways_down(schema, subject)
    return tuple(k for k in schema.keys_in_force() if k.parent in order and k.child in order and k not in down)
