"""From a table of the source to the description of its model: columns, keys, links, and what the engine draws."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from synthspark.artifacts.checked_keys import checks_wanted
from synthspark.artifacts.model import ColumnModel, Feature, KeyModel, LinkModel, Part
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import ForeignKey, Schema, Table
from synthspark.artifacts.subjects import find_subjects, tables_of_people
from synthspark.config import Settings
from synthspark.fit.columns import ColumnSettings, context_features, feature_of, model_column, notes_of
from synthspark.fit.keys import KeyPlanner
from synthspark.fit.limits import with_limits
from synthspark.fit.ownership import PlannedLink, assign_columns
from synthspark.fit.source import Encoding, LinkCounts, Relatives, TableSource, codes_named
from synthspark.fit.spellings import compared_as, written_columns
from synthspark.fit.summaries import ColumnSummary, is_number
from synthspark.seeds import WordArray
from synthspark.stats.features import ABOVE, OWN, late_name, link_place, wish_name
from synthspark.stats.frame import FloatArray
from synthspark.stats.popularity import fit_popularity

MOST_CONTEXT = 64  # columns of the parent that a table is conditioned on
SET_FIRST = ("line", "cells", "grid")  # kinds of keys whose own columns are there before the rest is drawn
ToldColumns = Mapping[str, tuple[Feature, FloatArray]]
MOST_REFERENCES = 10_000  # key values of a reference table that a model may carry


@dataclass(frozen=True)
class TableDesign:
    """All of a table's model but the engine's own parts."""

    columns: tuple[ColumnModel, ...]
    keys: tuple[KeyModel, ...]
    links: tuple[LinkModel, ...]
    encoding: Encoding
    rootless_rows: int = 0
    notes: Mapping[str, Any] = field(default_factory=dict)


def design_table(
    schema: Schema,
    plan: DatabasePlan,
    name: str,
    source: TableSource,
    settings: Settings,
    relatives: Relatives | None = None,
) -> TableDesign:
    """Decide how everything of a table is made, on counts over all rows and bounded samples.

    Parameters
    ----------
    relatives
        What is known of the table's relatives; without it rows depend on their parent's columns alone.
    """
    table = schema.tables[name]
    bounds = column_settings(settings)
    ownership = assign_columns(schema, plan, name)
    summaries = source.summaries(bounds.k, bounds.most_categories)
    checks = checks_wanted(schema, name)
    planner = KeyPlanner(table, ownership, source, summaries, bounds, compared_as(schema, name), checks)
    planner.plan()
    context_key = plan.tables[name].context
    written = written_columns(table, context_key, ownership, source, bounds.k)
    linked = {
        column: ColumnModel(column, table.columns[column].type, "link", written.get(column, {}))
        for column in ownership.linked
    }
    columns = [
        _column(table, column, {**linked, **planner.columns}, summaries[column], bounds, source)
        for column in table.columns
    ]
    people = relatives.of_people if relatives is not None else _people(schema, settings)
    links, counted = _links(schema, table, ownership.links, source, settings, people)
    notes: dict[str, Any] = {**notes_of(columns)}
    rootless = 0
    context: tuple[Feature, ...] = ()
    if context_key is not None:
        found = source.link_counts(context_key)
        rootless = found.nulls
        counted[context_key.label] = found
        if relatives is None or not relatives.knows(context_key):
            context = parent_features(schema, plan, context_key, source, settings)
    orphans = {label: item.orphans for label, item in counted.items() if item.orphans}
    if orphans:
        notes["orphans"] = orphans
    encoding = Encoding(
        context_key=context_key,
        context=context,
        features=with_limits(_features(schema, table, columns, summaries, source.rows), schema, plan, name),
        indicators={link.indicator: link.free for link in links if link.indicator},
        references={link.reference: link for link in links if link.reference},
    )
    links = [
        replace(link, steps=source.steps_back(encoding, item.link.key))
        if not link.fixed and item.link.key.self_reference
        else link
        for link, item in zip(links, ownership.links, strict=True)
    ]
    encoding = replace(encoding, later=tuple(link.indicator for link in links if link.steps and link.indicator))
    if relatives is not None:
        links, echoes = _with_echoes(name, links, ownership.links, planner.keys, relatives, bounds.k)
        links, kins = _with_kins(name, links, ownership.links, planner.keys, relatives)
        links, cells, late = _with_cells(name, links, ownership.links, planner.keys, relatives)
        indicators = {label: columns for label, columns in encoding.indicators.items() if label not in late}
        encoding = replace(encoding, indicators=indicators, told={**echoes, **kins, **cells}, told_late=late)
        set_first = [name for key in planner.keys if key.kind in SET_FIRST for name in key.own]
        encoding = source.surrounded(encoding, _key_features(table, set_first, summaries))
        keys = {item.link.key.label: item.link.key for item in ownership.links}
        links = _with_attributes(links, keys, encoding.surroundings, relatives)
    own_keys = tuple(_in_order(key, encoding, source) for key in planner.keys)
    return TableDesign(tuple(columns), own_keys, tuple(links), encoding, rootless, notes)


def _in_order(key: KeyModel, encoding: Encoding, source: TableSource) -> KeyModel:
    """A key that counts within the parent, with whether its numbers have no order in time."""
    if key.kind != "line" or source.counts_in_order(encoding, key.own[0]):
        return key
    return replace(key, parameters={**key.parameters, "mixed": True})


def _key_features(table: Table, names: Sequence[str], summaries: Mapping[str, ColumnSummary]) -> tuple[Feature, ...]:
    """Own columns of composite keys as features: numbers and dates, and texts that are few."""
    found = []
    for name in dict.fromkeys(names):
        kind, top = table.columns[name].type, summaries[name].top or {}
        if is_number(kind):
            span = {"low": summaries[name].minimum, "high": summaries[name].maximum}
            found.append(Feature(OWN + name, name, {"kind": "number", "type": kind, "categories": [], **span}))
        elif kind == "string" and top and len(top) == summaries[name].distinct:
            found.append(Feature(OWN + name, name, {"kind": "category", "type": kind, "categories": list(top)}))
    return tuple(found)


def _with_echoes(
    table: str,
    links: Sequence[LinkModel],
    planned: Sequence[PlannedLink],
    keys: Sequence[KeyModel],
    relatives: Relatives,
    k: int,
) -> tuple[list[LinkModel], dict[str, tuple[Feature, FloatArray]]]:
    """Links with the routes whose ends their references repeat; those that repeat nothing have a curve of their own."""
    found, codes = [], {}
    for place, (link, item) in enumerate(zip(links, planned, strict=True)):
        chosen = not (_is_alone(link, keys) or link.fixed or item.link.is_late)
        echoes = relatives.echoes(table, item.link.key) if chosen else None
        if echoes is not None:
            fewest = k if item.link.key.parent in relatives.of_people else 1
            curve = Part(*fit_popularity(echoes.chosen, k=fewest).to_parts()) if link.popularity else None
            link = replace(link, echo=f"_ss_echo_{place}", echoes=echoes.echoes, popularity=curve)
            codes[link.echo] = codes_named(link.echo, len(echoes.echoes) + 1), echoes.codes
        found.append(link)
    return found, codes


def _with_kins(
    table: str,
    links: Sequence[LinkModel],
    planned: Sequence[PlannedLink],
    keys: Sequence[KeyModel],
    relatives: Relatives,
) -> tuple[list[LinkModel], ToldColumns]:
    """Links with the groups that their parents belong to as other rows do."""
    found, codes = [], {}
    for place, (link, item) in enumerate(zip(links, planned, strict=True)):
        able = not (_is_alone(link, keys) or link.fixed or link.reference or link.steps)
        chosen = able and not (item.link.is_late or item.link.key.self_reference)
        kinship = relatives.kinship(table, item.link.key) if chosen else None
        if kinship is not None:
            link = replace(link, kin=f"_ss_kin_{place}", kins=kinship.kins)
            codes[link.kin] = codes_named(link.kin, len(kinship.kins) + 1), kinship.codes
        found.append(link)
    return found, codes


def _with_cells(
    table: str,
    links: Sequence[LinkModel],
    planned: Sequence[PlannedLink],
    keys: Sequence[KeyModel],
    relatives: Relatives,
) -> tuple[list[LinkModel], ToldColumns, ToldColumns]:
    """Links with the cells of their parents, where rows choose among them by what is known of them.

    Beside them what rows tell of their parents: of those chosen first, and of those chosen when all rows are there. A
    row that points to one of its own table tells its level as well, for it points to one of the level above.
    """
    found: list[LinkModel] = []
    told: dict[bool, dict[str, tuple[Feature, FloatArray]]] = {False: {}, True: {}}
    for place, (link, item) in enumerate(zip(links, planned, strict=True)):
        key, late = item.link.key, item.link.is_late
        able = not (_is_alone(link, keys) or link.fixed or link.reference or link.steps)
        levels = relatives.levels(key) if able and key.self_reference else None
        cells = relatives.cells(table, key) if able and (levels is not None or not key.self_reference) else None
        if cells is not None:
            name = late_name(place) if late else f"_ss_cell_{place}"
            link = replace(link, cell=name, cells=cells.cells.to_part())
            told[late][link.cell] = codes_named(link.cell, cells.cells.number), cells.values[0]
            for number, (feature, values) in enumerate(zip(cells.cells.wishes, cells.values[1:], strict=True)):
                wish = wish_name(link.cell, number)
                told[late][wish] = Feature(wish, "", feature.domain), values
        if cells is not None and levels is not None:
            link = replace(link, indicator=f"_ss_set_{place}")
            told[late][link.indicator] = codes_named(link.indicator, int(np.nanmax(levels)) + 1), levels
        found.append(link)
    return found, told[False], told[True]


def _is_alone(link: LinkModel, keys: Sequence[KeyModel]) -> bool:
    """Whether no two rows may point to the same row."""
    return any(key.kind == "single" and key.parameters["link"] == link.key for key in keys)


def _with_attributes(
    links: Sequence[LinkModel], keys: Mapping[str, ForeignKey], context: Sequence[Feature], relatives: Relatives
) -> list[LinkModel]:
    """Links onto copied tables with the columns of these tables that the rows depend on."""
    found = []
    for place, link in enumerate(links):
        wanted = [feature for feature in context if link_place(feature) == place]
        if link.reference and wanted:
            matrix = relatives.reference_rows(keys[link.key], link, wanted)
            names = [feature.name for feature in wanted]
            link = replace(link, attributes=Part({"names": names}, {"matrix": matrix}))
        found.append(link)
    return found


def column_settings(settings: Settings) -> ColumnSettings:
    """The bounds that hold for all columns."""
    return ColumnSettings(settings.privacy.k, settings.fit.maximum_categories, settings.privacy.locale, settings.seed)


def parent_features(
    schema: Schema, plan: DatabasePlan, key: ForeignKey, source: TableSource, settings: Settings
) -> tuple[Feature, ...]:
    """Columns of the context parent that the rows depend on."""
    bounds = column_settings(settings)
    parent = schema.tables[key.parent]
    ownership = assign_columns(schema, plan, key.parent)
    settled = ownership.linked.union(*ownership.unique)
    summaries = source.parent_summaries(key, bounds.k, bounds.most_categories)
    open_columns = {name: column for name, column in parent.columns.items() if name not in settled}
    features = context_features(open_columns, summaries, bounds, MOST_CONTEXT)
    return tuple(replace(feature, name=ABOVE + feature.name) for feature in features)


def _column(
    table: Table,
    name: str,
    keyed: Mapping[str, ColumnModel],
    summary: ColumnSummary,
    bounds: ColumnSettings,
    source: TableSource,
) -> ColumnModel:
    if name in keyed:
        return keyed[name]
    return model_column(table.columns[name], summary, bounds, _name_pairs(table, name, source))


def _name_pairs(table: Table, name: str, source: TableSource) -> WordArray | None:
    """Of a last name beside a first name: hashes of the pairs that occur."""
    first = next((other for other, column in table.columns.items() if column.semantic == "first_name"), None)
    plain = all(table.columns[column].type == "string" for column in (name, first or name))
    if table.columns[name].semantic != "last_name" or first is None or not plain:
        return None
    return source.pair_hashes(first, name)


def _features(
    schema: Schema,
    table: Table,
    columns: list[ColumnModel],
    summaries: Mapping[str, ColumnSummary],
    rows: int,
) -> tuple[Feature, ...]:
    referenced = {c for key in schema.keys_in_force() if key.parent == table.name for c in key.parent_columns}
    never_null = referenced | set(table.primary_key)
    found = [
        feature_of(column, 0 if column.name in never_null else summaries[column.name].nulls, rows) for column in columns
    ]
    return tuple(feature for feature in found if feature is not None)


def _people(schema: Schema, settings: Settings) -> frozenset[str]:
    privacy = settings.privacy
    return tables_of_people(schema, find_subjects(schema, privacy.subjects), privacy.k)


def _links(
    schema: Schema,
    table: Table,
    planned: tuple[PlannedLink, ...],
    source: TableSource,
    settings: Settings,
    people: Collection[str],
) -> tuple[list[LinkModel], dict[str, LinkCounts]]:
    """Links and their counts; how many rows refer to a shop is nobody's secret, but to one of `people` it is."""
    models, counted = [], {}
    for place, item in enumerate(planned):
        key = item.link.key
        nullable = all(table.columns[name].nullable and name not in table.primary_key for name in item.free) and bool(
            item.free
        )
        found = source.link_counts(key)
        counted[key.label] = found
        if schema.tables[key.parent].role == "reference" and not item.fixed:
            models.append(_reference(item, place, nullable, found, source, settings))
            continue
        share = found.nulls / max(source.rows, 1)
        curve = fit_popularity(found.histogram, k=settings.privacy.k if key.parent in people else 1)
        models.append(
            LinkModel(
                key=key.label,
                fixed=item.fixed,
                free=item.free,
                indicator=f"_ss_set_{place}" if 0 < share < 1 and item.free else "",
                null_share=share,
                nullable=nullable,
                popularity=Part(*curve.to_parts()),
                compare=_compared(key, item.free),
            )
        )
    return models, counted


def _reference(
    item: PlannedLink, place: int, nullable: bool, found: LinkCounts, source: TableSource, settings: Settings
) -> LinkModel:
    """A key onto a copied table: its most frequent values are categories of the engine."""
    key = item.link.key
    values, rows = source.referenced_tuples(key, MOST_REFERENCES)
    frequent = sum(number >= settings.privacy.k for number in rows[: settings.fit.maximum_categories])
    by_child = dict(zip(key.child_columns, values, strict=True))
    return LinkModel(
        key=key.label,
        fixed=(),
        free=item.free,
        null_share=found.nulls / max(source.rows, 1),
        nullable=nullable,
        reference=f"_ss_ref_{place}" if values and values[0] else "",
        values=tuple(tuple(by_child[name]) for name in item.free),
        frequent=frequent,
        weights=_shared_mean(rows, settings.privacy.k),
        compare=_compared(key, item.free),
    )


def _compared(key: ForeignKey, columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(key.comparisons[key.child_columns.index(name)] for name in columns)


def _shared_mean(rows: Sequence[int], k: int) -> tuple[float, ...]:
    """Numbers of rows, those below k replaced by their mean."""
    few = [number for number in rows if number < k]
    return tuple(float(number) if number >= k else sum(few) / len(few) for number in rows)
