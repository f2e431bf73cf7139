"""Plain values without their secrets, for every file and log that settings end up in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MASK = "(hidden)"
_SECRET_NAME = re.compile(
    r"passw|passphrase|secret|token|credential|private|api_?key|access_?key|account_?key|sas\b", re.I
)
_SECRET_IN_ADDRESS = re.compile(r"(?i)((?:password|pwd|token|secret|sig|accountkey)=)[^;&\s]+|(?<=://)[^/@\s]+(?=@)")


def masked(value: Any, name: str = "") -> Any:
    """A tree of plain values without its secrets: by the names they stand under, and inside addresses."""
    if isinstance(value, Mapping):
        return {key: masked(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner, name) for inner in value]
    if value not in (None, "") and _SECRET_NAME.search(name):
        return MASK
    if isinstance(value, str):
        return _SECRET_IN_ADDRESS.sub(lambda found: (found[1] or "") + MASK, value)
    return value
