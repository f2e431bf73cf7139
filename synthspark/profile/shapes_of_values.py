"""Which kinds of identifiers a text can be: by its form and, where there is one, by its check digits."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from json import loads

_DATES = re.compile(
    r"(\d{4}[-/.](0?[1-9]|1[0-2])[-/.](0?[1-9]|[12]\d|3[01])|(0?[1-9]|[12]\d|3[01])[-/. ](0?[1-9]|1[0-2]|[A-Za-z]{3,9})"
    r"[-/. ]\d{2,4}|(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/\d{2,4})([T ]\d{1,2}:\d{2}(:\d{2})?.*)?"
)
_HASH_LENGTHS = (32, 40, 56, 64, 96, 128)  # MD5, SHA-1, SHA-2
_VIN_VALUES = dict(
    zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", [*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def is_iban(text: str) -> bool:
    """ISO 13616: two letters, two check digits, the whole modulo 97 is 1."""
    compact = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", compact):
        return False
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1


def is_card_number(text: str) -> bool:
    """13 to 19 digits with the first digit of a card scheme and a Luhn check digit."""
    digits = re.sub(r"[ -]", "", text)
    if not re.fullmatch(r"[2-6]\d{12,18}", digits) or len(set(digits)) < 2:
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def is_vehicle_id(text: str) -> bool:
    """ISO 3779: 17 letters and digits without I, O, Q; the ninth checks the others (49 CFR 565)."""
    upper = text.upper()
    if not re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", upper) or upper.isdigit():
        return False
    total = sum(_VIN_VALUES[char] * weight for char, weight in zip(upper, _VIN_WEIGHTS, strict=True)) % 11
    return upper[8] == ("X" if total == 10 else str(total))


def is_ip_address(text: str) -> bool:
    """Version 4 or 6."""
    try:
        ip_address(text.strip())
    except ValueError:
        return False
    return "." in text or text.count(":") >= 2


def is_hash(text: str) -> bool:
    """Hexadecimal digits in the length of a usual digest."""
    return len(text) in _HASH_LENGTHS and bool(re.fullmatch(r"[0-9a-fA-F]+", text)) and not text.isdigit()


def is_json(text: str) -> bool:
    """An object or an array."""
    if not (text[:1] == "{" and text[-1:] == "}") and not (text[:1] == "[" and text[-1:] == "]"):
        return False
    try:
        loads(text)
    except ValueError:
        return False
    return True


def is_phone(text: str) -> bool:
    """7 to 15 digits (ITU E.164) with the usual separators."""
    return bool(re.fullmatch(r"\+?[\d ()./x-]{7,24}", text.strip())) and 7 <= sum(map(str.isdigit, text)) <= 15


def is_marked_phone(text: str) -> bool:
    """A phone number that cannot be taken for another number: with a plus or brackets."""
    return is_phone(text) and ("+" in text[:2] or "(" in text)


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text.strip()) is not None


is_date = _DATES.fullmatch

# Kinds told by form alone, the most special first.
BY_FORM: dict[str, Callable[[str], object]] = {
    "uuid": _matches(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?"),
    "email": _matches(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}"),
    "mac_address": _matches(r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"),
    "ip_address": is_ip_address,
    "url": _matches(r"(https?|ftp)://\S+|www\.\S+\.\S+"),
    "iban": is_iban,
    "card_number": is_card_number,
    "vehicle_id": is_vehicle_id,
    "national_id": _matches(r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]|\d{3}-\d{2}-\d{4}"),  # codice fiscale, SSN
    "hash": is_hash,
    "json": is_json,
    "date_string": is_date,
    "phone": is_marked_phone,
    "coordinate": _matches(r"-?\d{1,3}\.\d+\s*[,;]\s*-?\d{1,3}\.\d+"),
    "percentage": _matches(r"-?\d+([.,]\d+)?\s*%"),
    "money": _matches(r"(-?[$€£¥]\s*-?\d[\d.,' ]*|-?\d[\d.,' ]*\s*([$€£¥]|EUR|USD|GBP|CHF))"),
}
