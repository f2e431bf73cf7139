"""What to do about a score: settings that are not so already, by how the copy was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.report import Score
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.config import FitSettings, Settings
from synthspark.evaluate.hops import find_paths

LOOKUP_ROWS = 1_000  # of a table that may be a list of codes: larger ones hold things or people
_ROWS_PER_CODE = 10  # of a child for each row of such a list, at least
_READINGS = ("string", "byte", "short", "integer", "long")  # types whose values may be taken for something else
_NOTHING = "no setting is left to try; see with evaluate.tasks and evaluate.queries whether your use depends on it"


@dataclass(frozen=True)
class Making:
    """How the copy was made: child columns of the key whose parent made each table's rows, engines, bounds.

    `given` are keys that follow from others, refer to their own table, or are filled in afterwards: their parents
    cannot make rows. Of a copy made elsewhere nothing is known.
    """

    contexts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    engines: Mapping[str, str] = field(default_factory=dict)
    fit: FitSettings = field(default_factory=FitSettings)
    known: bool = True

    @classmethod
    def of(cls, plan: DatabasePlan, settings: Settings) -> Making:
        """How a run makes its copy."""
        given = {key.label for table in plan.tables.values() for key in table.implied}
        given |= {link.key.label for table in plan.tables.values() for link in table.links if link.deferred}
        given |= {link.key.label for table in plan.tables.values() for link in table.links if link.key.self_reference}
        contexts = {name: table.context.child_columns for name, table in plan.tables.items() if table.context}
        engines = {name: settings.engine_of(name) for name in plan.tables}
        return cls(contexts, frozenset(given), engines, settings.fit)

    def smooth(self, tables: Iterable[str]) -> frozenset[str]:
        """Those of the tables that are made by the engine that learns no single row."""
        return frozenset(table for table in tables if self.engines.get(table) == "copula")


ELSEWHERE = Making(known=False)


def remedy(item: Score, schema: Schema, making: Making) -> str:
    """What to do, the surest first, in terms of the config; or that nothing is left to try."""
    key = next((key for key in schema.foreign_keys if key.label == item.subject[0]), None)
    if key is not None and item.name in ("orphan_similarity", "key_null_similarity"):
        return f"check in schema.yaml whether {key.label} is a true relationship; reject it if it is not"
    if not making.known:
        return "the copy was made elsewhere: show the figure to whoever made it"
    steps = list(_of_key(item, key, schema, making) if key else _of_place(item, schema, making))
    return ", or ".join(steps) if steps else _NOTHING


def _of_key(item: Score, key: ForeignKey, schema: Schema, making: Making) -> Iterator[str]:
    yield from _as_context(key, schema, making)
    if item.level != "history" and item.name != "cardinality_shape":
        yield from _as_reference(key.parent, schema, schema.tables[key.child].rows)
    yield from _of_fit(key.child, schema, making)


def _of_place(item: Score, schema: Schema, making: Making) -> Iterator[str]:
    """Steps for a column, a table, or a path over several relationships."""
    table = item.subject[0]
    if table not in schema.tables:
        path = next((path for path in find_paths(schema.keys_in_force()) if path.label == table), None)
        for name in dict.fromkeys(path.tables if path else ()):
            yield from _as_reference(name, schema, None)
        yield from _of_fit(path.tables[0] if path else "", schema, making)
        return
    if item.level == "column" and item.name == "null_similarity":
        yield f"look whether {table}.{item.subject[1]} marks missing values in several ways"
    elif item.level == "column" and schema.tables[table].columns[item.subject[1]].type in _READINGS:
        meaning = schema.tables[table].columns[item.subject[1]].semantic.replace("_", " ")
        yield f"check in schema.yaml that {table}.{item.subject[1]} is rightly taken for a {meaning}"
    if item.name == "with_children_auc":
        children = [key for key in schema.keys_in_force() if key.parent == table]
        yield from [step for key in children for step in _as_context(key, schema, making)][:2]
    yield from _of_fit(table, schema, making)
    if item.level in ("column_pair", "table") and item.name != "with_children_auc":
        yield f"approve or add a rule in schema.yaml that ties columns of {table} together"


def _as_context(key: ForeignKey, schema: Schema, making: Making) -> Iterator[str]:
    """To let the key's parent make the rows, where another parent or none does."""
    made_by = making.contexts.get(key.child, ())
    child, columns = schema.tables[key.child], ", ".join(key.child_columns)
    so_already = set(made_by) == set(key.child_columns)
    sometimes = any(child.columns[name].nullable and name not in child.primary_key for name in key.child_columns)
    if so_already or sometimes or key.label in making.given or schema.tables[key.parent].role == "reference":
        return
    now = f" in place of [{', '.join(made_by)}]" if made_by else ""
    yield f"let {key.parent} create the rows of {key.child} (tables.{key.child}.context: [{columns}]{now})"


def _as_reference(parent: str, schema: Schema, child_rows: int | None) -> Iterator[str]:
    """To copy a list of codes as it is: few rows, nothing personal, and nothing that refers to invented rows."""
    table = schema.tables[parent]
    small = (table.rows or 0) <= LOOKUP_ROWS and (table.rows or 0) * _ROWS_PER_CODE <= (child_rows or 10**12)
    personal = any(column.personal for column in table.columns.values())
    above = [key.parent for key in schema.keys_in_force() if key.child == parent and key.parent != parent]
    by_itself = all(schema.tables[name].role == "reference" for name in above)
    if table.role == "synthesize" and small and by_itself and not personal:
        yield f"set the role of {parent} to reference, if it is a list of codes that may be copied as it is"


def _of_fit(table: str, schema: Schema, making: Making) -> Iterator[str]:
    """What the models may be given more of."""
    if not making.fit.relatives:
        yield "set fit.relatives to true"
    if table not in schema.tables:
        return
    rows, fit = schema.tables[table].rows or 0, making.fit
    if rows > max(fit.driver_rows, fit.sample_rows):
        yield f"raise fit.sample_rows (now {fit.sample_rows:,})"
    elif rows > fit.shard_rows:
        yield f"raise fit.shard_rows (now {fit.shard_rows:,})"
    if making.engines.get(table) == "copula":
        yield f"try tables.{table}.engine: trees"
