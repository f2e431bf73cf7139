"""docs/scores.md says what stands in report.json, so that programs can be written against it."""

import dataclasses
import re
from pathlib import Path

import pytest

from synthspark.artifacts.report import FAMILIES, LEVELS, SEVERITIES, Finding, Report, Score

SAID = (Path(__file__).parents[3] / "docs" / "scores.md").read_text(encoding="utf-8").partition("## report.json")[2]


@pytest.mark.parametrize("kind", [Score, Finding, Report])
def test_every_field_of_the_file_is_documented(kind):
    missing = [field.name for field in dataclasses.fields(kind) if f"`{field.name}`" not in SAID]
    assert not missing


def test_every_level_family_and_severity_is_documented():
    assert set(re.findall(r"\w+", SAID)) >= {*LEVELS, *FAMILIES, *SEVERITIES}


def test_the_file_has_no_key_that_is_not_documented():
    found = Report("r", (Score("s", "table", ("t",), 1.0),)).to_json()
    assert all(f"`{key}`" in SAID for key in (*found, *found["scores"][0]))
