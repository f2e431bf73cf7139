"""Everything that the rows of one table are made from, apart from their parents' rows; travels to the workers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from synthspark.artifacts.facts import Earlier, TableFacts
from synthspark.artifacts.model import Feature, KeyModel, LinkModel, TableModel
from synthspark.artifacts.plan import DatabasePlan, Link, TablePlan
from synthspark.artifacts.schema import ForeignKey
from synthspark.generate.conditions import Condition
from synthspark.generate.parents import ParentKeys
from synthspark.stats.engine import EngineModel, load_model
from synthspark.stats.features import (
    BEFORE,
    carried_name,
    children_name,
    from_owner,
    is_hidden,
    is_time,
    link_place,
    linked_children_name,
    wish_name,
)
from synthspark.stats.limits import Limits, limits_of

INDEX = "_ss_index"  # of a row among all rows of its table


@dataclass(frozen=True)
class Recipe:
    """How the rows of one table are made.

    Attributes
    ----------
    slots : int
        Indices given out; rows that must be dropped leave holes.
    block_rows : int
        Rows made at a time.
    owners : int
        Slots of the context parent; 0 for a root.
    parents : mapping
        Key values of linked parents, by the label of the foreign key.
    children : tuple of (ForeignKey, TableModel)
        Context keys that point here, with the models of their tables.
    asked : frozenset of str
        Columns that children need of the rows, those that they only hand on to their own children included.
    earlier : Earlier
        Keys that are taken.
    condition : Condition or None
        Shares of the rows that have given values.
    at_most : int or None
        Rows beyond these are dropped: spare ones of a table that must have just so many.
    counted : mapping
        Hidden column with the number of rows that point to each row of the same table, by the label of the key.
    lent : mapping
        Columns of the context parent that rules read, with their types: made rows have them until the rules are done.
    loaded : dict
        Models of shards that were read already, by kind and place; whoever makes several blocks reads each once.
    """

    plan: TablePlan
    model: TableModel
    seed: int
    slots: int
    block_rows: int
    owners: int = 0
    parents: Mapping[str, ParentKeys] = field(default_factory=dict)
    children: tuple[tuple[ForeignKey, TableModel], ...] = ()
    asked: frozenset[str] = frozenset()
    at_most: int | None = None
    earlier: Earlier = field(default_factory=Earlier)
    condition: Condition | None = None
    counted: Mapping[str, str] = field(default_factory=dict)
    lent: Mapping[str, str] = field(default_factory=dict)
    loaded: dict[tuple[str, int], EngineModel] = field(default_factory=dict, repr=False, compare=False)

    def shard_model(self, kind: str, place: int) -> EngineModel:
        """The model of a shard of the rows (``rows``), or of their references (``links``)."""
        if (kind, place) not in self.loaded:
            shard = (self.model.link_shards if kind == "links" else self.model.shards)[place]
            self.loaded[kind, place] = load_model(shard.part.document, dict(shard.part.arrays))
        return self.loaded[kind, place]

    def limits(self, kind: str) -> Limits:
        """What rules say of the numbers of a row (``rows``), or of its references (``links``)."""
        return self._limits_of_links if kind == "links" else self._limits_of_rows

    @cached_property
    def _limits_of_rows(self) -> Limits:
        limits, time = limits_of(self.model.features), self.family_time
        return limits if time is None else replace(limits, again={time.name})

    @cached_property
    def _limits_of_links(self) -> Limits:
        return limits_of(self.model.link_features)

    @property
    def family_time(self) -> Feature | None:
        """The time by which rows follow those before them in their family."""
        before = {
            feature.name.removeprefix(BEFORE) for feature in self.model.context if feature.name.startswith(BEFORE)
        }
        return next((f for f in self.model.features if is_time(f) and f.name in before), None)

    @property
    def table(self) -> str:
        return self.model.table

    def column_place(self, name: str) -> str:
        """Name of a column in the work table: its place, since names may hold anything."""
        return work_name(self.model, name)

    def lent_name(self, name: str) -> str:
        """Hidden column with what a rule reads of the context parent."""
        return f"_ss_lent{list(self.lent).index(name)}"

    def open_name(self, link: LinkModel) -> str:
        """Hidden column that says whether a row wants a reference that is filled later."""
        return f"_ss_open{self.model.links.index(link)}"

    def at_name(self, link: LinkModel) -> str:
        """Hidden column with the place of a parent that is found by a join."""
        return f"_ss_at{self.model.links.index(link)}"

    def asked_names(self, link: LinkModel) -> dict[str, str]:
        """Hidden column of each feature by which a row chooses a parent when all rows are there, by its name."""
        cells = link.cells if self.link_of(link).is_late else None
        if cells is None:
            return {}
        wishes = [wish_name(link.cell, number) for number in range(len(cells.document["wishes"]))]
        level = [link.indicator] if self.link_of(link).key.self_reference else []
        return {name: f"{self.open_name(link)}_{place}" for place, name in enumerate([link.cell, *wishes, *level])}

    def link_of(self, link: LinkModel) -> Link:
        """The plan's word on a link of the model."""
        return next(item for item in self.plan.links if item.key.label == link.key)

    def links(self, *, deferred: bool, own: bool) -> list[tuple[LinkModel, ForeignKey]]:
        """Links in their order: those to other tables, or to the table itself (`own`); now, or in the second pass."""
        found = [(link, self.link_of(link)) for link in self.model.links]
        return [
            (model, link.key) for model, link in found if link.deferred == deferred and link.key.self_reference == own
        ]

    def kept_features(self) -> tuple[str, ...]:
        """Hidden columns that the children are drawn from: what they share, and what is carried on from above."""
        counted = {children_name(place) for place in range(len(self.children))}
        return tuple(sorted(name for name in self.asked if is_hidden(name) and name not in counted))

    @property
    def carried(self) -> Mapping[str, Feature]:
        """Feature of the table's own surroundings in each hidden column that is carried on."""
        return carried_features(self.model)

    def known(self) -> tuple[Feature, ...]:
        """Features of a row's surroundings that it or its children depend on."""
        return known_features(self.model, self.asked)

    def columns_of_owner(self) -> set[str]:
        """Columns of the context parent that the rows, or their children, depend on, or that references repeat."""
        beyond = self.columns_beyond(self.plan.context.label) if self.plan.context else set()
        return {*beyond, *self.lent} | {
            feature.column for feature in self.known() if feature.column and from_owner(feature)
        }

    def columns_beyond(self, label: str) -> set[str]:
        """Columns of the parent of a key that the references of the rows repeat, or by which it belongs to a group."""
        links = self.model.links
        routes = [echo for link in links for echo in (*link.echoes, *(kin.route for kin in link.kins))]
        groups = {name for link in links if link.key == label for kin in link.kins for name in kin.columns}
        return groups | {name for echo in routes if echo.first == label for name in echo.columns}

    def keys(self, *kinds: str) -> list[KeyModel]:
        return [key for key in self.model.keys if key.kind in kinds]


def key_seed(earlier: Earlier, seed: int) -> int:
    """Seed by which keys are issued: one for all generations, so that none issues a key of another."""
    return seed if earlier.key_seed is None else earlier.key_seed


def work_name(model: TableModel, name: str) -> str:
    """Name of a column in the work table of its table."""
    if is_hidden(name) and name not in {column.name for column in model.columns}:
        return name
    return f"c{[column.name for column in model.columns].index(name)}"


def source_ratio(models: Mapping[str, TableModel], facts: Mapping[str, TableFacts], table: str) -> float:
    """Rows out per row in of a table that exists already."""
    return facts[table].rows / models[table].rows if models[table].rows else 1.0


def children_of(
    plan: DatabasePlan, models: Mapping[str, TableModel], table: str
) -> tuple[tuple[ForeignKey, TableModel], ...]:
    """Context keys that point to a table, with the models of the child tables."""
    return tuple((key, models[key.child]) for key in plan.children_of(table))


def carried_features(model: TableModel) -> dict[str, Feature]:
    """Feature of a table's surroundings in each hidden column that it can carry on to its children."""
    return {carried_name(place): feature for place, feature in enumerate(model.surroundings)}


def known_features(model: TableModel, asked: Iterable[str]) -> tuple[Feature, ...]:
    """Features of the surroundings that the rows depend on, or that children ask for."""
    carried = carried_features(model)
    further = [carried[name] for name in sorted(asked) if name in carried]
    return tuple({feature.name: feature for feature in (*model.context, *further)}.values())


def asked_columns(plan: DatabasePlan, models: Mapping[str, TableModel], table: str) -> frozenset[str]:
    """Columns of a table's rows that the tables below it need, directly or to hand them on."""
    found: set[str] = set()
    for key in plan.children_of(table):
        known = known_features(models[key.child], asked_columns(plan, models, key.child))
        found |= {feature.column for feature in known if feature.column and from_owner(feature)}
    for key in plan.links_to(table):
        child = models[key.child]
        at = child.links.index(child.link(key.label))
        known = known_features(child, asked_columns(plan, models, key.child))
        found |= {feature.column for feature in known if link_place(feature) == at and is_hidden(feature.column)}
    for key in plan.references_to(table):
        found |= set(counted_by(plan, models, key))
        cells = models[key.child].link(key.label).cells
        looked_at = [*cells.document["features"], *cells.document["wishes"]] if cells else []
        found |= {item["column"] for item in looked_at if is_hidden(item["column"])}
    return frozenset(found)


def counted_by(plan: DatabasePlan, models: Mapping[str, TableModel], key: ForeignKey) -> tuple[str, ...]:
    """Hidden column of a linked parent with the number of rows that point to it, where it is drawn with the parent."""
    links = plan.references_to(key.parent)
    name = linked_children_name(links.index(key)) if key in links else ""
    return (name,) if name in {feature.name for feature in models[key.parent].features} else ()
