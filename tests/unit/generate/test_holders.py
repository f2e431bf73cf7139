"""Values that few people have are not kept, however many rows they have."""

import numpy as np
import pyarrow as pa

from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import PrivacySettings, Settings
from synthspark.fit.family import Family
from synthspark.fit.holders import people_of
from synthspark.fit.rows import AllRows, ArrowTable

KEY, TEXT = Column("long", "key", nullable=False), Column("string", "category")


def clinic(word):
    """Patients, their visits and what was noted at each; Zorro comes every week, and only of him it is noted `word`."""
    patients = pa.table({"id": np.arange(60)})
    visits = pa.table(
        {"id": np.arange(160), "patient": np.concatenate([np.repeat(np.arange(60), 2), np.zeros(40, int)])}
    )
    said = np.where(np.arange(160) >= 120, word, np.where(np.arange(160) % 2, "well", "ill"))
    notes = pa.table({"visit": np.arange(160), "said": said})
    tables = {
        "patients": Table("patients", {"id": KEY}, primary_key=("id",), status="approved", rows=60),
        "visits": Table("visits", {"id": KEY, "patient": KEY}, primary_key=("id",), status="approved", rows=160),
        "notes": Table("notes", {"visit": KEY, "said": TEXT}, status="approved", rows=160),
    }
    keys = (
        ForeignKey("visits", ("patient",), "patients", ("id",), "approved"),
        ForeignKey("notes", ("visit",), "visits", ("id",), "approved"),
    )
    return {"patients": patients, "visits": visits, "notes": notes}, Schema("clinic", tables, keys)


def in_memory(tables, schema):
    def load(name):
        data = {column: tables[name].column(column).combine_chunks() for column in tables[name].column_names}
        return ArrowTable(schema.tables[name].columns, data, tables[name].num_rows)

    return load


def kept(subject):
    tables, schema = clinic("the fox")
    settings, load = Settings(privacy=PrivacySettings(subjects=(subject,))), in_memory(tables, schema)
    family = Family(schema, plan_database(schema), settings, AllRows(load))
    return set(family.common("notes", load("notes").summaries(5, 100))["said"].top)


def test_a_value_of_one_person_is_rare_though_it_has_forty_rows():
    assert kept("patients") == {"well", "ill"}
    assert kept("visits") == {"well", "ill", "the fox"}  # were it visits that must not be told apart


def test_rows_belong_to_a_person_by_their_parents():
    tables, schema = clinic("the fox")
    load = in_memory(tables, schema)

    def people(name):
        return people_of(schema, "patients", name, load, people)

    assert people("patients").tolist() == list(range(60))
    assert people("notes").tolist() == tables["visits"].column("patient").to_pylist()


def test_rows_whose_parent_is_not_fitted_are_told_apart_by_their_reference_and_others_by_themselves():
    tables, schema = clinic("the fox")
    tables["visits"] = pa.table({"id": [0, 1, 2, 3, 4], "patient": pa.array([7, 99, 99, None, None], pa.int64())})
    load = in_memory(tables, schema)
    found = people_of(schema, "patients", "visits", load, lambda name: np.arange(60))
    assert found[0] == 7 and found[1] == found[2] >= 60
    assert found[3] < 0 and found[4] < 0 and found[3] != found[4]


def test_no_value_of_few_people_reaches_the_copy(mirror):
    tables, schema = clinic("the fox")
    made, _ = mirror(tables, schema, privacy=PrivacySettings(subjects=("patients",)))
    said = set(made["notes"].column("said").to_pylist())
    assert {"well", "ill"} <= said and "the fox" not in said
