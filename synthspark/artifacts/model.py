"""The fitted model of one table: how each column, key and reference of its rows is made. Plain values and arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.packing import nested, pack, under, unpack
from synthspark.artifacts.versions import check_version
from synthspark.errors import ModelError

FORMAT_VERSION = 5

WAYS = (
    "key",  # issued with the row: by a key of the table, see KeyModel
    "link",  # set by a foreign key
    "number",  # drawn by the engine
    "category",  # drawn by the engine; `rest` in the parameters writes the values that are too rare to be kept
    "personal",  # written by a provider
    "text",  # written in the form of the source's values: codes, words, bytes
    "constant",
    "null",  # of an unsupported type, without values, or dropped by a person
    "copy",  # real values, approved by a person
)
KEY_KINDS = (
    "issued",  # one own column: a closed form of the row's index
    "inherited",  # columns of the context key alone: a parent has one row at most
    "single",  # columns of one link: a linked parent has one row at most
    "linked",  # context and link: the linked parents of one parent's rows are distinct
    "line",  # context and own column: 1, 2, 3, ... within the parent
    "cells",  # context and own columns: distinct values within the parent, drawn without replacement
    "spread",  # context and one category: drawn with the row; one that repeats within the parent gives way to another
    "grid",  # own columns alone: each row another cell of the grid of their values
    "checked",  # nothing makes it unique by itself; repeated rows are dropped
)


@dataclass(frozen=True)
class Part:
    """A fitted kernel in its written form: a JSON document and arrays."""

    document: Mapping[str, Any]
    arrays: Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Shard:
    """The model of one shard of the rows, with the number of rows it stands for."""

    rows: int
    part: Part


@dataclass(frozen=True)
class Feature:
    """A column as the engine sees it: its name there, the source column, and its domain (`Domain.to_json`)."""

    name: str
    column: str
    domain: Mapping[str, Any]


@dataclass(frozen=True)
class ColumnModel:
    """How one column is made; `parameters` may hold frequent values of the source."""

    name: str
    type: str
    way: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.way not in WAYS:
            raise ModelError(f"model, column {self.name}: way {self.way!r}; expected one of {', '.join(WAYS)}")


@dataclass(frozen=True)
class KeyModel:
    """How one set of columns is kept unique; `own` are the columns that this key sets itself."""

    columns: tuple[str, ...]
    kind: str
    own: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KEY_KINDS:
            raise ModelError(f"model, key {self.columns}: kind {self.kind!r}; expected one of {', '.join(KEY_KINDS)}")


@dataclass(frozen=True)
class Echo:
    """Another route to the row that a reference points to: by another key of the row and, from there, these columns.

    Attributes
    ----------
    first : str
        Label of the other key.
    columns : tuple of str
        Of that key's parent, which refer to the same table; empty where that parent is the row itself.
    once : bool
        Exactly one row of each family repeats it.
    """

    first: str
    columns: tuple[str, ...] = ()
    once: bool = False


@dataclass(frozen=True)
class Kin:
    """A group that the row a reference points to belongs to, as a row does that is reached by another route.

    Attributes
    ----------
    route : Echo
        To the group itself, or, where `related`, to a row of the same table that belongs to it.
    columns : tuple of str
        Of the table that the reference points to: its key to the group.
    """

    route: Echo
    columns: tuple[str, ...]
    related: bool = False


@dataclass(frozen=True)
class LinkModel:
    """How one foreign key finds its parent.

    Attributes
    ----------
    key : str
        Label of the foreign key.
    fixed, free : tuple of str
        Child columns that are there before, and those that this link sets.
    indicator : str
        Engine column that says whether the key is set; empty when it always or never is.
    null_share : float
        Share of rows without a reference.
    nullable : bool
        Whether a reference may be dropped by setting the free columns to null.
    popularity : Part
        Lorenz curve of children per parent.
    reference : str
        Engine column whose category is the place in `values`; for keys onto reference tables.
    values : tuple of tuple of str
        Key values of the reference table that the source refers to, one tuple of texts a child column, the most
        frequent first.
    frequent : int
        How many of these are categories of their own; the next category stands for all others.
    weights : tuple of int
        Rows of the source that refer to each of `values`; those of fewer than k rows share their mean.
    compare : tuple of str
        How each free column is compared with its parent's; empty: all exactly.
    cell : str
        Engine column whose category is the cell of the parent, see `stats.cells`; empty without cells.
    echo : str
        Engine column whose category is 1 + the place in `echoes` of the route whose end the reference repeats, 0 for
        none; empty without echoes.
    kin : str
        Engine column whose category is 1 + the place in `kins` of the group that the parent belongs to, 0 for none;
        empty without kin.
    steps : tuple of (int, int)
        Of references to a row of the same family: how many rows back in its order, and how many rows point so far;
        empty where references lead elsewhere.
    """

    key: str
    fixed: tuple[str, ...]
    free: tuple[str, ...]
    indicator: str = ""
    null_share: float = 0.0
    nullable: bool = True
    popularity: Part | None = None
    reference: str = ""
    values: tuple[tuple[str, ...], ...] = ()
    frequent: int = 0
    weights: tuple[float, ...] = ()
    attributes: Part | None = None  # of a key onto a reference table: numbers of its columns for each of `values`
    compare: tuple[str, ...] = ()
    cell: str = ""
    cells: Part | None = None
    echo: str = ""
    echoes: tuple[Echo, ...] = ()
    kin: str = ""
    kins: tuple[Kin, ...] = ()
    steps: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class TableModel:
    """Everything fitted on one table.

    Attributes
    ----------
    table, role, rows
        Of the source.
    context : tuple of Feature
        Columns of parents on which rows and their number are conditioned.
    features : tuple of Feature
        Columns drawn by the engine.
    shards, counts : tuple of Shard
        Engine models of the rows, and cardinality models of the number of rows a context parent has.
    link_features : tuple of Feature
        Columns drawn before the linked parents are chosen; the others are drawn once these are known.
    link_shards : tuple of Shard
        Engine models of `link_features`, given the context without columns of linked parents.
    surroundings : tuple of Feature
        All that is known of a row before it is drawn: `context` is what of it matters, and children may ask for more.
    rootless_rows : int
        Rows of the source whose context key is null.
    """

    table: str
    role: str
    rows: int
    columns: tuple[ColumnModel, ...] = ()
    keys: tuple[KeyModel, ...] = ()
    links: tuple[LinkModel, ...] = ()
    context: tuple[Feature, ...] = ()
    features: tuple[Feature, ...] = ()
    shards: tuple[Shard, ...] = ()
    counts: tuple[Shard, ...] = ()
    link_features: tuple[Feature, ...] = ()
    link_shards: tuple[Shard, ...] = ()
    surroundings: tuple[Feature, ...] = ()
    rootless_rows: int = 0
    diagnostics: Mapping[str, Any] = field(default_factory=dict)

    def column(self, name: str) -> ColumnModel:
        return next(column for column in self.columns if column.name == name)

    def link(self, label: str) -> LinkModel:
        return next(link for link in self.links if link.key == label)

    def to_bytes(self) -> bytes:
        """The model as one file; equal models give equal bytes."""
        arrays: dict[str, npt.NDArray[Any]] = {}
        for kind, shards in (("shard", self.shards), ("count", self.counts), ("link_shard", self.link_shards)):
            for place, shard in enumerate(shards):
                arrays |= nested(f"{kind}_{place}", shard.part.arrays)
        for place, link in enumerate(self.links):
            arrays |= nested(f"link_{place}", link.popularity.arrays if link.popularity else {})
            arrays |= nested(f"attributes_{place}", link.attributes.arrays if link.attributes else {})
            arrays |= nested(f"cells_{place}", link.cells.arrays if link.cells else {})
        document = {
            "format_version": FORMAT_VERSION,
            "table": self.table,
            "role": self.role,
            "rows": self.rows,
            "columns": [asdict(column) for column in self.columns],
            "keys": [asdict(key) for key in self.keys],
            "links": [_link_document(link) for link in self.links],
            "context": [asdict(feature) for feature in self.context],
            "features": [asdict(feature) for feature in self.features],
            "shards": [{"rows": shard.rows, "part": dict(shard.part.document)} for shard in self.shards],
            "counts": [{"rows": shard.rows, "part": dict(shard.part.document)} for shard in self.counts],
            "link_features": [asdict(feature) for feature in self.link_features],
            "link_shards": [{"rows": shard.rows, "part": dict(shard.part.document)} for shard in self.link_shards],
            "surroundings": [asdict(feature) for feature in self.surroundings],
            "rootless_rows": self.rootless_rows,
            "diagnostics": dict(self.diagnostics),
        }
        return pack(document, arrays)

    @classmethod
    def from_bytes(cls, content: bytes) -> TableModel:
        """The model that `to_bytes` wrote."""
        document, arrays = unpack(content)
        check_version("models", document.get("format_version"), FORMAT_VERSION, "run fit again")
        return cls(
            table=document["table"],
            role=document["role"],
            rows=document["rows"],
            columns=tuple(ColumnModel(**item) for item in document["columns"]),
            keys=tuple(_key(item) for item in document["keys"]),
            links=tuple(
                _link(item, under(f"link_{i}", arrays), under(f"attributes_{i}", arrays), under(f"cells_{i}", arrays))
                for i, item in enumerate(document["links"])
            ),
            context=tuple(Feature(**item) for item in document["context"]),
            features=tuple(Feature(**item) for item in document["features"]),
            shards=_shards("shard", document["shards"], arrays),
            counts=_shards("count", document["counts"], arrays),
            link_features=tuple(Feature(**item) for item in document["link_features"]),
            link_shards=_shards("link_shard", document["link_shards"], arrays),
            surroundings=tuple(Feature(**item) for item in document["surroundings"]),
            rootless_rows=document["rootless_rows"],
            diagnostics=document["diagnostics"],
        )


def _link_document(link: LinkModel) -> dict[str, Any]:
    parts = {"popularity": link.popularity, "attributes": link.attributes, "cells": link.cells}
    plain = {name: value for name, value in vars(link).items() if name not in parts}
    plain["echoes"] = [asdict(echo) for echo in link.echoes]
    plain["kins"] = [asdict(kin) for kin in link.kins]
    return {**plain, **{name: dict(part.document) if part else None for name, part in parts.items()}}


def _key(data: Mapping[str, Any]) -> KeyModel:
    return KeyModel(tuple(data["columns"]), data["kind"], tuple(data["own"]), data["parameters"])


def _echo(data: Mapping[str, Any]) -> Echo:
    return Echo(data["first"], tuple(data["columns"]), data["once"])


def _link(
    data: Mapping[str, Any],
    arrays: dict[str, npt.NDArray[Any]],
    known: dict[str, npt.NDArray[Any]],
    cells: dict[str, npt.NDArray[Any]],
) -> LinkModel:
    popularity = Part(data["popularity"], arrays) if data["popularity"] is not None else None
    attributes = Part(data["attributes"], known) if data["attributes"] is not None else None
    return LinkModel(
        **{
            **data,
            "fixed": tuple(data["fixed"]),
            "free": tuple(data["free"]),
            "values": tuple(tuple(column) for column in data["values"]),
            "weights": tuple(data["weights"]),
            "compare": tuple(data["compare"]),
            "steps": tuple((int(back), int(rows)) for back, rows in data["steps"]),
            "echoes": tuple(_echo(item) for item in data["echoes"]),
            "kins": tuple(Kin(_echo(k["route"]), tuple(k["columns"]), k["related"]) for k in data["kins"]),
            "popularity": popularity,
            "attributes": attributes,
            "cells": Part(data["cells"], cells) if data["cells"] is not None else None,
        }
    )


def _shards(kind: str, documents: list[Any], arrays: dict[str, npt.NDArray[Any]]) -> tuple[Shard, ...]:
    return tuple(
        Shard(int(item["rows"]), Part(item["part"], under(f"{kind}_{place}", arrays)))
        for place, item in enumerate(documents)
    )


def shard_weights(shards: tuple[Shard, ...]) -> npt.NDArray[np.float64]:
    """Cumulative shares of the shards, ending in 1."""
    rows = np.array([max(shard.rows, 1) for shard in shards], dtype=np.float64)
    shares: npt.NDArray[np.float64] = np.cumsum(rows) / rows.sum()
    return shares
