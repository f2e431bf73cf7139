"""From a PostgreSQL database to its synthetic copy: declared keys are found, told, and kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from synthspark.cli.main import main
from tests.jobs.postgres import execute, missing, running_postgres

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "PostgreSQL is there")

# Values that tell nothing: every key below can only come from the constraints. Comments, a composite key and a
# reference to it, a self reference, a reference that the rows break (NOT VALID), a partitioned table, odd names, a
# second schema with a table of the same name.
DATABASE = """
create table country (code varchar(2), year int, name varchar, primary key (code, year));
comment on table country is 'Countries as they were in a year.';
comment on column country.code is 'Two letters, ISO 3166.';
insert into country select chr(65 + i % 8) || chr(70 + i % 8), 2000 + i / 8, 'Land ' || i from generate_series(0, 39) i;

create table staff (no int primary key, boss int references staff, badge uuid unique default gen_random_uuid());
insert into staff select i, nullif(i / 3, 0) from generate_series(1, 30) i;

create table "Order Form" (
    "Id" int generated always as identity primary key,
    land varchar(2), jahr int, "handled by" int references staff (no), total numeric(10, 2), made timestamptz,
    foreign key (land, jahr) references country (code, year)
);
insert into "Order Form" (land, jahr, "handled by", total, made)
select chr(65 + i % 8) || chr(70 + i % 8), 2000 + i % 5, 1 + i * 7 % 30, i * 1.37,
    '2024-01-01'::timestamptz + i * '3 h'::interval
from generate_series(0, 399) i;

create table line (form int references "Order Form", pos smallint, item int, kind text, primary key (form, pos))
    partition by range (form);
create table line_a partition of line for values from (0) to (200);
create table line_b partition of line for values from (200) to (1000);
insert into line select 1 + i / 3, 1 + i % 3, i * 13 % 20, case when i % 4 = 0 then 'a' else 'b' end
from generate_series(0, 1199) i;

create table item (num int primary key, price numeric);
insert into item select i, 3 + i * 0.5 from generate_series(0, 17) i;
create table opinion (about int, stars int);
insert into opinion select i % 20, i % 5 from generate_series(0, 199) i;
alter table opinion add foreign key (about) references item not valid;

create schema archive;
create table archive.staff (no int);
"""
SCHEMA_WITH_PARTS = [
    "--set",
    "source.tables={line: {options: {partitionColumn: form, lowerBound: 1, upperBound: 400, numPartitions: 3}}}",
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running_postgres() as port:
        execute(port, DATABASE)
        yield f"jdbc:postgresql://127.0.0.1:{port}/postgres?user=postgres"


@pytest.mark.usefixtures("spark")
def test_declared_keys_of_a_database_are_proposed_and_the_copy_keeps_them(address, tmp_path):
    config, output = str(tmp_path / "run.yaml"), tmp_path / "out"
    assert main(["init", address, "--config", config, "--output", str(output)]) == 0
    flags = [
        "--set",
        "tracking=null",
        "--set",
        "evaluate.maximum_pairs=4",
        "--set",
        "source.path=public",
        *SCHEMA_WITH_PARTS,
    ]
    assert main(["discover", config, *flags]) == 0
    schema = yaml.safe_load((output / "schema.yaml").read_text(encoding="utf-8"))
    tables = schema["tables"]
    assert {name: table["primary_key"] for name, table in tables.items()} == {
        "country": ["code", "year"],
        "staff": ["no"],
        "Order Form": ["Id"],
        "line": ["form", "pos"],
        "item": ["num"],
        "opinion": None,
    }
    whys = [table["why"] for name, table in tables.items() if name != "opinion"]
    assert all(why.startswith("declared in the catalog as its primary key; every value occurs once") for why in whys)
    assert tables["staff"]["alternate_keys"] == [["badge"]]
    assert tables["country"]["comment"] == "Countries as they were in a year."
    assert tables["country"]["columns"]["code"]["comment"] == "Two letters, ISO 3166."
    declared = {
        (key["child"], frozenset(key["child_columns"]), key["parent"]): key
        for key in schema["foreign_keys"]
        if "declared" in key["evidence"]
    }
    assert set(declared) == {
        ("staff", frozenset({"boss"}), "staff"),
        ("Order Form", frozenset({"land", "jahr"}), "country"),
        ("Order Form", frozenset({"handled by"}), "staff"),
        ("line", frozenset({"form"}), "Order Form"),
        ("opinion", frozenset({"about"}), "item"),
    }
    broken = declared.pop(("opinion", frozenset({"about"}), "item"))
    assert broken["why"] == (
        "declared in the catalog (not enforced there); but 20 of 200 rows with a value (10.0%) have no parent"
    )
    assert min(key["confidence"] for key in declared.values()) == 0.99
    assert main(["run", config, *flags, "--approve-all"]) == 0
    assert (output / "report.html").is_file()


@pytest.mark.usefixtures("spark")
def test_all_schemas_are_read_where_none_is_named(address, tmp_path, spark):
    from synthspark.config import SourceSettings
    from synthspark.read.catalog.dialects import standard_comments, standard_constraints
    from synthspark.read.catalog.on_spark import read_catalog
    from synthspark.read.on_spark import locate_tables, open_tables

    options = {"url": address, "driver": "org.postgresql.Driver"}
    located = locate_tables(spark, SourceSettings(format="jdbc", options=options))
    assert sorted(located) == ["Order Form", "archive.staff", "country", "item", "line", "opinion", "public.staff"]
    facts = read_catalog(spark, located, open_tables(spark, located), "trust")
    assert ("public.staff", ("no",)) in [(key.table, key.columns) for key in facts.keys if key.primary]
    assert {reference.parent for reference in facts.references} == {"Order Form", "country", "item", "public.staff"}
    assert not facts.notes
    # The standard's own tables, as other databases are asked, say the same.
    reader = spark.read.format("jdbc").options(**options)
    rows = reader.option("query", standard_constraints(schemas=["public"])).load().collect()
    triples = {(row[2], row[4], row[7], row[8]) for row in rows if row[0] == "FOREIGN KEY"}
    assert {("Order Form", "jahr", "country", "year"), ("staff", "boss", "staff", "no")} <= triples
    with pytest.raises(Exception, match="comment"):  # an extension that PostgreSQL does not have
        reader.option("query", standard_comments()).load()
