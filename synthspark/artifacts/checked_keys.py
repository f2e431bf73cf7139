"""Check characters of keys: keys are issued with them, and references to such keys have them as well."""

from __future__ import annotations

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import ForeignKey, Schema


def checks_wanted(schema: Schema, table: str) -> dict[str, str]:
    """Scheme of each column of a table that an approved rule says to carry check characters."""
    rules = [rule for rule in schema.rules_in_force() if rule.kind == "check" and rule.table == table]
    return {rule.columns[0]: str(rule.parameters["scheme"]) for rule in reversed(rules)}


def is_held_by_keys(schema: Schema, rule: Rule) -> bool:
    """Whether a rule on check characters holds by the way in which keys are issued, or because it holds in a parent."""
    return _holds(schema, rule.table, rule.columns[0], str(rule.parameters["scheme"]), frozenset())


def _holds(schema: Schema, table: str, column: str, scheme: str, seen: frozenset[tuple[str, str]]) -> bool:
    if (table, column) in seen or checks_wanted(schema, table).get(column) != scheme:
        return False
    own = [key for key in schema.keys_in_force() if key.child == table and column in key.child_columns]
    if not own:
        return _is_issued(schema, table, column)
    above = [(key.parent, _parent_column(key, column)) for key in own]
    return all(one and _holds(schema, parent, one, scheme, seen | {(table, column)}) for parent, one in above)


def _is_issued(schema: Schema, table: str, column: str) -> bool:
    """Whether it is a text that is a key by itself, told apart as it is written."""
    known, keys = schema.tables[table], [key for key in schema.keys_in_force() if key.parent == table]
    unique = [known.primary_key, *known.alternate_keys, *(key.parent_columns for key in keys)]
    plain = known.role == "synthesize" and known.columns[column].generate == "auto"
    numbered = any("number" in _comparisons(key, column) for key in keys)
    return (column,) in unique and plain and known.columns[column].type == "string" and not numbered


def _parent_column(key: ForeignKey, column: str) -> str:
    """The column that a child's column repeats to the letter; "" where it is written in another way."""
    place = key.child_columns.index(column)
    return key.parent_columns[place] if key.comparisons[place] == "exact" else ""


def _comparisons(key: ForeignKey, column: str) -> list[str]:
    return [how for name, how in zip(key.parent_columns, key.comparisons, strict=True) if name == column]
