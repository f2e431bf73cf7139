"""What catalogs declare is read with few queries, and failing to read it stops nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from synthspark.artifacts.catalog import DeclaredKey, DeclaredReference
from synthspark.config import DiscoverSettings, SourceSettings, TableSource
from synthspark.profile.on_spark import profile_database
from synthspark.progress import LoggedProgress
from synthspark.read.catalog.on_spark import read_catalog
from synthspark.read.on_spark import locate_tables, open_tables
from synthspark.relate.on_spark import propose_schema

# An information schema as Unity Catalog has it, as far as it is asked.
INFORMATION_SCHEMA = {
    "table_constraints": (
        "constraint_schema, constraint_name, table_schema, table_name, constraint_type, enforced",
        "('atlas', 'region_pk', 'atlas', 'region', 'PRIMARY KEY', 'NO')",
        "('atlas', 'city_pk', 'atlas', 'city', 'PRIMARY KEY', 'NO')",
        "('atlas', 'city_region', 'atlas', 'city', 'FOREIGN KEY', 'NO')",
        "('atlas', 'city_twin', 'atlas', 'city', 'FOREIGN KEY', 'NO')",
        "('atlas', 'region_check', 'atlas', 'region', 'CHECK', 'NO')",
    ),
    "key_column_usage": (
        "constraint_schema, constraint_name, table_schema, table_name, column_name, ordinal_position, "
        "position_in_unique_constraint",
        "('atlas', 'region_pk', 'atlas', 'region', 'country', 1, null)",
        "('atlas', 'region_pk', 'atlas', 'region', 'name', 2, null)",
        "('atlas', 'city_pk', 'atlas', 'city', 'id', 1, null)",
        "('atlas', 'city_region', 'atlas', 'city', 'region', 1, 2)",
        "('atlas', 'city_region', 'atlas', 'city', 'land', 2, 1)",
        "('atlas', 'city_twin', 'atlas', 'city', 'twin', 1, 1)",
    ),
    "referential_constraints": (
        "constraint_schema, constraint_name, unique_constraint_schema, unique_constraint_name",
        "('atlas', 'city_region', 'atlas', 'region_pk')",
        "('atlas', 'city_twin', 'atlas', 'city_pk')",
    ),
    "tables": ("table_schema, table_name, comment", "('atlas', 'city', 'Where people live.')"),
    "columns": ("table_schema, table_name, column_name, comment", "('atlas', 'city', 'mail', 'Of the town hall.')"),
    "table_tags": ("schema_name, table_name, tag_name, tag_value", "('atlas', 'city', 'layer', 'gold')"),
    "column_tags": (
        "schema_name, table_name, column_name, tag_name, tag_value",
        "('atlas', 'city', 'mail', 'pii', 'email')",
        "('elsewhere', 'city', 'mail', 'pii', 'phone')",
    ),
}
CITIES = (
    "select id, 'c' || id % 3 as land, 'r' || id % 5 as region, if(id < 3, null, id - 2) as twin, 'm' || id as mail"
)


@pytest.fixture
def atlas(spark: SparkSession) -> Iterator[SourceSettings]:
    """A schema of two tables, without any constraint that Spark itself would know."""
    spark.sql("CREATE DATABASE atlas")
    spark.sql(
        "CREATE TABLE atlas.region (country string COMMENT 'Code of the country', name string) USING parquet "
        "COMMENT 'Parts of countries' TBLPROPERTIES ('primaryKey' = 'country,name')"
    )
    spark.sql(
        "INSERT INTO atlas.region SELECT 'c' || id % 3, 'r' || id DIV 3 FROM range(14)"
    )  # without the region c2, r4
    spark.sql(f"CREATE TABLE atlas.city USING parquet AS {CITIES} FROM range(1, 61)")
    yield SourceSettings(format="table", path="atlas")
    spark.sql("DROP DATABASE atlas CASCADE")


@pytest.fixture
def information_schema(spark: SparkSession) -> Iterator[None]:
    spark.sql("CREATE DATABASE information_schema")
    for name, (columns, *rows) in INFORMATION_SCHEMA.items():
        spark.sql(f"CREATE VIEW information_schema.{name} AS SELECT * FROM VALUES {', '.join(rows)} AS t({columns})")
    yield
    spark.sql("DROP DATABASE information_schema CASCADE")


@pytest.mark.usefixtures("information_schema")
def test_an_information_schema_gives_keys_references_comments_and_tags(spark, atlas):
    located = locate_tables(spark, atlas)
    frames = open_tables(spark, located)
    facts = read_catalog(spark, located, frames, "trust")
    assert set(facts.keys) == {
        DeclaredKey("city", ("id",), enforced=False),
        DeclaredKey("region", ("country", "name"), enforced=False),
    }
    assert set(facts.references) == {
        DeclaredReference("city", ("region", "land"), "region", ("name", "country"), enforced=False),
        DeclaredReference("city", ("twin",), "city", ("id",), enforced=False),
    }
    assert facts.comments == {
        ("region", "country"): "Code of the country",
        ("city", ""): "Where people live.",
        ("city", "mail"): "Of the town hall.",
    }
    assert facts.tags == {("city", ""): ("layer=gold",), ("city", "mail"): ("pii=email",)}
    assert not facts.notes
    for settings in (DiscoverSettings(), DiscoverSettings(driver_rows=0)):
        profile, sketches = profile_database(frames, settings, LoggedProgress())
        schema = propose_schema("atlas", frames, profile, sketches, settings, facts)
        whys = {frozenset(key.child_columns): key.why for key in schema.foreign_keys if "declared" in key.evidence}
        assert whys == {
            frozenset({"region", "land"}): "declared in the catalog (not enforced there); "
            "but 4 of 60 rows with a value (6.7%) have no parent",
            frozenset({"twin"}): "declared in the catalog (not enforced there); all 58 rows with a value have "
            "their parent",
        }
        assert schema.tables["region"].primary_key == ("country", "name")


def test_a_catalog_without_information_schema_is_asked_for_comments_and_properties(spark, atlas):
    located = locate_tables(spark, atlas)
    facts = read_catalog(spark, located, open_tables(spark, located), "trust")
    assert facts.keys == (DeclaredKey("region", ("country", "name"), enforced=False),)
    assert facts.comments == {("region", ""): "Parts of countries", ("region", "country"): "Code of the country"}
    assert not facts.notes
    left = read_catalog(spark, located, open_tables(spark, located), "ignore")
    assert not left.keys and left.comments == {("region", "country"): "Code of the country"}


def test_what_cannot_be_read_is_a_note_and_no_failure(spark, atlas):
    spark.sql("CREATE DATABASE information_schema")
    spark.sql("CREATE VIEW information_schema.table_constraints AS SELECT 1 AS nothing")
    located = locate_tables(spark, atlas)
    try:
        facts = read_catalog(spark, located, open_tables(spark, located), "trust")
    finally:
        spark.sql("DROP DATABASE information_schema CASCADE")
    assert not facts.keys
    assert [note.split(": ")[1][:20] for note in facts.notes] == ["comments not read", "constraints not read"]


def test_a_database_of_an_unknown_kind_is_read_by_the_names_of_its_tables(spark, tmp_path):
    address = f"jdbc:derby:{tmp_path / 'db'};create=true"
    options = {"url": address, "driver": "org.apache.derby.jdbc.EmbeddedDriver"}
    spark.range(5).write.format("jdbc").options(**options, dbtable="numbers").save()
    read = {"partitionColumn": '"id"', "lowerBound": 0, "upperBound": 5, "numPartitions": 2}
    tables = {"n": TableSource("numbers", options=read)}
    located = locate_tables(spark, SourceSettings(format="jdbc", options=options, tables=tables))
    frames = open_tables(spark, located)
    assert frames["n"].count() == 5
    facts = read_catalog(spark, located, frames, "trust")
    assert facts.notes[0].startswith("jdbc:derby: declared keys not read, for it is none of PostgreSQL")
