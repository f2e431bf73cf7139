import dataclasses

import pytest

from synthspark.artifacts.report import Report
from synthspark.errors import ConfigError, GateFailed
from synthspark.evaluate.compare import compare_reports, comparison_page, overall
from synthspark.evaluate.definitions import score
from synthspark.evaluate.gates import check_gates


def report(quality, auc, privacy=1.0):
    scores = (
        score("quality", "database", (), quality),
        score("detection_auc", "database", (), auc),
        score("privacy", "database", (), privacy),
        score("ks_complement", "column", ("loan", "amount"), quality - 0.1),
    )
    return Report("bank", scores)


def test_gains_point_to_the_better_side_whichever_way_a_score_runs():
    changes = {change.score.name: change for change in compare_reports(report(0.8, 0.9), report(0.9, 0.6))}
    assert changes["quality"].gain == pytest.approx(0.1)
    assert changes["detection_auc"].gain == pytest.approx(0.6)
    assert [change.score.level for change in overall(list(changes.values()))] == ["database"] * 3


def test_scores_of_one_side_only_are_listed_without_a_gain():
    first = report(0.8, 0.9)
    second = dataclasses.replace(first, scores=first.scores[:3])
    alone = next(change for change in compare_reports(first, second) if change.score.level == "column")
    assert (alone.second, alone.gain) == (None, 0.0)
    page = comparison_page(("a <b>", first), ("b", second))
    assert "a &lt;b&gt;" in page
    assert "Largest changes" in page


def test_gates_name_quality_privacy_and_detection():
    good = report(0.95, 0.55)
    check_gates(good, {"quality": 0.9, "privacy": 0.9, "detection": 0.6})
    with pytest.raises(GateFailed, match=r"evaluate.gates.detection: found 0.550, expected 0.52 or better"):
        check_gates(good, {"detection": 0.52})
    with pytest.raises(GateFailed, match=r"evaluate.gates.privacy: found 0.400"):
        check_gates(report(0.95, 0.55, 0.4), {"privacy": 0.9})
    with pytest.raises(ConfigError, match="there is no such overall score"):
        check_gates(good, {"beauty": 1.0})
