"""Rules counted on written tables: small ones collected once and counted as arrays, others by native aggregates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
from pyspark.sql import DataFrame

from synthspark.artifacts.rule import Rule
from synthspark.rules.counting import Count, count
from synthspark.rules.on_spark import count_rules
from synthspark.spark_types import collect_arrow, column


def measurable(frames: Mapping[str, DataFrame], rules: Sequence[Rule]) -> tuple[list[Rule], dict[Rule, str]]:
    """Rules all of whose columns are there under names of their own; and the others, with the reason."""
    found, left = [], {}
    for rule in rules:
        reasons = [_hindrance(frames, table, names) for table, names in rule.places().items()]
        why = next((reason for reason in reasons if reason), "")
        if why:
            left[rule] = why
        else:
            found.append(rule)
    return found, left


def _hindrance(frames: Mapping[str, DataFrame], table: str, names: Sequence[str]) -> str:
    if table not in frames:
        return f"table {table} was not written"
    there = frames[table].columns
    lacking = [name for name in names if name not in there]
    if lacking:
        return f"{table}.{lacking[0]} was not written"
    folded = [name.lower() for name in there]
    return next((f"{table}.{name} has a double" for name in names if folded.count(name.lower()) > 1), "")


def count_written(
    frames: Mapping[str, DataFrame], rules: Sequence[Rule], small: Collection[str], *, concurrency: int
) -> dict[Rule, Count]:
    """Counts of rules, each of which is `measurable`; those between `small` tables cost one job a table."""
    here = [rule for rule in rules if set(rule.places()) <= set(small)]
    wanted: dict[str, dict[str, None]] = {}
    for rule in here:
        for table, names in rule.places().items():
            wanted.setdefault(table, {}).update(dict.fromkeys(names))

    def collect(table: str) -> pa.Table:
        return collect_arrow(frames[table].select(*(column(name) for name in wanted[table])))

    with ThreadPoolExecutor(concurrency, thread_name_prefix="synthspark-rules") as pool:
        tables = dict(zip(wanted, pool.map(collect, wanted), strict=True))
    found = {rule: count(rule, tables) for rule in here}
    others = [rule for rule in rules if rule not in found]
    if others:
        found |= dict(zip(others, count_rules(frames, others, concurrency=concurrency), strict=True))
    return found
