"""One check for the written form of every artifact."""

from __future__ import annotations

from synthspark.errors import DataError


def check_version(place: str, found: object, known: int, remedy: str) -> None:
    """DataError unless an artifact was written in the form that this version reads."""
    if found != known:
        raise DataError(f"{place}: found format_version {found}; this version of synthspark reads {known}; {remedy}")
