"""Columns of a table as the engine sees them, the same when a model is fitted and when it is asked."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.artifacts.model import Feature
from synthspark.stats.frame import Domain, FloatArray, Frame, encode, numbers

OTHER = "_ss_other"  # stands for all values that are too rare to be kept
PRESENT = "_ss_set"  # the first category of a column of which the engine draws no more than whether it is there
BLANK = "_ss_blank"  # its second one, where texts without a letter are frequent
ABOVE = "^"  # before the name of a feature: of the parent; twice: of the parent's parent
BESIDE = ">"  # before the name of a feature: of a linked parent, whose link's place comes next
BEFORE = "<"  # before the name of a feature: of the row before in the same family, in the order of time
OWN = "="  # before the name of a feature: of the row itself, set by a key before the rest is drawn
FURTHEST = 3  # generations above that are looked at
LEAST, MOST = "least", "most"  # of a feature's domain: names of the features that it must not fall below, or exceed
ENDS = "ends"  # of a feature's domain: whether its range ends a family
_HIDDEN = re.compile(r"_ss_(n\d+|m\d+|up\d+|[fg]\d+_\d+)")
SIBLINGS = "_ss_count"  # feature of a row: number of rows that its parent has
POSITION = "_ss_position"  # feature of a row: how many rows of its family come before it in the order of time


def children_name(place: int) -> str:
    """Feature and hidden column of a table: number of rows by the context key at this place of `children_of`."""
    return f"_ss_n{place}"


def factor_name(place: int, number: int) -> str:
    """Feature and hidden column of a table: what these rows have in common."""
    return f"_ss_f{place}_{number}"


def linked_children_name(place: int) -> str:
    """Feature and hidden column of a table: number of rows by the key at this place of `references_to`."""
    return f"_ss_m{place}"


def linked_factor_name(place: int, number: int) -> str:
    """Feature and hidden column of a table: what the rows that point to it by this key have in common."""
    return f"_ss_g{place}_{number}"


def late_name(place: int) -> str:
    """Feature of a row: cell of the parent that it chooses, by the link at this place, when all rows are there."""
    return f"_ss_late_{place}"


def wish_name(cell: str, number: int) -> str:
    """Feature of a row: what the parent within a cell is to be like, in the number at this place of its wishes."""
    return f"{cell}_{number}"


def carried_name(place: int) -> str:
    """Hidden column of a table: the feature at this place of its context, carried on to its children."""
    return f"_ss_up{place}"


def linked_name(place: int, name: str) -> str:
    """Feature of a row: a column of the parent that the link at this place of the model points to."""
    return f"{BESIDE}{place}.{name}"


def link_place(feature: Feature) -> int:
    """Place of the link that a feature comes by; -1 for one of the context parent."""
    return int(feature.name[1:].partition(".")[0]) if feature.name.startswith(BESIDE) else -1


def before_links(features: Sequence[Feature]) -> list[str]:
    """Names of the features that are known before the linked parents are."""
    return [feature.name for feature in features if from_owner(feature)]


def own_columns(features: Sequence[Feature], known: Container[str]) -> tuple[Feature, ...]:
    """Features that are columns of the context parent itself, `known` being the names of these."""
    return tuple(feature for feature in features if from_owner(feature) and feature.column in known)


def beside(context: Frame, linking: Frame) -> Frame:
    """Context with the columns that stand for references, under names of their own."""
    names = (*context.names, *(BESIDE + name for name in linking.names))
    return Frame(names, (*context.domains, *linking.domains), np.concatenate([context.matrix, linking.matrix]))


def is_time(feature: Feature) -> bool:
    """Whether a feature is a date or a timestamp."""
    return feature.domain["kind"] == "number" and str(feature.domain["type"]).startswith(("date", "timestamp"))


def history_features(features: Sequence[Feature]) -> tuple[Feature, ...]:
    """Place of a row in its family, and the columns of the row before it."""
    number = {"kind": "number", "type": "long", "categories": []}
    return (Feature(POSITION, "", number), *(Feature(BEFORE + f.name, "", f.domain) for f in features))


def within_span(values: FloatArray, feature: Feature) -> FloatArray:
    """Values of a key that has grown beyond the source's, taken round into the span that its rows were learned on."""
    low, high = feature.domain.get("low"), feature.domain.get("high")
    if low is None or high is None:
        return values
    outside = (values < low) | (values > high)
    return np.where(outside, low + (values - low) % (high - low + 1.0), values)


def from_owner(feature: Feature) -> bool:
    """Whether a feature is known with the context parent: a column of it, one that it carries, its family's size."""
    return not feature.name.startswith((BESIDE, OWN, BEFORE))


def is_hidden(name: str) -> bool:
    """Whether a column is one that the source does not have, kept for the sake of the children."""
    return _HIDDEN.fullmatch(name) is not None


def domain_of(feature: Feature) -> Domain:
    """What the numbers of a feature mean."""
    return Domain.from_json(feature.domain)


def encode_feature(values: pa.Array, feature: Feature) -> FloatArray:
    """Values as the numbers of the feature; values outside its categories become the category OTHER, if it has one.

    Hidden columns hold the numbers of their features already.
    """
    if is_hidden(feature.column):
        return numbers(values)
    domain = domain_of(feature)
    if domain.categories[:1] == (PRESENT,):
        there = np.where(values.is_null().to_numpy(zero_copy_only=False), np.nan, 0.0)
        return np.where(is_blank(values), 1.0, there) if BLANK in domain.categories else there
    found = encode(values, domain)
    if domain.categories and domain.categories[-1] == OTHER:
        return np.minimum(found, float(len(domain.categories) - 1))
    return found


def is_blank(values: pa.Array) -> npt.NDArray[np.bool_]:
    """Which texts are empty or nothing but white space, shape (n,)."""
    trimmed = pc.utf8_trim_whitespace(values.cast(pa.string()))
    return np.asarray(pc.equal(trimmed, "").fill_null(False).to_numpy(zero_copy_only=False))


def frame_of(features: Sequence[Feature], encoded: Mapping[str, FloatArray], n_rows: int) -> Frame:
    """Frame of features whose numbers are given by name."""
    matrix = np.array([encoded[feature.name] for feature in features]).reshape(len(features), n_rows)
    names = tuple(feature.name for feature in features)
    return Frame(names, tuple(domain_of(feature) for feature in features), matrix)
