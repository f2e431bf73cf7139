"""What runs in the workers of a fit: batches encoded as numbers, shards fitted, one row a shard handed back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from synthspark.artifacts.model import Feature, LinkModel, Part, Shard
from synthspark.artifacts.packing import pack, unpack
from synthspark.errors import ModelError
from synthspark.fit.encoding import reference_codes, set_codes
from synthspark.fit.kernel import fit_counts, fit_rows
from synthspark.stats.engine import EngineSettings
from synthspark.stats.features import domain_of, encode_feature
from synthspark.stats.frame import Frame
from synthspark.stats.key_hashes import pair_hashes, value_hashes

Batches = Iterator[pa.RecordBatch]
SHARD, PAYLOAD, NOTE = "shard", "payload", "note"
CHILDREN = "children"


@dataclass(frozen=True)
class ShardFit:
    """How the shards of one table are fitted."""

    table: str
    purpose: str  # rows or counts
    engine: str
    bounds: EngineSettings
    seed: int
    context: tuple[Feature, ...]
    rows: tuple[Feature, ...]


def number_name(place: int) -> str:
    """Column of an encoded frame."""
    return f"x{place}"


def encode_rows(
    features: Mapping[str, Feature],
    indicators: Mapping[str, tuple[str, ...]],
    references: Mapping[str, tuple[tuple[str, ...], LinkModel]],
    kept: tuple[str, ...],
) -> Callable[[Batches], Batches]:
    """Batches of source columns as doubles.

    Parameters
    ----------
    features
        Column of the output to feature, whose `column` is one of the input.
    indicators, references
        Column of the output to columns of the input, and to the link that they belong to.
    kept
        Whole-number columns passed on, such as the shard.
    """

    def encode(batches: Batches) -> Batches:
        for batch in batches:
            columns = {name: batch.column(place) for place, name in enumerate(batch.schema.names)}
            found: dict[str, pa.Array] = {name: columns[name] for name in kept}
            for name, feature in features.items():
                found[name] = pa.array(encode_feature(columns[feature.column], feature))
            for name, parts in indicators.items():
                found[name] = pa.array(set_codes([columns[part] for part in parts], batch.num_rows))
            for name, (parts, link) in references.items():
                found[name] = pa.array(reference_codes([columns[part] for part in parts], link))
            yield pa.RecordBatch.from_arrays(list(found.values()), names=list(found))

    return encode


def hashes_of_values(names: tuple[str, ...]) -> Callable[[Batches], Batches]:
    """Hash of each value of these columns, with the place of the column; nulls are left out."""

    def hash_all(batches: Batches) -> Batches:
        for batch in batches:
            for place, name in enumerate(names):
                hashes = np.unique(value_hashes(batch.column(name).drop_null()))
                places = np.full(hashes.size, place, dtype=np.int64)
                yield pa.RecordBatch.from_arrays(
                    [pa.array(places), pa.array(hashes.view(np.int64))], names=["place", "hash"]
                )

    return hash_all


def hashes_of_pairs(batches: Batches) -> Batches:
    """Hashes of the values of two columns taken together."""
    for batch in batches:
        hashes = np.unique(pair_hashes(batch.column(0), batch.column(1)))
        yield pa.RecordBatch.from_arrays([pa.array(hashes.view(np.int64))], names=["hash"])


def fit_shard(fit: ShardFit) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Function of the encoded rows of one shard: its model as one row."""

    def run(encoded: pd.DataFrame) -> pd.DataFrame:
        number = int(encoded[SHARD].iloc[0])
        context = _frame(encoded, fit.context, 0)
        owner = (fit.table, fit.purpose, str(number))
        if fit.purpose == "rows":
            rows = _frame(encoded, fit.rows, len(fit.context))
            shard, notes = fit_rows(context, rows, fit.engine, fit.bounds, fit.seed, owner)
        else:
            counts = encoded[CHILDREN].to_numpy(dtype=np.int64)
            shard, notes = fit_counts(context, counts, fit.bounds, fit.seed, owner)
        payload = pack(shard.part.document, shard.part.arrays)
        return pd.DataFrame(
            {SHARD: [number], "rows": [shard.rows], PAYLOAD: [payload], NOTE: [str(notes.get("fallback", ""))]}
        )

    return run


def _frame(encoded: pd.DataFrame, features: tuple[Feature, ...], first: int) -> Frame:
    columns = [encoded[number_name(first + place)].to_numpy(dtype=np.float64) for place in range(len(features))]
    matrix = np.array(columns).reshape(len(features), len(encoded))
    return Frame(tuple(f.name for f in features), tuple(domain_of(f) for f in features), matrix)


def shards_from(rows: list[tuple[int, int, bytes]]) -> list[Shard]:
    """Shards from what the workers handed back, in the order of their numbers."""
    shards = []
    for _, n_rows, payload in sorted(rows, key=lambda row: row[0]):
        document, arrays = unpack(payload)
        shards.append(Shard(n_rows, Part(document, arrays)))
    if not shards:
        raise ModelError("shards: no model came back; expected at least one; look at the log of the workers")
    return shards
