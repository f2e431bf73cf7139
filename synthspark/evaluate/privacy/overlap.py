"""Which real names, addresses, keys and texts turn up in the copy; counted by hashes, no value leaves the cluster.

A first name or a last name that many people have names none of them, nor does one that stands in a public list: what
points at a person is her whole name, with her date of birth where the name is common, or a part of it that is rare.
Of contacts, numbers, texts and keys every single one does, but for a text that all rows of a table hold, such as one
address of a picture for everybody: it tells none of them apart.

References
----------
Article 29 Working Party (2014), opinion 05/2014 on anonymisation techniques, section 3: singling out. Sweeney (2002),
"k-anonymity". Hundepool et al. (2012), "Statistical disclosure control", chapter 4: the minimum frequency rule.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.identity import ALONE_HARMLESS, identity_columns, name_columns
from synthspark.artifacts.schema import Schema, Table
from synthspark.stats.xxhash import hash_texts

WordArray = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]

_TEXTS = frozenset({"free_text", "json", "url", "company"})
_IDENTIFIERS = frozenset({"key", "uuid", "hash"})
_NAMES = ALONE_HARMLESS | {"full_name"}


@dataclass(frozen=True)
class Compared:
    """Columns of one table whose values, taken together, are looked for; `kind` is personal, person, text or key."""

    table: str
    columns: tuple[str, ...]
    kind: str
    semantic: str

    @property
    def label(self) -> str:
        return " + ".join(self.columns)

    def fewest_holders(self, people: Collection[str], k: int) -> float:
        """Number of holders from which a value names nobody; infinite where it always does.

        Holders are rows, so they are counted only where each row is a person: else all may be one who came often.
        """
        return k if self.semantic in _NAMES and self.table in people else math.inf


@dataclass(frozen=True)
class Values:
    """Distinct hashes of one side, ascending, the number of rows of each, and that of all rows, nulls included."""

    hashes: WordArray
    rows: IntArray
    n_rows: int | None = None

    def is_constant(self, k: int) -> bool:
        """Whether all rows, at least k, hold one and the same value."""
        return self.n_rows is not None and self.n_rows >= k and self.rows.tolist() == [self.n_rows]


@dataclass(frozen=True)
class Overlap:
    """Distinct values of one column, or of some together: of the copy, of the source, and in both.

    A whole number or date as a key repeats by nature, for keys are issued anew from one on, so nothing is `expected`
    of it. `n_telling` of those in both point at somebody; by default all.
    """

    table: str
    column: str
    kind: str
    semantic: str
    n_synthetic: int
    n_real: int
    n_shared: int
    expected_none: bool = True
    n_telling: int | None = None

    @property
    def telling(self) -> int:
        """How many of the shared values point at somebody."""
        shared = self.n_shared if self.n_telling is None else self.n_telling
        return shared if self.expected_none else 0

    @property
    def share(self) -> float:
        """Share of the copy's distinct values that point at a real person."""
        return self.telling / max(1, self.n_synthetic)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "n_telling": self.telling, "share": round(self.share, 6)}


def columns_to_compare(schema: Schema) -> list[Compared]:
    """Everything whose real values must not turn up, table by table; approved copies are left out."""
    found = []
    for table in schema.tables.values():
        if table.role != "synthesize" or table.left_out:
            continue
        foreign = {name for key in schema.keys_in_force() if key.child == table.name for name in key.child_columns}
        own = {name for name, column in table.columns.items() if name not in foreign and column.generate == "auto"}
        for name in table.columns:
            kind = _kind(table, name) if name in own else ""
            if kind:
                found.append(Compared(table.name, (name,), kind, table.columns[name].semantic))
        named, dated = name_columns(table), identity_columns(table)
        if len(named) > 1 and own.issuperset(named):
            found.append(Compared(table.name, named, "person", "full_name"))
        if dated and own.issuperset(dated):
            found.append(Compared(table.name, dated, "person", "full_name with birth date"))
    return found


def _kind(table: Table, name: str) -> str:
    column = table.columns[name]
    if column.personal:
        return "personal"
    if column.semantic in _TEXTS and column.type == "string":
        return "text"
    if column.semantic in _IDENTIFIERS and table.primary_key in ((name,), ()):
        return "key"
    return ""


def overlap_of(
    compared: Compared,
    schema: Schema,
    real: Values,
    synthetic: Values,
    fewest_holders: float,
    public: Iterable[str] = (),
    *,
    k: int,
) -> Overlap:
    """The values that both sides have, and how many of them point at somebody.

    Those of fewer than `fewest_holders` real rows do, but for the `public` ones (names in any letter case), and for a
    text that all rows hold, k of them at least.
    """
    shared = np.isin(real.hashes, synthetic.hashes, assume_unique=True)
    told = shared & (real.rows < fewest_holders)
    telling = real.hashes[told & (compared.kind != "text" or not real.is_constant(k))]
    if telling.size:
        telling = telling[~np.isin(telling, name_hashes(public))]
    return Overlap(
        compared.table,
        compared.label,
        compared.kind,
        compared.semantic,
        int(synthetic.hashes.size),
        int(real.hashes.size),
        int(shared.sum()),
        expects_none(schema, compared),
        int(telling.size),
    )


def expects_none(schema: Schema, compared: Compared) -> bool:
    """Whether no real value may turn up: of all texts; of numbers only if they are personal."""
    found = schema.tables[compared.table].columns[compared.columns[0]]
    return found.type == "string" or found.personal


def name_hashes(names: Iterable[str]) -> WordArray:
    """Hash of each name without case, as Spark's `xxhash64` gives it."""
    encoded = [name.lower().encode() for name in names]
    ends = np.cumsum([0, *(len(name) for name in encoded)])
    return hash_texts(np.frombuffer(b"".join(encoded), np.uint8), ends.astype(np.int64))


def leaked(overlaps: Sequence[Overlap]) -> list[Overlap]:
    """Columns where values that point at somebody turned up, the largest share first."""
    found = [overlap for overlap in overlaps if overlap.telling]
    return sorted(found, key=lambda overlap: (-overlap.share, overlap.table, overlap.column))
