"""The search for keys and relationships from start to end; Spark comes in only as a way to count."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from synthspark.artifacts.question import Question
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table, is_measured
from synthspark.config import DiscoverSettings
from synthspark.relate.choice import choose, settle
from synthspark.relate.counting import Counter, Counts
from synthspark.relate.evidence import NAMELESS, RankedReference, own_table_key, rank_references, without_detours
from synthspark.relate.facts import Facts, Inclusion, Place
from synthspark.relate.inclusion import unary_inclusions
from synthspark.relate.key_search import candidate_keys, settle_composites
from synthspark.relate.keys import LEAST_KEY_SCORE, RankedKey, rank_keys, with_whole_references
from synthspark.relate.questions import ask
from synthspark.relate.ranges import proven
from synthspark.relate.roles import reference_tables
from synthspark.relate.tuples import check_on_driver, pairings
from synthspark.relate.words import why_key, why_reference

logger = logging.getLogger(__name__)

MOST_CHECKS = 400  # inclusions that sketches cannot tell and that are counted exactly; those with the best names first
LEAST_CANDIDATE = 0.02  # less likely inclusions are not even listed
MOST_CANDIDATES = 500
LEAST_ALTERNATE = 0.5


@dataclass(frozen=True)
class Found:
    """All that the search found out: keys of each table, best first, and possible references, best first."""

    keys: Mapping[str, Sequence[RankedKey]]
    references: Sequence[RankedReference]

    def primary_keys(self) -> dict[str, tuple[str, ...]]:
        """Columns of the likeliest key of each table, where it is likely enough."""
        return likely_primary_keys(self.keys)


def search(facts: Facts, count: Counter, settings: DiscoverSettings) -> Found:
    """Keys and possible references of a database; counts on Spark at most four times, and not at all for small ones."""
    keys, inclusions = find_candidates(facts, count, settings)
    ranked = rank_keys(facts, keys, [one for one in inclusions if len(one.child.columns) == 1])
    targets = {key.place for table in ranked.values() for key in table}
    into_keys = [one for one in inclusions if one.parent in targets]
    return Found(ranked, settle(facts, rank_references(facts, into_keys, likely_primary_keys(ranked))))


def find_candidates(
    facts: Facts, count: Counter, settings: DiscoverSettings
) -> tuple[dict[str, list[Place]], list[Inclusion]]:
    """Sets of columns that identify the rows of each table, and inclusions of columns and of tuples, all exact."""
    keys = candidate_keys(facts, count, settings.maximum_key_columns)
    inclusions = _unary(facts, keys, count, settings)
    ranked = rank_keys(facts, keys, inclusions)
    tuples, false_keys = _composite(facts, keys, ranked, count, settings)
    keys = {table: [place for place in places if place not in false_keys] for table, places in keys.items()}
    return keys, [*inclusions, *tuples]


def likely_primary_keys(ranked: Mapping[str, Sequence[RankedKey]]) -> dict[str, tuple[str, ...]]:
    """Columns of the likeliest key of each table, where it is likely enough."""
    return {table: keys[0].place.columns for table, keys in ranked.items() if keys and keys[0].score >= LEAST_KEY_SCORE}


def _unary(facts: Facts, keys: dict[str, list[Place]], count: Counter, settings: DiscoverSettings) -> list[Inclusion]:
    """Inclusions of single columns in keys, exact."""
    single = {place for places in keys.values() for place in places if len(place.columns) == 1}
    children = [column for column in facts.columns() if column.comparable]
    parents = [facts.of(place)[0] for place in sorted(single)]
    found = unary_inclusions(children, parents, settings.minimum_coverage)
    found = [inclusion for inclusion in found if not own_table_key(facts, inclusion)]
    found = [proven(facts, inclusion, single) or inclusion for inclusion in found]
    if any(one.compare and not one.exact for one in found):
        likely = rank_keys(facts, keys, [one for one in found if one.exact])
        found = without_detours(facts, found, likely_primary_keys(likely))
    settled = [inclusion for inclusion in found if inclusion.exact]
    open_ones = [inclusion for inclusion in found if not inclusion.exact]
    if len(open_ones) > MOST_CHECKS:
        logger.warning("relate: %d of %d inclusions are left unchecked", len(open_ones) - MOST_CHECKS, len(open_ones))
    open_ones = sorted(open_ones, key=lambda one: (-_finite(one.coverage), one.child, one.parent))[:MOST_CHECKS]
    if not open_ones:
        return settled
    counts = count([], [facts.compared(inclusion) for inclusion in open_ones])
    checked = [_exact(facts, inclusion, counts) for inclusion in open_ones]
    return settled + [inclusion for inclusion in checked if inclusion.coverage >= settings.minimum_coverage]


def _finite(value: float) -> float:
    return value if value == value else 0.0


def _exact(facts: Facts, inclusion: Inclusion, counts: Counts) -> Inclusion:
    pair = facts.compared(inclusion)
    rows = counts.matched_rows[pair] / max(counts.rows[pair[0]], 1)
    values = counts.matched_distinct[pair] / max(counts.distinct[pair[0]], 1)
    return replace(inclusion, coverage=rows, value_coverage=values, exact=True)


def _composite(
    facts: Facts,
    candidates: Mapping[str, Sequence[Place]],
    ranked: Mapping[str, Sequence[RankedKey]],
    count: Counter,
    settings: DiscoverSettings,
) -> tuple[list[Inclusion], set[Place]]:
    """Inclusions of tuples in composite keys, exact, and composite keys that are none or not worth a count."""
    targets, false_keys = settle_composites(facts, ranked, count)
    found, open_pairs = [], []
    true_keys = [place for place in targets if place in candidates[place.table]]
    for pairing in pairings(facts, true_keys, settings.minimum_coverage):
        inclusion = check_on_driver(facts, pairing)
        if inclusion is None:
            open_pairs.append(pairing)
        else:
            found.append(inclusion)
    if open_pairs:
        counts = count([], [facts.compared(pairing) for pairing in open_pairs])
        found += [_exact(facts, pairing, counts) for pairing in open_pairs]
    return [inclusion for inclusion in found if inclusion.coverage >= settings.minimum_coverage], false_keys


def build_schema(
    name: str,
    facts: Facts,
    columns: dict[str, dict[str, Column]],
    found: Found,
    settings: DiscoverSettings,
) -> Schema:
    """The proposal that a person will review."""
    chosen = choose(found.references, settings.minimum_confidence)
    foreign_keys = tuple(_foreign_key(facts, reference) for reference in chosen)
    taken = {key.identity for key in foreign_keys}
    candidates = [
        _foreign_key(facts, reference) for reference in found.references if reference.confidence >= LEAST_CANDIDATE
    ]
    others = tuple(key for key in candidates if key.identity not in taken)[:MOST_CANDIDATES]
    primary = with_whole_references(facts, found.primary_keys(), [one.inclusion for one in chosen])
    columns = {table: _with_keys(table, own, primary.get(table, ()), foreign_keys) for table, own in columns.items()}
    reference = reference_tables(facts, columns, primary, foreign_keys)
    tables = {
        table: _table(
            facts,
            own,
            found,
            foreign_keys,
            Place(table, primary.get(table, ())),
            role="reference" if table in reference else "synthesize",
        )
        for table, own in columns.items()
    }
    known = {key.label for key in (*foreign_keys, *others)}
    return Schema(name, tables, foreign_keys, candidates=others, questions=_questions(found, chosen, known))


def _questions(found: Found, chosen: Sequence[RankedReference], known: set[str]) -> tuple[Question, ...]:
    """Questions whose readings name nothing but foreign keys and candidates of the schema."""
    listed = [one for one in found.references if _label(one) in known]
    return ask(listed, chosen, _label)


def _label(reference: RankedReference) -> str:
    child, parent = reference.child, reference.parent
    return ForeignKey(child.table, child.columns, parent.table, parent.columns).label


def _with_keys(
    table: str, columns: dict[str, Column], primary: tuple[str, ...], foreign_keys: Sequence[ForeignKey]
) -> dict[str, Column]:
    """The columns with the meaning "key" where they identify or refer; dates and texts of people keep theirs."""
    single = [*primary] if len(primary) == 1 else []
    keyed = {*single, *(name for key in foreign_keys if key.child == table for name in key.child_columns)}
    kept = ("date", "timestamp", "uuid")
    return {
        name: replace(column, semantic="key") if name in keyed and column.semantic not in kept else column
        for name, column in columns.items()
    }


def _foreign_key(facts: Facts, reference: RankedReference) -> ForeignKey:
    return ForeignKey(
        reference.child.table,
        reference.child.columns,
        reference.parent.table,
        reference.parent.columns,
        confidence=reference.confidence,
        evidence=_shown(reference),
        why=why_reference(facts, reference),
        compare=reference.inclusion.compare,
    )


def _shown(reference: RankedReference) -> dict[str, float]:
    """Evidence that a person can read: what is not nought, without what the weights need it twice for."""
    found = {name: value for name, value in reference.evidence.items() if value and not name.startswith(NAMELESS)}
    return {"coverage": reference.inclusion.coverage, **found}


def _is_alternate(facts: Facts, place: Place) -> bool:
    """Whether a unique column may be a key to which nothing refers: not moments and measures, unlike by chance."""
    (first, *further) = facts.of(place)
    return not further and not is_measured(first.profile.type)


def _table(
    facts: Facts,
    columns: dict[str, Column],
    found: Found,
    foreign_keys: Sequence[ForeignKey],
    key: Place,
    *,
    role: str,
) -> Table:
    table, primary = key.table, key.columns
    keys = found.keys.get(table, ())
    referred = {one.parent_columns for one in foreign_keys if one.parent == table}
    alternates = [
        one.place.columns
        for one in keys
        if set(one.place.columns) != set(primary)
        and (one.place.columns in referred or (_is_alternate(facts, one.place) and one.score >= LEAST_ALTERNATE))
    ]
    best = keys[0] if primary else None
    return Table(
        table,
        columns,
        role=role,
        primary_key=primary,
        alternate_keys=tuple(alternates),
        confidence=best.score if best else 1.0,
        why=why_key(facts, replace(best, place=key)) if best else "no set of columns looks like a key",
        rows=facts.rows[table],
    )
