import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthspark.artifacts.comments import LOST, Comments, read_comments, with_comments
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.artifacts.schema_file import parse_schema, schema_text
from synthspark.errors import SchemaError

TABLES = {
    name: Table(name, {"id": Column("long"), "other": Column("long")}, primary_key=("id",), why="id # is unique: yes")
    for name in ("loan", "no", "a: b # c", "näme 😀")
}
KEYS = tuple(ForeignKey(name, ("other",), "loan", ("id",), why="word " * 40) for name in TABLES)
SCHEMA = Schema("bank", TABLES, KEYS)
PLACES = [
    ("tables",),
    ("tables", "a: b # c"),
    ("tables", "loan", "primary_key"),
    ("tables", "näme 😀", "columns", "id"),
    ("foreign_keys",),
    ("foreign_keys", "no|other|loan|id"),
    ("foreign_keys", "näme 😀|other|loan|id", "status"),
    ("rules",),
]
remarks = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1).filter(
    lambda text: not text.startswith("#")
)


@given(
    before=st.dictionaries(st.sampled_from(PLACES), st.lists(remarks, min_size=1, max_size=3).map(tuple)),
    beside=st.dictionaries(st.sampled_from(PLACES), remarks),
    footer=st.lists(remarks, max_size=2).map(tuple),
)
def test_comments_come_back_from_where_they_were_put(before, beside, footer):
    comments = Comments(before, beside, ("top",), footer)
    text = schema_text(SCHEMA, comments)
    assert parse_schema(text) == SCHEMA
    assert read_comments(text) == comments


def test_comments_follow_their_entries_when_the_order_changes():
    comments = Comments({("foreign_keys", "no|other|loan|id"): ("asked Anna",)}, {("tables", "no"): "staff only"})
    turned = Schema("bank", dict(reversed(TABLES.items())), KEYS[::-1])
    text = schema_text(turned, read_comments(schema_text(SCHEMA, comments)))
    lines = text.split("\n")
    assert lines[lines.index("# asked Anna") + 1] == "- child: 'no'"
    assert "  'no':  # staff only" in lines


def test_comments_on_what_is_gone_are_kept_at_the_end():
    comments = Comments(beside={("tables", "no", "status"): "asked Anna"})
    smaller = Schema("bank", {"loan": TABLES["loan"]})
    once = schema_text(smaller, comments)
    assert once.endswith(f"# {LOST}\n# tables/no/status: asked Anna\n")
    assert schema_text(smaller, read_comments(once)) == once


def test_hash_signs_inside_texts_are_no_comments():
    assert read_comments(schema_text(SCHEMA, Comments())) == Comments()
    block = "name: |\n  # text\ntables: {}  # none\nrules:\n- {why: 'a # b'} # c # d\n"
    assert read_comments(block) == Comments(beside={("tables",): "none", ("rules", "{'why': 'a # b'}"): "c # d"})


def test_inner_indentation_of_a_comment_is_kept():
    text = "tables:\n  # - was:\n  #     longer\n  #\n  t: {}\n"
    comments = read_comments(text)
    assert comments.before == {("tables", "t"): ("- was:", "    longer", "")}
    assert with_comments("tables:\n  t: {}\n", comments) == text


NUMBERS = ["1e5", "1e-9", "-.5", ".nan", "1.", "012", "0o17", "1:30", "1.0"]


@pytest.mark.parametrize("name", [*NUMBERS, "no", "on", "y", "2020-01-01", "null", "~", "", "a b.c"])
def test_names_that_look_like_something_else_stay_names(name):
    schema = Schema("s", {name: Table(name, {name: Column("long")}, primary_key=(name,))})
    assert parse_schema(schema_text(schema, Comments())) == schema


def test_a_person_may_write_such_names_without_quotes():
    text = "tables:\n  on: {primary_key: [no], columns: {no: {type: long}}}\n"
    assert parse_schema(text).tables["on"].primary_key == ("no",)


def test_an_entry_that_stands_twice_is_told_with_its_line():
    with pytest.raises(SchemaError, match="line 3: the key 'loan' stands twice"):
        parse_schema("tables:\n  loan: {columns: {}}\n  loan: {columns: {}}\n")
