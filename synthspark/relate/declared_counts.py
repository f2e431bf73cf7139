"""How far the rows bear out what the catalog declares: exact counts, from the driver's sketches where they hold all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthspark.artifacts.catalog import CatalogFacts, DeclaredKey, DeclaredReference
from synthspark.relate.counting import Counter, Counts
from synthspark.relate.facts import Facts, Place
from synthspark.relate.inclusion import included, row_hashes


@dataclass(frozen=True)
class KeyCheck:
    """Rows of a declared key's table, those without a value in it, and those that repeat another's; None: unknown."""

    key: DeclaredKey
    rows: int
    filled: int | None = None
    distinct: int | None = None

    @property
    def broken(self) -> int:
        """Rows that a key of this kind must not have."""
        if self.filled is None or self.distinct is None:
            return 0
        return self.filled - self.distinct + (self.rows - self.filled if self.key.primary else 0)

    @property
    def share(self) -> float | None:
        """Share of the rows that keep to it, None where there is none to tell by."""
        return None if not self.rows or self.filled is None else 1.0 - self.broken / self.rows

    def said(self) -> str:
        """What the rows say, in words."""
        if self.share is None:
            return "the table is empty" if not self.rows else "its columns are of a type that is not compared"
        if not self.broken:
            return f"every value occurs once in {self.rows:,} rows, none is missing"
        return f"but {self.broken:,} of {self.rows:,} rows break it, with a value that is missing or not their own"


@dataclass(frozen=True)
class ReferenceCheck:
    """Rows of a declared reference that have a value in it, and those whose value the parent has."""

    reference: DeclaredReference
    filled: int | None = None
    matched: int | None = None

    @property
    def share(self) -> float | None:
        """Share of the filled rows that have a parent, None where there is none to tell by."""
        return None if not self.filled or self.matched is None else self.matched / self.filled

    def said(self) -> str:
        """What the rows say, in words."""
        if self.filled is None or self.matched is None:
            return "its columns are of a type that is not compared"
        if not self.filled:
            return "no row has a value in it"
        if self.matched == self.filled:
            return f"all {self.filled:,} rows with a value have their parent"
        lost = self.filled - self.matched
        return f"but {lost:,} of {self.filled:,} rows with a value ({lost / self.filled:.1%}) have no parent"


def check_declared(facts: Facts, catalog: CatalogFacts, count: Counter) -> tuple[list[KeyCheck], list[ReferenceCheck]]:
    """Every declared key and reference with its counts; Spark counts at most once, all that is open together."""
    keys = [(key, _key_on_driver(facts, key)) for key in catalog.keys]
    references = [(reference, _reference_on_driver(facts, reference)) for reference in catalog.references]
    places = [Place(key.table, key.columns) for key, check in keys if check is None]
    pairs = [_pair(reference) for reference, check in references if check is None]
    counts = count(places, pairs) if places or pairs else Counts({}, {}, {}, {})
    return (
        [check or _counted_key(facts, key, counts) for key, check in keys],
        [check or _counted_reference(reference, counts) for reference, check in references],
    )


def _pair(reference: DeclaredReference) -> tuple[Place, Place]:
    return Place(reference.child, reference.child_columns), Place(reference.parent, reference.parent_columns)


def _compared(facts: Facts, places: Sequence[Place]) -> bool:
    """Whether something is known of all these columns, so that their values can be compared at all."""
    return all(column in facts.tables[place.table] for place in places for column in place.columns)


def _key_on_driver(facts: Facts, key: DeclaredKey) -> KeyCheck | None:
    """The check from what the driver knows; None where rows must be counted."""
    place, rows = Place(key.table, key.columns), facts.rows[key.table]
    if not _compared(facts, [place]):
        return KeyCheck(key, rows)
    if facts.sketches[key.table].all_rows:
        hashes = row_hashes(facts, place)
        return KeyCheck(key, rows, int(hashes.size), int(np.unique(hashes).size))
    known = [column.profile for column in facts.of(place)]
    if len(known) == 1 and known[0].distinct_exact:
        return KeyCheck(key, rows, known[0].filled, known[0].distinct)
    return None


def _counted_key(facts: Facts, key: DeclaredKey, counts: Counts) -> KeyCheck:
    place = Place(key.table, key.columns)
    return KeyCheck(key, facts.rows[key.table], counts.rows[place], counts.distinct[place])


def _reference_on_driver(facts: Facts, reference: DeclaredReference) -> ReferenceCheck | None:
    child, parent = _pair(reference)
    if not _compared(facts, [child, parent]):
        return ReferenceCheck(reference)
    if not (facts.sketches[child.table].all_rows and facts.sketches[parent.table].all_rows):
        return None
    hashes = row_hashes(facts, child)
    share, _ = included(hashes, row_hashes(facts, parent))
    return ReferenceCheck(reference, int(hashes.size), round(share * hashes.size) if hashes.size else 0)


def _counted_reference(reference: DeclaredReference, counts: Counts) -> ReferenceCheck:
    pair = _pair(reference)
    return ReferenceCheck(reference, counts.rows[pair[0]], counts.matched_rows[pair])
