"""From collected rows to samples of both sides in the same domains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthspark.artifacts.schema import Schema
from synthspark.evaluate.sample import KeyHashes, Sample, TablePair, unit
from synthspark.evaluate.selection import KeySide, KeyUse, Selection, domain_of, encode_columns
from synthspark.seeds import mix
from synthspark.stats.frame import Domain

WordArray = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]

IDENTITY = "_ss_identity"  # hash of the primary key, or of the whole row
_FITTED = 0.5  # share of held-out rows that are among the fitted ones, from which they are no hold-out
CONTENT = "_ss_content"  # hash of the whole row: breaks ties


@dataclass(frozen=True)
class Layout:
    """What is read of one table, the same on both sides."""

    table: str
    columns: tuple[str, ...]  # of the schema, compared or not
    selection: Selection
    keys: KeyUse

    def hash_name(self, place: int) -> str:
        """Column that holds the hash of a key of `keys.others`."""
        return f"_ss_key{place}"


@dataclass(frozen=True)
class Counts:
    """What is counted on a whole table: rows, missing values by column, rows without each of `Layout.keys.others`."""

    n_rows: int
    nulls: Mapping[str, int]
    key_nulls: tuple[int, ...]


@dataclass(frozen=True)
class Thinning:
    """How a large table is sampled: thresholds of its identity and of each key; keys whose rows are only counted."""

    shares: tuple[float, ...]
    counted: tuple[int, ...] = ()


@dataclass(frozen=True)
class Collected:
    """Rows of one side on the driver.

    `rows` has the selected columns that exist, `IDENTITY`, `CONTENT` and the hash of each key in
    `Layout.keys.others`. `shares` are the sampling thresholds as in `Thinning`; `cut` is the relative threshold up to
    which the rows chosen by keys are complete; `grouped` holds hashes and numbers of rows of the counted keys.
    """

    rows: pa.Table
    counts: Counts
    shares: tuple[float, ...]
    cut: float = 1.0
    grouped: Mapping[int, tuple[WordArray, IntArray]] = field(default_factory=dict)


def pair_samples(
    layout: Layout, schema: Schema, real: Collected, synthetic: Collected, holdout: Collected | None = None
) -> TablePair:
    """Both sides of a table and its hold-out as numbers, in domains learned from the real rows.

    A hold-out whose rows were fitted too, as those of a table that belongs to no subject, counts as none.
    """
    table = schema.tables[layout.table]
    domains: dict[str, Domain] = {}
    problems: dict[str, str] = {}
    for name in layout.selection.columns:
        if name not in real.rows.column_names:
            problems[name] = "the real table has no such column, or it is of another type"
            continue
        found = domain_of(real.rows.column(name), table.columns[name])
        if isinstance(found, Domain):
            domains[name] = found
        else:
            problems[name] = found
    left, _ = _sample(layout, real, domains)
    right, reasons = _sample(layout, synthetic, {name: domains[name] for name in left.features.names})
    reference = table.role == "reference"
    held = None
    if holdout is not None and not reference:
        held = _sample(layout, holdout, {name: domains[name] for name in left.features.names})[0]
        if held.n_rows and np.isin(_row_words(holdout.rows), _row_words(real.rows)).mean() > _FITTED:
            held = None
    return TablePair(layout.table, left, right, {**problems, **reasons}, layout.selection.reasons, reference, held)


def _sample(layout: Layout, side: Collected, domains: Mapping[str, Domain]) -> tuple[Sample, dict[str, str]]:
    identity, content = (_words(side.rows, name) for name in (IDENTITY, CONTENT))
    order = np.lexsort((content, identity))  # independent of how the rows were partitioned
    rows = side.rows.take(pa.array(order))
    identity = identity[order]
    frame, reasons = encode_columns(rows, domains)
    drawn = unit(identity) < side.shares[0] if side.shares[0] < 1.0 else np.ones(identity.size, dtype=np.bool_)
    keys = {}
    for place, key in enumerate(layout.keys.others):
        share = side.shares[place + 1]
        keys[key] = KeyHashes(
            hashes=_words(rows, layout.hash_name(place)),
            present=rows.column(layout.hash_name(place)).is_valid().to_numpy(),
            complete=share if share >= 1.0 else share * side.cut,
            null_fraction=side.counts.key_nulls[place] / max(1, side.counts.n_rows),
            counts=side.grouped.get(place),
        )
    n_rows = side.counts.n_rows
    nulls = {name: count / max(1, n_rows) for name, count in side.counts.nulls.items()}
    return Sample(frame, identity, drawn, keys, n_rows, nulls), reasons


def _row_words(rows: pa.Table) -> WordArray:
    """A word a row, the same for rows of equal key and content."""
    return mix(_words(rows, IDENTITY)) ^ _words(rows, CONTENT)


def _words(rows: pa.Table, name: str) -> WordArray:
    values = rows.column(name).fill_null(0).combine_chunks()
    signed: IntArray = values.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return signed.view(np.uint64)


def thin_tables(
    schema: Schema, layouts: Mapping[str, Layout], counts: Mapping[str, tuple[Counts, Counts]], sample_rows: int
) -> dict[str, Thinning]:
    """How each large table is sampled; `counts` holds the large ones, all others are taken whole.

    A child and its parent share the smaller of their two thresholds, so that the chosen rows of both belong
    together and neither side exceeds the bound. Thresholds come from the larger side, so that real and synthetic
    rows are thinned alike. Children of a parent taken whole are counted, and their own sample serves for the rest.
    """
    own = {
        name: min(1.0, sample_rows / max(1, counts[name][0].n_rows, counts[name][1].n_rows)) if name in counts else 1.0
        for name in layouts
    }
    shares = {name: [own[name], *(0.0 for _ in layouts[name].keys.others)] for name in counts}
    counted: dict[str, set[int]] = {name: set() for name in counts}
    for key in schema.keys_in_force():
        if not {key.child, key.parent} <= set(layouts):
            continue
        common = min(own[key.child], own[key.parent])
        for table, side in ((key.child, KeySide.child(key)), (key.parent, KeySide.parent(key))):
            if table not in counts or side not in layouts[table].keys.others:
                continue
            place = layouts[table].keys.others.index(side)
            if own[key.parent] >= 1.0:
                counted[table].add(place)
            else:
                shares[table][place + 1] = max(shares[table][place + 1], common)
    return {name: Thinning(tuple(shares[name]), tuple(sorted(counted[name]))) for name in counts}
