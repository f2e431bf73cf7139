import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from synthspark.artifacts.profile import ColumnProfile, DatabaseProfile, TableProfile
from synthspark.artifacts.question import Question, Reading
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.artifacts.schema_form import schema_from_json
from synthspark.review.page import review_page
from synthspark.review.page_facts import masked, percent, sure

ATTACK = "</script><script>alert(1)</script>"
ODD = (ATTACK, "a \"q\" 's'", "x & y <b>", "%%STYLE%%", "名前 😀", "2", "1", "__proto__", "bell\x07")
VOID = {"meta", "input", "br"}


class Tree(HTMLParser):
    """Elements with their attributes, texts of scripts, and whether every end tag closes what is open."""

    def __init__(self, page):
        super().__init__()
        self.open, self.elements, self.scripts, self.text, self.nested = [], [], {}, [], True
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        self.nested &= bool(self.open) and self.open.pop()[0] == tag

    def handle_data(self, data):
        tag, attributes = self.open[-1] if self.open else ("", {})
        if tag == "script":
            self.scripts[attributes.get("id", "code")] = self.scripts.get(attributes.get("id", "code"), "") + data
        else:
            self.text.append(data)

    def with_class(self, *names):
        return [one for _, one in self.elements if set(names) <= set((one.get("class") or "").split())]


@pytest.fixture
def odd_schema():
    columns = {name: Column("long") for name in ODD}
    return Schema(
        ATTACK,
        {name: Table(name, columns, primary_key=(name,), why=f"why {name}", rows=7) for name in ODD},
        tuple(ForeignKey(name, (name,), ODD[0], (ODD[0],), evidence={name: 0.5}, why=name) for name in ODD[1:]),
        (Rule("null_when", ODD[1], ODD[:1], parameters={"column": ODD[1], "values": [2**70, ATTACK]}, why=ATTACK),),
        (ForeignKey(ODD[1], (ODD[1],), ODD[2], (ODD[0],), confidence=0.3, why="less sure"),),
    )


def profile_of(column, *, table="person", name="job", rows=100):
    return DatabaseProfile({table: TableProfile(table, rows, {name: column})})


def one_column(semantic="category"):
    return Schema("s", {"person": Table("person", {"job": Column("string", semantic)})})


def counted(**values):
    return ColumnProfile("string", 100, 0, len(values), True, top_values=values, semantic="category")


def test_page_holds_the_schema_whatever_the_names(odd_schema):
    tree = Tree(review_page(odd_schema, DatabaseProfile({})))
    assert schema_from_json(json.loads(tree.scripts["schema"])) == odd_schema
    order = json.loads(tree.scripts["page"])["order"]
    assert order == [[name, list(ODD)] for name in ODD]  # a script would put "1" and "2" first


def test_names_never_become_markup(odd_schema):
    tree = Tree(review_page(odd_schema, DatabaseProfile({})))
    assert tree.nested
    assert not tree.open
    assert [tag for tag, _ in tree.elements].count("script") == 3
    assert any(ATTACK in text for text in tree.text)
    assert not any("\x07" in text for text in tree.text)


def test_large_integers_of_rules_stay_exact(odd_schema):
    tree = Tree(review_page(odd_schema, DatabaseProfile({})))
    (parameters,) = json.loads(tree.scripts["page"])["parameters"]
    assert json.loads(parameters) == odd_schema.rules[0].parameters


def test_numbers_that_json_lacks_do_not_break_the_page():
    schema = Schema("s", {"t": Table("t", {"a": Column("long")}, confidence=float("nan"))})
    assert (
        json.loads(Tree(review_page(schema, DatabaseProfile({}))).scripts["schema"])["tables"]["t"]["confidence"]
        is None
    )


def test_every_proposal_is_there_with_its_reason(odd_schema):
    tree = Tree(review_page(odd_schema, DatabaseProfile({})))
    ids = [one["id"] for one in tree.with_class("entry") if "id" in one]
    wanted = [f"t{i}" for i in range(9)] + [f"k{i}" for i in range(8)] + ["r0"]
    assert sorted(ids) == sorted(wanted)
    assert "".join(tree.text).count("why ") >= len(ODD)
    assert "less sure" in tree.text
    assert [one["data-candidate"] for _, one in tree.elements if "data-candidate" in one] == ["0"]


def test_locked_entries_cannot_be_changed():
    table = Table("t", {"a": Column("long")}, primary_key=("a",), status="locked")
    tree = Tree(review_page(Schema("s", {"t": table}), DatabaseProfile({})))
    harmless = ("map", "note", "approve-group")  # they show, comment, or pass over what is locked
    controls = [one for tag, one in tree.elements if "data-do" in one or "data-field" in one]
    entry_controls = [one for one in controls if one.get("data-do") not in harmless]
    template_controls = 3
    assert sum("disabled" not in one for one in entry_controls) == template_controls


def test_only_its_own_script_runs_and_nothing_is_fetched(odd_schema):
    page = review_page(odd_schema, DatabaseProfile({}))
    tree = Tree(page)
    digest = base64.b64encode(hashlib.sha256(tree.scripts["code"].encode()).digest()).decode()
    policy = next(one["content"] for tag, one in tree.elements if one.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert f"script-src 'sha256-{digest}'" in policy
    assert not [one for _, one in tree.elements if "src" in one or str(one.get("href", "#")).startswith("http")]
    assert not re.search(r"url\(|@import", page)


def test_frequent_values_are_shown_masked():
    text = " ".join(Tree(review_page(one_column(), profile_of(counted(Baker=60, Smith=40)))).text)
    assert "B•••• (60 %)" in text
    assert "Baker" not in text


def test_rare_values_are_not_shown():
    text = " ".join(Tree(review_page(one_column(), profile_of(counted(Baker=96, Queen=4)))).text)
    assert "Q••••" not in text


@pytest.mark.parametrize("semantic", ["last_name", "free_text", "iban"])
def test_columns_that_could_name_someone_have_no_examples(semantic):
    assert "B••••" not in review_page(one_column(semantic), profile_of(counted(Baker=60)))


def test_page_without_tables_opens():
    tree = Tree(review_page(Schema("", {}), DatabaseProfile({})))
    assert tree.nested


@pytest.mark.parametrize(
    ("value", "shown"),
    [("", ""), ("M", "M"), ("Baker Street", "B•••• ••••••"), ("12.5", "1•.•"), ("-7", "-7"), ("x\ny", "x\n•")],
)
def test_mask_keeps_the_first_character(value, shown):
    assert masked(value) == shown


def test_mask_is_bounded():
    assert len(masked("word " * 50)) == 16


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 0, "–"), (0, 5, "0 %"), (5, 5, "100 %"), (1, 100_000, "< 1 %"), (99_999, 100_000, "> 99 %")],
)
def test_shares_say_all_and_nothing_only_where_it_is_so(part, whole, shown):
    assert percent(part, whole) == shown


def test_personal_columns_are_named_before_their_table_is_opened():
    tree = Tree(review_page(one_column("email"), profile_of(counted())))
    assert ", personal: job" in tree.text


def test_what_a_catalog_declares_is_said_at_the_key():
    tables = {name: Table(name, {"id": Column("long")}, primary_key=("id",)) for name in ("a", "b")}
    key = ForeignKey("a", ("id",), "b", ("id",), evidence={"coverage": 0.5, "declared": 1.0})
    text = " ".join(Tree(review_page(Schema("s", tables, (key,)), DatabaseProfile({}))).text)
    assert "coverage  50 %" in text
    assert "declared  in the catalog" in text


def test_questions_and_drift_stand_above_the_diagram():
    tables = {name: Table(name, {"id": Column("long")}, primary_key=("id",)) for name in ("a", "b")}
    keys = (ForeignKey("a", ("id",), "b", ("id",)), ForeignKey("b", ("id",), "a", ("id",)))
    readings = tuple(Reading(f"{key.parent} is the parent", (key.label,)) for key in keys)
    schema = Schema("s", tables, keys, questions=(Question("Which is the parent?", readings),))
    page = review_page(schema, DatabaseProfile({}), drift=("column a.c: is new",))
    assert page.index("column a.c: is new") < page.index("Which is the parent?") < page.index("<svg xmlns")


@pytest.mark.parametrize(("confidence", "shown"), [(1.0, "1.00"), (0.9996, "0.99"), (float("nan"), "–")])
def test_only_certainty_is_shown_as_one(confidence, shown):
    assert sure(confidence) == shown
