"""Values that stand for a missing one: '' or 'N/A' in texts, 1900-01-01 in dates, 0, -1 or 9999 in numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from synthspark.artifacts.profile import ColumnProfile

MISSING_TEXTS = frozenset(
    {"", "-", "--", "---", "?", "??", "???", ".", "..", "*", "n/a", "n.a.", "n. a.", "na", "#n/a", "#na", "<na>", "nan"}
    | {"null", "(null)", "<null>", "#null!", "none", "(none)", "nil", "unknown", "missing", "not available"}
    | {"undefined", "unspecified", "not specified", "not provided", "not applicable", "not known", "no data"}
    | {
        "no value",
        "\\n",
        "n\\a",
        "k.a.",
        "k. a.",
        "keine angabe",
        "ohne angabe",
        "unbekannt",
        "inconnu",
        "non renseigné",
        "non renseigne",
    }
    | {"desconocido", "sin datos", "no disponible", "s/d", "sconosciuto", "non specificato", "non disponibile", "n.d."}
    | {"onbekend", "nvt", "n.v.t.", "desconhecido", "não informado", "brak", "brak danych", "nieznany", "neznámý"}
    | {"okänd", "ukendt", "ukjent", "bilinmiyor", "0000-00-00"}
)
_DEFAULT = re.compile(r"(unknown|not specified|unbekannt|inconnu)\s*[(/].*")  # unknown (default)
IMPOSSIBLE_DATES = ("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "2099-12-31", "2999-12-31", "9999-12-31")
LIKELY_DATES = ("1900-01-01", "1901-01-01", "1970-01-01", "2000-01-01", "9999-01-01", "2100-01-01")
NEGATIVE = ("-1", "-9", "-99", "-999", "-9999")
NINES = ("999", "9999", "99999", "999999", "9999999", "99999999", "999999999")
LEAST_OTHERS = 3  # other values beside a number that stands for none: -1 and 1 alone are a code
LEAST_GAP = 2.0  # nines are beyond twice three quarters of the rows
LEAST_SHARE = 0.003  # of the rows; a lone 9999 is a large number
LEAST_TIMES = 10.0  # how often a likely date stands for every time that the next frequent one does
NARROW = 0.2  # spread of the other values to their median, from which a zero is none of them: years
LEAST_MEDIAN = 100.0


def find_sentinels(profile: ColumnProfile) -> tuple[str, ...]:
    """Frequent values that most likely mean "missing".

    Texts by what they say; dates that cannot be meant, or that stand at an end of the range or all too often; numbers
    that stand apart from all others: nines far above, a negative one below counts, a zero among years.
    """
    if profile.type == "string":
        return tuple(text for text in profile.top_values if is_missing(text))
    if profile.type.startswith(("date", "timestamp")):
        return tuple(_dates(profile))
    return tuple(_numbers(profile)) if profile.minimum is not None else ()


def is_missing(text: str) -> bool:
    """Whether a text says that there is no value."""
    bare = text.strip().lower()
    return bare in MISSING_TEXTS or _DEFAULT.fullmatch(bare) is not None


def _dates(profile: ColumnProfile) -> Iterator[str]:
    ordered = sorted(profile.top_values.items(), key=lambda item: -item[1])
    days = sorted(text[:10] for text in profile.top_values)
    for text, rows in ordered:
        others = [count for other, count in ordered if other != text]
        if text[:10] in IMPOSSIBLE_DATES:
            yield text
        elif text[:10] in LIKELY_DATES and not 1 < profile.distinct <= LEAST_OTHERS:
            at_an_end = text[:10] in (days[0], days[-1]) and len(days) > 1
            if at_an_end or rows >= LEAST_TIMES * max(others, default=1):
                yield text


def _numbers(profile: ColumnProfile) -> Iterator[str]:
    if profile.distinct <= LEAST_OTHERS or not profile.quantiles:
        return
    for text, rows in profile.top_values.items():
        if rows < LEAST_SHARE * profile.filled:
            continue
        value = float(text) if text in (*NEGATIVE, *NINES, "0") else None
        if value is None or value not in (profile.minimum, profile.maximum):
            continue
        others = [point for point in profile.quantiles if point != value]
        others += [float(other) for other in profile.top_values if other != text]
        if others and _apart(value, others, profile.quantiles[5]):
            yield text


def _apart(value: float, others: list[float], three_quarters: float) -> bool:
    """Whether a value stands apart from a column's other quantiles and frequent values."""
    if value < 0:
        return min(others) >= 0
    if value > 0:
        return value > LEAST_GAP * max(three_quarters, 1.0) and value > LEAST_GAP * max(others)
    middle = sorted(others)[len(others) // 2]
    return middle >= LEAST_MEDIAN and max(others) - min(others) <= NARROW * middle
