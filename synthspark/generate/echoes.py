"""References that repeat those of other routes: see `fit.echoes`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.artifacts.model import Echo, LinkModel
from synthspark.artifacts.schema import ForeignKey
from synthspark.generate.links import NONE, Linking, Mask
from synthspark.generate.parents import ParentKeys
from synthspark.generate.recipe import Recipe
from synthspark.seeds import IntArray
from synthspark.stats.frame import FloatArray
from synthspark.stats.matching import key_texts, positions


@dataclass(frozen=True)
class Reached:
    """What is reached from the rows so far.

    Attributes
    ----------
    columns : mapping
        Of the rows, those set so far.
    beyond : mapping
        Columns of the context parent, for each row.
    places : dict
        Place of each row's parent, by the label of the key.
    """

    columns: Mapping[str, pa.Array]
    beyond: Mapping[str, pa.Array]
    places: dict[str, IntArray] = field(default_factory=dict)

    def ends(self, recipe: Recipe, echo: Echo) -> list[pa.Array]:
        """Key values at the end of an echo's route; none where it cannot be gone."""
        context = recipe.plan.context
        if not echo.columns:
            keys = [*([context] if context else []), *(link.key for link in recipe.plan.links)]
            first = next(key for key in keys if key.label == echo.first)
            return [self.columns[name] for name in first.child_columns]
        if context is not None and echo.first == context.label:
            there: Mapping[str, pa.Array] = self.beyond
        else:
            parents, place = recipe.parents.get(echo.first), self.places.get(echo.first)
            if parents is None or place is None:
                return []
            at = pa.array(np.maximum(place, 0), mask=place < 0)
            there = {name: values.take(at) for name, values in parents.beyond.items()}
        return [there[name] for name in echo.columns] if set(echo.columns) <= set(there) else []


def told_once(link: LinkModel, rows: Linking, codes: FloatArray) -> FloatArray:
    """What each reference repeats; one row of each family does where that is so in the source's families."""
    for code, echo in enumerate(link.echoes, start=1):
        if echo.once:
            first, further = (rows.owner >= 0) & (rows.position == 0), (rows.owner >= 0) & (codes == code)
            codes = np.where(first, float(code), np.where(further, 0.0, codes))
    return codes


def repeat(
    recipe: Recipe, link: LinkModel, key: ForeignKey, reached: Reached, wanted: FloatArray, place: IntArray
) -> tuple[dict[str, pa.Array], IntArray, Mask]:
    """Free columns of a link, and places of its parents, with the references that repeat others; which do.

    `wanted` says which echo each row repeats, if any; rows for which its route leads nowhere stay as they are.
    """
    columns = {name: reached.columns[name] for name in link.free}
    repeats = np.zeros(wanted.size, dtype=bool)
    for code, echo in enumerate(link.echoes, start=1):
        ends = reached.ends(recipe, echo)
        here = np.logical_and.reduce(
            [wanted == code, *(values.is_valid().to_numpy(zero_copy_only=False) for values in ends)]
        )
        if not ends or not here.any():
            continue
        for name, values in zip(key.child_columns, ends, strict=True):
            columns[name] = pc.if_else(pa.array(here), values.cast(columns[name].type), columns[name])
        place = np.where(here, _places(link, key, ends, recipe.parents.get(key.label)), place)
        repeats |= here
    return columns, place, repeats


def ends_of(recipe: Recipe, link: LinkModel, key: ForeignKey, reached: Reached, parents: ParentKeys) -> list[IntArray]:
    """Places of the parents at the ends of the routes that a link's references may repeat."""
    found = [reached.ends(recipe, echo) for echo in link.echoes]
    return [positions(ends, parents.all_values(key.parent_columns)) for ends in found if ends]


def _places(link: LinkModel, key: ForeignKey, ends: Sequence[pa.Array], parents: ParentKeys | None) -> IntArray:
    """Places of the parents with these keys, where anything is to be read there."""
    if link.reference:
        return positions([key_texts(values) for values in ends], [pa.array(v, pa.string()) for v in link.values])
    if parents is None or not (parents.features or parents.beyond):
        return np.full(len(ends[0]), NONE)
    return positions(list(ends), parents.all_values(key.parent_columns))
