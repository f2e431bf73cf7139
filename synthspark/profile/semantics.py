"""What the values of a column stand for: told from its type, its name and a bounded sample of its values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from synthspark.profile.entities import EntityRecogniser
from synthspark.profile.semantic_context import in_context
from synthspark.profile.semantic_entities import entity_of
from synthspark.profile.semantic_evidence import Evidence
from synthspark.profile.semantic_identifiers import identifier_of
from synthspark.profile.semantic_names import (
    CLEAR,
    hints,
    is_trait,
    numbers_a_person,
    says_identifier,
    speaks,
    words_of,
)
from synthspark.profile.semantic_personal import ENOUGH, MANY, MOST, PERSONAL_RULES, SOME, Clues
from synthspark.profile.semantic_values import Texts

__all__ = ["Evidence", "semantic_type", "semantic_types"]

MOST_CATEGORIES = 50  # distinct texts up to which short ones are a category whatever they look like
MOST_LISTED = 200  # and up to which names are entries of a list rather than texts
LEAST_REPEATED = 2.0  # rows a value from which longer lists are categories too
LONG_TEXT = 40  # characters on average, or five words, from which strings are texts
LONG_WORDS = 5.0
# Last words of names whose few whole numbers are labels, not quantities.
NOMINAL_WORDS = frozenset(
    {"type", "typ", "tipo", "status", "stato", "kind", "class", "klasse", "classe", "category"}
) | {
    *(
        "kategorie",
        "categoria",
        "categorie",
        "flag",
        "code",
        "cd",
        "codice",
        "codigo",
        "gender",
        "sex",
        "method",
        "reason",
    ),
}
LEAST_DIGITS = 4.0  # on average, from which digits kept as text are a code rather than a number
SHORT_CODE = 4.0  # letters on average of codes that are capitals only
PROSE_WORDS = 10.0  # on average, from which a text is neither a name nor an address
PRICED = 0.5  # share of values that end as prices do, from which a rate is one
LEAST_OFFICIAL = 1e6  # of a published number held as a number: seven digits, zeros before them lost
LEAST_NUMBER = 1_000  # of a person's number; smaller ones count something


def semantic_types(
    evidences: Sequence[Evidence], recogniser: EntityRecogniser | None = None
) -> list[tuple[str, float]]:
    """Semantic types and confidences of the columns of one table, each told alone first, then beside the others."""
    clues = [Clues.of(evidence, recogniser) if evidence.type == "string" else None for evidence in evidences]
    alone = [_told(evidence, own) for evidence, own in zip(evidences, clues, strict=True)]
    return in_context(clues, alone)


def semantic_type(evidence: Evidence, recogniser: EntityRecogniser | None = None) -> tuple[str, float]:
    """Semantic type, one of `artifacts.schema.SEMANTICS`, and confidence, 0 to 1.

    Texts by their values first: form, check digits, lists of names and places; the name raises or lowers what the
    values must show. Numbers are personal only with a name that says so and a spread to match.
    """
    return _told(evidence, Clues.of(evidence, recogniser) if evidence.type == "string" else None)


def _told(evidence: Evidence, clues: Clues | None) -> tuple[str, float]:
    if evidence.filled == 0:
        return "empty", 1.0
    kind = evidence.type
    plain = "timestamp" if kind.startswith("timestamp") else kind
    if plain in ("boolean", "date", "timestamp", "binary"):
        return plain, 1.0
    if kind.startswith(("array", "map", "struct")):
        return "nested", 1.0
    return _of_number(evidence) if clues is None else _of_text(clues)


def _of_text(clues: Clues) -> tuple[str, float]:
    evidence = clues.evidence
    constant = evidence.distinct == 1 and evidence.rows > 1
    if not len(clues.texts):
        return ("constant", 1.0) if constant else ("empty", 0.8)
    early: tuple[tuple[str, Callable[[Clues], float]], ...] = (("uuid", _uuid), ("url", _url), ("json", _json))
    for meaning, rule in (*early, ("date_string", _date_string), ("boolean", _boolean)):
        confidence = rule(clues)
        if confidence:
            return ("constant", 1.0) if constant else (meaning, confidence)
    prose = clues.texts.mean_words >= PROSE_WORDS and not clues.hint("address")
    for meaning, rule in () if prose else PERSONAL_RULES:
        confidence = rule(clues)
        if confidence:
            return meaning, confidence
    if constant:
        return "constant", 1.0
    for meaning, rule in () if prose else _PLACES:
        confidence = rule(clues)
        if confidence:
            return meaning, confidence
    meaning, confidence = entity_of(clues)
    if confidence:
        return meaning, confidence
    for meaning, rule in () if prose else _MEASURES:
        confidence = rule(clues)
        if confidence:
            return meaning, confidence
    return _by_spread(clues)


def _uuid(clues: Clues) -> float:
    return clues.by_form("uuid", "uuid")


def _url(clues: Clues) -> float:
    return clues.by_form("url", "url")


def _json(clues: Clues) -> float:
    return clues.sure(clues.texts.json, "json") if clues.texts.json >= MOST else 0.0


def _boolean(clues: Clues) -> float:
    return 0.9 if clues.evidence.distinct <= 3 and clues.texts.boolean else 0.0


def _date_string(clues: Clues) -> float:
    share = clues.texts.share("date")
    if share >= MOST:
        return round(0.95 * share, 3)
    compact = clues.texts.share("compact_date")
    return round(0.8 * compact, 3) if compact >= 0.98 and clues.evidence.distinct > 3 else 0.0


def _coordinate(clues: Clues) -> float:
    share = clues.texts.share("coordinate")
    return clues.sure(share, "coordinate") if share >= (SOME if clues.hint("coordinate") else MOST) else 0.0


def _postal_code(clues: Clues) -> float:
    share = clues.texts.share("postal")
    if clues.clear("postal_code") and share >= SOME:
        return clues.sure(share, "postal_code")
    if clues.hint("postal_code") and share >= MOST and not says_identifier(clues.evidence.name):
        return clues.sure(share, "postal_code")
    sure = clues.texts.share("sure_postal")
    return clues.sure(sure, "postal_code") if sure >= MOST and clues.spread else 0.0


def _country(clues: Clues) -> float:
    texts, named = clues.texts, clues.hint("country")
    share = texts.countries
    if share >= (SOME if named else MANY) and (named or len(texts) >= 3):
        return clues.sure(share, "country")
    short = texts.share_where(lambda text: len(text) <= 4 and text.isalpha() and text.isupper())
    codes = max(texts.country_codes, short if named >= CLEAR else 0.0)
    if named and codes >= MANY:
        return max(0.85, clues.sure(codes, "country"))
    alike = len({len(text) for text in texts.values}) == 1
    if alike and len(texts) >= 10 and texts.country_codes >= 0.95:
        return 0.8
    return 0.8 if named >= CLEAR and texts.wordy >= MANY and texts.mean_words <= 4 else 0.0


def _region(clues: Clues) -> float:
    texts, named = clues.texts, clues.hint("region")
    if clues.clear("city") and named < CLEAR:
        return 0.0
    alone = texts.regions >= 0.85 and len(texts) >= 10 and texts.regions > texts.cities
    if alone or (named and texts.regions >= SOME):
        return max(0.7, clues.sure(texts.regions, "region"))
    return 0.8 if named >= CLEAR and texts.wordy >= SOME and texts.mean_words <= 5 else 0.0


def _city(clues: Clues) -> float:
    texts, named = clues.texts, clues.hint("city")
    if named >= CLEAR and texts.wordy >= SOME and texts.mean_words <= 4:
        return max(0.85, clues.sure(texts.cities, "city"))
    found = named and len(texts) >= 3 and texts.mean_words <= 4 and not is_trait(clues.evidence.name)
    return clues.sure(texts.cities, "city") if found and texts.cities >= max(SOME, texts.last_names) else 0.0


def _company(clues: Clues) -> float:
    texts, named = clues.texts, clues.hint("company")
    legal = texts.share("legal_form")
    if named >= CLEAR and texts.mean_words <= 8 and texts.share("number") < SOME:
        return max(0.7, clues.sure(legal, "company"))
    enough = len(texts) >= (2 if named else ENOUGH)
    return clues.sure(legal, "company") if enough and legal >= (0.4 if named else 0.6) else 0.0


def _hash(clues: Clues) -> float:
    return clues.by_form("hash", "hash")


def _percentage(clues: Clues) -> float:
    return clues.by_form("percentage", "percentage")


def _money(clues: Clues) -> float:
    return clues.by_form("money", "money")


def _duration(clues: Clues) -> float:
    return clues.by_form("duration", "clock")


_PLACES: tuple[tuple[str, Callable[[Clues], float]], ...] = (
    ("coordinate", _coordinate),
    ("postal_code", _postal_code),
    ("country", _country),
    ("region", _region),
    ("city", _city),
    ("company", _company),
)
_MEASURES: tuple[tuple[str, Callable[[Clues], float]], ...] = (
    ("hash", _hash),
    ("percentage", _percentage),
    ("money", _money),
    ("duration", _duration),
)


def _by_spread(clues: Clues) -> tuple[str, float]:
    """Code, number, text or category: by how alike, how long and how often repeated the values are.

    A name that could have said something else, and does not, makes it surer.
    """
    evidence, texts, named = clues.evidence, clues.texts, speaks(clues.evidence.name)
    long = texts.mean_length >= LONG_TEXT or texts.mean_words >= LONG_WORDS
    repeated = evidence.distinct * LEAST_REPEATED <= evidence.filled
    coded = _coded(clues)
    if coded and says_identifier(evidence.name):
        return "code", 0.97
    if texts.share("number") >= MOST and texts.share_where(lambda text: "." in text or "," in text) >= SOME:
        return "number", 0.95
    few = evidence.distinct <= MOST_CATEGORIES or (repeated and evidence.distinct <= MOST_LISTED)
    if few and not (long and not repeated) and not (coded and not repeated):
        if repeated or is_trait(evidence.name):
            return "category", 0.97 if named else 0.9
        return "category", 0.95 if named else 0.8
    if coded:
        return "code", 0.95 if named else 0.75
    if texts.share("number") >= MOST:
        return "number", 0.9
    if long and not (repeated and evidence.distinct <= MOST_LISTED):
        return "free_text", 0.97 if named else 0.85
    if repeated or evidence.distinct <= MOST_LISTED:
        return "category", 0.9 if named else 0.65
    if clues.hint("free_text") or texts.mean_words >= 2:
        return "free_text", 0.9 if named else 0.65
    return "unknown", 0.6 if named else 0.4


def _coded(clues: Clues) -> bool:
    """Whether the values are identifiers: without blanks, alike in shape or in length, mostly with digits."""
    texts, named = clues.texts, says_identifier(clues.evidence.name)
    if texts.share_where(lambda text: " " in text) > 1 - MANY:
        return False
    if texts.share("digits") >= MANY:
        zeros = any(text.startswith("0") and text.isdigit() for text in texts.values if len(text) > 1)
        return named or zeros or texts.mean_length >= LEAST_DIGITS
    if texts.share("number") >= MANY:
        return False
    if texts.share("identifier") >= MANY:
        return named or sum(sorted(texts.patterns.values())[-3:]) >= SOME
    # Capital letters only: AMS, LHR; ALFKI.
    capital, short = texts.upper_share("token") >= MOST, texts.mean_length <= SHORT_CODE
    return capital and clues.evidence.distinct > ENOUGH and (named or short)


def _of_number(evidence: Evidence) -> tuple[str, float]:
    named = hints(evidence.name)
    low, high = evidence.minimum, evidence.maximum
    last = {*words_of(evidence.name)[-1:]}
    if evidence.distinct == 1 and evidence.rows > 1:
        return "constant", 1.0
    whole = evidence.type in ("byte", "short", "integer", "long") or evidence.type.endswith(",0)")
    if whole and evidence.distinct > ENOUGH:
        personal = _personal_number(evidence)
        if personal:
            return personal, 0.9
    if whole and evidence.distinct <= MOST_CATEGORIES and NOMINAL_WORDS & last:
        return "category", 0.9
    if named.get("postal_code", 0.0) >= CLEAR and whole and low >= 0:
        return "postal_code", 0.95
    if whole and last & {"id", "key", "uuid"}:
        return "code", 0.95
    if "coordinate" in named and not whole and low >= -180 and high <= 180 and named["coordinate"] >= CLEAR:
        return "coordinate", 0.98
    if "percentage" in named and low >= -100 and high <= 100 and not _priced(evidence):
        return "percentage", 0.9
    if "money" in named or ("percentage" in named and _priced(evidence)):
        return "money", 0.95
    if "duration" in named and low >= 0:
        return "duration", 0.9
    return "number", 0.9


def _priced(evidence: Evidence) -> bool:
    """Whether most values end as prices do: 4.99, 0.95, 3.50."""
    ends = [value.partition(".")[2] for value in evidence.values]
    return sum(end in ("99", "95", "49", "90") for end in ends) > PRICED * len(ends) if ends else False


def _personal_number(evidence: Evidence) -> str:
    """Phones, cards, national ids, tax numbers and account numbers held as numbers; "" for anything else."""
    named = hints(evidence.name)
    low, high, spread = evidence.minimum, evidence.maximum, evidence.distinct_share >= SOME
    if named.get("phone", 0.0) >= CLEAR and low >= 1e5:
        return "phone"
    for meaning in ("national_id", "tax_id", "company_id"):
        if named.get(meaning, 0.0) >= CLEAR and high >= 1e5 and spread:
            return meaning
    if low >= 1e12 and high < 1e19:
        texts = Texts.of(evidence.values)
        valid = texts.share("card") >= MOST and texts.checked("luhn") >= MOST
        if valid and (named.get("card_number", 0.0) or evidence.distinct_share >= SOME):
            return "card_number"
    if spread and low >= LEAST_OFFICIAL:
        # Leading zeros are lost in numbers; what the check digits belong to is as long as the longest.
        width = len(str(int(high)))
        official, _ = identifier_of([value.zfill(width) for value in evidence.values if value.isdigit()])
        if official:
            return official
    # The engine draws numbers by their distribution and could meet real ones; a provider never does.
    identifying = numbers_a_person(evidence.name) and not is_trait(evidence.name)
    surrogate = words_of(evidence.name)[-1:] == ("id",)  # a key, which relationships decide on
    return "person_code" if identifying and low >= LEAST_NUMBER and not surrogate else ""
