"""The model of one shard of rows, or of numbers of children; a fit that fails is replaced and the reason kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.model import Part, Shard
from synthspark.artifacts.packing import pack, unpack
from synthspark.errors import ModelError
from synthspark.seeds import generator_for, mix
from synthspark.stats.cardinality import fit_cardinality
from synthspark.stats.engine import EngineSettings, engine
from synthspark.stats.frame import Domain, Frame, empty_frame
from synthspark.stats.limits import Limits

IntArray = npt.NDArray[np.int64]
COUNTS = "counts"


@dataclass(frozen=True)
class ShardFit:
    """All that the fit of one shard needs, wherever it takes place.

    Attributes
    ----------
    owner : tuple of str
        Table, purpose (rows, links or counts) and place of the shard.
    context, rows : Frame
        What is given and what is drawn; of counts, the numbers of children as a single column.
    engine : str
        By name; of no meaning to counts.
    """

    owner: tuple[str, str, str]
    context: Frame
    rows: Frame
    engine: str
    settings: EngineSettings
    seed: int

    @property
    def purpose(self) -> str:
        return self.owner[1]

    @property
    def cells(self) -> int:
        """Numbers that are looked at."""
        return self.context.matrix.size + self.rows.matrix.size

    def to_bytes(self) -> bytes:
        """For the way to where it is fitted."""
        limits = self.settings.limits
        document = {
            "owner": list(self.owner),
            "engine": self.engine,
            "seed": self.seed,
            "settings": {name: value for name, value in vars(self.settings).items() if name != "limits"},
            "limits": {**vars(limits), "ending": sorted(limits.ending), "again": sorted(limits.again)},
            "context": _columns(self.context),
            "rows": _columns(self.rows),
        }
        return pack(document, {"context": self.context.matrix, "rows": self.rows.matrix})

    @classmethod
    def from_bytes(cls, content: bytes) -> ShardFit:
        """What `to_bytes` wrote."""
        known, arrays = unpack(content)
        settings = EngineSettings(**known["settings"], limits=Limits(**known["limits"]))
        table, purpose, place = known["owner"]
        context, rows = (_frame(known[side], arrays[side]) for side in ("context", "rows"))
        return cls((table, purpose, place), context, rows, known["engine"], settings, known["seed"])

    def run(self) -> FittedShard:
        """The model of the shard, see `fit_rows` and `fit_counts`."""
        if self.purpose == COUNTS:
            counts = self.rows.matrix[0].astype(np.int64)
            return fit_counts(self.context, counts, self.settings, self.seed, self.owner)
        return fit_rows(self.context, self.rows, self.engine, self.settings, self.seed, self.owner)


FittedShard = tuple[Shard, dict[str, Any]]
Runner = Callable[[Sequence[ShardFit]], list[FittedShard]]


def _columns(frame: Frame) -> list[Any]:
    return [[name, domain.to_json()] for name, domain in zip(frame.names, frame.domains, strict=True)]


def _frame(columns: list[Any], matrix: npt.NDArray[np.float64]) -> Frame:
    return Frame(tuple(name for name, _ in columns), tuple(Domain.from_json(domain) for _, domain in columns), matrix)


def shard_to_bytes(fitted: FittedShard) -> bytes:
    """A fitted shard for the way back."""
    shard, notes = fitted
    return pack({"rows": shard.rows, "part": shard.part.document, "notes": notes}, shard.part.arrays)


def shard_from_bytes(content: bytes) -> FittedShard:
    """What `shard_to_bytes` wrote."""
    known, arrays = unpack(content)
    return Shard(known["rows"], Part(known["part"], arrays)), known["notes"]


def run_in_turn(fits: Sequence[ShardFit]) -> list[FittedShard]:
    """Models of the shards and notes, one after the other."""
    return [fit.run() for fit in fits]


def canonical_order(*matrices: npt.NDArray[np.float64]) -> IntArray:
    """An order of the rows that depends on their values only, so that the way they came in does not matter."""
    n_rows = matrices[0].shape[1]
    words = np.zeros(n_rows, dtype=np.uint64)
    for matrix in matrices:
        for values in matrix:
            bits = np.ascontiguousarray(np.where(np.isnan(values), -0.5, values + 0.0)).view(np.uint64)
            words = mix(words ^ mix(bits + np.uint64(1)))
    return np.argsort(words, kind="stable").astype(np.int64)


def fit_rows(
    context: Frame, rows: Frame, engine_name: str, settings: EngineSettings, seed: int, owner: tuple[str, ...]
) -> tuple[Shard, dict[str, Any]]:
    """Model of the rows of one shard, and notes: ``fallback`` holds the reason when independent columns stand in.

    Raises
    ------
    ModelError
        If even independent columns cannot be fitted.
    """
    order = canonical_order(context.matrix, rows.matrix)
    context, rows = context.take(order), rows.take(order)
    notes: dict[str, Any] = {"rows": rows.n_rows}
    try:
        model = engine(engine_name).fit(context, rows, settings, generator_for(seed, *owner))
    except Exception as fault:  # recorded as a fallback: one shard must not end the run
        notes["fallback"] = f"{type(fault).__name__}: {fault}"[:500]
        model = _independent(rows, settings, seed, owner)
    document, arrays = model.to_parts()
    return Shard(rows.n_rows, Part(document, arrays)), notes


def _independent(rows: Frame, settings: EngineSettings, seed: int, owner: tuple[str, ...]) -> Any:
    """Columns without dependence: each is shuffled for itself before the fit."""
    generator = generator_for(seed, *owner, "independent")
    matrix = np.array([values[generator.permutation(rows.n_rows)] for values in rows.matrix]).reshape(rows.matrix.shape)
    try:
        return engine("copula").fit(
            empty_frame(rows.n_rows), replace(rows, matrix=matrix), replace(settings, maximum_segments=1), generator
        )
    except Exception as fault:
        raise ModelError(
            f"table {owner[0]}, {'/'.join(owner[1:])}: neither the engine nor independent columns could be fitted "
            f"({type(fault).__name__}: {fault}); expected numbers and categories; set the table's role to skip, or "
            "generate: drop for the column"
        ) from fault


def fit_counts(
    context: Frame, counts: IntArray, settings: EngineSettings, seed: int, owner: tuple[str, ...]
) -> tuple[Shard, dict[str, Any]]:
    """Model of the number of children a parent has, and notes as of `fit_rows`."""
    order = canonical_order(context.matrix, counts[None, :].astype(np.float64))
    context, counts = context.take(order), counts[order]
    notes: dict[str, Any] = {"rows": int(counts.size)}
    try:
        model = fit_cardinality(context, counts, settings, generator_for(seed, *owner))
    except Exception as fault:  # recorded as a fallback
        notes["fallback"] = f"{type(fault).__name__}: {fault}"[:500]
        model = fit_cardinality(empty_frame(counts.size), counts, settings, generator_for(seed, *owner))
    document, arrays = model.to_parts()
    return Shard(int(counts.size), Part(document, arrays)), notes
