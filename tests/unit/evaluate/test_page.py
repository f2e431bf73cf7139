import dataclasses
import re
from html.parser import HTMLParser

import pytest

from synthspark.artifacts.report import Finding, Report, Score, worst_first
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import EvaluateSettings
from synthspark.evaluate import page_parts as parts
from synthspark.evaluate.database import score_database
from synthspark.evaluate.definitions import score
from synthspark.evaluate.page import report_page
from synthspark.evaluate.plots import draw, shown
from synthspark.progress import LoggedProgress

ODD = "<script>alert('x')</script> \"quoted\" `tick` é ☃ & co"
VOID = {"meta", "input", "br", "link", "img", "path", "rect"}


class Reader(HTMLParser):
    """Checks that tags nest, and gathers what the page loads and names."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.loads, self.links = [], [], [], []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"][1:]] if tag == "a" else []
        self.loads += [found[name] for name in ("src", "href") if name in found and not found[name].startswith("#")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def read(page):
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


@pytest.fixture
def shop_page(make_pairs, make_shop, schema):
    pairs = make_pairs(make_shop(seed=1), make_shop(seed=2, linked=False))
    report = score_database(pairs, {}, schema, EvaluateSettings(), 0, LoggedProgress())
    return report_page(report, schema)


def test_page_is_well_formed_loads_nothing_and_its_links_lead_somewhere(shop_page):
    reader = read(shop_page)
    assert reader.loads == []
    assert len(reader.ids) == len(set(reader.ids))
    assert set(reader.links) <= set(reader.ids)
    assert "default-src 'none'" in shop_page
    assert not re.search(r"url\(|@import|https?://", shop_page)


def test_page_shows_scores_findings_and_plots(shop_page):
    for piece in (
        "Quality",
        "Detection",
        "Findings, worst first",
        "What to do",
        "<svg",
        "order.customer → customer.id",
    ):
        assert piece in shop_page


def odd_report():
    table = Table(ODD, {ODD: Column("string"), "n": Column("long")}, status="approved", primary_key=("n",))
    schema = Schema(ODD, {ODD: table}, (ForeignKey(ODD, (ODD,), ODD, ("n",), status="approved"),))
    label = schema.foreign_keys[0].label
    scores = (
        score("quality", "database", (), 0.5),
        score("tv_complement", "column", (ODD, ODD), 0.5),
        score("contingency_similarity", "column_pair", (ODD, ODD, "n"), 0.5),
        score("cardinality_shape", "relationship", (label,), None, reason=ODD),
        Score("primary_key", "table", (ODD,), 1.0, family="integrity"),
    )
    bars = {"kind": "bars", "type": "string", "labels": [ODD, " "], "real": [0.6, 0.3], "synthetic": [1.0, 0.0]}
    bars |= {"other_real": 0.1, "other_synthetic": 0.0, "n_other": 2}
    finding = Finding("error", ODD, ODD, ODD)
    return Report(ODD, scores, (finding,), {"columns": {ODD: {ODD: bars}}, "relationships": {label: bars}}), schema


def test_odd_names_stay_text():
    page = report_page(*odd_report())
    read(page)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "1 of 1" in page  # integrity


def test_empty_report_is_a_page():
    read(report_page(Report("empty", ()), Schema("empty", {})))


def test_histogram_heights_are_densities():
    plot = {"kind": "histogram", "type": "double", "edges": [0, 1, 3], "real": [0.5, 0.5], "synthetic": [0.0, 1.0]}
    drawing = draw(plot, "x")
    # The first bin is half as wide: with the same share it is twice as high as the second, and touches the top.
    assert "M0 70V0.0H80.0V35.0H240.0V70Z" in drawing


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (0, "date", "1970-01-01"),
        (8_640_000, "date", "25625-07-08"),
        (86_400_000_000.0, "timestamp", "1970-01-02"),
        (12_345.6, "double", "12,346"),
        (0.25, "double", "0.25"),
        (1e18, "long", "1e+18"),
    ],
)
def test_numbers_are_written_as_people_do(value, kind, text):
    assert shown(value, kind) == text


def test_page_of_sixty_tables_stays_small():
    plot = {
        "kind": "histogram",
        "type": "double",
        "edges": list(range(25)),
        "real": [0.04] * 24,
        "synthetic": [0.04] * 24,
    }
    names = [f"column {place}" for place in range(20)]
    tables = {f"table {n}": Table(f"table {n}", {name: Column("double") for name in names}) for n in range(60)}
    scores = tuple(score("ks_complement", "column", (table, name), 0.9) for table in tables for name in names)
    plots = {"columns": {table: dict.fromkeys(names, plot) for table in tables}, "relationships": {}}
    page = report_page(Report("large", scores, plots=plots), Schema("large", tables))
    assert len(page.encode()) < 5_000_000


def test_rules_that_rows_break_are_told_apart_from_keys():
    report, schema = odd_report()

    def said(*scores):
        page = report_page(dataclasses.replace(report, scores=scores), schema)
        return page.partition("<b>Pipelines.</b>")[2].partition("</li>")[0]

    check = Score("key_uniqueness", "table", ("t",), 1.0, "integrity")
    rule = Score("rule_kept", "table", ("t",), 0.9, "integrity")
    share = Score("integrity", "database", (), 0.5, "integrity")
    assert "hold on every row</span>." in said(check, share)
    assert "approved rules broken by some rows: 1 of 1" in said(check, rule, share)
    assert "1 check of the written data failed (" in said(dataclasses.replace(check, value=0.99), share)


def test_errors_come_before_warnings_and_notes():
    found = [
        Finding(severity, str(place), "m", "r") for place, severity in enumerate(("note", "error", "warning", "error"))
    ]
    assert [finding.place for finding in worst_first(found)] == ["1", "3", "2", "0"]


def test_answers_of_queries_are_graded_by_what_all_could_be_alike():
    assert parts.grade(score("replay_similarity", "query", ("q",), 0.5, rows_real=2, rows_synthetic=2)) == "poor"
    assert parts.grade(score("replay_similarity", "query", ("q",), 0.99, rows_real=2, rows_synthetic=2)) == "good"


def page_on_privacy(found, natural, bound):
    """The page of a report that says how many of a thousand customers repeat real ones."""
    report, schema = odd_report()
    breakdown = {"found": found, "share": found / 1_000, "natural": natural, "lower_bound": bound}
    copies = score(
        "subject_exact_copies", "subject", ("customer",), 0.0, rows_real=900, rows_synthetic=1_000, breakdown=breakdown
    )
    vague = score("subject_membership_auc", "subject", ("customer",), 0.62, error=0.05)
    told = score("joined_membership_auc", "joined", ("customer",), 0.62, error=0.005)
    verdict = {"answer": "look", "sentence": "Look.", "reasons": [], "holdout": {}}
    overlap = {"table": "customer", "column": "name", "kind": "personal", "semantic": "full_name", "share": 0.0}
    overlap |= {"n_synthetic": 990, "n_real": 900, "n_shared": 3, "n_telling": 0, "expected_none": True}
    facts = {**report.facts, "privacy": {"verdict": verdict, "overlaps": [overlap], "subjects": ["customer"]}}
    report = dataclasses.replace(report, scores=(*report.scores, copies, vague, told), facts=facts)
    return report_page(report, schema)


@pytest.mark.parametrize(
    ("found", "natural", "bound", "sentence"),
    [
        (0, 0.0, 0.0, "None of 1,000 people in the copy (customer) repeats a real one with all that belongs to it."),
        (10, 0.013, 0.0, "10 of 1,000 people in the copy (customer) repeat a real one with all that belongs to it, "
         "which chance explains: 13 are expected."),
        (44, 0.001, 0.03, "44 of 1,000 people in the copy (customer) repeat a real one with all that belongs to it, "
         "where chance explains 1."),
    ],
)  # fmt: skip
def test_the_first_lines_tell_a_data_owner_how_many_people_and_names_are_real(found, natural, bound, sentence):
    people = page_on_privacy(found, natural, bound).partition("<b>People.</b>")[2].partition("</li>")[0]
    assert sentence in people
    assert "Of 990 names, addresses, texts and keys none is real." in people
    assert 'href="#privacy"' in people


def test_what_chance_explains_is_not_coloured_as_bad():
    page = page_on_privacy(0, 0.0, 0.0).partition("Every view that was attacked")[2]
    assert re.search(r'class="good"[^>]*>0\.620</span> <small>±0\.05', page)
    assert re.search(
        r'class="poor"[^>]*>0\.620</span> <small>±0\.01|class="poor"[^>]*>0\.620</span> <small>±0\.00', page
    )
