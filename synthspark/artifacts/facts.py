"""What is known of a synthetic table once its rows exist; all that later tables need beside its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Earlier:
    """What generations before this one have taken, so that its rows can stand beside theirs.

    Attributes
    ----------
    slots : mapping
        Table to the indices given out by each earlier generation.
    key_seed : int or None
        Seed by which all of them issue keys; None for the seed of the generation itself.
    """

    slots: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    key_seed: int | None = None


@dataclass(frozen=True)
class TableFacts:
    """Counts of one generated table.

    Rows carry indices below `slots`; when rows had to be dropped, some indices are missing.

    Attributes
    ----------
    rows, slots : int
        Rows written, and indices given out.
    dropped_rows : int
        Rows left out because their keys could not agree or would repeat, or because their family has no room for them.
    lost : mapping
        Of small tables: dropped rows by what would not hold with them.
    nulled_links : mapping
        Foreign key (label) to references set to null for want of a matching parent.
    children : mapping
        Context key of a child table (label) to the children drawn for each block of consecutive indices.
    block_rows : int
        Indices in such a block.
    spare : float
        Indices given out for each row asked for: above 1 where rows whose keys cannot agree had to be replaced.
    final : bool
        The work table is the table as it is handed out, complete but for its place.
    """

    rows: int
    slots: int
    dropped_rows: int = 0
    nulled_links: Mapping[str, int] = field(default_factory=dict)
    children: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    block_rows: int = 0
    spare: float = 1.0
    lost: Mapping[str, int] = field(default_factory=dict)
    final: bool = False

    @property
    def dense(self) -> bool:
        """Whether every index below `slots` is a row."""
        return self.rows == self.slots

    @property
    def loss(self) -> str:
        """How many rows were left out, and why, as far as that was counted."""
        reasons = [f"{why} ({number:,})" for why, number in self.lost.items()]
        return f"{self.dropped_rows:,} of {self.slots:,} rows left out{': ' if reasons else ''}{'; '.join(reasons)}"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "children": {label: list(sums) for label, sums in self.children.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TableFacts:
        return cls(
            rows=int(data["rows"]),
            slots=int(data["slots"]),
            dropped_rows=int(data["dropped_rows"]),
            nulled_links=dict(data["nulled_links"]),
            children={label: tuple(int(total) for total in sums) for label, sums in data["children"].items()},
            block_rows=int(data["block_rows"]),
            spare=float(data.get("spare", 1.0)),
            lost=dict(data.get("lost", {})),
            final=bool(data.get("final", False)),
        )
