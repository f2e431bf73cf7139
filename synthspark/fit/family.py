"""What a table's relatives say of its rows: its parents and the parents' parents, and the children of each row.

A row is drawn given its parent's columns, what the parent itself was drawn from, the columns of the other parents that
it points to, how many siblings it has, and the factors that siblings share (`stats.siblings`). These factors, and the
number of children, are columns of the parent that the source does not have: they are drawn with the parent's own and
kept beside them until its children exist.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
import pyarrow as pa

from synthspark.artifacts.model import Feature, Kin, LinkModel
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.routes import Route, relations_to, routes_to
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.artifacts.subjects import belongings, find_subjects, tables_of_people
from synthspark.config import Settings
from synthspark.fit.columns import context_features
from synthspark.fit.echoes import echo_of, find_echoes
from synthspark.fit.holders import held_by_enough, people_of
from synthspark.fit.in_memory import histogram
from synthspark.fit.kinship import find_kins, reached
from synthspark.fit.limits import with_limits
from synthspark.fit.ownership import assign_columns
from synthspark.fit.rows import ArrowTable, Rows
from synthspark.fit.shared import copies_of, number_of, shared_by
from synthspark.fit.source import Echoes, Features, Kinship, Told
from synthspark.fit.summaries import ColumnSummary
from synthspark.fit.table import column_settings
from synthspark.fit.told import tell_parents
from synthspark.stats.features import (
    ABOVE,
    FURTHEST,
    SIBLINGS,
    carried_name,
    children_name,
    encode_feature,
    factor_name,
    linked_children_name,
    linked_factor_name,
    linked_name,
)
from synthspark.stats.frame import FloatArray
from synthspark.stats.levels import levels_of
from synthspark.stats.matching import IntArray, key_texts, positions
from synthspark.stats.quantiles import COUNT, levelled
from synthspark.stats.relevance import relevance

T = TypeVar("T")
MOST_COLUMNS = 64  # of one table that are looked at
MOST_KNOWN = 160  # features of the surroundings that are looked at
LEAST_FAMILIES = 2  # times k: parents that make rows, below which a model of its own keeps how many there are


class Family:
    """Features of the rows that are fitted and of their relatives, each worked out once."""

    def __init__(self, schema: Schema, plan: DatabasePlan, settings: Settings, rows: Rows) -> None:
        self.schema, self.plan, self.settings, self.rows = schema, plan, settings, rows
        subjects, k = find_subjects(schema, settings.privacy.subjects), settings.privacy.k
        self._belonging = {subject: frozenset(belongings(schema, subject)) for subject in subjects}
        self.of_people = tables_of_people(schema, subjects, k)
        self._known: dict[Hashable, object] = {}
        self._lock = threading.Lock()
        self._locks: dict[Hashable, threading.RLock] = {}

    def knows(self, key: ForeignKey) -> bool:
        """Whether the rows on both sides of a key are known: of further parents only small tables are looked at."""
        return key == self.plan.tables[key.child].context or self.rows.is_small(key.parent)

    def in_whole_families(self, table: str) -> bool:
        """Whether all rows of each family are there, so that one can be told to follow another."""
        return self.rows.has_whole_families(table)

    def counts_children(self, key: ForeignKey) -> bool:
        """Whether the number of children by a key is drawn with the parent's row: not where few parents have any."""
        makes = key == self.plan.tables[key.child].context
        least = self.settings.privacy.k * (LEAST_FAMILIES if makes else 1)
        return self.knows(key) and int((self._number(key) > 0).sum()) >= least

    def common(self, table: str, summaries: Mapping[str, ColumnSummary]) -> Mapping[str, ColumnSummary]:
        """Summaries whose frequent values are those that at least k people have: of every subject there is."""
        for subject, tables in self._belonging.items():
            if table in tables:
                people = self._people(subject, table)
                summaries = held_by_enough(summaries, self.rows.fitted(table), people, self.settings.privacy.k)
        return summaries

    def _people(self, subject: str, table: str) -> IntArray:
        """Number of the person that each row belongs to, see `fit.holders`."""
        above = partial(self._people, subject)
        work = partial(people_of, self.schema, subject, table, self.rows.fitted, above)
        return self._once(("people", subject, table), work)

    def own(self, table: str) -> Features:
        """Numbers and categories of a table that are neither keys nor references."""
        return self._once(("own", table), lambda: self._own(table))

    def hidden(self, table: str) -> Features:
        """Number of children, and what they share, of each row: for each context key that points to the table."""
        return self._once(("hidden", table), lambda: self._hidden(table))

    def offered(self, key: ForeignKey) -> Features:
        """What each row of a context parent gives to its children by this key."""
        return self._once(("offered", key.label), lambda: self._offered(key))

    def surroundings(self, table: str) -> Features:
        """All that is known of each row of a table before it is drawn; NaN where a parent is missing."""
        return self._once(("surroundings", table), lambda: self._surroundings(table))

    def attributes(self, key: ForeignKey) -> Features:
        """Columns of all rows of a linked parent that its children may depend on, and what these share."""
        if not self.rows.is_small(key.parent):
            return Features((), np.empty((0, 0)))
        own = self._own_of_all(key.parent)
        references = self.plan.references_to(key.parent)
        if key not in references or self.rows.is_part(key.parent):
            return own
        hidden, names = self.hidden(key.parent), linked_factor_name(references.index(key), 0)[:-1]
        shared = hidden.take([at for at, feature in enumerate(hidden.features) if feature.name.startswith(names)])
        return _together([own, shared])

    def cells(self, table: str, key: ForeignKey) -> Told | None:
        """Cells of the parents of a further key; None where parents and rows tell nothing of each other."""
        late = self._is_late(key)
        if not self.rows.is_small(key.parent) or (late and not self._is_matched_late(key)):
            return None
        around = self._around(table, key)
        if late:  # the rows are there by then
            around = _together([self.own(table), around])
        return tell_parents(self.attributes(key), around, self._chosen(key), self.settings.privacy.k)

    def levels(self, key: ForeignKey) -> FloatArray | None:
        """Level of each row by a key to its own table; None where there are no levels, or not all rows are fitted."""
        return levels_of(self._owners(key), self.settings.privacy.k) if self._is_matched_late(key) else None

    def _is_late(self, key: ForeignKey) -> bool:
        """Whether the parents of a key are chosen when all rows are there."""
        return any(link.key == key and link.is_late for link in self.plan.tables[key.child].links)

    def _is_matched_late(self, key: ForeignKey) -> bool:
        """Whether rows on both sides of a key whose parents are chosen at the end are all there to be matched."""
        links = assign_columns(self.schema, self.plan, key.child).links
        free = any(item.link.key == key and not item.fixed for item in links)
        return (
            free
            and self._is_late(key)
            and self.rows.is_small(key.child)
            and self.rows.is_small(key.parent)
            and self._is_whole(key)
        )

    def _around(self, table: str, key: ForeignKey) -> Features:
        """What may tell the parents of a further key apart: what the context parent gives, and the other parents."""
        others = [self._beside(table, place, other) for place, other in self._links(table) if other != key]
        return _together([self._above(table), *others])

    def echoes(self, table: str, key: ForeignKey) -> Echoes | None:
        """Other routes whose ends the references of a table repeat."""
        return self._once(("echoes", key.label), lambda: self._echoes(table, key))

    def kinship(self, table: str, key: ForeignKey) -> Kinship | None:
        """Groups to which the parents of a key belong as other rows do."""
        return self._once(("kin", key.label), lambda: self._kinship(table, key))

    def reference_rows(self, key: ForeignKey, link: LinkModel, features: Sequence[Feature]) -> FloatArray:
        """These columns of a copied table, shape (n_features, n_values): for each of the link's values."""
        to_parent = dict(zip(key.child_columns, key.parent_columns, strict=True))
        parent = [
            key_texts(array) for array in self.rows.entire(key.parent).arrays([to_parent[name] for name in link.free])
        ]
        place = positions([pa.array(values, pa.string()) for values in link.values], parent)
        known = self.attributes(key)
        at = [[f.column for f in known.features].index(feature.column) for feature in features]
        return np.where(place >= 0, known.matrix[at][:, np.maximum(place, 0)], np.nan)

    def _once(self, what: Hashable, work: Callable[[], T]) -> T:
        # One lock an answer: tables fitted side by side wait for each other only where they ask the same.
        with self._lock:
            own = self._locks.setdefault(what, threading.RLock())
        with own:
            if what not in self._known:
                self._known[what] = work()
            return self._known[what]  # type: ignore[return-value]

    def _own(self, table: str) -> Features:
        return self._encoded(table, self.rows.fitted(table))

    def _own_of_all(self, table: str) -> Features:
        """As `own`, of all rows of a small table."""
        if not self.rows.is_part(table):
            return self.own(table)
        return self._once(("own of all", table), lambda: self._encoded(table, self.rows.entire(table)))

    def _encoded(self, table: str, data: ArrowTable) -> Features:
        bounds, ownership = column_settings(self.settings), assign_columns(self.schema, self.plan, table)
        settled = ownership.linked.union(*ownership.unique)
        summaries = self.common(table, data.summaries(bounds.k, bounds.most_categories))
        columns = {name: one for name, one in self.schema.tables[table].columns.items() if name not in settled}
        features = tuple(context_features(columns, summaries, bounds, MOST_COLUMNS))
        encoded = [encode_feature(data.data[feature.column], feature) for feature in features]
        return Features(features, np.array(encoded).reshape(len(features), data.rows))

    def _hidden(self, table: str) -> Features:
        size = self.rows.fitted(table).rows
        parts = [Features((), np.empty((0, size)))]
        for place, key in enumerate(self.plan.children_of(table)):
            if self.counts_children(key):
                child, owner = self._rows_of(key)
                parts += self._of_children(key, child, owner, children_name(place), partial(factor_name, place))
        for place, key in enumerate(self.plan.references_to(table)):
            if (not self._is_late(key) or self._is_matched_late(key)) and self.counts_children(key):
                child, named = self.own(key.child), partial(linked_factor_name, place)
                parts += self._of_children(key, child, self._owners(key), linked_children_name(place), named)
        return _together(parts)

    def _of_children(
        self, key: ForeignKey, child: Features, owner: IntArray, counted: str, named: Callable[[int], str]
    ) -> list[Features]:
        """Number of children of each parent row, and what they share; all columns of a child that is the only one."""
        size, children = self.rows.fitted(key.parent).rows, self._number(key)
        if self._is_whole(key):
            children = _children(self._chosen(key), size)
        shown = levelled(children, self.settings.privacy.k)
        number = Features((Feature(counted, counted, number_of(COUNT)),), shown[None, :])
        if not self._is_whole(key) and key != self.plan.tables[key.child].context:
            return [number]  # what they share is told from all rows of a parent only
        if self._number(key).max(initial=0) <= 1:
            if self._is_late(key) or not self.rows.has_all_families(key.child):
                return [number]
            return [number, copies_of(self._independent_of_links(key.child, child), owner, size, named)]
        return [number, shared_by(child, owner, size, named)]

    def _rows_of(self, key: ForeignKey) -> tuple[Features, IntArray]:
        """Rows of a context key's child that tell what those of each parent have in common, and the parent of each."""
        table = key.child
        if self.rows.has_all_families(table):
            own, below = self.own(table), self.hidden(table)
            limited = with_limits(own.features, self.schema, self.plan, table)
            both = Features((*limited, *below.features), np.concatenate([own.matrix, below.matrix]))
            return both, self._owners(key)
        data = self.rows.of_each(table)
        above = self.rows.fitted(key.parent).arrays(key.parent_columns)
        return self._encoded(table, data), positions(data.arrays(key.child_columns), above, key.comparisons)

    def _independent_of_links(self, table: str, known: Features) -> Features:
        """Those columns that do not depend on the table's linked parents, which are chosen when its rows exist."""
        beside = [self._own_of_all(key.parent).spread(self._owners(key)) for _, key in self._links(table)]
        kept = list(range(len(known.features)))
        for parent in beside:
            kept = [at for at in kept if not relevance(parent.frame, known.take([at]).frame).any()]
        return known.take(kept)

    def _offered(self, key: ForeignKey) -> Features:
        parent = key.parent
        own, hidden, above = self.own(parent), self.hidden(parent), self.surroundings(parent)
        count = children_name(self.plan.children_of(parent).index(key))
        features = [Feature(ABOVE + f.name, f.column, f.domain) for f in own.features]
        features += [Feature(ABOVE + f.name, f.column, f.domain) for f in hidden.features]
        features += [Feature(ABOVE + f.name, carried_name(place), f.domain) for place, f in enumerate(above.features)]
        matrix = np.concatenate([own.matrix, hidden.matrix, above.matrix])
        used = [
            place
            for place, feature in enumerate(features)
            if feature.name != ABOVE + count and not feature.name.startswith(ABOVE * (FURTHEST + 1))
        ][:MOST_KNOWN]
        return Features(tuple(features), matrix).take(used)

    def _surroundings(self, table: str) -> Features:
        above, beside = self._above(table), [self._beside(table, *item) for item in self._links(table)]
        known = _together([above, *beside])
        return Features(known.features[:MOST_KNOWN], known.matrix[:MOST_KNOWN])

    def _links(self, table: str) -> list[tuple[int, ForeignKey]]:
        """Keys to other tables whose parents are chosen before the row is drawn, with the place of their links."""
        links = assign_columns(self.schema, self.plan, table).links
        found = [(place, item.link) for place, item in enumerate(links) if self.rows.is_small(item.link.key.parent)]
        return [(place, link.key) for place, link in found if not link.deferred and not link.key.self_reference]

    def _beside(self, table: str, place: int, key: ForeignKey) -> Features:
        known = self.attributes(key).spread(self._owners(key))
        features = tuple(Feature(linked_name(place, f.name), f.column, f.domain) for f in known.features)
        return Features(features, known.matrix)

    def _above(self, table: str) -> Features:
        """What the context parent gives, and the number of siblings."""
        return self._once(("above", table), lambda: self._given(table))

    def _given(self, table: str) -> Features:
        key, size = self.plan.tables[table].context, self.rows.fitted(table).rows
        if key is None or not self.knows(key):
            return Features((), np.empty((0, size)))
        offered, owner = self.offered(key), self._owners(key)
        known = np.where(owner >= 0, offered.matrix[:, np.maximum(owner, 0)], np.nan) if offered.rows else None
        matrix = np.full((len(offered.features), size), np.nan) if known is None else known
        children = self._number(key) if offered.rows else np.zeros(1, dtype=np.int64)
        siblings = np.where(owner >= 0, children[np.maximum(owner, 0)], np.nan)
        features = (*offered.features, Feature(SIBLINGS, "", number_of("long")))
        return Features(features, np.concatenate([matrix, siblings[None, :]]))

    def _echoes(self, table: str, key: ForeignKey) -> Echoes | None:
        routes = [
            (echo_of(route), self._end(route))
            for route in routes_to(self.plan, table, key)
            if not any(self.rows.is_part(name) for name in (table, route.first.parent, key.parent))
        ]
        if not routes:
            return None
        context, own = self.plan.tables[table].context, self._owners(key)
        owner = self._owners(context) if context and self.knows(context) else np.full(own.size, -1)
        found = find_echoes(own, routes, owner, self.settings.privacy.k)
        if found is None:
            return None
        chosen = _children(np.where(found[1] == 0, own, -1), self.rows.fitted(key.parent).rows)
        return Echoes(*found, histogram(chosen))

    def _kinship(self, table: str, key: ForeignKey) -> Kinship | None:
        if not self.rows.is_small(key.parent):
            return None
        own, found = self._owners(key), []
        for relation in relations_to(self.plan, table, key):
            group, route = relation.group, relation.route
            if any(self.rows.is_part(name) for name in (table, key.parent, group.parent, route.first.parent)):
                continue
            belongs, end = self._owners(group), self._end(route)
            ends = reached(belongs, end) if relation.related else end
            found.append((Kin(echo_of(route), group.child_columns, relation.related), reached(belongs, own), ends))
        return find_kins(own, self._chosen(key) >= 0, found, self.settings.privacy.k)

    def _end(self, route: Route) -> IntArray:
        """Place of the row at the end of a route from each row, negative where it does not lead there."""
        first = self._owners(route.first)
        if route.onward is None:
            return first
        return reached(self._owners(route.onward), first)

    def _chosen(self, key: ForeignKey) -> IntArray:
        """Place of the parent row of each child that chooses it, negative for none and for those that repeat others."""
        owner, found = self._owners(key), None
        if self.plan.tables[key.child].context != key:
            found = self.echoes(key.child, key)
        return owner if found is None else np.where(found.codes == 0, owner, -1)

    def _owners(self, key: ForeignKey) -> IntArray:
        """Place of each child's parent row, negative where there is none: of a further parent among all of its rows."""
        return self._once(("owners", key.label), lambda: self._places(key))

    def _places(self, key: ForeignKey) -> IntArray:
        within = key.self_reference or key == self.plan.tables[key.child].context
        parent = self.rows.fitted(key.parent) if within else self.rows.entire(key.parent)
        child = self.rows.fitted(key.child).arrays(key.child_columns)
        return positions(child, parent.arrays(key.parent_columns), key.comparisons)

    def _number(self, key: ForeignKey) -> IntArray:
        """Number of children of each row of the parent that is fitted, of all rows of the child."""
        return self._once(("number", key.label), lambda: self._counted(key))

    def _counted(self, key: ForeignKey) -> IntArray:
        together = key == self.plan.tables[key.child].context and self.rows.has_all_families(key.child)
        if together or self._is_whole(key):
            return _children(self._owners(key), self.rows.fitted(key.parent).rows)
        return self.rows.counted(key)

    def _is_whole(self, key: ForeignKey) -> bool:
        """Whether all rows of child and parent are fitted."""
        return not self.rows.is_part(key.child) and not self.rows.is_part(key.parent)


def _together(parts: Sequence[Features]) -> Features:
    """Features of the same rows, one part after the other."""
    features = tuple(feature for part in parts for feature in part.features)
    return Features(features, np.concatenate([part.matrix for part in parts]))


def _children(owner: IntArray, size: int) -> IntArray:
    """Number of rows of each of so many owners."""
    return np.bincount(owner[owner >= 0], minlength=size).astype(np.int64)
