"""What a catalog's tags say of the meaning of a column; a tag is a person's word and outweighs the values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from synthspark.artifacts.catalog import CatalogFacts
from synthspark.artifacts.profile import ColumnProfile, DatabaseProfile
from synthspark.artifacts.schema import PERSONAL_SEMANTICS, SEMANTICS
from synthspark.profile.semantic_names import words_of

TAGGED = 0.99  # confidence of a meaning that a tag names
# Words of tags, joined, beside the names of the meanings themselves.
_MEANINGS = {
    **{name.replace("_", ""): name for name in PERSONAL_SEMANTICS},
    **{name: name for name in ("city", "country", "region", "company", "coordinate", "url")},
    **{"postalcode": "postal_code", "zipcode": "postal_code", "zip": "postal_code"},
    **{"emailaddress": "email", "mail": "email", "phonenumber": "phone", "telephone": "phone", "mobile": "phone"},
    **{"name": "full_name", "personname": "full_name", "person": "full_name", "firstname": "first_name"},
    **{"givenname": "first_name", "surname": "last_name", "familyname": "last_name", "creditcard": "card_number"},
    **{"creditcardnumber": "card_number", "ssn": "national_id", "usssn": "national_id", "passport": "national_id"},
    **{"taxid": "tax_id", "ip": "ip_address", "ipaddress": "ip_address", "mac": "mac_address", "ibancode": "iban"},
    **{"location": "address", "streetaddress": "street", "vin": "vehicle_id", "licenseplate": "licence_plate"},
}
_PERSONAL_WORDS = frozenset({"pii", "personal", "gdpr", "personaldata", "sensitivepersonaldata"})
_REFUSED = frozenset({"no", "false", "none", "0", "non", "not", "public"})  # pii=false
_OF_NO_PERSON = frozenset({"unknown", "code"})  # meanings that a bare "pii" makes those of a person's own number


def with_tags(profile: DatabaseProfile, catalog: CatalogFacts) -> DatabaseProfile:
    """The profile with the meanings that tags name; columns of other types than texts and numbers keep theirs."""
    if not catalog.tags:
        return profile
    tables = {
        name: replace(
            table,
            columns={one: _tagged(column, catalog.tags.get((name, one), ())) for one, column in table.columns.items()},
        )
        for name, table in profile.tables.items()
    }
    return replace(profile, tables=tables)


def _tagged(column: ColumnProfile, tags: Iterable[str]) -> ColumnProfile:
    meaning = meaning_of_tags(tags)
    fits = column.type == "string" or column.type in ("integer", "long") or column.type.startswith("decimal")
    if not meaning or not fits or not column.filled:
        return column
    if meaning == "personal":
        own = column.semantic in _OF_NO_PERSON
        return replace(column, semantic="person_code", semantic_confidence=TAGGED) if own else column
    return replace(column, semantic=meaning, semantic_confidence=TAGGED)


def meaning_of_tags(tags: Iterable[str]) -> str:
    """A meaning, "personal" where a tag says no more than that, or "" where none says anything.

    Read are ``pii=email`` and ``email`` as well as ``class.email_address``; ``pii=false`` says nothing.
    """
    personal = False
    for tag in sorted(tags):
        name, _, value = tag.partition("=")
        if {*words_of(value)} & _REFUSED:
            continue
        for text in (value, name.rsplit(".", 1)[-1], name):
            meaning = _MEANINGS.get("".join(words_of(text)), "")
            if meaning in SEMANTICS:
                return meaning
        personal |= bool({*words_of(name), *words_of(value)} & _PERSONAL_WORDS)
    return "personal" if personal else ""
