import pytest

from synthspark.artifacts.entities import with_entities
from synthspark.artifacts.schema_plain import plain_schema
from synthspark.errors import SchemaError

TYPES = {"client": {"id": "long", "name": "string"}, "loan": {"id": "long", "client_id": "long"}}
TEXT = """
source: somewhere
tables:
  client: {rows: 3, primary_key: [id], columns: {id: int64, name: {semantic: full_name}}}
  loan: {primary_key: id}
foreign_keys:
  - {child: loan, child_columns: [client_id], parent: client, parent_columns: [id], declared: true}
  - {child: loan, child_columns: [id], parent: client, parent_columns: [id], status: rejected}
"""


def test_keys_are_read_and_all_else_is_passed_over():
    found = plain_schema(TEXT, TYPES, "bank")
    assert [key.label for key in found.keys_in_force()] == ["loan.client_id -> client.id"]
    assert found.tables["client"].columns["name"].semantic == "full_name"
    assert found.tables["loan"].primary_key == ("id",)
    assert not found.pending()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "expected a mapping"),
        ("a: [", "no valid YAML"),
        ("foreign_keys: [{child: loan}]", "an entry lacks"),
        ("tables: {client: {primary_key: [no]}}", "is not a column of the table"),
    ],
)
def test_a_file_that_is_no_schema_is_refused(text, said):
    with pytest.raises(SchemaError, match=said):
        plain_schema(text, TYPES, "bank")


def test_people_without_a_table_are_read_and_other_rules_passed_over():
    text = (
        "rules:\n"
        "- {kind: entity, table: visit, columns: [guest], parameters: {distinct: 40}}\n"
        "- {kind: entity, table: visit, columns: [room], status: rejected}\n"
        "- {kind: order, table: visit, columns: [guest, room]}\n"
    )
    found = with_entities(plain_schema(text, {"visit": {"id": "long", "guest": "string", "room": "long"}}, "inn"))
    assert [rule.columns for rule in found.rules] == [("guest",)]
    assert [(table.rows, tuple(table.columns)) for table in found.tables.values() if table.virtual] == [
        (40, ("guest",))
    ]
    with pytest.raises(SchemaError, match="lacks table or columns"):
        plain_schema("rules: [{kind: entity}]", {"visit": {"id": "long"}}, "inn")
