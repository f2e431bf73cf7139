"""Names of the random streams of a run: one owner a stream, so that no two purposes share a number."""

from __future__ import annotations

from synthspark.seeds import stream_key


def rows_stream(seed: int, table: str, shard: int, purpose: str = "rows") -> int:
    """Of the rows, or of their references (``links``), that one shard's model draws."""
    return stream_key(seed, table, purpose, str(shard))


def shard_stream(seed: int, table: str, purpose: str) -> int:
    """Of the choice of the shard; `purpose` is rows or counts."""
    return stream_key(seed, table, purpose, "shard")


def counts_stream(seed: int, table: str, shard: int) -> int:
    """Of the number of rows that a context parent gets."""
    return stream_key(seed, table, "counts", str(shard))


def column_stream(seed: int, table: str, column: str) -> int:
    """Of the keys, codes, texts and personal values of one column."""
    return stream_key(seed, table, "column", column)


def link_stream(seed: int, key: str) -> int:
    """Of the parents chosen through one foreign key."""
    return stream_key(seed, "link", key)


def surplus_stream(seed: int, table: str) -> int:
    """Of the choice of rows that are too many."""
    return stream_key(seed, table, "surplus")


def condition_stream(seed: int, table: str, column: str) -> int:
    """Of the choice of rows that are to have a given value."""
    return stream_key(seed, table, "condition", column)


def cells_stream(seed: int, table: str, columns: tuple[str, ...]) -> int:
    """Of the key values drawn within a parent."""
    return stream_key(seed, table, "cells", *columns)


def balance_stream(seed: int, table: str) -> int:
    """Of the choice among several draws of a row's references."""
    return stream_key(seed, table, "balance")


def again_stream(seed: int, table: str) -> int:
    """Of the times of rows that would lie beyond the source's."""
    return stream_key(seed, table, "again")
