"""Propose a schema; large tables are counted by Spark, all places and pairs of a pass together."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from pyspark.sql import DataFrame

from synthspark.artifacts.catalog import CatalogFacts
from synthspark.artifacts.profile import DatabaseProfile
from synthspark.artifacts.schema import Column, Schema
from synthspark.artifacts.sketches import DatabaseSketches
from synthspark.config import DiscoverSettings
from synthspark.relate.counting import known_values, sampled_values
from synthspark.relate.counts.on_spark import SparkCounter
from synthspark.relate.declared import weigh_declared, with_declared
from synthspark.relate.facts import gather_facts
from synthspark.relate.search import build_schema, search

logger = logging.getLogger(__name__)

NOTHING_DECLARED = CatalogFacts()


def propose_schema(
    name: str,
    frames: Mapping[str, DataFrame],
    profile: DatabaseProfile,
    sketches: DatabaseSketches,
    settings: DiscoverSettings,
    catalog: CatalogFacts = NOTHING_DECLARED,
) -> Schema:
    """Primary keys, foreign keys, meanings and roles of all tables, each as a proposal with its evidence."""
    started = time.monotonic()
    facts = gather_facts(profile, sketches)
    count = SparkCounter(
        frames,
        known=partial(known_values, facts),
        sampled=partial(sampled_values, facts),
        minimum_coverage=settings.minimum_coverage,
        concurrency=settings.concurrency,
    )
    found = weigh_declared(search(facts, count, settings), catalog, settings.declared)
    schema = build_schema(name, facts, columns_of(profile), found, settings)
    schema = with_declared(schema, facts, catalog, replace(count, exact=True), settings.declared)
    logger.info(
        "relate: %d tables, %d foreign keys, %.1f s",
        len(schema.tables),
        len(schema.foreign_keys),
        time.monotonic() - started,
    )
    return schema


def columns_of(profile: DatabaseProfile) -> dict[str, dict[str, Column]]:
    """Columns as the schema holds them, by table."""
    return {
        table: {
            one: Column(known.type, known.semantic, known.nulls > 0 or known.rows == 0, known.semantic_confidence)
            for one, known in described.columns.items()
        }
        for table, described in profile.tables.items()
    }
