"""What speaks for and against reading an inclusion as a foreign key; every number lies between 0 and 1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan, log10

import numpy as np

from synthspark.relate import chance
from synthspark.relate.facts import ColumnFacts, Facts, Inclusion, Place
from synthspark.relate.inclusion import LEAST_VALUES, row_hashes
from synthspark.relate.learned import REFERENCE_WEIGHTS
from synthspark.relate.names import TYPE_WORDS, NameIndex, is_opaque, name_likeness, own_name, says_key, subject_words
from synthspark.relate.weights import shares, weighted

NAMELESS = "nameless_"
# What weighs otherwise where names say nothing.
CROSSED = (
    "child_dense_key",
    "child_first",
    "child_primary",
    "child_unique",
    "edge",
    "equal",
    "fullness",
    "loops",
    "misfit",
    "satellite",
    "share",
    "slant",
    "spread",
    "surprise",
    "text",
    "top_gap",
    "tuple_surprise",
    "variety",
)
UPPER_LEVELS = {"spread": 0.5, "slant": 1.0 / 3.0, "top_gap": 0.0}  # of a tree, such as bosses, often came first
SAME_NAME = 0.85  # name likeness with which equal values are no chance
SAME_ROWS = 0.99  # share of the rows whose key another column spells
TITLED = 0.9  # share of rows with a text of their own: titles may repeat a little
UNGUESSABLE = frozenset({"uuid", "hash"})  # made so that they never meet by chance
MEASURES = frozenset({"money", "percentage", "duration", "coordinate", "number", "boolean", "free_text", "constant"})


@dataclass(frozen=True)
class RankedReference:
    """An inclusion with its evidence and the probability that it is a foreign key.

    `total` is the weighted evidence: the log-odds against "these columns refer to nothing". `certainty` is the
    probability that the columns refer to this key or to an equal one, of which this is the one to propose.
    """

    inclusion: Inclusion
    confidence: float
    evidence: Mapping[str, float]
    total: float = 0.0
    certainty: float = 0.0

    @property
    def child(self) -> Place:
        return self.inclusion.child

    @property
    def parent(self) -> Place:
        return self.inclusion.parent


def rank_references(
    facts: Facts, inclusions: Sequence[Inclusion], primary_keys: Mapping[str, tuple[str, ...]]
) -> list[RankedReference]:
    """Inclusions in keys as possible foreign keys, the most likely first.

    The parents that the same columns could refer to share one probability with the case that there is none. A key
    never refers to a column of its own table: it would have no root.
    """
    found = possible_evidence(facts, inclusions, primary_keys)
    groups: dict[tuple[str, frozenset[str]], list[int]] = defaultdict(list)
    for place, one in enumerate(found):
        groups[one.child.table, frozenset(one.child.columns)].append(place)
    for places in groups.values():
        totals = [weighted(found[place].evidence, REFERENCE_WEIGHTS) for place in places]
        for place, confidence, total in zip(places, shares(totals), totals, strict=True):
            found[place] = replace(found[place], confidence=confidence, certainty=confidence, total=total)
    return sorted(found, key=lambda one: (-one.confidence, one.child, one.parent))


def possible_evidence(
    facts: Facts, inclusions: Sequence[Inclusion], primary_keys: Mapping[str, tuple[str, ...]]
) -> list[RankedReference]:
    """Inclusions that can be references at all, with their evidence and no probability yet."""
    possible = [one for one in inclusions if not own_table_key(facts, one)]
    possible = without_detours(facts, possible, primary_keys)
    evidence = gather_evidence(facts, possible, primary_keys)
    return [RankedReference(one, 0.0, own) for one, own in zip(possible, evidence, strict=True)]


def without_detours(
    facts: Facts, inclusions: Sequence[Inclusion], primary_keys: Mapping[str, tuple[str, ...]]
) -> list[Inclusion]:
    """Those without inclusions across formats that say nothing of their own.

    They lead to a table whose primary key holds the same values as they are; or the child is only another spelling of
    its own table's primary key, such as a customer's number with letters before it, and what it seems to refer to
    refers to that key.
    """

    def in_primary(one: Inclusion) -> bool:
        return one.parent.columns == primary_keys.get(one.parent.table)

    known = [one for one in inclusions if not one.compare and in_primary(one) and not isnan(one.coverage)]
    plain = {(one.child, one.parent.table): one.coverage for one in known}

    def spells_own_key(one: Inclusion) -> bool:
        refers_back = (one.parent, one.child.table) in plain
        return refers_back and _spells(facts, one, primary_keys[one.child.table])

    def says_more(one: Inclusion) -> bool:
        return in_primary(one) or one.coverage > plain.get((one.child, one.parent.table), -1.0)

    return [one for one in inclusions if not one.compare or (says_more(one) and not spells_own_key(one))]


def _spells(facts: Facts, one: Inclusion, key: tuple[str, ...]) -> bool:
    """Whether a column holds the key of its own row, written otherwise.

    Of large tables, whose rows are not at hand, the names must say so. A few rows may be numbered alike by chance.
    """
    if facts.rows[one.child.table] < LEAST_VALUES or not all(column.key_column for column in facts.of(one.child)):
        return False
    own = Place(one.child.table, key)
    if not facts.sketches[own.table].all_rows:
        pairs = list(zip(facts.of(one.child), facts.of(own), strict=True))
        return _name_evidence(pairs)["name"] >= SAME_NAME
    child = facts.compared(one)[0]
    return float((row_hashes(facts, child) == row_hashes(facts, own)).mean()) >= SAME_ROWS


def gather_evidence(
    facts: Facts, inclusions: Sequence[Inclusion], primary_keys: Mapping[str, tuple[str, ...]]
) -> list[dict[str, float]]:
    """Evidence of each inclusion: its own, and what lies in the other parents of the same columns."""
    own = [reference_evidence(facts, one, primary_keys) for one in inclusions]
    values = {(one.child, one.parent): one.value_coverage for one in inclusions}
    misfits = _misfits(facts, inclusions)
    by_child: dict[Place, list[Place]] = defaultdict(list)
    for one in inclusions:
        by_child[one.child].append(one.parent)
    keys = [facts.of(Place(table, key))[0] for table, key in primary_keys.items() if len(key) == 1]
    index = NameIndex((key.table, key.called) for key in keys)
    return [
        _with_crossings(
            {
                **evidence,
                **_among_rivals(facts, one, by_child[one.child], values),
                "outnamed": _outnamed(facts, one, evidence["name"], index),
                "loose": evidence["crossing"] * (1.0 - evidence["surprise"]) * (1.0 - evidence["name"]),
                "polymorphic": _polymorphic(facts, one) * (1.0 - evidence["name"]),
                "misfit": misfit,
            }
        )
        for one, evidence, misfit in zip(inclusions, own, misfits, strict=True)
    ]


def _misfits(facts: Facts, inclusions: Sequence[Inclusion]) -> list[float]:
    """How much less likely each parent of a single column is than the one that fits best, 0 to 1."""
    digits = [_digits(facts, one) for one in inclusions]
    least: dict[Place, float] = {}
    for one, own in zip(inclusions, digits, strict=True):
        least[one.child] = min(own, least.get(one.child, own))
    return [
        min(1.0, (own - least[one.child]) / chance.MISFIT_DIGITS) for one, own in zip(inclusions, digits, strict=True)
    ]


def _digits(facts: Facts, inclusion: Inclusion) -> float:
    if len(inclusion.child.columns) > 1:
        return 0.0
    return chance.choice_digits(facts.of(inclusion.child)[0], facts.of(inclusion.parent)[0], inclusion.value_coverage)


def _outnamed(facts: Facts, inclusion: Inclusion, name: float, index: NameIndex) -> float:
    """How much better the child's name fits the key of some other table, whether that holds its values or not."""
    child = facts.of(inclusion.child)[0]
    if len(inclusion.child.columns) > 1 or is_opaque(child.called):
        return 0.0
    return max(0.0, index.best(child.table, child.called) - name)


def _polymorphic(facts: Facts, inclusion: Inclusion) -> float:
    """Whether a column beside the child says what it refers to, as commentable_type does of commentable_id."""
    if len(inclusion.child.columns) > 1 or is_opaque(inclusion.child.columns[0]):
        return 0.0
    own = subject_words(inclusion.child.columns[0])
    beside = (subject_words(name) for name in facts.tables[inclusion.child.table])
    return float(bool(own) and any(words[:-1] == own and words[-1] in TYPE_WORDS for words in beside))


def _with_crossings(evidence: dict[str, float]) -> dict[str, float]:
    """The evidence, and some of it once more in as far as names say nothing."""
    share = evidence["unnamed"]
    return {**evidence, **{NAMELESS + name: evidence[name] * share for name in CROSSED if share}}


def own_table_key(facts: Facts, inclusion: Inclusion) -> bool:
    """Whether a key is included in a column of its own table, which never is a reference: it would have no root."""
    same_table = inclusion.child.table == inclusion.parent.table
    return same_table and all(column.key_column for column in facts.of(inclusion.child))


def _among_rivals(
    facts: Facts, inclusion: Inclusion, rivals: Iterable[Place], values: Mapping[tuple[Place, Place], float]
) -> dict[str, float]:
    """Evidence in how the parent's key lies to the keys of the other possible parents.

    A satellite's key lies within its hub's: `satellite` is the share of the hub that it fills. `tight` is the share of
    a wider key that this one leaves out.
    """
    parent = inclusion.parent
    size = max(facts.rows[parent.table], 1)
    satellite = tight = equal = 0.0
    for rival in rivals:
        if rival == parent or rival.table == parent.table:
            continue
        other = max(facts.rows[rival.table], 1)
        within = values.get((parent, rival), 0.0)
        holds = values.get((rival, parent), 0.0)
        if within == 1.0 and holds < 1.0:
            satellite = max(satellite, min(1.0, size / other))
            tight = max(tight, 1.0 - min(1.0, size / other))
        equal = max(equal, float(within == 1.0 and holds == 1.0))
    return {"satellite": satellite, "tight": tight, "equal": equal}


def reference_evidence(
    facts: Facts, inclusion: Inclusion, primary_keys: Mapping[str, tuple[str, ...]]
) -> dict[str, float]:
    """Evidence of one inclusion by itself; that of a composite one is the mean over its columns."""
    ways = inclusion.compare or ("exact",) * len(inclusion.child.columns)
    children, parents = (
        [column.compared(how) for column, how in zip(facts.of(place), ways, strict=True)]
        for place in (inclusion.child, inclusion.parent)
    )
    pairs = list(zip(children, parents, strict=True))
    keys = _key_evidence(facts, inclusion, children, parents, primary_keys)
    return {
        **_name_evidence(pairs),
        **_chance_evidence(facts, inclusion, pairs),
        **keys,
        **_table_evidence(facts, inclusion),
        "well_covered": max(0.0, (inclusion.coverage - 0.8) / 0.2),
        "complete": float(inclusion.coverage == 1.0),
        "crossing": float(any(how != "exact" for how in inclusion.compare)),
        "nullable": max(column.profile.nulls / max(column.profile.rows, 1) for column in children),
        "measure": float(np.mean([child.profile.semantic in MEASURES for child in children])),
        "time": float(np.mean([child.sketch.family == "time" for child in children])),
        "time_alone": float(len(pairs) == 1 and children[0].sketch.family == "time"),
        "unguessable": float(all(column.profile.semantic in UNGUESSABLE for column in (*children, *parents))),
        "text": float(np.mean([child.sketch.family == "text" for child in children])),
        "same_type": float(all(child.profile.type == parent.profile.type for child, parent in pairs)),
        "composite": float(len(pairs) > 1),
        "composite_alternate": float(len(pairs) > 1 and not keys["primary"]),
    }


def _name_evidence(pairs: Sequence[tuple[ColumnFacts, ColumnFacts]]) -> dict[str, float]:
    """What names say; nothing for and nothing against where they are mere numbers."""
    named = [(child, parent) for child, parent in pairs if not (is_opaque(child.called) or is_opaque(parent.called))]
    fits = [name_likeness(child.table, child.called, parent.table, parent.called) for child, parent in named]
    return {
        "name": float(np.mean(fits)) if fits else 0.0,
        "name_strong": max(0.0, 2.0 * float(np.mean(fits)) - 1.0) if fits else 0.0,
        "misnamed": float(bool(fits) and min(fits) < 0.5),
        "unnamed": 1.0 - len(named) / len(pairs),
        "says_key": float(np.mean([says_key(child.called) for child, _ in named])) if named else 0.0,
        "parent_says_key": float(np.mean([says_key(parent.called) for _, parent in named])) if named else 0.0,
        "parent_own_name": max((own_name(parent.table, parent.called) for _, parent in named), default=0.0),
    }


def _chance_evidence(
    facts: Facts, inclusion: Inclusion, pairs: Sequence[tuple[ColumnFacts, ColumnFacts]]
) -> dict[str, float]:
    children, parents = zip(*pairs, strict=True)
    rows = facts.rows[inclusion.parent.table]
    loops = chance.loop_share(facts, inclusion)
    tree = inclusion.child.table == inclusion.parent.table and loops == 0.0 and children[0].profile.nulls > 0
    found = {
        "surprise": min(1.0, sum(chance.surprise(child, parent) for child, parent in pairs)),
        "tuple_surprise": chance.tuple_surprise(children, parents, rows) if len(pairs) > 1 else 0.0,
        "spread": float(np.mean([chance.spread(child, parent) for child, parent in pairs])),
        "slant": float(np.mean([chance.slant(child, parent) for child, parent in pairs])),
        "top_gap": float(np.mean([chance.top_gap(child, parent) for child, parent in pairs])),
        "edge": float(np.mean([chance.edge(child, parent) for child, parent in pairs])),
        "share": float(np.mean([chance.share(child, parent) for child, parent in pairs])),
        "fullness": float(np.mean([chance.fullness(child, parent) for child, parent in pairs])),
        "variety": min(1.0, log10(max(child.distinct for child in children)) / 3.0) if children[0].distinct else 0.0,
        "thin": float(max(child.distinct for child in children) <= 2),
        "constant": float(np.mean([child.distinct == 1 for child in children])),
        "loops": loops,
        "tree": float(tree),
    }
    return {**found, **UPPER_LEVELS} if tree else found


def _key_evidence(
    facts: Facts,
    inclusion: Inclusion,
    children: Sequence[ColumnFacts],
    parents: Sequence[ColumnFacts],
    primary_keys: Mapping[str, tuple[str, ...]],
) -> dict[str, float]:
    own_key = set(primary_keys.get(inclusion.child.table, ()))
    is_primary = set(inclusion.child.columns) == own_key
    single = len(children) == 1
    return {
        "primary": float(set(inclusion.parent.columns) == set(primary_keys.get(inclusion.parent.table, ()))),
        "first": float(all(parent.position == place for place, parent in enumerate(parents))),
        "child_unique": float(all(child.profile.unique for child in children)),
        "child_primary": float(is_primary),
        "child_in_primary": float(not is_primary and set(inclusion.child.columns) <= own_key),
        "child_dense_key": float(is_primary and single and children[0].density > 0.9),
        "child_dense": children[0].density if single else 0.0,
        "child_numbering": float(single and chance.numbers_rows(facts, children[0], tuple(own_key))),
        "child_first": float(single and children[0].position == 0),
        "child_sorted": float(single and children[0].profile.monotonic and not children[0].profile.unique),
        "parent_dense": parents[0].density if single else 0.0,
    }


def _table_evidence(facts: Facts, inclusion: Inclusion) -> dict[str, float]:
    child, parent = facts.rows[inclusion.child.table], facts.rows[inclusion.parent.table]
    return {
        "larger": float(child >= parent),
        "growth": min(1.0, max(0.0, log10(max(child, 1) / max(parent, 1)) / 3.0)),
        "few_parents": 1.0 / (1.0 + parent / 10.0),
        "self": float(inclusion.child.table == inclusion.parent.table),
        "titled": float(_titled(facts, inclusion.parent)),
    }


def _titled(facts: Facts, key: Place) -> bool:
    """Whether rows have a text of their own beside the key, such as a title: the mark of an entity's table."""
    rows = facts.rows[key.table]
    return any(
        column.sketch.family == "text"
        and "number" not in column.sketch.forms
        and name not in key.columns
        and column.distinct >= TITLED * rows
        for name, column in facts.tables[key.table].items()
    )
