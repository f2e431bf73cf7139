"""What determines the output of each unit of work, as one digest: the same digest, the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from synthspark import __version__
from synthspark.artifacts.entities import sources_of
from synthspark.artifacts.manifest import fingerprint
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.schema_form import schema_to_json
from synthspark.config import Settings


@dataclass(frozen=True)
class Fingerprints:
    """Fingerprints of all units of one run.

    `snapshots` holds, for each table of the source, a digest of what was read: files with sizes and times, or a
    table version.
    """

    settings: Settings
    snapshots: Mapping[str, str]

    def discover(self) -> str:
        """Of the profile and the proposal."""
        return fingerprint(__version__, asdict(self.settings.discover), dict(self.snapshots))

    def fit(self, schema: Schema, plan: DatabasePlan, table: str) -> str:
        """Of one table's model: its relatives, the tables it shares a key with, and how models are fitted."""
        family = plan.family_of(table)
        keys = [key for key in schema.keys_in_force() if {key.child, key.parent} & family]
        near = {*family, *(key.child for key in keys), *(key.parent for key in keys)}
        related = sorted(near.union(*({one.table for one in sources_of(name, schema)} for name in near)))
        forms = schema_to_json(schema)["tables"]
        return fingerprint(
            __version__,
            {name: [forms[name]["columns"], forms[name]["primary_key"], forms[name]["role"]] for name in related},
            sorted((key.label, *key.comparisons) for key in keys),
            [str(rule) for rule in schema.rules_in_force() if rule.table in related],
            _planned(plan, related),
            [self.snapshots.get(name) for name in related],
            self.settings.seed,
            _without_concurrency(asdict(self.settings.fit)),
            asdict(self.settings.privacy),
            _fitted_by(self.settings, table),
        )

    def generate(self, schema: Schema, plan: DatabasePlan) -> dict[str, str]:
        """Of every synthetic table: its model, its children's cardinalities, and all tables above it."""
        made: dict[str, str] = {}
        fitted = {table: self.fit(schema, plan, table) for table in plan.order}
        for table, table_plan in plan.tables.items():
            parents = sorted({link.key.parent for link in table_plan.links if not link.deferred} - {table})
            if table_plan.context:
                parents.append(table_plan.context.parent)
            children = [key.child for key in plan.children_of(table)]
            wanted = self.settings.tables.get(table)
            made[table] = fingerprint(
                fitted[table],
                [made[parent] for parent in parents],
                [fitted[child] for child in children],
                self.settings.scale if not isinstance(self.settings.scale, Mapping) else dict(self.settings.scale),
                wanted.rows if wanted else None,
                {column: dict(shares) for column, shares in wanted.condition.items()} if wanted else {},
                self.settings.seed,
            )
        return made

    def finish(self, made: Mapping[str, str], plan: DatabasePlan, table: str) -> str:
        """Of a table as it is handed out: the rows, what fills them in a second pass, and the form of the files."""
        deferred = sorted(link.key.parent for link in plan.tables[table].links if link.deferred)
        late = sorted(made.items()) if plan.rules.late.get(table) else []
        output = {name: value for name, value in asdict(self.settings.output).items() if name != "mode"}
        return fingerprint(made[table], [made[parent] for parent in deferred], late, output)

    def evaluate(self, schema: Schema, finished: Mapping[str, str]) -> str:
        """Of the verification and of the report."""
        return fingerprint(
            dict(finished),
            schema_to_json(schema),
            _without_concurrency(asdict(self.settings.evaluate)),
            asdict(self.settings.privacy),
            dict(self.snapshots),
            __version__,
        )


def _without_concurrency(section: Mapping[str, Any]) -> dict[str, Any]:
    """A section of the settings without what changes only how fast it goes."""
    return {name: value for name, value in section.items() if name not in ("concurrency", "gates")}


def _fitted_by(settings: Settings, table: str) -> dict[str, Any] | None:
    """What a person says of a table, without what changes only how many rows are generated."""
    if table not in settings.tables:
        return None
    return {name: value for name, value in asdict(settings.tables[table]).items() if name not in ("rows", "condition")}


def _planned(plan: DatabasePlan, tables: list[str]) -> list[str]:
    return [str(plan.tables[table]) for table in tables if table in plan.tables]
