import json
import random

import numpy as np
import pyarrow as pa
import pytest

from synthspark.stats.key_hashes import value_hashes
from synthspark.stats.wording import NEUTRAL_WORDS, TextFormat, emit_text, learn_text

KEY, N = 9, 4000
DRAW = random.Random(8)
SOURCES = {
    "notes": (
        "free_text",
        [
            " ".join(DRAW.choices(["patient", "has", "fever", "and", "cough"], k=DRAW.randrange(3, 40))).capitalize()
            + "."
            for _ in range(500)
        ],
    ),
    "short notes": ("free_text", ["ok", "good", "bad", ""] * 100),
    "links": ("url", [f"http://shop.acme.com/item/{n}?ref=x{n % 7}" for n in range(400)]),
    "bare links": ("url", ["acme.com", "other.org/a"]),
    "codes": ("code", [f"K{DRAW.randrange(10**4):04d}/{DRAW.choice('ABC')}" for _ in range(400)]),
    "places": ("unknown", ["Blue Ridge Pub", "The Old Mill", "Cafe Verde", "Golden Dragon Palace"] * 50),
    "remarks": ("unknown", [f"this is the remark number {n} of the file" for n in range(100)]),
    "blobs": ("binary", [DRAW.randbytes(DRAW.randrange(0, 300)) for _ in range(200)]),
}


def learned(name, **options):
    semantic, values = SOURCES[name]
    array = pa.array(values)
    return values, learn_text(array, semantic, value_hashes(array), **options)


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_of_the_source_returns_whatever_the_batch_and_after_json(name):
    values, text = learned(name)
    written = emit_text(text, np.arange(N), KEY, n_rows=N)
    assert not (set(written.to_pylist()) & set(values)) - {"", b""}
    again = TextFormat.from_json(json.loads(json.dumps(text.to_json())))
    picked = np.arange(N)[::-5]
    assert emit_text(again, picked, KEY, n_rows=N).equals(written.take(pa.array(picked)))


@pytest.mark.parametrize("name", SOURCES)
def test_rows_beyond_the_source_need_no_total(name):
    values, text = learned(name)
    written = emit_text(text, np.arange(5 * len(values)), KEY)
    assert len(written) == 5 * len(values)
    assert not (set(written.to_pylist()) & set(values)) - {"", b""}


@pytest.mark.parametrize("name", ["notes", "blobs"])
def test_lengths_follow_the_source(name):
    values, text = learned(name)
    lengths = [len(value) for value in emit_text(text, np.arange(N), KEY, n_rows=N).to_pylist()]
    real = np.quantile([len(value) for value in values], [0.1, 0.5, 0.9])
    # Within a word or two of letters, the unit in which texts grow.
    np.testing.assert_allclose(np.quantile(lengths, [0.1, 0.5, 0.9]), real, atol=14)
    assert max(lengths) <= max(map(len, values))


def test_sentences_keep_their_marks_and_use_neutral_words():
    _, text = learned("notes")
    written = [value for value in emit_text(text, np.arange(200), KEY, n_rows=200).to_pylist() if len(value) < 150]
    assert all(value[0].isupper() for value in written)
    assert set(" ".join(written).lower().replace(".", "").replace(",", "").split()) <= {*NEUTRAL_WORDS} | {
        word[:length] for word in NEUTRAL_WORDS for length in range(1, len(word))
    }


def test_words_of_the_source_are_used_only_when_asked_and_frequent():
    frequent = [f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(80)]
    texts = [" ".join([*frequent, f"secret{chr(97 + row % 26)}{chr(97 + row // 26)}"]) for row in range(50)]
    text = learn_text(pa.array(texts), "free_text", vocabulary_k=5)
    assert set(text.vocabulary) == set(frequent)
    assert learn_text(pa.array(texts), "free_text").vocabulary == NEUTRAL_WORDS


def test_links_lead_nowhere():
    _, text = learned("links")
    assert all(value.startswith("http://www.example.com/") for value in emit_text(text, np.arange(50), KEY).to_pylist())


def test_json_is_emptied():
    text = learn_text(pa.array(['{"a": 1}', '{"b": 2}']), "json")
    assert emit_text(text, np.arange(3), KEY).to_pylist() == ["{}"] * 3


@pytest.mark.parametrize("kind", [pa.string(), pa.binary()])
def test_a_column_without_values_still_gets_some(kind):
    text = learn_text(pa.array([], kind), "unknown")
    written = emit_text(text, np.arange(5), KEY)
    assert written.type == kind
    assert len(written) == 5


def test_very_long_texts_and_bytes_are_made_in_parts():
    text = learn_text(pa.array(["word " * 20_000, "word " * 10_000]), "free_text")
    written = emit_text(text, np.arange(300), KEY, n_rows=300)
    assert emit_text(text, [299], KEY, n_rows=300)[0] == written[299]
