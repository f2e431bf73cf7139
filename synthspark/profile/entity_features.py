"""Traits of short texts that a named-entity model reads: pieces of words, whole words, lists that they are in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.profile.semantic_gazetteers import Gazetteers
from synthspark.profile.semantic_names import fold

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
WordArray = npt.NDArray[np.uint64]

BITS = 15  # of a bucket: 32,768 of them
LONGEST = 60  # characters read of a text
PIECES = (2, 3, 4)  # characters of a piece
_FACTOR = 0x100000001B3
_SPREAD = 0x9E3779B97F4A7C15
_POWERS = np.cumprod(np.full(LONGEST + 8, _FACTOR, np.uint64))
_BREAK = re.compile(r"[\s,;/()\"]+")
_DIGIT = re.compile(r"\d")
# Traits beside the pieces, in this order.
TRAITS = (
    *("first", "last", "city", "region", "country", "any first word", "any last word", "first and last word"),
    *("last and first word", "street word", "one word", "two words", "three words", "more words", "digit"),
    *(
        "digit first",
        "digit last",
        "comma",
        "dot",
        "ampersand",
        "hyphen",
        "short",
        "long",
        "digit glued",
        "no letter",
        "sentence",
        "constant",
    ),
)


@dataclass(frozen=True)
class Traits:
    """Buckets of the pieces of all texts in a row, where each text's begin, and one line of `TRAITS` a text."""

    buckets: IntArray
    starts: IntArray
    traits: FloatArray


def traits_of(texts: Sequence[str], known: Gazetteers) -> Traits:
    """Traits of some texts, at least one."""
    folded = [fold(text)[:LONGEST].strip() for text in texts]
    words = [[word for word in _BREAK.split(text) if word] or ["?"] for text in folded]
    buckets, starts = _buckets(words)
    lines = [_line(text, parts, known) for text, parts in zip(folded, words, strict=True)]
    return Traits(buckets, starts, np.asarray(lines, dtype=np.float64))


def _buckets(words: list[list[str]]) -> tuple[IntArray, IntArray]:
    """Buckets of pieces (within and across words), whole words, first and last words of each text."""
    marked = ["".join(f"<{word}>" for word in parts)[: 2 * LONGEST] for parts in words]
    codes = np.frombuffer("".join(marked).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    codes = np.where((codes >= ord("0")) & (codes <= ord("9")), np.uint64(ord("0")), codes)
    owner = np.repeat(np.arange(len(marked)), [len(text) for text in marked])
    hashes, owners = [], []
    rolling = np.zeros(len(codes), np.uint64)
    for size in range(1, max(PIECES) + 1):
        ahead = np.append(codes[size - 1 :], np.zeros(size - 1, np.uint64))
        rolling = rolling * np.uint64(_FACTOR) + ahead
        if size in PIECES:
            inside = owner[: len(codes) - size + 1] == owner[size - 1 :]
            hashes.append(rolling[: len(inside)][inside] + np.uint64(size))
            owners.append(owner[: len(inside)][inside])
    whole, at, first, last = _whole_words(words)
    hashes += [whole * np.uint64(31), whole[first] * np.uint64(37), whole[last] * np.uint64(41)]
    owners += [at, at[first], at[last]]
    keys, texts = np.concatenate(hashes), np.concatenate(owners)
    order = np.argsort(texts, kind="stable")
    spread = (keys[order] * np.uint64(_SPREAD)) >> np.uint64(64 - BITS)
    starts = np.searchsorted(texts[order], np.arange(len(words)))
    return spread.astype(np.int64), starts.astype(np.int64)


def _whole_words(words: list[list[str]]) -> tuple[WordArray, IntArray, IntArray, IntArray]:
    """Hashes of all words, the text of each, and the places of the first and the last of each text."""
    flat = [word[:LONGEST] for parts in words for word in parts]
    lengths = np.array([len(word) for word in flat])
    codes = np.frombuffer("".join(flat).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    codes = np.where((codes >= ord("0")) & (codes <= ord("9")), np.uint64(ord("0")), codes)
    begins = np.cumsum(lengths) - lengths
    within = np.arange(len(codes)) - np.repeat(begins, lengths)
    hashes = np.add.reduceat(codes * _POWERS[within], begins)
    counts = np.array([len(parts) for parts in words])
    ends = np.cumsum(counts)
    return hashes, np.repeat(np.arange(len(words)), counts), ends - counts, ends - 1


def _line(text: str, words: list[str], known: Gazetteers) -> tuple[float, ...]:
    bare = [word.strip(".'") for word in words]
    n, end, start = len(words), bare[-1], bare[0]
    first = _within(text, known.first_names)
    last = _within(text, known.last_names)
    several = 1 < n <= 5
    ordered = several and start in known.first_names and end in known.last_names
    reverse = several and start in known.last_names and end in known.first_names
    digits = _DIGIT.search(text) is not None
    return (
        *(first, last, _within(text, known.cities), _within(text, known.regions), _within(text, known.countries)),
        *(any(word in known.first_names for word in bare), any(word in known.last_names for word in bare)),
        *(ordered, reverse, any(word in known.street_words for word in bare)),
        *(n == 1, n == 2, n == 3, n > 3, digits, text[:1].isdigit(), text[-1:].isdigit(), "," in text, "." in text),
        *("&" in text, "-" in text, len(text) <= 3, len(text) >= 30),
        digits and any(_DIGIT.search(word) and not word.isdigit() for word in words),
        not any(char.isalpha() for char in text),
        n > 6,
        True,
    )


def _within(text: str, names: frozenset[str]) -> bool:
    return text in names or (" " in text and all(part in names for part in text.split()))
