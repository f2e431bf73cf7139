"""Sentences and bytes of given lengths, drawn word by word from counters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.seeds import FloatArray, IntArray, random_words

MOST_WORDS = 1 << 14  # of one text: counters of a row's words follow one another in a range of this size
MOST_BYTES = 1 << 20  # of one binary value
_AT_ONCE = 1 << 20  # words made at a time: bounds the memory of a batch of long texts
_SHORTEST_SENTENCE, _SENTENCE_SPREAD = 6, 9  # words
_COMMA = 12  # one word in so many is followed by a comma


def sentences(
    key: int,
    index: IntArray,
    lengths: FloatArray,
    vocabulary: Sequence[str],
    *,
    longest: int,
    sentence_case: bool,
    full_stop: bool,
) -> pa.Array:
    """Texts of about `lengths` characters, at most `longest`, of words from `vocabulary`."""
    mean = sum(map(len, vocabulary)) / len(vocabulary) + 1
    counts = np.clip(np.rint(lengths / mean), 1, MOST_WORDS).astype(np.int64)
    forms = _forms(vocabulary, sentence_case=sentence_case, full_stop=full_stop)

    def part(rows: slice) -> pa.Array:
        return _sentences(key, index[rows], counts[rows], forms, len(vocabulary), full_stop=full_stop)

    texts = _in_parts(part, counts, pa.string())
    cut = pc.utf8_slice_codeunits(texts, 0, max(1, longest))
    return pc.if_else(pc.equal(lengths, 0), "", pc.utf8_rtrim_whitespace(cut))


def _forms(vocabulary: Sequence[str], *, sentence_case: bool, full_stop: bool) -> pa.Array:
    """Every word plain, first of a sentence, before a comma, last of a sentence; in this order."""
    end = "." if full_stop else ""
    first = [word[:1].upper() + word[1:] if sentence_case else word for word in vocabulary]
    comma = [f"{word}," if full_stop else word for word in vocabulary]
    return pa.array(
        [*vocabulary, *first, *comma, *(word + end for word in vocabulary), *(word + end for word in first)]
    )


def _sentences(
    key: int, index: IntArray, counts: IntArray, forms: pa.Array, n_words: int, *, full_stop: bool
) -> pa.Array:
    ends = np.cumsum(counts)
    row = np.repeat(np.arange(index.size), counts)
    place = np.arange(ends[-1]) - (ends - counts)[row]
    drawn = random_words(key, index[row] * np.int64(MOST_WORDS) + place)
    word = (drawn >> np.uint64(32)) % np.uint64(n_words)
    last = place == counts[row] - 1
    if full_stop:
        length = _SHORTEST_SENTENCE + (random_words(key, index, draw=1) % np.uint64(_SENTENCE_SPREAD)).astype(np.int64)
        turn = place % length[row]
        first, last = turn == 0, last | (turn == length[row] - 1)
    else:
        first = place == 0
    comma = (drawn & np.uint64(0xFFFF)) % np.uint64(_COMMA) == 0
    form = np.select([first & last, last, first, comma], [4, 3, 1, 2], 0).astype(np.uint64)
    words = forms.take(pa.array(form * np.uint64(n_words) + word))
    offsets = pa.array(np.concatenate([[0], ends]).astype(np.int32))
    return pc.binary_join(pa.ListArray.from_arrays(offsets, words), " ")


def byte_strings(key: int, index: IntArray, lengths: IntArray) -> pa.Array:
    """Random bytes of the given lengths, at most a mebibyte each."""
    lengths = np.clip(lengths, 0, MOST_BYTES)
    words = -(-lengths // 8)

    def part(rows: slice) -> pa.Array:
        return _byte_strings(key, index[rows], lengths[rows], words[rows])

    return _in_parts(part, words, pa.binary())


def _byte_strings(key: int, index: IntArray, lengths: IntArray, words: IntArray) -> pa.Array:
    ends = np.cumsum(words)
    row = np.repeat(np.arange(index.size), words)
    place = np.arange(ends[-1]) - (ends - words)[row]
    drawn = random_words(key, index[row] * np.int64(MOST_BYTES // 8) + place)
    content = drawn.astype("<u8").view(np.uint8).reshape(-1, 8)
    kept = np.arange(8)[None, :] < (lengths[row] - 8 * place)[:, None]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(content[kept]))]
    return pa.Array.from_buffers(pa.binary(), index.size, buffers)


def _in_parts(part: Callable[[slice], pa.Array], sizes: npt.NDArray[np.int64], kind: pa.DataType) -> pa.Array:
    """The parts of a batch one after the other, each of bounded size."""
    if not sizes.size:
        return pa.array([], kind)
    block = np.cumsum(sizes) // _AT_ONCE
    cuts = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist(), sizes.size]
    return pa.concat_arrays([part(slice(low, high)) for low, high in pairwise(cuts)])
