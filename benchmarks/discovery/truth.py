"""What is true of a database, and how a proposal fares against it: the yardstick's headline, without its program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from synthspark.relate.facts import Facts

Identity = tuple[str, str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Truth:
    """Foreign keys that the data can support, those that neither help nor harm, and primary keys."""

    foreign_keys: frozenset[Identity]
    neutral: frozenset[Identity]
    primary_keys: Mapping[str, frozenset[str]]


def read_truth(folder: Path, facts: Facts) -> Truth:
    """The truth beside the tables of a database."""
    data = yaml.safe_load((folder / "schema.yaml").read_text())
    declared = {_written(key) for key in data["foreign_keys"]}
    dead = {key for key in declared if not _supported(key, facts)}
    accepted = {_written(key) for key in data.get("also_acceptable") or ()}
    primary = {
        table: frozenset(known["primary_key"])
        for table, known in data["tables"].items()
        if known.get("primary_key") and facts.rows[table]
    }
    return Truth(frozenset(declared - dead), frozenset(dead | (accepted - declared)), primary)


def _written(key: Mapping[str, Any]) -> Identity:
    return key["child"], key["parent"], frozenset(zip(key["child_columns"], key["parent_columns"], strict=True))


def _supported(key: Identity, facts: Facts) -> bool:
    child, parent, pairs = key
    filled = all(facts.tables[child][column].profile.filled for column, _ in pairs)
    return bool(facts.rows[child] and facts.rows[parent] and filled)


def identity(reference: Any) -> Identity:
    """What makes two references the same, whatever the order of their columns."""
    pairs = zip(reference.child.columns, reference.parent.columns, strict=True)
    return reference.child.table, reference.parent.table, frozenset(pairs)


def score_references(proposed: Iterable[Any], truth: Truth) -> float:
    """F1 of foreign keys."""
    counted = {identity(one) for one in proposed} - truth.neutral
    total = len(counted) + len(truth.foreign_keys)
    return 2.0 * len(counted & truth.foreign_keys) / total if total else 1.0
