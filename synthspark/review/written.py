"""What a review leaves in the run directory: schema.yaml with its comments, and the page that shows it."""

from __future__ import annotations

import json

from synthspark.artifacts import profile as profile_artifact
from synthspark.artifacts import schema_file
from synthspark.artifacts.manifest import Manifest
from synthspark.artifacts.profile import DatabaseProfile
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.store import RunDirectory
from synthspark.review.page import review_page

REVIEW_PAGE = "review.html"


def recorded_drift(manifest: Manifest) -> tuple[str, ...]:
    """What the last discovery found changed, as the manifest keeps it."""
    unit = manifest.find("discover")
    return tuple(unit.notes.get("drift", ())) if unit else ()


def write_review(directory: RunDirectory, schema: Schema, drift: tuple[str, ...]) -> None:
    """schema.yaml with its comments, and the page where there is a profile to show it with."""
    schema_file.write_schema(directory, schema)
    if directory.exists(profile_artifact.FILE):
        profile = DatabaseProfile.from_json(json.loads(directory.read_text(profile_artifact.FILE)))
        comments = schema_file.schema_comments(directory)
        directory.write_text(REVIEW_PAGE, review_page(schema, profile, drift=drift, comments=comments))
