"""Which texts point at a person: values decide where they have a form or check digits, else a clear name must agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from synthspark.profile.semantic_evidence import Evidence
from synthspark.profile.semantic_names import CLEAR, hints, is_trait, numbers_a_person
from synthspark.profile.semantic_values import Texts

MOST = 0.9  # share of the sampled values that must have the form where the name does not say so
MANY = 0.8  # where names are looked up in lists, which are never complete
SOME = 0.5  # where the name is clear
FEW = 5  # distinct values below which a list tells nothing unless the name is clear
ENOUGH = 20  # distinct values from which a form or a list tells something alone


@dataclass(frozen=True)
class Clues:
    """A text column's name, numbers and sample."""

    evidence: Evidence
    texts: Texts
    hints: Mapping[str, float]

    @classmethod
    def of(cls, evidence: Evidence) -> Clues:
        return cls(evidence, Texts.of(evidence.values), hints(evidence.name))

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
    proven = share >= MOST and clues.texts.checked("luhn") >= MOST
    return clues.sure(share, "card_number") if proven and (clues.spread or clues.hint("card_number")) else 0.0


def _national_id(clues: Clues) -> float:
    texts = clues.texts
    italian = texts.upper_share("italian_code")
    if italian >= MANY and (clues.clear("national_id") or texts.checked("italian") >= MANY):
        return clues.sure(italian, "national_id")
    if clues.spread and texts.share("eleven_digits") >= MOST and texts.checked("mod11_10") >= MOST:
        return clues.sure(1.0, "national_id")
    for form, check in (("ssn", ""), ("cpf", ""), ("dni", "dni")):
        share = texts.share(form)
        if share >= MOST and (not check or texts.checked(check) >= MANY):
            return clues.sure(share, "national_id")
    return _named_identifier(clues, "national_id")


def _named_identifier(clues: Clues, meaning: str) -> float:
    """Confidence that values are identifiers of the kind that the name says."""
    share = clues.texts.share("identifier") if clues.clear(meaning) else 0.0
    return 0.9 * clues.sure(share, meaning) if share >= SOME else 0.0


def _tax_id(clues: Clues) -> float:
    share = clues.texts.upper_share("vat")
    if share >= MOST and (clues.spread or clues.clear("tax_id")):
        return clues.sure(share, "tax_id")
    return _named_identifier(clues, "tax_id")


def _company_id(clues: Clues) -> float:
    texts = clues.texts
    if texts.share("cnpj") >= MOST or (texts.upper_share("lei") >= MOST and texts.checked("mod97_10") >= MOST):
        return clues.sure(1.0, "company_id")
    return _named_identifier(clues, "company_id")


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
    return 0.8 * clues.sure(share, "licence_plate") if share >= MOST and many else 0.0


def _phone(clues: Clues) -> float:
    share = clues.texts.share("phone")
    if share < SOME or clues.texts.share("date") >= SOME or clues.texts.share("ip") >= SOME:
        return 0.0
    if clues.clear("phone"):
        return clues.sure(share, "phone")
    written = clues.texts.share("written_phone")
    if is_trait(clues.evidence.name) or share < MOST:
        return 0.0
    return clues.sure(written, "phone") if written >= (SOME if clues.hint("phone") else MANY) else 0.0


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
    if is_trait(clues.evidence.name) or texts.share("digits") >= SOME:
        return 0.0
    if not named and (not clues.spread or texts.numbered < MOST):
        return 0.0
    share = max(texts.numbered, texts.street_words)
    # A name of several words with a number is common; that a street goes with it is not.
    form = texts.street_words if named < CLEAR else share
    if named >= CLEAR and len(texts) and (share >= 0.3 or texts.mean_words >= 2):
        return max(0.6, clues.sure(form, "street"))
    if named and texts.street_words >= SOME and texts.numbered >= SOME:
        return clues.sure(form, "street")
    alone = not named and texts.street_words >= MANY and texts.mean_words <= 7
    return clues.sure(form, "street") if alone else 0.0


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
    texts = clues.texts
    if texts.wordy < SOME:
        return 0.0
    if clues.clear("first_name"):
        return max(0.7, clues.sure(texts.first_names, "first_name"))
    least = SOME if clues.hint("first_name") else 0.85
    enough = len(texts) >= (FEW if clues.hint("first_name") else ENOUGH)
    if not enough or texts.wordy < MOST or texts.mean_words > 1.6 or is_trait(clues.evidence.name):
        return 0.0
    more = texts.first_names > texts.last_names
    return clues.sure(texts.first_names, "first_name") if texts.first_names >= least and more else 0.0


def _last_name(clues: Clues) -> float:
    texts = clues.texts
    if texts.wordy < SOME:
        return 0.0
    if clues.clear("last_name"):
        return max(0.7, clues.sure(texts.last_names, "last_name"))
    least = SOME if clues.hint("last_name") else 0.85
    enough = len(texts) >= (FEW if clues.hint("last_name") else ENOUGH)
    if not enough or texts.wordy < MOST or texts.mean_words > 1.6 or is_trait(clues.evidence.name):
        return 0.0
    places = max(texts.cities, texts.regions, texts.countries)
    found = texts.last_names >= least and texts.last_names > places
    return clues.sure(texts.last_names, "last_name") if found else 0.0


def _full_name(clues: Clues) -> float:
    texts = clues.texts
    if texts.wordy < SOME and texts.share_where(lambda text: " " in text) < SOME:
        return 0.0
    if clues.clear("full_name"):
        return max(0.7, clues.sure(texts.full_names, "full_name")) if texts.mean_words >= 1.5 else 0.0
    if is_trait(clues.evidence.name) or not 1.5 <= texts.mean_words <= 4 or texts.share("legal_form") >= 0.3:
        return 0.0
    if clues.hint("full_name") and len(texts) >= FEW and texts.full_names >= 0.6 and texts.surely_full_names >= 0.3:
        return clues.sure(texts.full_names, "full_name")
    proven = texts.full_names >= MANY and texts.surely_full_names >= SOME and clues.spread
    return 0.9 * clues.sure(texts.full_names, "full_name") if proven else 0.0


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
