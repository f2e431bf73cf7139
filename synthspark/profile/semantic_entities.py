"""What a column names, told by the named-entity recogniser from its values, and by vague words in its name."""

from __future__ import annotations

import math
import re

import numpy as np

from synthspark.profile.entities import ENTITIES
from synthspark.profile.semantic_names import is_trait, says_identifier, says_thing
from synthspark.profile.semantic_personal import MANY, MOST, SOME, Clues

# What the mean logarithm of a probability must be ahead by, by the number of distinct texts: measured on made columns.
MARGINS = ((20, 0.5), (8, 1.0), (5, 1.5))
NAME_BONUS = 1.2  # for a meaning that the column's name speaks for clearly; a quarter of it for a vague word
OTHER_NAME = 0.8  # for things, where the name speaks of a trait, an identifier or a thing
CATEGORY = 0.6  # for things, where few values repeat often
FEW = 20  # distinct values up to which repeated ones are more likely a category
OFTEN = 10.0  # rows a value from which they are
PROSE = 10.0  # words on average, from which a text is no name
LONGEST_ADDRESS = 16.0  # and no address
LETTERS = 0.8  # share of texts with letters, below which nothing is named
PADDED = 0.3  # share of texts with zeros before a number, from which they are codes
OWN_WORDS = 0.6  # share of different letters among user names; the letters of codes are few
# What is easily taken for one another and kept apart by little: the margin is measured to the others.
FAMILIES = (
    frozenset({"first_name", "last_name"}),
    frozenset({"city", "region", "country"}),
    frozenset({"street", "address"}),
)
_THING = ENTITIES.index("thing")


def entity_of(clues: Clues) -> tuple[str, float]:
    """Meaning and confidence; "", 0 where the texts name nothing, or too few of them to tell."""
    texts = clues.texts
    wanted = next((margin for least, margin in MARGINS if len(texts) >= least), None)
    if wanted is None or texts.mean_words >= LONGEST_ADDRESS:
        return "", 0.0
    if texts.share_where(lambda text: any(map(str.isalpha, text))) < LETTERS:
        return "", 0.0
    if says_thing(clues.evidence.name) and _repeated(clues):
        return "", 0.0  # colours are called Rose and Ruby
    scores = _with_name(clues)
    best = int(np.argmax(scores))
    meaning = ENTITIES[best]
    family = next((alike for alike in FAMILIES if meaning in alike), frozenset({meaning}))
    outside = max(score for entity, score in zip(ENTITIES, scores, strict=True) if entity not in family)
    margin = float(scores[best] - outside)
    if meaning != "address" and texts.mean_words >= PROSE:
        return "", 0.0
    if meaning == "thing" or margin < wanted or not _has_form(meaning, clues):
        return "", 0.0
    within = float(scores[best] - np.sort(scores)[-2])
    return meaning, round(_confidence(margin - wanted + 0.5) * (1.0 if within >= 0.5 else 0.75 + 0.5 * within), 3)


def entity_scores(clues: Clues) -> dict[str, float]:
    """Scores of all entities, the column's name weighed in."""
    return dict(zip(ENTITIES, map(float, _with_name(clues)), strict=True))


def _with_name(clues: Clues) -> np.ndarray:
    evidence, scores = clues.evidence, clues.texts.entity_scores.copy()
    for place, entity in enumerate(ENTITIES):
        scores[place] += NAME_BONUS * clues.hint(entity) ** 2
    if is_trait(evidence.name) or says_identifier(evidence.name) or says_thing(evidence.name):
        scores[_THING] += OTHER_NAME
    if clues.clear("free_text"):
        scores[_THING] += OTHER_NAME / 2
    if _repeated(clues):
        scores[_THING] += CATEGORY
    return scores


def _repeated(clues: Clues) -> bool:
    """Whether few values stand in many rows."""
    return len(clues.texts) <= FEW and clues.evidence.distinct * OFTEN <= clues.evidence.filled


def _confidence(margin: float) -> float:
    """Share of the columns with such a margin that were told right: half at 0.45, nearly all from 1.5."""
    return 1 / (1 + math.exp(-3.5 * (margin - 0.25)))


def _has_form(meaning: str, clues: Clues) -> bool:
    texts = clues.texts
    if meaning == "username":
        padded = texts.share_where(lambda text: re.search(r"(?<!\d)0\d", text) is not None)
        if says_identifier(clues.evidence.name) or padded >= PADDED:
            return False
        lettered = texts.share_where(lambda text: sum(map(str.isalpha, text)) >= 3)
        plain = len({re.sub(r"[\d\W_]+", "", text) for text in texts.values}) >= OWN_WORDS * len(texts)
        return texts.share("handle") >= MOST and lettered >= MANY and plain and clues.evidence.distinct_share >= SOME
    if meaning in ("first_name", "last_name", "full_name"):
        return texts.share_where(lambda text: any(map(str.isdigit, text))) <= 1 - MANY
    if meaning == "street":
        return texts.share("postal") < SOME
    if meaning == "address":
        return texts.zipped >= SOME or (texts.mean_words >= 3 and texts.numbered >= SOME)
    return True
