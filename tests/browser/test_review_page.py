"""A person's way through review.html: clicked in headless Chromium, saved, and read by the gate of `fit`."""

import json

import pytest

from synthspark.artifacts.comments import Comments, read_comments
from synthspark.artifacts.profile import ColumnProfile, DatabaseProfile, TableProfile
from synthspark.artifacts.question import Question, Reading
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.artifacts.schema_file import parse_schema
from synthspark.errors import ReviewPending
from synthspark.review.page import review_page
from synthspark.run import Run

ODD = 'näme: "x" #1 <b>\''


def key(child, column, parent, target="id", **more):
    return ForeignKey(
        child, (column,), parent, (target,), **{"evidence": {"coverage": 1.0, "surprise": 0.0216}, **more}
    )


@pytest.fixture(scope="module")
def schema():
    def table(name, *columns, **more):
        columns = {column: Column("long", "key") for column in columns} | {ODD: Column("string", "category")}
        return Table(name, columns, primary_key=(next(iter(columns)),), **more)

    tables = [
        table("account", "id", "number", alternate_keys=(("number",),), confidence=0.99, rows=5),
        table("client", "id", "account", "no", confidence=0.7, why="id is unique"),
        table("loan", "row", "id", "account", "client", confidence=0.5),
        table("log", "id", "client", confidence=0.4),
        table("no", "id", confidence=0.97),
    ]
    return Schema(
        "bank",
        {one.name: one for one in tables},
        (
            key("client", "account", "account", confidence=0.98),
            key("loan", "account", "account", confidence=0.96, compare=("number",)),
            key("loan", "client", "client", confidence=0.6),
            key("log", "client", "client", confidence=0.55),
            key("client", "no", "no", confidence=0.3),
            key("account", "number", "account", confidence=0.9),
        ),
        (
            Rule(
                "order",
                "loan",
                ("account", "client"),
                confidence=0.8,
                evidence={"support": 9, "violations": 1},
                why="a",
            ),
        ),
        (key("loan", "client", "account", confidence=0.4, why="second best"),),
        (
            Question(
                "Is loan a part of client or of account?",
                (
                    Reading("of a client", ("loan.client -> client.id",), 0.6),
                    Reading("of an account", ("loan.client -> account.id",), 0.4),
                ),
            ),
        ),
    )


PROFILE = DatabaseProfile({"account": TableProfile("account", 5, {"id": ColumnProfile("long", 5, 0, 5, True)})})
COMMENTS = Comments(
    {("tables", "loan"): ("ask Anna",), ("foreign_keys", "loan|account|account|id"): ("from the manual", "  page 3")},
    {("tables", "client", "role"): "sure", ("tables", "gone"): "was here"},
    ("top of the file",),
    ("the end",),
)


@pytest.fixture
def page(browser, schema, tmp_path):
    path = tmp_path / "review.html"
    path.write_text(review_page(schema, PROFILE, drift=("column a.b: is new",), comments=COMMENTS), encoding="utf-8")
    opened = browser.page()
    opened.open(path.as_uri())
    yield opened
    assert opened.faults == []


def saved(browser, page):
    """What the page's button wrote."""
    return browser.downloaded("schema.yaml", lambda: page.click("#save"))


def counts(page):
    return page.evaluate("document.getElementById('counts').textContent")


def test_what_is_clicked_is_what_is_fitted(browser, page, schema, tmp_path):
    page.click("#k0 [data-do=approve]")
    page.click("#k4 [data-do=reject]")
    page.click("#t3 [data-do=reject]")
    page.click("#t0 [data-do=use-key]")
    page.click("#t2 .edit > summary")
    page.choose("#t2 .form select", "id")
    page.click("#t2 .form .main")
    page.click("[data-question='0'] [data-reading='1']")
    page.click("#add > summary")
    page.choose("#add [aria-label='Child table']", "loan")
    page.choose("#add [aria-label='Parent table']", "no")
    page.choose("#add [aria-label='Child column']", "row")
    page.click("#add .form .main")
    page.choose("#t4 [data-field=role]", "reference")
    page.evaluate("document.getElementById('bulk-least').value = '0.5'")
    page.evaluate("document.getElementById('filter').dispatchEvent(new Event('input', {bubbles: true}))")
    page.click("#bulk")
    assert counts(page).startswith("14 of 14 decided · nothing is open · not saved")

    text = saved(browser, page)
    decided = parse_schema(text)
    assert decided.pending() == ()
    assert {name: table.status for name, table in decided.tables.items()} == {
        **dict.fromkeys(schema.tables, "approved"),
        "log": "rejected",
    }
    assert decided.tables["loan"].primary_key == ("id",)
    assert decided.tables["account"].primary_key == ("number",)
    assert decided.tables["no"].role == "reference"
    assert {one.label: one.status for one in decided.foreign_keys} == {
        "client.account -> account.id": "approved",
        "loan.account -> account.id": "approved",
        "loan.client -> client.id": "rejected",
        "log.client -> client.id": "proposed",  # without effect: log is left out
        "client.no -> no.id": "rejected",
        "account.number -> account.id": "approved",
        "loan.client -> account.id": "approved",
        "loan.row -> no.id": "approved",
    }
    assert decided.candidates == ()
    assert decided.rules[0].status == "approved"
    run = run_with(tmp_path, text)
    assert run.approved_schema().tables["log"].role == "skip"  # the gate of fit lets it pass
    plan = run.plan()
    assert "log" not in plan.tables
    links = {link.key.parent for link in plan.tables["loan"].links} | {plan.tables["loan"].context.parent}
    assert links == {"account", "no"}


def run_with(folder, text):
    """A run whose folder holds the saved file."""
    output = folder / "out"
    output.mkdir()
    (output / "schema.yaml").write_text(text, encoding="utf-8")
    (output / "profile.json").write_text(json.dumps(PROFILE.to_json()), encoding="utf-8")
    (output / "run.json").write_text(json.dumps({"format_version": 1, "facts": {}, "units": {}}))
    config = folder / "bank.yaml"
    config.write_text(f"name: bank\nsource: {{path: '{folder}'}}\noutput: {{path: '{output}'}}\n")
    return Run(None, config)  # the gate and the plan need no session


def test_the_gate_waits_for_what_is_open(browser, page, tmp_path):
    page.click("#k0 [data-do=approve]")
    run = run_with(tmp_path, saved(browser, page))
    with pytest.raises(ReviewPending, match="11 proposals await a decision"):
        run.approved_schema()


def test_what_nobody_touched_is_saved_as_it_was(browser, page, schema):
    text = saved(browser, page)
    assert parse_schema(text) == schema
    kept = read_comments(text)
    gone = ("the end", "tables/gone: was here")
    assert kept.before == COMMENTS.before
    assert kept.beside == {("tables", "client", "role"): "sure"}
    assert (kept.header, set(kept.footer)) == (COMMENTS.header, set(gone))


def test_keys_decide_and_every_step_can_be_undone(page):
    page.press("j")
    assert page.evaluate("document.activeElement.id") == "k4"  # the least sure of all
    page.press("r")
    assert page.evaluate("document.activeElement.id") == "t3"
    page.press("a")
    assert counts(page).startswith("3 of 12 decided") is False
    assert counts(page).startswith("2 of 12 decided")
    page.press("z")
    assert counts(page).startswith("1 of 12 decided")
    page.press("z")
    assert counts(page).startswith("0 of 12 decided")
    page.press("n")
    assert page.evaluate("document.activeElement.classList.contains('entry')")


def test_a_key_is_changed_and_taken_back(browser, page):
    page.click("#k2 .edit > summary")
    page.choose("#k2 [aria-label='Parent table']", "no")
    page.choose("#k2 [aria-label='How values are compared']", "exact")
    page.click("#k2 .form .main")
    text = saved(browser, page)
    states = {one.label: one.status for one in parse_schema(text).foreign_keys}
    assert (states["loan.client -> client.id"], states["loan.client -> no.id"]) == ("rejected", "approved")
    page.click("#undo")
    states = {one.label: one.status for one in parse_schema(saved(browser, page)).foreign_keys}
    assert "loan.client -> no.id" not in states
    assert states["loan.client -> client.id"] == "proposed"


def test_how_values_are_compared_can_be_changed(browser, page):
    page.click("#k1 .edit > summary")
    page.choose("#k1 [aria-label='How values are compared']", "folded")
    page.click("#k1 .form .main")
    (changed,) = [one for one in parse_schema(saved(browser, page)).foreign_keys if one.compare]
    assert (changed.compare, changed.status) == (("folded",), "approved")


def test_a_comment_is_kept_in_the_file(browser, page):
    page.click("#k0 [data-do=note]")
    page.fill("#k0 textarea", "asked Bob")
    page.press("Escape")
    assert read_comments(saved(browser, page)).before["foreign_keys", "client|account|account|id"] == ("asked Bob",)


def test_a_review_is_taken_up_where_it_was_left(page):
    page.click("#k0 [data-do=approve]")
    address = page.evaluate("location.href")
    page.command("Page.navigate", url="about:blank")
    page.wait_for("location.href === 'about:blank'")
    assert page.dialogs == ["beforeunload"]  # a warning: it was not saved
    page.open(address)
    assert "kept in this browser" in page.evaluate("document.getElementById('told').textContent")
    assert counts(page).startswith("1 of 12 decided")
    page.click("#told button")
    assert counts(page).startswith("0 of 12 decided")


def test_the_diagram_leads_to_the_entry_and_back(page):
    page.click("#k2 [data-do=map]")
    assert page.evaluate("document.getElementById('focused').textContent").startswith("loan: 2 parents, 0 children")
    shown = page.evaluate(
        "[...document.querySelectorAll('.box:not([hidden]) .name')].map((one) => one.textContent).sort()"
    )
    assert shown == ["account", "client", "loan"]
    page.click("#to-entry")
    assert page.evaluate("document.activeElement.id") == "t2"
    page.click("#zoom-all")
    assert page.evaluate("document.querySelectorAll('.box:not([hidden])').length") == 5


def test_a_filter_by_confidence_shows_the_doubtful(page):
    page.evaluate("document.getElementById('most').value = '0.5'")
    page.evaluate("document.getElementById('filter').dispatchEvent(new Event('input', {bubbles: true}))")
    assert page.evaluate("document.getElementById('shown').textContent") == "3 of 12 shown"
    page.choose("#order", "table")
    groups = page.evaluate("[...document.querySelectorAll('.group')].filter((one) => !one.hidden).length")
    assert groups == 3


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_shows_no_more_than_its_width(browser, schema, tmp_path, dark):
    path = tmp_path / "review.html"
    path.write_text(review_page(schema, PROFILE, comments=COMMENTS), encoding="utf-8")
    narrow = browser.page(400, 800, dark=dark)
    narrow.open(path.as_uri())
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 400
    assert narrow.faults == []
