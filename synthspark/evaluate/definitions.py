"""What each score is, in one sentence, with its range; and how scores are made."""

from __future__ import annotations

from typing import Any

from synthspark.artifacts.report import Score
from synthspark.evaluate.privacy.definitions import definition_of
from synthspark.evaluate.sample import FEWEST_ROWS_HALVED

# Distance expected by chance, in units of sqrt(1/n + 1/m): Kolmogorov's mean, .87, rounded up.
_CHANCE = 1.0

DEFINITIONS = {
    "ks_complement": "1 - Kolmogorov-Smirnov distance of the values (SDMetrics KSComplement); 0 to 1, nulls left out",
    "tv_complement": "1 - total variation distance of the categories (SDMetrics TVComplement); 0 to 1, nulls left out",
    "null_similarity": "1 - difference of the shares of missing values, on all rows (of texts that are not compared, "
    "blank ones too); 0 to 1",
    "correlation_similarity": "1 - |r_real - r_synthetic| / 2 of Pearson correlations (SDMetrics); 0 to 1",
    "contingency_similarity": "1 - total variation distance of the joint shares (SDMetrics), 10 bins a number; 0 to 1",
    "dependence_kept": "share of the real dependence that the copy shows; 0 (independent columns) to 1",
    "column_shapes": "mean of ks_complement and tv_complement over columns; 0 to 1",
    "pair_trends": "mean of correlation and contingency similarity over pairs of columns; 0 to 1",
    "pairs_kept": "mean of dependence_kept over the strongly dependent pairs of columns; 0 to 1",
    "cardinality_shape": "1 - Kolmogorov-Smirnov distance of children per parent, zeros included (SDMetrics)",
    "join_trends": "mean similarity of pairs of one child and one parent column across the join; 0 to 1",
    "joins_kept": "mean of dependence_kept over the strongly dependent pairs across the join; 0 to 1",
    "orphan_similarity": "1 - difference of the shares of child rows whose key finds no parent; 0 to 1",
    "key_null_similarity": "1 - difference of the shares of child rows without a key, on all rows; 0 to 1",
    "detection_accuracy": "accuracy of boosted trees on held-out rows, real or synthetic; 0.5 best, 1 worst",
    "detection_auc": "area under the ROC curve of the same classifier; 0.5 best, 1 worst",
    "with_parent_accuracy": "detection_accuracy on rows joined with the columns of their parent; 0.5 best, 1 worst",
    "with_parent_auc": "detection_auc on rows joined with the columns of their parent; 0.5 best, 1 worst",
    "with_children_accuracy": "detection_accuracy on rows with aggregates of their children; 0.5 best, 1 worst",
    "with_children_auc": "detection_auc on rows with aggregates of their children; 0.5 best, 1 worst",
    "hop2_trends": "mean similarity of pairs of a column of a child and one of its grandparent; 0 to 1",
    "hop2_kept": "mean of dependence_kept over the strongly dependent pairs across two joins; 0 to 1",
    "cross_parent_trends": "mean similarity of pairs of columns of two parents of the same child; 0 to 1",
    "cross_parent_kept": "mean of dependence_kept over the strongly dependent pairs of two parents; 0 to 1",
    "sibling_similarity": "1 - difference of how alike siblings are (intra-class correlation, or kappa); 0 to 1",
    "gap_shape": "ks_complement of the time between a child and the next one of the same parent; 0 to 1",
    "span_shape": "ks_complement of the time between the first and the last child of a parent; 0 to 1",
    "first_event_shape": "ks_complement of the time between a moment of the parent and its first child; 0 to 1",
    "step_shape": "ks_complement of the change from a child to the next one of the same parent; 0 to 1",
    "transition_similarity": "1 - total variation distance of which category follows which among siblings; 0 to 1",
    "autocorrelation_similarity": "1 - |r_real - r_synthetic| / 2 of a child's value with the next one's; 0 to 1",
    "siblings": "mean of sibling_similarity over columns; 0 to 1",
    "time": "mean of gap, span, first event, step, transition and autocorrelation scores; 0 to 1",
    "utility_kept": "skill on unseen real rows learned from synthetic rows over that learned from real ones; 0 to 1",
    "replay_similarity": "how alike the answers of a query are on both databases, group by group; 0 to 1",
    "utility": "mean of utility_kept over declared and automatic tasks (train on synthetic, test on real); 0 to 1",
    "replay": "mean of replay_similarity over the queries; 0 to 1",
    "cardinality": "mean of cardinality_shape over relationships of 20 or more parents; 0 to 1",
    "quality": "mean of column shapes, pair trends, cardinality and join trends, as far as they exist, each over what "
    "chance leaves of 1: 1 is as close as another draw of the same world; 0 to 1",
}
_UTILITY = frozenset({"utility", "utility_kept", "replay", "replay_similarity"})
DETECTION_KINDS = ("detection", "with_parent", "with_children")


def score(name: str, level: str, subject: tuple[str, ...], value: float | None, **details: Any) -> Score:
    """A score with its definition, family and range filled in from its name; no ceiling from too few rows."""
    if (details.get("rows_real") or FEWEST_ROWS_HALVED) < FEWEST_ROWS_HALVED:
        details["ceiling"] = None
    private = definition_of(name)
    if private is not None:
        said, best, worst = private
        family = "privacy"
    else:
        family = "utility" if name in _UTILITY else "detection" if name.endswith(("_accuracy", "_auc")) else "quality"
        best, worst = (0.5, 1.0) if family == "detection" else (1.0, 0.0)
        said = DEFINITIONS[name]
    return Score(
        name=name,
        level=level,
        subject=subject,
        value=value,
        family=family,
        best=best,
        worst=worst,
        definition=said,
        **details,
    )


def mean_of(values: list[float | None]) -> float | None:
    """Mean of the values there are; None when there is none."""
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present else None


def error_of_mean(errors: list[float | None]) -> float | None:
    """Standard error of a mean of scores taken as independent; None when no part has one."""
    present = [error for error in errors if error is not None]
    return sum(error**2 for error in present) ** 0.5 / len(present) if present else None


def gap_to_ceiling(item: Score) -> float | None:
    """Loss of goodness against what real data reach; None without a value."""
    if item.goodness is None:
        return None
    if item.level == "query":
        reach = 1.0  # its rows are the answer, no sample
    elif item.ceiling is not None:
        reach = min(1.0, max(0.0, (item.ceiling - item.worst) / (item.best - item.worst)))
    else:
        sides = [rows for rows in (item.rows_real, item.rows_synthetic) if rows]
        reach = 1.0 - _CHANCE * sum(1.0 / rows for rows in sides) ** 0.5
    return max(0.0, reach - item.goodness)
