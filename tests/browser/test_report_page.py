"""report.html opened in headless Chromium: no fault on the console, nothing wider than the screen, search, print."""

import itertools

import numpy as np
import pytest

from synthspark.artifacts.report import Finding, Report
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.evaluate.definitions import score
from synthspark.evaluate.page import report_page

N_TABLES = 60
ODD = '<b>"näme"</b>'


def large_report():
    """Sixty tables of twenty columns, a chain of keys, every section filled."""
    names = [f"table_{number}" for number in range(N_TABLES)]
    columns = {ODD if number == 0 else f"column_{number}": Column("double") for number in range(20)}
    keys = tuple(ForeignKey(a, ("column_1",), b, ("column_2",)) for a, b in itertools.pairwise(names))
    schema = Schema("large", {name: Table(name, columns) for name in names}, keys).decided("approved")
    shares = np.full(20, 0.05).tolist()
    plot = {
        "kind": "histogram",
        "type": "double",
        "edges": np.linspace(0, 1, 21).tolist(),
        "real": shares,
        "synthetic": shares,
    }
    scores = [score("quality", "database", (), 0.93, ceiling=0.99), score("privacy", "database", (), 0.97)]
    for name in names:
        scores += [
            score("column_shapes", "table", (name,), 0.9),
            score("dcr_share", "table", (name,), 0.51, error=0.02),
        ]
        scores += [score("ks_complement", "column", (name, column), 0.9, ceiling=0.98) for column in columns]
        scores += [
            score("correlation_similarity", "column_pair", (name, "column_1", f"column_{number}"), 0.8)
            for number in range(2, 20)
        ]
    for key in keys:
        scores += [score("join_trends", "relationship", (key.label,), 0.8), score("time", "history", (key.label,), 0.7)]
        scores += [score("gap_shape", "history", (key.label, "column_3"), 0.6, ceiling=0.9)]
    scores += [score("hop2_trends", "joined", ("a -> b -> c",), 0.8)]
    scores += [score("correlation_similarity", "joined", ("a -> b -> c", "x", "y"), 0.4)]
    verdict = {
        "answer": "pass",
        "sentence": "No sign that the copy gives any person away.",
        "reasons": [],
        "holdout": {},
    }
    overlap = {
        **{"table": "table_1", "column": ODD, "kind": "personal", "semantic": "full_name", "expected_none": True},
        **{"n_synthetic": 9, "n_real": 9, "n_shared": 1, "n_telling": 1, "share": 0.1},
    }
    privacy = {"verdict": verdict, "subjects": ["table_0"], "overlaps": [overlap], "rare_values": [], "k": 5}
    return (
        Report(
            "large",
            tuple(scores),
            (Finding("error", "table_1", "something is wrong", "mend it"),),
            {
                "columns": {name: dict.fromkeys(columns, plot) for name in names},
                "relationships": {key.label: plot for key in keys},
                "histories": {key.label: {"gaps": plot, "spans": plot} for key in keys},
            },
            {"privacy": privacy, "joins_not_computed": ["x -> y"], "settings": {"seed": 0}, "sample_rows": 1},
        ),
        schema,
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    page = report_page(*large_report())
    assert len(page.encode()) < 5_000_000
    place = tmp_path_factory.mktemp("report") / "report.html"
    place.write_text(page, encoding="utf-8")
    return place.as_uri()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, True)])
def test_page_is_whole_on_wide_and_narrow_screens(browser, address, width, dark, tmp_path):
    page = browser.page(width, 900, dark=dark)
    page.open(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for place in ("overview", "findings", "privacy", "tables", "relationships", "joins", "made"):
        assert page.evaluate(f"!!document.getElementById('{place}')"), place
    page.fill("#search", "table_41")
    assert page.wait_for("document.getElementById('shown').textContent").startswith("3 of")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("[...document.querySelectorAll('details.part')].every(part => part.open)")
    assert page.evaluate("document.querySelectorAll('svg:not([role])').length") == 0
    assert page.evaluate("document.querySelectorAll('b').length && !document.querySelector('td b')")
    page.screenshot(tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 10_000
    assert page.faults == []


def test_the_first_screen_answers_the_three_questions(browser, address):
    page = browser.page(1280, 900)
    page.open(address)
    said = page.evaluate("document.querySelector('.minute').innerText")
    assert "No sign that the copy gives any person away" in said
    assert "Quality is 0.930" in said
    assert page.evaluate("document.querySelector('.minute').getBoundingClientRect().bottom") < 600
