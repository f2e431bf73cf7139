"""What the columns beside a column say of it: digits next to a city are a postal code, words next to first names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from synthspark.profile.semantic_entities import entity_scores
from synthspark.profile.semantic_names import is_trait, says_identifier
from synthspark.profile.semantic_personal import ENOUGH, MANY, MOST, Clues

Told = tuple[str, float]
_PLACES = frozenset({"city", "street", "address"})
_OPEN = frozenset({"code", "category", "number", "unknown", "free_text"})  # meanings that say the least
SURE = 0.6  # confidence from which a meaning says something of its neighbours
NEAR = 0.4  # how far a name's score may be behind the best one
BESIDE = 0.7  # confidence of what only the neighbours tell
_PAIRS = (("first_name", "last_name"), ("last_name", "first_name"))


def in_context(clues: Sequence[Clues | None], told: Sequence[Told]) -> list[Told]:
    """Meanings and confidences of the columns of a table, in order."""
    found = list(told)
    sure = {meaning for meaning, confidence in told if confidence >= SURE}
    if sure & _PLACES and "postal_code" not in {meaning for meaning, _ in told}:
        _take_only(
            found, [place for place, own in enumerate(clues) if own and _posted(own, told[place])], "postal_code"
        )
    for known, wanted in _PAIRS:
        if known in sure and wanted not in {meaning for meaning, _ in found}:
            named = [place for place, own in enumerate(clues) if own and _named(own, told[place], wanted)]
            _take_only(found, named, wanted)
    return found


def _take_only(found: list[Told], places: Sequence[int], meaning: str) -> None:
    """Set the meaning where one column alone may have it."""
    if len(places) == 1:
        found[places[0]] = meaning, BESIDE


def _posted(clues: Clues, told: Told) -> bool:
    """Whether the values are alike in length, short, and of a form that postal codes have."""
    texts = clues.texts
    if told[0] not in _OPEN or len(texts) < 3 or says_identifier(clues.evidence.name) or is_trait(clues.evidence.name):
        return False
    lengths = Counter(map(len, texts.values))
    return lengths.most_common(1)[0][1] >= MANY * len(texts) and texts.share("plain_postal") >= MOST


def _named(clues: Clues, told: Told, wanted: str) -> bool:
    """Whether the recogniser takes the values for such names nearly as well as for what was told."""
    texts = clues.texts
    vague = told[0] in _OPEN or (told[0] in ("first_name", "last_name", "city") and told[1] < BESIDE)
    few = clues.evidence.distinct < ENOUGH
    if not vague or few or texts.wordy < MOST or texts.mean_words > 1.6 or is_trait(clues.evidence.name):
        return False
    scores = entity_scores(clues)
    return scores[wanted] >= max(scores.values()) - NEAR
