"""What rules say of the numbers of a row while it is drawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from synthspark.artifacts.model import Feature
from synthspark.stats.features import ABOVE, BESIDE, ENDS, LEAST, MOST


@dataclass(frozen=True)
class Limits:
    """Which columns bound which.

    Attributes
    ----------
    ending : collection of str
        Columns that may exceed the range of the source, where their distance from another one leads beyond.
    again : collection of str
        Columns that may do so where that distance is from the row before: they are drawn again elsewhere.
    least, most : mapping
        Names of the columns, of the context or of the row, that a column must not fall below, or exceed.
    """

    ending: Collection[str] = ()
    again: Collection[str] = ()
    least: Mapping[str, Sequence[str]] = field(default_factory=dict)
    most: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def is_bounded_from_above(self, name: str) -> bool:
        """Whether columns of other rows bound a column: what else is drawn has to follow from it."""
        return any(
            other.startswith((ABOVE, BESIDE)) for side in (self.least, self.most) for other in side.get(name, ())
        )


UNLIMITED = Limits()


def limits_of(features: Sequence[Feature]) -> Limits:
    """What rules say of these features: of two of a row that are in order each bounds the other, if it is drawn first.

    A number that ends its family is kept below nothing.
    """
    ending = frozenset(feature.name for feature in features if feature.domain.get(ENDS))
    sides: dict[str, dict[str, list[str]]] = {side: {f.name: [] for f in features} for side in (LEAST, MOST)}
    for feature in features:
        for side, other in ((LEAST, MOST), (MOST, LEAST)):
            for name in feature.domain.get(side, ()):
                sides[side][feature.name].append(name)
                if name in sides[other]:
                    sides[other][name].append(feature.name)
    most = {name: others for name, others in sides[MOST].items() if name not in ending}
    return Limits(ending, (), sides[LEAST], most)
