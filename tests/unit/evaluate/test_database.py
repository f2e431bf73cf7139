import json

import numpy as np
import pytest

from synthspark.artifacts.report import Report
from synthspark.config import EvaluateSettings
from synthspark.evaluate.database import Task, run_tasks, score_database
from synthspark.evaluate.definitions import DEFINITIONS, score
from synthspark.evaluate.link import link
from synthspark.evaluate.overall import summarise_database
from synthspark.progress import LoggedProgress

LINK = "order.customer -> customer.id"


@pytest.fixture
def report_of(make_pairs, schema):
    def evaluate(real, synthetic, **settings):
        pairs = make_pairs(real, synthetic)
        return score_database(pairs, {}, schema, EvaluateSettings(**settings), 0, LoggedProgress())

    return evaluate


def test_a_database_against_itself_is_best(report_of, make_shop):
    report = report_of(make_shop(), make_shop())
    for item in report.scores:
        if item.value is not None:
            assert item.value == pytest.approx(item.best), item
    assert report.findings == ()


def test_another_draw_of_the_same_world_is_near_its_ceiling(report_of, make_shop):
    report = report_of(make_shop(seed=1), make_shop(seed=2))
    quality = next(score for score in report.scores if score.name == "quality" and score.level == "database")
    assert quality.value > quality.ceiling - 0.03
    assert report.value("detection_auc") < 0.56
    assert not [finding for finding in report.findings if finding.severity == "error"]


def test_lost_links_show_in_joins_and_not_in_tables(report_of, make_shop):
    report = report_of(make_shop(seed=1), make_shop(seed=1, linked=False))
    assert report.value("column_shapes") == pytest.approx(1.0)
    assert report.value("joins_kept", LINK) < 0.3
    assert report.value("with_parent_auc", LINK) > 0.8
    assert report.value("detection_auc", "order") == pytest.approx(0.5)
    assert report.findings[0].severity == "error"
    assert LINK in report.findings[0].place or report.findings[0].place == "customer"


def test_a_wrong_number_of_children_shows_in_cardinality(report_of, make_shop):
    real, synthetic = make_shop(), make_shop()
    kept = synthetic["order"]["customer"] % 2 == 0
    synthetic["order"] = {name: values[kept] for name, values in synthetic["order"].items()}
    report = report_of(real, synthetic)
    assert report.value("cardinality_shape", LINK) < 0.75


def test_orphans_are_told(report_of, make_shop):
    real, synthetic = make_shop(), make_shop()
    owners = synthetic["order"]["customer"].copy()
    owners[: owners.size // 4] = 10_000
    synthetic["order"]["customer"] = owners
    assert report_of(real, synthetic).value("orphan_similarity", LINK) == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("n_rows", [0, 1, 3])
def test_tiny_tables_give_reasons_not_failures(n_rows, report_of, make_shop):
    tiny = {name: {c: v[:n_rows] for c, v in rows.items()} for name, rows in make_shop().items()}
    for real, synthetic in ((make_shop(), tiny), (tiny, make_shop()), (tiny, tiny)):
        report = report_of(real, synthetic)
        assert all(score.value is not None or score.reason for score in report.scores)
        assert not [finding for finding in report.findings if "could not be evaluated" in finding.message]


def test_an_empty_synthetic_table_is_an_error(report_of, make_shop):
    synthetic = make_shop()
    synthetic["order"] = {name: values[:0] for name, values in synthetic["order"].items()}
    worst = report_of(make_shop(), synthetic).findings[0]
    assert (worst.severity, worst.place) == ("error", "order")
    assert "no row" in worst.message


def test_constant_columns_are_scored_and_have_no_correlation(report_of, make_shop):
    real, synthetic = make_shop(), make_shop(seed=3)
    real["customer"]["age"] = np.full(300, 40)
    report = report_of(real, synthetic)
    assert report.value("ks_complement", "customer", "age") < 0.7
    assert report.value("join_trends", LINK) is not None


def test_every_score_has_a_definition_and_the_report_survives_json(report_of, make_shop):
    report = report_of(make_shop(), make_shop(seed=1))
    assert {score.name for score in report.scores} <= set(DEFINITIONS)
    assert all(score.definition for score in report.scores)
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_pairs_beyond_the_bound_are_listed_and_the_dependent_ones_kept(report_of, make_shop):
    report = report_of(make_shop(), make_shop(seed=1), maximum_pairs=1)
    pairs = [score for score in report.scores if score.level == "relationship" and len(score.subject) == 3]
    assert [score.subject for score in pairs] == [(LINK, "amount", "age")]
    assert report.facts["pairs_not_computed"] == {LINK: 1}


def test_children_and_parents_are_matched_by_hash(make_shop, make_pairs, schema):
    pairs = make_pairs(make_shop(), make_shop())
    key = schema.foreign_keys[0]
    found = link(key, pairs["order"].real, pairs["customer"].real)
    assert found.orphan_fraction == 0.0
    rows, parents = found.joined()
    amount = pairs["order"].real.features.column("amount")[rows]
    age = pairs["customer"].real.features.column("age")[parents]
    assert np.abs(amount - 2 * age).max() < 6
    assert found.n_children.sum() == rows.size


def test_a_failing_task_is_recorded_without_quoting_values():
    def fail():
        raise ValueError("secret cell")

    results, problems = run_tasks([Task("a", fail), Task("b", lambda: 1)], EvaluateSettings())
    assert results == {"b": 1}
    assert problems == {"a": "could not be evaluated (ValueError)"}


def test_numbers_of_children_of_a_few_parents_do_not_enter_the_mean():
    few = score("cardinality_shape", "relationship", ("sale.store -> store.id",), 0.0, rows_real=2)
    many = score("cardinality_shape", "relationship", ("sale.customer -> customer.id",), 0.9, rows_real=500)
    assert {item.name: item.value for item in summarise_database([few, many])}["cardinality"] == 0.9
    assert {item.name: item.value for item in summarise_database([few])}["cardinality"] == 0.0


def test_rows_that_share_a_value_with_their_siblings_do_not_give_a_table_away(report_of, make_shop):
    """Who has seen an order of a customer knows the next one, real or synthetic."""
    sides = [make_shop(600, seed=1), make_shop(600, seed=2)]
    for seed, side in enumerate(sides):
        side["order"]["amount"] = np.random.default_rng(seed).normal(size=600)[side["order"]["customer"]]
    report = report_of(*sides)
    assert report.value("detection_accuracy", "order") < 0.58  # a standard error of .02 for some 400 families a side
