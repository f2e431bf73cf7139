"""Check digits of published identifiers: found in samples, set in rows of characters.

Rows are ASCII characters, uint8 of shape (n, length). Only letters and digits count; separators at fixed places are
passed over, and so are letters around numbers whose scheme knows digits alone. Each scheme says which of the counted
characters are the check characters, and computes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Chars = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]

_ZERO, _LETTER_A = ord("0"), ord("A")

# Odd places of the Italian fiscal code for 0-9 (and equally A-J), then K-Z: D.M. 23 December 1976, table B.
_ODD_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_ODD = np.array((*_ODD_DIGITS, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23))
_VIN_LETTERS = np.array(
    [1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9]
)  # A-Z, 49 CFR 565
_VIN_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])
_DNI_LETTERS = np.frombuffer(b"TRWAGMYFPDXBNJZSQVHLCKE", dtype=np.uint8)  # Real Decreto 1553/2005, remainder by 23
IMPOSSIBLE = ord("?")  # stands for a check value that has no character


@dataclass(frozen=True)
class Scheme:
    """One way to compute check characters.

    `pattern` says which letters and digits the identifier has: A letter, 9 digit, * either; "" for any
    number of digits within `lengths`. `places` are those of the check characters, counted over letters and digits,
    negative from the end.
    """

    name: str
    places: tuple[int, ...]
    compute: Callable[[Chars], Chars]
    lengths: tuple[int, int]
    pattern: str = ""
    characters: str = "0123456789"

    @property
    def digits_only(self) -> bool:
        """Whether letters around the number do not count."""
        return not self.pattern and self.characters.isdigit()


def _values(chars: Chars) -> IntArray:
    """0-9 for digits, 0-25 for letters."""
    codes = chars.astype(np.int64)
    return np.where(codes >= _LETTER_A, codes - _LETTER_A, codes - _ZERO)


def _digit(value: IntArray) -> Chars:
    return (value + _ZERO).astype(np.uint8)[:, None]


def _or_x(value: IntArray, letter: str = "X") -> Chars:
    return np.where(value == 10, ord(letter), value + _ZERO).astype(np.uint8)[:, None]


def _luhn(chars: Chars) -> Chars:
    doubled = _values(chars[:, :-1])
    doubled[:, ::-2] *= 2
    return _digit(-(doubled - 9 * (doubled > 9)).sum(axis=1) % 10)


def _gs1(chars: Chars) -> Chars:
    weighted = _values(chars[:, :-1])
    weighted[:, ::-2] *= 3
    return _digit(-weighted.sum(axis=1) % 10)


def _isbn10(chars: Chars) -> Chars:
    return _or_x(-(_values(chars[:, :-1]) * np.arange(10, 1, -1)).sum(axis=1) % 11)


def _mod11(chars: Chars) -> Chars:
    """Weights 2, 3, ... from the right; a remainder of 10 is never given out (NHS numbers among others)."""
    body = _values(chars[:, :-1])
    return _or_x(-(body * np.arange(body.shape[1] + 1, 1, -1)).sum(axis=1) % 11, chr(IMPOSSIBLE))


def _elfproef(chars: Chars) -> Chars:
    """Dutch citizen service number: weights 9 to 2, the last digit -1."""
    return _or_x((_values(chars[:, :-1]) * np.arange(9, 1, -1)).sum(axis=1) % 11, chr(IMPOSSIBLE))


def _mod11_10(chars: Chars) -> Chars:
    product = np.full(len(chars), 10, dtype=np.int64)
    for column in _values(chars[:, :-1]).T:
        total = (column + product) % 10
        product = np.where(total == 0, 10, total) * 2 % 11
    return _digit((11 - product) % 10)


def _remainder(chars: Chars, divisor: int) -> IntArray:
    remainder = np.zeros(len(chars), dtype=np.int64)
    for column in chars.T:
        letter = column >= _LETTER_A
        value = np.where(letter, column.astype(np.int64) - _LETTER_A + 10, column.astype(np.int64) - _ZERO)
        remainder = (remainder * np.where(letter, 100, 10) + value) % divisor
    return remainder


def _two_digits(value: IntArray) -> Chars:
    return np.stack([value // 10 + _ZERO, value % 10 + _ZERO], axis=1).astype(np.uint8)


def _iban(chars: Chars) -> Chars:
    zeros = np.full((len(chars), 2), _ZERO, dtype=np.uint8)
    return _two_digits(98 - _remainder(np.concatenate([chars[:, 4:], chars[:, :2], zeros], axis=1), 97))


def _mod97(chars: Chars) -> Chars:
    """97 minus the remainder of what stands before (Belgian numbers)."""
    return _two_digits(97 - _remainder(chars[:, :-2], 97))


def _mod97_10(chars: Chars) -> Chars:
    """ISO/IEC 7064 MOD 97-10, as in LEI codes."""
    zeros = np.full((len(chars), 2), _ZERO, dtype=np.uint8)
    return _two_digits(98 - _remainder(np.concatenate([chars[:, :-2], zeros], axis=1), 97))


def _vin(chars: Chars) -> Chars:
    values = np.where(chars >= _LETTER_A, _VIN_LETTERS[np.minimum(_values(chars), 25)], _values(chars))
    return _or_x((values * _VIN_WEIGHTS).sum(axis=1) % 11)


def _italian(chars: Chars) -> Chars:
    values = _values(chars[:, :-1])
    total = _ODD[values[:, 0::2]].sum(axis=1) + values[:, 1::2].sum(axis=1)
    letters: Chars = (total % 26 + _LETTER_A).astype(np.uint8)
    return letters[:, None]


def _dni(chars: Chars) -> Chars:
    letters: Chars = np.take(_DNI_LETTERS, _remainder(chars[:, :-1], 23))
    return letters[:, None]


SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme("iban", (2, 3), _iban, (15, 34), "AA99"),
        Scheme("vin", (8,), _vin, (17, 17), "*" * 17, "0123456789X"),
        Scheme("italian", (-1,), _italian, (16, 16), "AAAAAA**A**A***A", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        Scheme("dni", (-1,), _dni, (9, 9), "99999999A", _DNI_LETTERS.tobytes().decode()),
        Scheme("mod97_10", (-2, -1), _mod97_10, (20, 20), "*" * 18 + "99"),
        Scheme("luhn", (-1,), _luhn, (6, 19)),
        Scheme("gs1", (-1,), _gs1, (8, 18)),
        Scheme("isbn10", (-1,), _isbn10, (10, 10), "999999999*", "0123456789X"),
        Scheme("mod11_10", (-1,), _mod11_10, (9, 11)),
        Scheme("mod11", (-1,), _mod11, (8, 11)),
        Scheme("elfproef", (-1,), _elfproef, (9, 9)),
        Scheme("mod97", (-2, -1), _mod97, (10, 11)),
    )
}

_MINIMUM_SAMPLE = 8  # one digit agrees by chance in a tenth of the values: 1e-8 for eight of them
_SHARE = 0.97  # of the values whose check characters must agree; mistyped numbers exist


def find_scheme(chars: Chars) -> str:
    """Name of the scheme that the rows obey, "" for none or for fewer than 8 rows.

    Parameters
    ----------
    chars : ndarray of uint8, shape (n, length)
        Distinct values of one length whose separators stand at the same places.
    """
    if len(chars) < _MINIMUM_SAMPLE:
        return ""
    for scheme in SCHEMES.values():
        if not fits(scheme.name, chars):
            continue
        body = chars[:, counted_characters(scheme.name, chars[0])]
        places = [place % body.shape[1] for place in scheme.places]
        if len(np.unique(np.delete(body, places, axis=1), axis=0)) < _MINIMUM_SAMPLE:
            continue
        if (scheme.compute(body) == body[:, places]).all(axis=1).mean() >= _SHARE:
            return scheme.name
    return ""


def set_check(scheme_name: str, chars: Chars) -> Chars:
    """The rows with their check characters set; IMPOSSIBLE where there is none, or in rows of no length for them."""
    scheme = SCHEMES[scheme_name]
    if not len(chars):
        return chars
    body = np.flatnonzero(counted_characters(scheme_name, chars[0]))
    if not scheme.lengths[0] <= body.size <= scheme.lengths[1]:
        return np.full_like(chars, IMPOSSIBLE)
    checked = chars.copy()
    places = body[[place % body.size for place in scheme.places]]
    checked[:, places] = _ZERO
    checked[:, places] = scheme.compute(checked[:, body])
    return checked


def check_places(scheme_name: str, row: Chars) -> tuple[int, ...]:
    """Where in a row of characters, shape (length,), the check characters stand."""
    body = np.flatnonzero(counted_characters(scheme_name, row))
    return tuple(int(body[place % len(body)]) for place in SCHEMES[scheme_name].places)


def counted_characters(scheme_name: str, row: Chars) -> npt.NDArray[np.bool_]:
    """Which characters a scheme looks at: ASCII letters and digits, or digits alone."""
    digit = (row >= _ZERO) & (row <= _ZERO + 9)
    if SCHEMES[scheme_name].digits_only:
        return np.asarray(digit)
    lower = row | 0x20
    return np.asarray(digit | ((lower >= ord("a")) & (lower <= ord("z"))))


def fits(scheme_name: str, chars: Chars) -> bool:
    """Whether rows of one length are of a form that can carry the check characters, the same places in all of them."""
    scheme = SCHEMES[scheme_name]
    looked_at = counted_characters(scheme_name, chars)
    if (looked_at != looked_at[0]).any():
        return False
    body = chars[:, looked_at[0]]
    length = body.shape[1]
    if not scheme.lengths[0] <= length <= scheme.lengths[1] or (body > ord("Z")).any():
        return False
    digit = body <= _ZERO + 9
    pattern = scheme.pattern or "9" * length
    return all(
        kind == "*" or bool((digit[:, place] if kind == "9" else ~digit[:, place]).all())
        for place, kind in enumerate(pattern)
    )
