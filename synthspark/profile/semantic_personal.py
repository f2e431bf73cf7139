"""Which texts point at a person: values decide where they have a form or check digits, else a clear name must agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from synthspark.profile.entities import ENTITIES, EntityRecogniser
from synthspark.profile.semantic_evidence import Evidence
from synthspark.profile.semantic_names import CLEAR, hints, is_trait, numbers_a_person, says_identifier, spoken_name
from synthspark.profile.semantic_values import Texts

MOST = 0.9  # share of the sampled values that must have the form where the name does not say so
MANY = 0.8  # where names are looked up in lists, which are never complete
SOME = 0.5  # where the name is clear
OFFICIAL = frozenset({"national_id", "tax_id", "company_id", "phone", "card_number", "iban", "licence_plate"})
LEAST_WRITTEN = 3  # phone numbers in the form that people write them in
FEW_WRITTEN = 8  # numbers written in other ways
ENOUGH = 20  # distinct values from which a form or a list tells something alone


@dataclass(frozen=True)
class Clues:
    """A text column's name, numbers and sample."""

    evidence: Evidence
    texts: Texts
    hints: Mapping[str, float]

    @classmethod
    def of(cls, evidence: Evidence, recogniser: EntityRecogniser | None = None) -> Clues:
        spoken = replace(evidence, name=spoken_name(evidence.name, evidence.table))
        return cls(spoken, Texts.of(evidence.values, recogniser), hints(spoken.name))

    def hint(self, meaning: str) -> float:
        return self.hints.get(meaning, 0.0)

    def clear(self, meaning: str) -> bool:
        return self.hint(meaning) >= CLEAR

    @property
    def spread(self) -> bool:
        """Whether there are so many values that what they have in common is no accident."""
        return len(self.texts) >= ENOUGH

    def sure(self, share: float, meaning: str) -> float:
        """Confidence from the share of values that fit and from the name."""
        return round(min(0.99, 0.75 * share + 0.24 * self.hint(meaning)), 3)

    def by_form(self, meaning: str, form: str, *, named: float = SOME, alone: float = MOST) -> float:
        """Confidence where enough values have the form: fewer where the name agrees."""
        share = self.texts.share(form)
        return self.sure(share, meaning) if share >= (named if self.clear(meaning) else alone) else 0.0


def _email(clues: Clues) -> float:
    return clues.by_form("email", "email", alone=MANY)


def _mac(clues: Clues) -> float:
    return clues.by_form("mac_address", "mac")


def _ip(clues: Clues) -> float:
    if "version" in clues.evidence.name.lower():
        return 0.0
    return clues.by_form("ip_address", "ip")


def _iban(clues: Clues) -> float:
    share = clues.texts.upper_share("iban")
    if clues.clear("iban"):
        return clues.sure(share, "iban") if share >= SOME else 0.0
    return clues.sure(share, "iban") if share >= MOST and clues.texts.checked("iban") >= MOST else 0.0


def _card(clues: Clues) -> float:
    share = clues.texts.share("card")
    if clues.clear("card_number") and share >= SOME:
        return clues.sure(share, "card_number")
    proven = share >= 0.85 and clues.texts.checked("luhn") >= 0.85
    return round(0.97 * share, 3) if proven and (clues.spread or clues.hint("card_number")) else 0.0


def _national_id(clues: Clues) -> float:
    texts = clues.texts
    italian = texts.upper_share("italian_code")
    if italian >= MANY and (clues.clear("national_id") or texts.checked("italian") >= MANY):
        return clues.sure(italian, "national_id")
    return _checked(clues, "national_id")


def _checked(clues: Clues, meaning: str) -> float:
    """Confidence that values are published identifiers of a kind: by check characters, else by the column's name."""
    found, share = clues.texts.identifier
    if found and not any(clues.clear(other) for other in OFFICIAL - {found}):
        return round(0.97 * share, 3) if found == meaning else 0.0
    return _named_identifier(clues, meaning)


def _named_identifier(clues: Clues, meaning: str) -> float:
    """Confidence that values are identifiers of the kind that the name says."""
    share = clues.texts.share("identifier") if clues.clear(meaning) else 0.0
    return 0.9 * clues.sure(share, meaning) if share >= SOME else 0.0


def _tax_id(clues: Clues) -> float:
    share = clues.texts.share("vat")
    if share >= MOST and (clues.spread or clues.clear("tax_id")):
        return max(0.9, clues.sure(share, "tax_id"))
    return _checked(clues, "tax_id")


def _company_id(clues: Clues) -> float:
    texts = clues.texts
    if texts.share("cnpj") >= MOST or (texts.upper_share("lei") >= MOST and texts.checked("mod97_10") >= MOST):
        return clues.sure(1.0, "company_id")
    return _checked(clues, "company_id")


def _vehicle_id(clues: Clues) -> float:
    share = clues.texts.upper_share("vin")
    if clues.clear("vehicle_id"):
        named = max(share, clues.texts.share("identifier"))
        return clues.sure(named, "vehicle_id") if named >= SOME else 0.0
    return clues.sure(share, "vehicle_id") if share >= MOST and clues.texts.checked("vin") >= MOST else 0.0


def _licence_plate(clues: Clues) -> float:
    named = clues.texts.upper_share("plate_like")
    if clues.clear("licence_plate"):
        return clues.sure(named, "licence_plate") if named >= SOME else 0.0
    share = clues.texts.upper_share("plate")
    if clues.hint("licence_plate") and named >= MOST and clues.evidence.distinct_share >= SOME:
        return clues.sure(named, "licence_plate")
    many = clues.spread and clues.evidence.distinct_share >= MANY
    return round(0.8 * share, 3) if share >= MOST and many and not says_identifier(clues.evidence.name) else 0.0


def _phone(clues: Clues) -> float:
    texts = clues.texts
    share = texts.share("phone")
    if share < SOME or texts.share("date") >= SOME or texts.share("ip") >= SOME:
        return 0.0
    if clues.clear("phone"):
        return max(0.8, clues.sure(share, "phone"))
    if share < MANY:
        return 0.0
    if clues.hint("phone") and not is_trait(clues.evidence.name) and texts.share("written_phone") >= SOME:
        return clues.sure(share, "phone")
    return _phone_alone(clues)


def _phone_alone(clues: Clues) -> float:
    """Numbers as people write them: some with a country code or a zero first, apart in groups, in several ways."""
    texts = clues.texts
    written = texts.share("written_phone")
    if written >= MANY and len(texts) >= LEAST_WRITTEN:
        return round((0.97 if clues.spread else 0.85) * written, 3)
    if len(texts) < FEW_WRITTEN or texts.share("phone") < 0.85 or texts.identifier[0]:
        return 0.0
    started = texts.share_where(lambda text: text.startswith(("+", "(", "0")))
    grouped = texts.share_where(lambda text: any(char in text for char in " ()-./"))
    if max(texts.share("plain_postal"), texts.checked("gs1"), texts.checked("isbn10")) >= SOME:
        return 0.0
    long = texts.share_where(lambda text: 7 <= sum(map(str.isdigit, text)) <= 15)
    if long < MOST or texts.share_where(lambda text: text.count(".") == 1) >= SOME:
        return 0.0
    if started >= 0.3 and grouped >= 0.3 and len(texts.patterns) >= 2 and texts.shape_share < MOST and written >= 0.2:
        return 0.85 if clues.spread else 0.75
    return 0.7 if clues.spread and _grouped_alike(clues, started) else 0.0


def _grouped_alike(clues: Clues, started: float) -> bool:
    """Whether digits stand in three groups or more, all alike or some with a country code."""
    texts = clues.texts
    if says_identifier(clues.evidence.name):
        return False
    groups = texts.share_where(lambda text: sum(char in " ()-./" for char in text.strip("(+")) >= 2)
    if texts.share_where(lambda text: min(map(len, re.findall(r"\d+", text)), default=0) >= 2) < MANY:
        return False  # books have groups of one digit
    return groups >= SOME and (started >= 0.05 or (groups >= 0.95 and texts.shape_share >= MOST))


def _person_code(clues: Clues) -> float:
    """Secrets and licences; numbers of people and contracts where they repeat, for a frequent one could be kept.

    Those that never repeat are codes: they are always issued anew.
    """
    if clues.clear("person_code"):
        return 0.9
    repeats = clues.evidence.distinct_share < MOST and clues.evidence.distinct > ENOUGH
    named = numbers_a_person(clues.evidence.name) and not is_trait(clues.evidence.name)
    if not (named and repeats and clues.texts.mean_length >= 4):
        return 0.0
    coded = max(clues.texts.share("identifier"), clues.texts.upper_share("token"))
    return 0.8 * coded if coded >= MANY else 0.0


def _street(clues: Clues) -> float:
    """Streets with or without house number; whole addresses are told apart by `_address`, which is asked before."""
    texts = clues.texts
    named = max(clues.hint("street"), clues.hint("address"))
    if not named or is_trait(clues.evidence.name) or texts.share("digits") >= SOME:
        return 0.0
    share = max(texts.numbered, texts.street_words)
    if clues.clear("city") and share < SOME:
        return 0.0
    if named >= CLEAR and len(texts) and (share >= 0.3 or texts.mean_words >= 2 or _street_scored(clues)):
        return max(0.8, clues.sure(share, "street"))
    if texts.street_words >= SOME and texts.numbered >= SOME:
        return clues.sure(texts.street_words, "street")
    return 0.0


def _street_scored(clues: Clues) -> bool:
    """Whether the recogniser does not take the texts for mere things: streets of some languages have no such word."""
    scores = dict(zip(ENTITIES, clues.texts.entity_scores, strict=True))
    return clues.texts.wordy >= SOME and bool(scores["street"] >= scores["thing"] - 1.0)


def _address(clues: Clues) -> float:
    texts = clues.texts
    named = max(clues.hint("street"), clues.hint("address"))
    zipped = texts.zipped
    if zipped < MANY or is_trait(clues.evidence.name):
        return 0.0
    if named:
        return max(clues.sure(zipped, "address"), 0.7)
    return 0.8 * zipped if texts.street_words >= SOME and clues.spread and texts.mean_words <= 15 else 0.0


def _first_name(clues: Clues) -> float:
    return _by_clear_name(clues, "first_name")


def _last_name(clues: Clues) -> float:
    return _by_clear_name(clues, "last_name")


def _by_clear_name(clues: Clues, meaning: str) -> float:
    """Confidence where the name says so and the values are words, known ones or not."""
    if not clues.clear(meaning) or clues.texts.wordy < SOME:
        return 0.0
    known = clues.texts.first_names if meaning == "first_name" else clues.texts.last_names
    return max(0.8, clues.sure(known, meaning))


def _full_name(clues: Clues) -> float:
    texts = clues.texts
    if texts.wordy < SOME and texts.share_where(lambda text: " " in text) < SOME:
        return 0.0
    if not clues.clear("full_name") or texts.mean_words < 1.5:
        return 0.0
    return max(0.8, clues.sure(texts.full_names, "full_name"))


def _username(clues: Clues) -> float:
    handles = clues.texts.share("handle")
    if clues.clear("username"):
        return clues.sure(handles, "username") if handles >= SOME else 0.0
    unique = clues.evidence.distinct_share >= MANY and clues.spread
    # A lower-case word with a digit or dot, one a person, in a column called user or alias.
    lower = clues.texts.share_where(lambda text: text.islower() and " " not in text)
    return 0.7 * lower if clues.hint("username") and unique and handles >= MOST and lower >= MANY else 0.0


PERSONAL_RULES: tuple[tuple[str, Callable[[Clues], float]], ...] = (
    ("email", _email),
    ("mac_address", _mac),
    ("ip_address", _ip),
    ("iban", _iban),
    ("vehicle_id", _vehicle_id),
    ("card_number", _card),
    ("national_id", _national_id),
    ("tax_id", _tax_id),
    ("company_id", _company_id),
    ("phone", _phone),
    ("licence_plate", _licence_plate),
    ("person_code", _person_code),
    ("username", _username),
    ("address", _address),
    ("first_name", _first_name),
    ("last_name", _last_name),
    ("full_name", _full_name),
    ("street", _street),
)
