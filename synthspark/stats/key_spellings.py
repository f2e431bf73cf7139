"""How a text column spells the keys that it refers to: affixes, zeros in front, case, blanks; learned, and written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.artifacts.comparison import BLANKS
from synthspark.stats.comparison import normal_form
from synthspark.stats.frame import FloatArray

MOST_SPELLINGS = 8  # of one column; rarer ones give way to these
SEEN = 0.01  # share of the rows from which a spelling is kept beside the commonest
_NUMBER = r"\A(?P<before>[^0-9]*)(?P<digits>[0-9]+)(?P<after>(?:\.0+)?[^0-9]*)\z"
_CASES = {
    "same": lambda texts: texts,
    "lower": pc.utf8_lower,
    "upper": pc.utf8_upper,
    "title": pc.utf8_title,
    "capital": pc.utf8_capitalize,
    "swapped": pc.utf8_swapcase,
}


@dataclass(frozen=True)
class Spelling:
    """One way to write a key, with the number of rows that write it so.

    Of a number: `before`, its digits with zeros in front up to `width`, `after`. Of a text: its letters in a `case`,
    blanks at its end up to `width`, `before` and `after` blanks besides.
    """

    rows: int = 1
    before: str = ""
    width: int = 0
    after: str = ""
    case: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Spelling:
        return cls(**data)

    def write(self, base: pa.Array) -> pa.Array:
        """Texts of whole numbers (if there is no case), or of the texts as the parent has them."""
        if self.case:
            cased = _CASES[self.case](pc.utf8_trim(base, characters=BLANKS))
            padded = pc.utf8_rpad(cased, self.width, " ")
        else:
            padded = _zeros(base.cast(pa.string()), self.width)
        if not self.before and not self.after:
            return padded
        return pc.binary_join_element_wise(self.before, padded, self.after, "")


@dataclass(frozen=True)
class Spelt:
    """Distinct texts of a column that have a parent, the parent's texts beside them, and rows of each."""

    child: pa.Array
    parent: pa.Array
    rows: npt.NDArray[np.int64]


def learn_spellings(spelt: Spelt, comparison: str, *, k: int) -> tuple[Spelling, ...]:
    """The spellings of a text column, the commonest first; at least one.

    Letters around a number that fewer than `k` distinct texts share are not kept.
    """
    counted = _numbers(spelt, k) if comparison == "number" else _texts(spelt)
    most = max((spelling.rows for spelling in counted), default=0)
    total = sum(spelling.rows for spelling in counted)
    kept = [one for one in counted if one.rows == most or one.rows >= SEEN * total]
    kept = sorted(kept, key=lambda one: (-one.rows, str(one)))[:MOST_SPELLINGS]
    return tuple(kept) or (Spelling(case="" if comparison == "number" else "same"),)


def write_keys(base: pa.Array, spellings: Sequence[Spelling], turn: FloatArray | None) -> pa.Array:
    """Texts of keys; `turn`, in (0, 1), says which spelling each row has."""
    if len(spellings) == 1 or turn is None:
        return spellings[0].write(base)
    shares = np.cumsum([spelling.rows for spelling in spellings], dtype=np.float64)
    chosen = np.minimum(np.searchsorted(shares / shares[-1], turn, side="right"), len(spellings) - 1)
    return pc.choose(pa.array(chosen), *(spelling.write(base) for spelling in spellings))


def key_base(values: pa.Array, comparison: str) -> pa.Array:
    """What of a parent's key the child's text is written from."""
    if comparison == "number":
        return normal_form(values, comparison)
    return values if pa.types.is_string(values.type) else values.cast(pa.string())


def _numbers(spelt: Spelt, k: int) -> list[Spelling]:
    """Spellings by affixes; in each, zeros in front up to the widths at which they are seen."""
    parts = pc.extract_regex(spelt.child, pattern=_NUMBER)
    before, digits, after = (pc.struct_field(parts, name).to_pylist() for name in ("before", "digits", "after"))
    groups: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for left, number, right, rows in zip(before, digits, after, spelt.rows.tolist(), strict=True):
        if number is not None:
            # A sign is part of the number, which brings its own.
            sign = left.strip(BLANKS) == "-" and not right.strip(BLANKS)
            groups.setdefault((left.replace("-", "") if sign else left, right), []).append((number, rows))
    found = []
    for (left, right), numbers in groups.items():
        plain = not any(char.isalpha() for char in left + right)
        if plain or len(numbers) >= k or (len(groups) == 1 and sum(rows for _, rows in numbers) >= k):
            found += [Spelling(rows, left, width, right) for width, rows in _widths(numbers).items()]
    return found


def _zeros(digits: pa.Array, width: int) -> pa.Array:
    """Digits with zeros in front, after the sign if there is one."""
    negative = pc.starts_with(digits, "-")
    if not pc.any(negative).as_py():
        return pc.utf8_lpad(digits, width, "0")
    filled = pc.utf8_lpad(pc.utf8_ltrim(digits, characters="-"), width, "0")
    signed = pc.binary_join_element_wise("-", filled, "")
    return pc.if_else(negative, signed, filled)


def _widths(numbers: Sequence[tuple[str, int]]) -> dict[int, int]:
    """Rows by the width up to which zeros fill; 0 where they do not."""
    lengths = {len(number) for number, _ in numbers}
    if len(lengths) == 1:
        return {lengths.pop(): sum(rows for _, rows in numbers)}
    filled: Counter[int] = Counter()
    plain: list[tuple[int, int]] = []
    for number, rows in numbers:
        if number.startswith("0") and len(number) > 1:
            filled[len(number)] += rows
        else:
            plain.append((len(number), rows))
    if not filled:
        return {0: sum(rows for _, rows in plain)}
    for length, rows in plain:
        # A number that needs no zero fits every width up to its own length; shorter ones tell of no zeros at all.
        fitting = [width for width in filled if width <= length]
        filled[max(fitting, key=lambda width: filled[width]) if fitting else 0] += rows
    return dict(filled)


def _texts(spelt: Spelt) -> list[Spelling]:
    """Spellings by case and blanks, against the parent's own texts."""
    child, rows = spelt.child, spelt.rows
    core = pc.utf8_trim(child, characters=BLANKS)
    own = pc.utf8_trim(spelt.parent, characters=BLANKS)
    case = _case_of(core, own, rows)
    length, inner = (pc.utf8_length(part).to_numpy(zero_copy_only=False) for part in (child, core))
    left = length - pc.utf8_length(pc.utf8_ltrim(child, characters=BLANKS)).to_numpy(zero_copy_only=False)
    right = length - inner - left
    if length.size and len(set(length.tolist())) == 1 and len(set(inner.tolist())) > 1 and not left.any():
        by_case: Counter[str] = Counter()
        for name, number in zip(case, rows.tolist(), strict=True):
            by_case[name] += number
        return [Spelling(number, width=int(length[0]), case=name) for name, number in by_case.items()]
    counted: Counter[tuple[str, int, int]] = Counter()
    for name, before, after, number in zip(case, left.tolist(), right.tolist(), rows.tolist(), strict=True):
        counted[name, before, after] += number
    return [Spelling(number, " " * before, 0, " " * after, name) for (name, before, after), number in counted.items()]


def _case_of(core: pa.Array, own: pa.Array, rows: npt.NDArray[np.int64]) -> list[str]:
    """Case of each text: that which explains most rows, then the next for what is left; "same" for the rest."""
    fits = {
        name: np.asarray(pc.equal(core, cased(own)).to_numpy(zero_copy_only=False), dtype=bool)
        for name, cased in _CASES.items()
    }
    out = np.full(len(core), "same", dtype=object)
    left = np.ones(len(core), dtype=bool)
    while left.any():
        name = max(fits, key=lambda one: int(rows[fits[one] & left].sum()))
        explained = fits[name] & left
        if not explained.any():
            break
        out[explained] = name
        left &= ~explained
    return [str(name) for name in out]
