"""Free text, unknown strings, links and bytes: the source's lengths and forms with other content."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.errors import ModelError
from synthspark.seeds import WordArray, uniforms
from synthspark.stats.key_formats import KeyFormat, bearers, issue
from synthspark.stats.key_hashes import hashes_from_text, hashes_to_text, places_in, sorted_hashes, value_hashes
from synthspark.stats.key_learning import learn_key_format
from synthspark.stats.key_shapes import learn_templates, word_segments
from synthspark.stats.key_templates import Segment, Template
from synthspark.stats.wording_text import byte_strings, sentences

FORMAT_VERSION = 1
# Words of the customary filler text: neutral, and from no source.
_FILLER = (
    "a ab accumsan ad adipiscing aliqua aliquam amet ante aptent arcu at auctor augue bibendum blandit commodo "
    "condimentum congue consectetur consequat convallis cras cum curabitur cursus dapibus diam dictum dignissim "
    "dolor donec dui duis efficitur egestas eget eleifend elementum elit enim erat eros est et eu euismod ex "
    "facilisis fames faucibus felis fermentum feugiat finibus fringilla fusce gravida habitant hac hendrerit "
    "iaculis id imperdiet in integer interdum ipsum justo lacinia lacus laoreet lectus leo libero ligula lobortis "
    "lorem luctus maecenas magna malesuada massa mattis mauris maximus metus mi molestie mollis morbi nam nec "
    "neque nibh nisi nisl non nulla nullam nunc odio orci ornare pellentesque pharetra phasellus placerat porta "
    "posuere pretium primis proin pulvinar purus quam quis rhoncus risus rutrum sagittis sapien scelerisque sed "
    "sem semper sit sodales sollicitudin suscipit tellus tempor tempus tincidunt tortor tristique turpis "
    "ullamcorper ultrices urna ut varius vehicula vel velit venenatis vestibulum vitae vivamus viverra volutpat "
    "vulputate "
)
NEUTRAL_WORDS = tuple(_FILLER.split())
_FEWEST_WORDS = 50  # of the source's own, below which the neutral list is used
_MOST_WORDS = 2_000
_LEVELS = np.linspace(0.0, 1.0, 41)  # of the quantiles of length that are kept
_TEXT_LENGTH = 30  # characters on average from which strings with blanks are taken for text
_UNIQUE = 0.999  # distinct share from which values are not repeated
_DRAWS = 64  # of a text that the source has too


@dataclass(frozen=True)
class TextFormat:
    """How strings of one column are written.

    ``words``: sentences of `vocabulary`. ``pattern``: texts issued by `key`. ``bytes``: random bytes. ``fixed``: the
    text `content`. `lengths` are quantiles of the lengths, in characters or bytes. `vocabulary` can hold words of the
    source: only those in at least k texts, and only where the caller asked for them. `avoid`: hashes of its texts.
    """

    kind: str
    lengths: tuple[float, ...] = ()
    vocabulary: tuple[str, ...] = ()
    sentence_case: bool = False
    full_stop: bool = False
    content: str = ""
    key: KeyFormat | None = None
    distinct_share: float = 1.0
    n_values: int = 0
    avoid: WordArray = field(default_factory=lambda: np.empty(0, dtype=np.uint64), repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in ("words", "pattern", "bytes", "fixed"):
            raise ModelError(f"text format: kind {self.kind!r}; expected words, pattern, bytes or fixed")

    def to_json(self) -> dict[str, Any]:
        return {
            "format_version": FORMAT_VERSION,
            "kind": self.kind,
            "lengths": list(self.lengths),
            "vocabulary": list(self.vocabulary),
            "sentence_case": self.sentence_case,
            "full_stop": self.full_stop,
            "content": self.content,
            "key": self.key.to_json() if self.key else None,
            "distinct_share": self.distinct_share,
            "n_values": self.n_values,
            "avoid": hashes_to_text(self.avoid),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TextFormat:
        version = data.get("format_version")
        if version != FORMAT_VERSION:
            raise ModelError(f"text format: format_version {version}; this version reads {FORMAT_VERSION}; fit again")
        changed = {
            "lengths": tuple(data["lengths"]),
            "vocabulary": tuple(data["vocabulary"]),
            "key": KeyFormat.from_json(data["key"]) if data["key"] else None,
            "avoid": hashes_from_text(data["avoid"]),
        }
        return cls(**{name: value for name, value in data.items() if name != "format_version"} | changed)


def learn_text(
    values: pa.Array | pa.ChunkedArray,
    semantic: str = "free_text",
    avoid: npt.NDArray[np.uint64] | None = None,
    *,
    n_distinct: int | None = None,
    n_values: int | None = None,
    vocabulary_k: int | None = None,
    k: int = 5,
) -> TextFormat:
    """Format of a string or binary column whose values must not return.

    Parameters
    ----------
    values : Array
        A sample of the column, with its repetitions.
    semantic : str
        free_text, url, json, or another: then a pattern, or text where the values read so.
    avoid : ndarray of uint64, optional
        `value_hashes` of all values of the source.
    n_distinct, n_values : int, optional
        Distinct and all non-null values of the whole column; by default those of the sample.
    vocabulary_k : int, optional
        Words of the source are used when at least so many distinct texts have them; by default none is.
    k : int
        Fixed parts of a pattern are kept when at least `k` values share them.
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    values = pc.drop_null(values)
    distinct, known = pc.unique(values), sorted_hashes(avoid)
    total, rows = n_distinct or len(distinct), n_values or len(values)
    share = min(1.0, total / rows) if rows else 1.0
    common: dict[str, Any] = {"distinct_share": 1.0 if share >= _UNIQUE else share, "n_values": rows}
    if pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type):
        return TextFormat("bytes", lengths=_lengths(values), avoid=known, **common)
    if semantic == "json":
        return TextFormat("fixed", content="{}", **common)
    texts = [text for text in distinct.to_pylist() if text.strip()]
    if semantic == "url":
        key = KeyFormat("string", "template", templates=_link_templates(texts, k), avoid=known)
        return TextFormat("pattern", key=key, **common)
    if semantic != "free_text" and not _reads_like_text(texts):
        return TextFormat(
            "pattern", key=learn_key_format(distinct, "string", max(1, total), avoid=known, k=k), **common
        )
    return TextFormat(
        "words",
        lengths=_lengths(values),
        vocabulary=_vocabulary(texts, vocabulary_k),
        sentence_case=_most(texts, lambda text: text[:1].isupper()),
        full_stop=_most(texts, lambda text: text.rstrip()[-1:] in ".!?"),
        avoid=known,
        **common,
    )


def emit_text(text: TextFormat, index: npt.ArrayLike, seed_key: int, *, n_rows: int | None = None) -> pa.Array:
    """Strings (or binary) of the rows at these indices; none is one of the source's, but for ``fixed`` ones.

    `n_rows` is the number of rows in all. Without it, patterns repeat as if the table had the source's size.
    """
    rows = np.asarray(index, dtype=np.int64)
    if text.kind == "fixed":
        return pa.array(np.full(rows.size, text.content))
    if n_rows is None:
        n_rows = max(1, text.n_values)
        if rows.size and rows.max() >= n_rows:
            rows = np.minimum((uniforms(seed_key, rows, draw=51) * n_rows).astype(np.int64), n_rows - 1)
    entities, total = bearers(text.distinct_share, rows, n_rows, seed_key)
    if text.key is not None:
        return issue(text.key, entities, total, seed_key)
    values = _drawn(text, entities, seed_key, 0)
    hit = _known(text, values)
    for draw in range(1, _DRAWS):
        open_rows = np.flatnonzero(hit)
        if not open_rows.size:
            return values
        fresh = _drawn(text, entities[open_rows], seed_key, draw)
        values = pc.replace_with_mask(values, pa.array(hit), fresh)
        hit[open_rows] = _known(text, fresh)
    if not hit.any():
        return values
    raise ModelError(f"text: {int(hit.sum())} texts are still the source's after {_DRAWS} draws; expected unused ones")


def _known(text: TextFormat, values: pa.Array) -> npt.NDArray[np.bool_]:
    """Which values the source has; an empty one tells nothing and may stay."""
    filled = pc.not_equal(pc.binary_length(values), 0).to_numpy(zero_copy_only=False)
    known: npt.NDArray[np.bool_] = places_in(text.avoid, value_hashes(values))[0] & filled
    return known


def _drawn(text: TextFormat, entities: npt.NDArray[np.int64], seed_key: int, draw: int) -> pa.Array:
    # Where the source has every short text there is, later draws grow until they leave its lengths.
    level = uniforms(seed_key, entities, draw=2 * draw)
    lengths = np.interp(level, np.linspace(0.0, 1.0, len(text.lengths)), text.lengths) + max(0, draw - _DRAWS // 4)
    key = seed_key + draw
    if text.kind == "bytes":
        return byte_strings(key, entities, np.rint(lengths).astype(np.int64))
    return sentences(
        key,
        entities,
        lengths,
        text.vocabulary,
        longest=int(text.lengths[-1]) + max(0, draw - _DRAWS // 4),
        sentence_case=text.sentence_case,
        full_stop=text.full_stop,
    )


def _most(texts: Sequence[str], trait: Any) -> bool:
    return sum(bool(trait(text)) for text in texts) > len(texts) / 2


def _reads_like_text(texts: Sequence[str]) -> bool:
    if not texts:
        return False
    blanks = sum(text.strip().count(" ") >= 3 for text in texts)
    return sum(map(len, texts)) >= _TEXT_LENGTH * len(texts) and blanks > len(texts) / 2


def _lengths(values: pa.Array) -> tuple[float, ...]:
    if not len(values):
        return (8.0, 40.0)
    binary = pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type)
    counted = pc.binary_length(values) if binary else pc.utf8_length(values)
    quantiles = np.quantile(counted.to_numpy(zero_copy_only=False), _LEVELS)
    return tuple(float(value) for value in np.round(quantiles))


def _vocabulary(texts: Sequence[str], k: int | None) -> tuple[str, ...]:
    if k is None:
        return NEUTRAL_WORDS
    counts = Counter(word for text in texts for word in set(re.findall(r"[^\W\d_]+", text.lower())))
    kept = sorted((word for word, count in counts.items() if count >= k), key=lambda word: (-counts[word], word))
    return tuple(sorted(kept[:_MOST_WORDS])) if len(kept) >= _FEWEST_WORDS else NEUTRAL_WORDS


def _link_templates(texts: Sequence[str], k: int) -> tuple[Template, ...]:
    """The source's scheme and forms of paths, at a host that belongs to nobody (RFC 2606)."""
    split = [re.fullmatch(r"(?:(\w+)://)?[^/?#]*(.*)", text, re.DOTALL) for text in texts]
    schemes = Counter(match.group(1) for match in split if match and match.group(1))
    start = f"{schemes.most_common(1)[0][0]}://" if schemes else "https://" if not texts else ""
    paths = sorted({match.group(2) for match in split if match and len(match.group(2)) > 1})
    host = Segment("text", text=f"{start}www.example.com")
    shapes = learn_templates(paths, k=k) if paths else (Template(word_segments("/aaaaaa")),)
    return tuple(Template((host, *shape.segments), shape.weight) for shape in shapes)
