import pytest

from synthspark.artifacts.catalog import CatalogFacts
from synthspark.artifacts.profile import ColumnProfile, DatabaseProfile, TableProfile
from synthspark.profile.tags import meaning_of_tags, with_tags


@pytest.mark.parametrize(
    ("tags", "meaning"),
    [
        (["pii=email"], "email"),
        (["Email_Address"], "email"),
        (["class.phone_number"], "phone"),
        (["class.us_ssn"], "national_id"),
        (["data_classification=PII"], "personal"),
        (["pii"], "personal"),
        (["pii=false"], ""),
        (["email=no"], ""),
        (["owner=sales", "layer=gold"], ""),
        (["cost_center=key"], ""),
        ([], ""),
    ],
)
def test_tags_tell_meanings(tags, meaning):
    assert meaning_of_tags(tags) == meaning


@pytest.mark.parametrize(
    ("kind", "semantic", "tag", "expected"),
    [
        ("string", "unknown", "pii=email", "email"),
        ("string", "category", "pii", "category"),  # its values are shared, and what is rare is left out anyway
        ("string", "code", "pii", "person_code"),
        ("date", "date", "pii=email", "date"),
    ],
)
def test_a_tag_outweighs_the_values_where_it_can(kind, semantic, tag, expected):
    column = ColumnProfile(kind, 9, 0, 9, True, semantic=semantic)
    profile = DatabaseProfile({"t": TableProfile("t", 9, {"c": column})})
    found = with_tags(profile, CatalogFacts(tags={("t", "c"): (tag,)}))
    assert found.tables["t"].columns["c"].semantic == expected
