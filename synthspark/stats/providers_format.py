"""What is kept of a personal column: traits of its form, invented lists, hashes of what must not return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from synthspark.errors import ModelError
from synthspark.seeds import WordArray
from synthspark.stats.key_formats import KeyFormat
from synthspark.stats.key_hashes import hashes_from_text, hashes_to_text

FORMAT_VERSION = 1
DEFAULT_LOCALE = "en_US"


def _nothing() -> WordArray:
    return np.empty(0, dtype=np.uint64)


@dataclass(frozen=True)
class PersonalFormat:
    """How values of one personal column are invented.

    `pools` hold invented values only. `avoid` and `avoid_pairs` are hashes of the source's values and of its pairs of
    first and last name. `marks` are traits of the source's form: letter case, order, separators. `distinct_share` is
    the number of distinct values a row; `key` and `reserved` issue numbers, the latter from ranges kept for fiction.
    """

    semantic: str
    locale: str = DEFAULT_LOCALE
    pools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    key: KeyFormat | None = None
    reserved: KeyFormat | None = None
    distinct_share: float = 1.0
    avoid: WordArray = field(default_factory=_nothing, repr=False, compare=False)
    avoid_pairs: WordArray = field(default_factory=_nothing, repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        return {
            "format_version": FORMAT_VERSION,
            "semantic": self.semantic,
            "locale": self.locale,
            "pools": {name: list(pool) for name, pool in self.pools.items()},
            "marks": dict(self.marks),
            "key": self.key.to_json() if self.key else None,
            "reserved": self.reserved.to_json() if self.reserved else None,
            "distinct_share": self.distinct_share,
            "avoid": hashes_to_text(self.avoid),
            "avoid_pairs": hashes_to_text(self.avoid_pairs),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PersonalFormat:
        version = data.get("format_version")
        if version != FORMAT_VERSION:
            raise ModelError(f"personal values: format_version {version}; expected {FORMAT_VERSION}; fit again")
        return cls(
            semantic=data["semantic"],
            locale=data["locale"],
            pools={name: tuple(pool) for name, pool in data["pools"].items()},
            marks=dict(data["marks"]),
            key=KeyFormat.from_json(data["key"]) if data["key"] else None,
            reserved=KeyFormat.from_json(data["reserved"]) if data["reserved"] else None,
            distinct_share=float(data["distinct_share"]),
            avoid=hashes_from_text(data["avoid"]),
            avoid_pairs=hashes_from_text(data["avoid_pairs"]),
        )
