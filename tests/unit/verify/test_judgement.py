import pytest

from synthspark.artifacts.report import Finding
from synthspark.artifacts.schema import ForeignKey
from synthspark.artifacts.verification import SHOWN, Verification
from synthspark.errors import GateFailed
from synthspark.verify.judgement import (
    Answers,
    gate_score,
    judge_columns,
    judge_foreign,
    judge_overlaps,
    judge_rows,
    judge_unique,
)
from synthspark.verify.questions import Overlap, TableQuestions, Unique
from synthspark.verify.tallies import Tally

KEY = ForeignKey("order", ("person",), "person", ("id",), status="approved")


def overlap(kind, shared, capacity, *, values=1_000):
    questions = TableQuestions("t", reference=False, overlaps=(Overlap(("c",), kind),))
    tally = Tally(rows=values, values=values, elsewhere=1_000, shared_values=shared)
    ((score, finding),) = judge_overlaps(questions, Answers(values, overlaps=(tally,), capacities={("c",): capacity}))
    return score, finding.severity if finding else None


@pytest.mark.parametrize(
    ("kind", "shared", "capacity", "severity"),
    [
        ("personal", 0, 1e12, None),
        ("personal", 1, 1e12, "error"),
        ("key", 1, 1e12, "error"),
        ("personal", 900, 1e5, "warning"),  # dense: birth dates as codes
        ("key", 900, 1e5, None),  # dense: numbered keys
        ("key", 1, 5e6, "warning"),  # a fifth expected by chance
        ("key", 900, 5e6, "error"),
        ("identity", 1, 10.0, "error"),
    ],
)
def test_repeated_values_weigh_by_what_chance_explains(kind, shared, capacity, severity):
    assert overlap(kind, shared, capacity)[1] == severity


def test_dense_keys_have_no_score_but_a_reason():
    score, _ = overlap("key", 900, 1e5)
    assert score.value is None
    assert "format" in score.reason
    assert overlap("key", 900, 5e6)[0].value == pytest.approx(0.9)


def unique(declared, reference, in_source):
    questions = TableQuestions("t", reference=reference, unique=(Unique(("a", "b"), declared),))
    answers = Answers(10, unique=(Tally(10, 8, 1, 2),), source_excess={Unique(("a", "b"), declared): in_source})
    ((score, finding),) = judge_unique(questions, answers)
    assert score.value == pytest.approx(0.8)
    return finding.severity


def test_repeated_keys_are_errors_unless_the_source_repeats_them_where_it_may():
    assert unique(declared=True, reference=False, in_source=0) == "error"
    assert unique(declared=True, reference=False, in_source=3) == "error"
    assert unique(declared=False, reference=False, in_source=3) == "warning"
    assert unique(declared=True, reference=True, in_source=3) == "warning"
    assert unique(declared=False, reference=False, in_source=0) == "error"


def test_orphans_are_tolerated_only_in_verbatim_copies_that_have_them_in_the_source():
    def severity(reference, in_source):
        questions = TableQuestions("order", reference=reference, foreign=(KEY,))
        answers = Answers(10, foreign=(Tally(rows=10, shared_rows=7),), source_orphans={KEY.label: in_source})
        ((score, finding),) = judge_foreign(questions, answers, {"person": True})
        assert score.value == pytest.approx(0.7)
        return finding.severity

    assert severity(reference=True, in_source=3) == "warning"
    assert severity(reference=True, in_source=2) == "error"
    assert severity(reference=False, in_source=3) == "error"


@pytest.mark.parametrize(("rows", "warned"), [(1000, False), (1095, False), (1120, True), (0, True)])
def test_rows_are_held_against_the_scale(rows, warned):
    (_, recorded), (score, scaled) = judge_rows("t", rows, rows, 500, 2.0)
    assert recorded is None
    assert (scaled is not None) == warned
    assert score.value == pytest.approx(min(rows, 1000) / max(rows, 1000))


def test_small_and_empty_tables_may_vary_by_chance():
    assert judge_rows("t", 7, 7, 10, 1.0)[1][1] is None
    assert judge_rows("t", 0, 0, 0, 1.0)[1][1] is None
    assert judge_rows("t", 0, 0, 0, 1.0)[1][0].value == 1.0


def test_columns_in_another_order_are_an_error():
    score, finding = judge_columns("t", [("a", "int"), ("b", "int")], [("b", "int"), ("a", "int")])
    assert score.value == 0.0
    assert "another order" in finding.message


def test_gate_score_is_the_share_of_checks_without_error():
    sound = judge_columns("t", [("a", "int")], [("a", "int")])
    broken = judge_columns("t", [("a", "int")], [("a", "long")])
    assert gate_score([sound, broken], missing=2).value == pytest.approx(0.25)


def test_failed_gate_tells_the_worst_findings_and_how_many_there_are():
    errors = [Finding("error", f"table {n}", "broken", "mend it") for n in range(SHOWN + 2)]
    verification = Verification((), (Finding("note", "n", "m", "r"), *errors))
    assert verification.findings[-1].severity == "note"
    with pytest.raises(GateFailed, match=r"table 0: broken; mend it(.|\n)*and 2 more"):
        verification.raise_if_failed()
    Verification((), (Finding("warning", "n", "m", "r"),)).raise_if_failed()
