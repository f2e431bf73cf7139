"""Shapes of personal numbers: in the source's form, from ranges that belong to nobody where there are such."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import product

import numpy as np

from synthspark.stats.checksums import SCHEMES, set_check
from synthspark.stats.key_shapes import class_pattern, learn_templates, word_segments
from synthspark.stats.key_templates import DIGITS, Segment, Template

_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VIN = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"  # ISO 3779: no I, O, Q
_NORTH_AMERICA = ("en_US", "en_CA", "fr_CA", "es_US")
_MAXIMUM_FORMS = 16
_OBEYED = 0.9  # share of values with a valid check digit, from which it is kept in small samples too


def personal_templates(semantic: str, locale: str, texts: Sequence[str], k: int) -> tuple[Template, ...]:
    """Shapes for values of a personal type, from a sample that may be empty."""
    texts = [text.strip() for text in texts if text.strip()]
    if semantic == "iban":
        return _ibans(texts)
    if semantic == "mac_address":
        return _macs(texts)
    if semantic == "ip_address":
        return _addresses(texts)
    if semantic == "national_id" and locale == "en_US" and _share(texts, r"\d{3}-?\d{2}-?\d{4}") >= _OBEYED:
        return _social_security(texts)
    if semantic == "vehicle_id" and _share(texts, r"[A-HJ-NPR-Z0-9]{17}") >= _OBEYED:
        return _vins(texts)
    if semantic == "card_number" and (not texts or _share(texts, r"[\d -]{12,}") >= _OBEYED):
        return _cards(texts)
    return learn_templates(texts, k=k)


def reserved_phones(locale: str, texts: Sequence[str]) -> tuple[Template, ...]:
    """Shapes of North American numbers 555-01xx, set aside for fiction; empty for other locales or forms."""
    if locale not in _NORTH_AMERICA or not texts:
        return ()
    forms = Counter(class_pattern(text) for text in texts if sum(char.isdigit() for char in text) in (10, 11))
    if sum(forms.values()) < _OBEYED * len(texts):
        return ()
    return tuple(Template(_fictitious(form), count) for form, count in sorted(forms.items())[:_MAXIMUM_FORMS])


def _fictitious(form: str) -> tuple[Segment, ...]:
    """Country code 1, area code of three digits, 555, 01 and two digits, in the marks of the form."""
    choices = ("23456789", "012345678", DIGITS, "5", "5", "5", "0", "1", DIGITS, DIGITS)
    digits = form.count("9")
    alphabets = iter(("1", *choices) if digits == 11 else choices)
    return tuple(
        Segment("chars", options=(next(alphabets),)) if char == "9" else Segment("text", text=char) for char in form
    )


def _share(texts: Sequence[str], pattern: str) -> float:
    return sum(re.fullmatch(pattern, text) is not None for text in texts) / len(texts) if texts else 0.0


def _forms(texts: Sequence[str], default: str) -> list[tuple[str, int]]:
    forms = Counter(class_pattern(text) for text in texts)
    return sorted(forms.items(), key=lambda item: (-item[1], item[0]))[:_MAXIMUM_FORMS] or [(default, 1)]


def _obeys(scheme: str, texts: Sequence[str]) -> bool:
    """Whether nearly all values carry the scheme's valid check digit."""
    valid = 0
    for text in texts:
        row = np.frombuffer(text.encode(), dtype=np.uint8)[None, :]
        valid += bool((set_check(scheme, row) == row).all())
    return valid >= _OBEYED * len(texts)


def _ibans(texts: Sequence[str]) -> tuple[Template, ...]:
    """By country and form; the account in the same classes of characters, the check digits valid."""
    compact = [text for text in texts if re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9 ]{11,40}", text)]
    forms = Counter((text[:2], class_pattern(text[2:])) for text in compact)
    named = sorted(forms.items(), key=lambda item: (-item[1], item[0]))[: 2 * _MAXIMUM_FORMS]
    shapes = []
    for (country, form), count in named or [(("DE", "9" * 20), 1)]:
        rest = _plain(form[2:])
        shapes.append(Template((Segment("text", text=country), Segment("check", width=2), *rest), count, "iban"))
    return tuple(shapes)


def _plain(form: str) -> tuple[Segment, ...]:
    """Any digit for 9, any capital for A, any small letter for a, marks as they are."""
    alphabets = {"9": DIGITS, "A": _UPPER, "a": _UPPER.lower()}
    return tuple(
        Segment("chars", options=(alphabets[char],)) if char in alphabets else Segment("text", text=char)
        for char in form
    )


def _macs(texts: Sequence[str]) -> tuple[Template, ...]:
    """Locally administered unicast addresses (second digit 2, 6, a or e): no maker's hardware has them."""
    mark = next((char for text in texts[:1] for char in text if not char.isalnum()), ":" if not texts else "")
    upper = any(char.isupper() for text in texts for char in text)
    hexadecimal, local = ("0123456789ABCDEF", "26AE") if upper else ("0123456789abcdef", "26ae")
    groups = Counter(len(text.split(mark)[0]) for text in texts).most_common(1)[0][0] if mark and texts else 2
    segments: list[Segment] = []
    for place in range(12):
        if place and mark and place % groups == 0:
            segments.append(Segment("text", text=mark))
        segments.append(Segment("chars", options=(local if place == 1 else hexadecimal,)))
    return (Template(tuple(segments)),)


def _addresses(texts: Sequence[str]) -> tuple[Template, ...]:
    """IPv4 of the range 240-255 that was never assigned (RFC 1112); IPv6 of the range for documentation (RFC 3849)."""
    if sum(":" in text for text in texts) > len(texts) / 2:
        group = Segment("chars", options=("123456789abcdef", *["0123456789abcdef"] * 3))
        colon = Segment("text", text=":")
        return (Template((Segment("text", text="2001:db8"), *(part for _ in range(6) for part in (colon, group)))),)
    widths = {1: (0, 9), 2: (10, 99), 3: (100, 255)}
    dot = Segment("text", text=".")
    shapes = []
    for chosen in product(widths, repeat=3):
        parts = [Segment("number", width=width, low=widths[width][0], high=widths[width][1]) for width in chosen]
        first = Segment("number", width=3, low=240, high=254)
        shape = Template((first, *(piece for part in parts for piece in (dot, part))))
        shapes.append(Template(shape.segments, shape.size))
    return tuple(shapes)


def _social_security(texts: Sequence[str]) -> tuple[Template, ...]:
    """Numbers 9xx-01..49, never given out as social security numbers nor as ITINs."""
    dash = (Segment("text", text="-"),) if sum("-" in text for text in texts) > len(texts) / 2 else ()
    area = Segment("number", width=3, low=900, high=999)
    group = Segment("number", width=2, low=1, high=49)
    serial = Segment("number", width=4, low=1, high=9999)
    return (Template((area, *dash, group, *dash, serial)),)


def _vins(texts: Sequence[str]) -> tuple[Template, ...]:
    obeyed = _obeys("vin", texts)
    first = Segment("chars", options=(_VIN,) * 8)
    check = Segment("check", width=1) if obeyed else Segment("chars", options=(DIGITS + "X",))
    last = Segment("chars", options=(*(_VIN,) * 4, *(DIGITS,) * 4))
    return (Template((first, check, last), scheme="vin" if obeyed else ""),)


def _cards(texts: Sequence[str]) -> tuple[Template, ...]:
    """Numbers of the same length and first digits, Luhn's check digit valid."""
    shapes = []
    for form, count in _forms(texts, "9" * 16):
        alike = [text for text in texts if class_pattern(text) == form]
        first = "".join(sorted({text[0] for text in alike})) or "4"
        end = form.rindex("9")
        segments = (Segment("chars", options=(first,)), *_plain(form[1:end]), Segment("check", width=1))
        shapes.append(Template((*segments, *_plain(form[end + 1 :])), count, "luhn"))
    low, high = SCHEMES["luhn"].lengths
    known = [shape for shape in shapes if low <= sum(part.kind != "text" for part in shape.segments) <= high]
    return tuple(known) or (Template(word_segments("9" * 16)),)
