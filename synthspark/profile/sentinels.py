"""Values that stand for a missing one: '' or 'N/A' in texts, 1900-01-01 in dates, -1 or 9999 in numbers."""

from __future__ import annotations

from collections.abc import Mapping

MISSING_TEXTS = frozenset(
    {"", "-", "--", "?", ".", "n/a", "na", "#n/a", "nan", "null", "none", "nil", "unknown", "missing", "not available"}
    | {"undefined", "n.a.", "k.a.", "inconnu", "unbekannt", "desconocido", "sconosciuto", "onbekend", "(null)", "\\n"}
)
MISSING_DATES = ("0001-01-01", "1753-01-01", "1899-12-30", "1900-01-01", "1970-01-01", "9999-12-31", "2999-12-31")
MISSING_NUMBERS = ("-1", "-9", "-99", "-999", "-9999", "999", "9999", "99999", "999999", "9999999", "99999999")
LEAST_GAP = 2.0  # a number far out: beyond twice the next frequent one in size


def find_sentinels(kind: str, top: Mapping[str, int], minimum: float, maximum: float) -> tuple[str, ...]:
    """Frequent values that most likely mean "missing"; for numbers only those at the far end of the range."""
    if kind == "string":
        return tuple(text for text in top if text.strip().lower() in MISSING_TEXTS)
    if kind.startswith(("date", "timestamp")):
        return tuple(text for text in top if text[:10] in MISSING_DATES)
    return tuple(text for text in top if text in MISSING_NUMBERS and _at_the_end(text, top, minimum, maximum))


def _at_the_end(text: str, top: Mapping[str, int], minimum: float, maximum: float) -> bool:
    value = float(text)
    others = [float(other) for other in top if other != text and _is_number(other)]
    if not others or value not in (minimum, maximum):
        return False
    if value < 0:
        return min(others) >= 0
    return value > LEAST_GAP * max(max(others), 1.0)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
