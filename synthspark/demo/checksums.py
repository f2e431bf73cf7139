"""Check digits of the identifiers an insurer holds, computed on rows of characters."""

from __future__ import annotations

import numpy as np

from synthspark.demo.columns import BoolArray, Chars, beside, digits, letters, literal
from synthspark.seeds import IntArray

_ZERO, _LETTER_A = ord("0"), ord("A")

# Odd positions of codice fiscale and of the CIN of an Italian account, for 0-9 and equally for A-J, then K-Z.
# Source: D.M. 23 December 1976, table B.
_ODD_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_ODD_LETTERS = (*_ODD_DIGITS, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_OMOCODIA = np.frombuffer(b"LMNPQRSTUV", dtype=np.uint8)  # stands for digits 0-9 when two persons share a code
_OMOCODIA_PLACES = (14, 13, 12, 10, 9, 7, 6)  # which digits are replaced, rightmost first

_DNI_LETTERS = np.frombuffer(b"TRWAGMYFPDXBNJZSQVHLCKE", dtype=np.uint8)

# ISO 3779 with the North American check digit (49 CFR 565): letters' values and positions' weights.
_VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
_VIN_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])


def _values(chars: Chars) -> IntArray:
    """0-9 for digits, 0-25 for letters."""
    codes = chars.astype(np.int64)
    return np.where(codes >= _LETTER_A, codes - _LETTER_A, codes - _ZERO)


def luhn_digit(number: Chars) -> Chars:
    """Check digit of rows of decimal digits (ISO/IEC 7812-1)."""
    doubled = _values(number)
    doubled[:, ::-2] *= 2
    total = (doubled - 9 * (doubled > 9)).sum(axis=1)
    return digits(-total % 10, 1)


def italian_check(chars: Chars) -> Chars:
    """Check letter of codice fiscale (15 characters) or of an Italian account number (22)."""
    values = _values(chars)
    is_letter = chars >= _LETTER_A
    odd = np.where(is_letter, np.array(_ODD_LETTERS)[values], np.array(_ODD_LETTERS)[np.minimum(values, 9)])
    return letters((odd[:, 0::2].sum(axis=1) + values[:, 1::2].sum(axis=1)) % 26)


def with_iban_check(country: str, accounts: Chars) -> Chars:
    """IBANs of one country's account numbers (ISO 13616, remainder 97 by ISO/IEC 7064)."""
    n = len(accounts)
    rearranged = beside(accounts, literal(f"{country}00", n))
    remainder = np.zeros(n, dtype=np.int64)
    for column in rearranged.T:
        is_letter = column >= _LETTER_A
        value = np.where(is_letter, column.astype(np.int64) - _LETTER_A + 10, column.astype(np.int64) - _ZERO)
        remainder = (remainder * np.where(is_letter, 100, 10) + value) % 97
    return beside(literal(country, n), digits(98 - remainder, 2), accounts)


def with_vin_check(vins: Chars) -> Chars:
    """Vehicle identification numbers with the ninth character set to the check digit."""
    value_of = np.zeros(128, dtype=np.int64)
    for letter, value in _VIN_VALUES.items():
        value_of[ord(letter)] = value
    value_of[_ZERO : _ZERO + 10] = np.arange(10)
    remainder = (value_of[vins] * _VIN_WEIGHTS).sum(axis=1) % 11
    checked = vins.copy()
    checked[:, 8] = np.where(remainder == 10, ord("X"), remainder + _ZERO)
    return checked


def steuer_id_check(number: Chars) -> Chars:
    """Check digit of ten digits of a German tax number (ISO/IEC 7064, MOD 11,10)."""
    product = np.full(len(number), 10, dtype=np.int64)
    for column in _values(number).T:
        total = (column + product) % 10
        product = np.where(total == 0, 10, total) * 2 % 11
    return digits((11 - product) % 10, 1)


def nir_key(number: Chars) -> Chars:
    """Two check digits of thirteen digits of a French social security number: 97 less the remainder."""
    remainder = np.zeros(len(number), dtype=np.int64)
    for column in _values(number).T:
        remainder = (remainder * 10 + column) % 97
    return digits(97 - remainder, 2)


def dni_letter(number: Chars) -> Chars:
    """Letter of eight digits of a Spanish identity card, by the remainder of 23 (Real Decreto 1553/2005)."""
    value = _values(number) @ 10 ** np.arange(7, -1, -1)
    return np.asarray(_DNI_LETTERS[value % 23][:, None])


def bsn_check(number: Chars) -> IntArray:
    """Last digit of a Dutch citizen service number after eight digits; 10 where there is none."""
    return np.asarray(_values(number) @ np.arange(9, 1, -1) % 11)


def pesel_check(number: Chars) -> Chars:
    """Check digit of ten digits of a Polish PESEL number."""
    return digits(-(_values(number) @ np.array([1, 3, 7, 9, 1, 3, 7, 9, 1, 3])) % 10, 1)


def rib_key(bank: IntArray, branch: IntArray, account: IntArray) -> Chars:
    """Two check digits of a French account."""
    return digits(97 - (89 * bank + 15 * branch + 3 * account) % 97, 2)


def spanish_account_check(number: Chars) -> Chars:
    """One check digit of ten digits of a Spanish account: bank and branch after two zeros, or the account."""
    remainder = 11 - _values(number) @ np.array([1, 2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11
    return digits(np.where(remainder == 11, 0, np.where(remainder == 10, 1, remainder)), 1)


def without_homonyms(codes: Chars) -> Chars:
    """Codici fiscali of 15 characters made unlike one another as the tax office does.

    The k-th person with a code has the digits replaced by letters that the bits of k name, rightmost digit first.
    """
    if not len(codes):
        return codes
    keys = np.ascontiguousarray(codes).view("S15").ravel()
    order = np.argsort(keys, kind="stable")
    new = np.concatenate([[True], keys[order][1:] != keys[order][:-1]])
    first = np.maximum.accumulate(np.where(new, np.arange(len(keys)), 0))
    turn = np.empty(len(keys), dtype=np.int64)
    turn[order] = np.arange(len(keys)) - first
    unlike = codes.copy()
    for bit, place in enumerate(_OMOCODIA_PLACES):
        replaced: BoolArray = (turn >> bit) & 1 == 1
        unlike[replaced, place] = _OMOCODIA[unlike[replaced, place] - _ZERO]
    return unlike
