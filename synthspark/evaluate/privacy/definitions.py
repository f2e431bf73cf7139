"""What each privacy score is, with its best and worst value."""

from __future__ import annotations

from typing import NamedTuple


class PrivacyDefinition(NamedTuple):
    """One sentence, and the ends of the range."""

    said: str
    best: float
    worst: float


DEFINITIONS = {
    "dcr_share": PrivacyDefinition(
        "share of synthetic rows nearer to fitted than to as many held-out rows (distance to closest record); "
        "0.5 best, 1 worst",
        0.5,
        1.0,
    ),
    "dcr_lost": PrivacyDefinition(
        "share of the synthetic rows that should be nearest to held-out rows but are nearer to fitted ones; "
        "0 best, 1 for a full copy",
        0.0,
        1.0,
    ),
    "nndr": PrivacyDefinition(
        "median of the distance to the nearest over that to the second nearest fitted row; beside it that of "
        "held-out rows; 1 best, 0 worst",
        1.0,
        0.0,
    ),
    "exact_copies": PrivacyDefinition(
        "share of synthetic rows, counted on all, that repeat a fitted one that fewer than k people have, less what "
        "repeats by nature; 0 best, 1 worst",
        0.0,
        1.0,
    ),
    "near_copies": PrivacyDefinition(
        "share of synthetic rows five times nearer to one fitted row than to any other, less what is so by nature; "
        "0 best, 1 worst",
        0.0,
        1.0,
    ),
    "close_copies": PrivacyDefinition(
        "share of synthetic people at least ten times nearer to one fitted person than to any other, beyond the number "
        "that the law of small distances expects, where that is proven; 0 best, 1 worst",
        0.0,
        1.0,
    ),
    "rare_combinations": PrivacyDefinition(
        "share of synthetic rows with three values that fewer than k fitted people have together, less the share "
        "with those of as many held-out people; 0 best, 1 worst",
        0.0,
        1.0,
    ),
    "membership_auc": PrivacyDefinition(
        "area under the ROC curve of telling fitted people by their distance to the copy; 0.5 best, 1 worst", 0.5, 1.0
    ),
    "membership_tpr": PrivacyDefinition(
        "share of fitted people told by distance at 1 % of false accusations; 0.01 best, 1 worst", 0.01, 1.0
    ),
    "model_membership_auc": PrivacyDefinition(
        "area under the ROC curve of telling fitted people by a classifier of synthetic rows; 0.5 best, 1 worst",
        0.5,
        1.0,
    ),
    "model_membership_tpr": PrivacyDefinition(
        "share of fitted people told by the classifier at 1 % of false accusations; 0.01 best, 1 worst", 0.01, 1.0
    ),
    "singling_out_risk": PrivacyDefinition(
        "gain of isolating a fitted person by a statement from the copy (Giomi et al. 2022); 0 best, 1 worst", 0.0, 1.0
    ),
    "linkability_risk": PrivacyDefinition(
        "gain of linking two parts of a fitted person's row through the copy (Giomi et al. 2022); 0 best, 1 worst",
        0.0,
        1.0,
    ),
    "inference_risk": PrivacyDefinition(
        "gain of guessing a fitted person's value from the copy (Giomi et al. 2022), worst column; 0 best, 1 worst",
        0.0,
        1.0,
    ),
    "value_overlap": PrivacyDefinition(
        "share of the distinct synthetic values of a personal, text or key column that are real ones and point at "
        "somebody, which common first and last names alone do not; 0 best, 1 worst",
        0.0,
        1.0,
    ),
    "rare_values_shown": PrivacyDefinition(
        "share of the categories held by fewer than privacy.k people that the copy shows; 0 best, 1 worst", 0.0, 1.0
    ),
    "privacy_copies": PrivacyDefinition(
        "1 - excess of exact, near and close copies, worst view; 1 best, 0 worst", 1.0, 0.0
    ),
    "privacy_closeness": PrivacyDefinition("1 - what is proven of dcr_lost, worst view; 1 best, 0 worst", 1.0, 0.0),
    "privacy_membership": PrivacyDefinition(
        "1 - twice what a membership area lies above 0.5 beyond its error, worst view; 1 best, 0 worst", 1.0, 0.0
    ),
    "privacy_attacks": PrivacyDefinition(
        "1 - the largest proven share of people singled out, linked or inferred beyond that of people held out; "
        "1 best, 0 worst",
        1.0,
        0.0,
    ),
    "privacy_rare": PrivacyDefinition("1 - excess of rare combinations, worst view; 1 best, 0 worst", 1.0, 0.0),
    "privacy_values": PrivacyDefinition("1 - largest value_overlap of a column; 1 best, 0 worst", 1.0, 0.0),
    "privacy": PrivacyDefinition(
        "the least of its parts: copies, closeness, membership, attacks, rare combinations, personal values; "
        "1 best, 0 worst",
        1.0,
        0.0,
    ),
}
PREFIXES = {"joined_": "on rows joined with their parents: ", "subject_": "on people with all that belongs to them: "}


def definition_of(name: str) -> PrivacyDefinition | None:
    """Definition of a privacy score, of whichever view; None for a score of another family."""
    for prefix, place in PREFIXES.items():
        if name.startswith(prefix) and name.removeprefix(prefix) in DEFINITIONS:
            found = DEFINITIONS[name.removeprefix(prefix)]
            return found._replace(said=place + found.said)
    return DEFINITIONS.get(name)
