"""Which real values point at somebody: whole names and rare ones, contacts and numbers; common names do not."""

from collections import Counter

import numpy as np
import pytest

from synthspark.artifacts.schema import Column, Schema, Table
from synthspark.config import EvaluateSettings, PrivacySettings
from synthspark.evaluate.privacy.database import PrivacyContext, score_privacy
from synthspark.evaluate.privacy.overlap import Values, columns_to_compare, name_hashes, overlap_of
from synthspark.stats.providers_pools import personal_pool, public_names

PERSON = {
    "id": Column("long", "key"),
    "first": Column("string", "first_name"),
    "last": Column("string", "last_name"),
    "date_of_birth": Column("date", "date"),
    "mail": Column("string", "email"),
    "picture": Column("string", "url"),
}
SCHEMA = Schema("shop", {"person": Table("person", PERSON, primary_key=("id",), rows=9)}).decided("approved")
K = 3
PUBLIC = ("Anna", "Rossi")


def values(texts, nulls=0):
    """Hashes of the texts of one side with their numbers of rows, beside rows without any."""
    counted = Counter(text.lower() for text in texts)
    hashes = name_hashes(counted)
    order = np.argsort(hashes)
    return Values(hashes[order], np.array(list(counted.values()))[order], len(texts) + nulls)


def overlap(label, real, synthetic, people=("person",), nulls=0):
    compared = {found.label: found for found in columns_to_compare(SCHEMA)}[label]
    fewest = compared.fewest_holders(people, K)
    return overlap_of(compared, SCHEMA, values(real, nulls), values(synthetic), fewest, PUBLIC, k=K)


def test_whole_names_are_compared_beside_their_parts():
    found = {compared.label: (compared.kind, compared.semantic) for compared in columns_to_compare(SCHEMA)}
    assert found == {
        "id": ("key", "key"),
        "first": ("personal", "first_name"),
        "last": ("personal", "last_name"),
        "mail": ("personal", "email"),
        "picture": ("text", "url"),
        "first + last": ("person", "full_name"),
        "first + last + date_of_birth": ("person", "full_name with birth date"),
    }


@pytest.mark.parametrize(
    ("name", "holders", "telling"),
    [
        ("Zebedee", 1, 1),
        ("Zebedee", K - 1, 1),
        ("Zebedee", K, 0),  # that many people have it: it names none of them
        ("Anna", 1, 0),  # anybody could have written it
        ("ANNA", 1, 0),
    ],
)
def test_part_of_a_name_points_at_somebody_only_if_rare_and_in_no_public_list(name, holders, telling):
    found = overlap("first", [name] * holders + ["Other"], [name, "Another"])
    assert (found.n_shared, found.telling) == (1, telling)
    assert found.share == telling / 2


def test_rows_of_one_person_make_no_name_common():
    """Where rows are not people, a name on many rows may be that of one who came often."""
    assert overlap("first", ["Zebedee"] * 9, ["Zebedee"], people=()).telling == 1


def test_whole_names_point_at_somebody_unless_many_have_them_and_then_with_the_birth_date():
    assert overlap("first + last", ["anna rossi"], ["anna rossi"]).telling == 1
    assert overlap("first + last", ["anna rossi"] * K, ["anna rossi"]).telling == 0
    assert overlap("first + last + date_of_birth", ["anna rossi 1970"] * K, ["anna rossi 1970"]).telling == 1


def test_every_contact_points_at_somebody_however_many_share_it():
    assert overlap("mail", ["office@example.org"] * 9, ["office@example.org"]).telling == 1


@pytest.mark.parametrize(
    ("holders", "others", "nulls", "telling"),
    [
        (9, [], 0, 0),  # the same for everybody: it tells nobody apart
        (9, ["another"], 0, 1),
        (9, [], 1, 1),
        (K - 1, [], 0, 1),  # all of them are too few
    ],
)
def test_text_points_at_somebody_unless_all_rows_hold_it(holders, others, nulls, telling):
    found = overlap("picture", ["http://pictures/all.bmp"] * holders + others, ["http://pictures/all.bmp"], nulls=nulls)
    assert (found.n_shared, found.telling) == (1, telling)


def test_invented_names_that_real_people_have_too_are_shown_but_give_nobody_away(make_pairs):
    draw = np.random.default_rng(0)

    def people(first):
        rows = {name: np.full(90, "x") for name in PERSON} | {"id": np.arange(90) + first}
        return {"person": rows | {"date_of_birth": draw.integers(0, 9_000, 90).astype("datetime64[D]")}}

    found = (
        overlap("first", ["Anna", "Bert"], ["Anna", "Carl"]),
        overlap("last", ["Rossi", "Mayer"], ["Rossi", "Moser"]),
        overlap("first + last", ["anna mayer"], ["anna rossi"]),
    )
    context = PrivacyContext(PrivacySettings(), ("person",), found)
    pairs = make_pairs(people(0), people(1_000), SCHEMA)
    scores, findings, facts = score_privacy(pairs, SCHEMA, context, EvaluateSettings(), 0)
    by_name = {(item.name, *item.subject): item.value for item in scores}
    assert not findings
    assert by_name["privacy_values",] == 1.0
    assert by_name["value_overlap", "person", "first"] == 0.0
    assert [(item["n_shared"], item["n_telling"]) for item in facts["overlaps"]] == [(1, 0), (1, 0), (0, 0)]


@pytest.mark.parametrize("locale", ["en_US", "it_IT", "de", "pl_PL", "xx"])
@pytest.mark.parametrize("semantic", ["first_name", "last_name"])
def test_public_lists_hold_every_name_that_is_invented(semantic, locale):
    invented, listed = personal_pool(semantic, locale, 200, seed=5), public_names(semantic, locale)
    missing = [name for name in invented if name not in listed]
    assert len(missing) <= len(invented) / 50  # where a locale has patterns instead of names, they are drawn
