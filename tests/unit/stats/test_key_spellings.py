"""How texts spell the keys they refer to: learned from the source, written again."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthspark.stats.comparison import normal_form
from synthspark.stats.key_spellings import Spelling, Spelt, key_base, learn_spellings, write_keys
from synthspark.stats.matching import positions


def learned(child, parent, comparison="number", rows=None):
    rows = np.ones(len(child), dtype=np.int64) if rows is None else np.array(rows)
    return learn_spellings(
        Spelt(pa.array(child, pa.string()), pa.array([str(p) for p in parent], pa.string()), rows), comparison, k=3
    )


NUMBERS = [1, 20, 345, 6789, 12, 7]


@pytest.mark.parametrize(
    "written",
    [
        lambda n: str(n),
        lambda n: f"{n:06d}",
        lambda n: f"C-{n:05d}",
        lambda n: f"{n:04d}/x",
        lambda n: f" {n}",
        lambda n: f"{n}.0",
    ],
)
def test_numbers_come_back_as_the_source_writes_them(written):
    spellings = learned([written(n) for n in NUMBERS], NUMBERS)
    base = key_base(pa.array(NUMBERS), "number")
    assert write_keys(base, spellings, None).to_pylist() == [written(n) for n in NUMBERS]


@pytest.mark.parametrize(
    "written",
    [
        lambda t: t,
        lambda t: t.swapcase() + "  ",
        lambda t: t.upper().ljust(20),
        lambda t: " " + t.lower(),
        lambda t: t.title(),
    ],
)
def test_texts_come_back_as_the_source_writes_them(written):
    names = ["New york", "Zürich", "s-Hertogenbosch", "Ålesund", "Rio de Janeiro"]
    spellings = learned([written(name) for name in names], names, "folded")
    assert write_keys(key_base(pa.array(names), "folded"), spellings, None).to_pylist() == [
        written(name) for name in names
    ]


def test_every_spelling_keeps_its_share_of_the_rows():
    child = [f"{n:05d}" for n in range(1, 61)] + [f"{n}" for n in range(1, 31)] + ["N7"]
    spellings = learned(child, [*range(1, 61), *range(1, 31), 7], rows=[1] * 60 + [1] * 30 + [1])
    assert [(one.before, one.width, one.rows) for one in spellings] == [("", 5, 60), ("", 0, 30)]
    turn = (np.arange(900) + 0.5) / 900
    made = write_keys(pa.array(np.full(900, 8)), spellings, turn).to_pylist()
    assert made.count("00008") == 600 and made.count("8") == 300


def test_letters_that_few_keys_share_are_not_kept():
    assert learned(["Smith 1", "Jones 2"], [1, 2]) == (Spelling(),)


def test_without_references_keys_are_written_as_they_are():
    for comparison, base in (("number", pa.array([5])), ("folded", pa.array(["5"]))):
        assert write_keys(base, learned([], [], comparison), None).to_pylist() == ["5"]


@given(
    st.lists(st.integers(-(10**17), 10**17), min_size=1),
    st.sampled_from([Spelling(), Spelling(width=9), Spelling(before="K/", width=4), Spelling(after=" z")]),
)
def test_what_is_written_has_the_number_of_its_parent(numbers, spelling):
    if spelling.before or spelling.after.strip():
        numbers = [abs(number) for number in numbers]
    parents = pa.array(numbers, pa.int64())
    assert normal_form(spelling.write(parents), "number").equals(parents)
    assert (positions([spelling.write(parents)], [parents], ["number"]) >= 0).all()
