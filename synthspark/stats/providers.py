"""Personal values invented in the form of the source: names, contacts, numbers; never one of the source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.seeds import WordArray, stream_key
from synthspark.stats.key_formats import KeyFormat, bearers, issue
from synthspark.stats.key_hashes import places_in, sorted_hashes, value_hashes
from synthspark.stats.key_learning import learn_key_format
from synthspark.stats.key_shapes import word_segments
from synthspark.stats.key_templates import Template
from synthspark.stats.providers_compose import Composer
from synthspark.stats.providers_format import DEFAULT_LOCALE, PersonalFormat
from synthspark.stats.providers_pools import personal_pool
from synthspark.stats.providers_shapes import personal_templates, reserved_phones

POOL_SIZE = 1_000  # invented values a list
LARGEST_POOL = 5_000  # where the source has more of them, e.g. companies
NAMES = frozenset({"first_name", "last_name"})
COMPOSED = frozenset({"full_name", "email", "username", "address", "street", "city", "company", *NAMES})
_UNIQUE = 0.999  # distinct share of the sample from which values are not repeated


def learn_personal(
    semantic: str,
    locale: str,
    values: pa.Array | pa.ChunkedArray,
    avoid: npt.NDArray[np.uint64] | None = None,
    *,
    logical_type: str = "string",
    n_distinct: int | None = None,
    n_values: int | None = None,
    avoid_pairs: npt.NDArray[np.uint64] | None = None,
    seed: int = 0,
    k: int = 5,
) -> PersonalFormat:
    """Format of a personal column.

    Parameters
    ----------
    semantic, locale : str
        One of `artifacts.schema.PERSONAL_SEMANTICS`, or city, company, postal_code; e.g. it_IT ("" is en_US).
    values : Array
        A sample of the column, with its repetitions.
    avoid : ndarray of uint64, optional
        `value_hashes` of all values of the source; none of them is emitted, but for first and last names alone.
    n_distinct, n_values : int, optional
        Distinct and all non-null values of the whole column; by default those of the sample.
    avoid_pairs : ndarray of uint64, optional
        `pair_hashes` of the first and last names of the source's rows, for a last name beside a first name.
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    values, locale = pc.drop_null(values), locale or DEFAULT_LOCALE
    distinct = pc.unique(values)
    known, total = sorted_hashes(avoid), n_distinct or max(1, len(distinct))
    share = min(1.0, total / (n_values or len(values))) if len(values) else 1.0
    learned = PersonalFormat(semantic, locale, distinct_share=1.0 if share >= _UNIQUE else share)
    if logical_type != "string":
        extremes = _extremes(distinct)
        key = learn_key_format(distinct, logical_type, total, *extremes, avoid=known, k=k)
        return replace(learned, key=key)
    texts = [text for text in distinct.to_pylist() if text.strip()]
    if semantic in COMPOSED:
        pools = _pools(semantic, locale, known, seed, total)
        return replace(
            learned, pools=pools, marks=_marks(semantic, texts), avoid=known, avoid_pairs=sorted_hashes(avoid_pairs)
        )
    plain = learn_key_format(distinct, logical_type, total, avoid=known, k=k)
    shapes = personal_templates(semantic, locale, texts, k)
    phones = reserved_phones(locale, texts) if semantic == "phone" else ()
    return replace(
        learned,
        key=replace(plain, templates=shapes),
        reserved=replace(plain, templates=phones, longer_than=0) if phones and not plain.longer_than else None,
    )


def _extremes(values: pa.Array) -> tuple[float | None, float | None]:
    if not pa.types.is_integer(values.type):
        return None, None
    ends = pc.min_max(values).as_py()
    return ends["min"], ends["max"]


_NEEDED = {
    "full_name": ("first_name", "last_name"),
    "email": ("first_name", "last_name"),
    "username": ("first_name", "last_name"),
    "address": ("street", "city", "postal_code"),
}


def _pools(semantic: str, locale: str, avoid: WordArray, seed: int, n_distinct: int) -> dict[str, tuple[str, ...]]:
    pools = {}
    for name in _NEEDED.get(semantic, (semantic,)):
        size = POOL_SIZE if name in NAMES else min(LARGEST_POOL, max(POOL_SIZE, n_distinct))
        pool = personal_pool(name, locale, size, stream_key(seed, "pool", name) % 2**32)
        shown_alone = name == semantic and name not in NAMES
        pools[name] = tuple(_unknown(pool, avoid) if shown_alone else pool)
    return pools


def _unknown(pool: list[str], avoid: WordArray) -> list[str]:
    """What of a list is not the source's, in any letter case; invented words where nothing is left."""
    for case in (str, str.upper, str.lower):
        hit, _ = places_in(avoid, value_hashes(pa.array([case(value) for value in pool], pa.string())))
        pool = [value for value, known in zip(pool, hit, strict=True) if not known]
    if pool:
        return pool
    words = tuple(Template(word_segments("A" + "a" * length)) for length in (5, 6, 7, 8))
    key = KeyFormat("string", "template", templates=words, avoid=avoid)
    return list(issue(key, np.arange(POOL_SIZE), POOL_SIZE, 0).to_pylist())


def _marks(semantic: str, texts: Sequence[str]) -> dict[str, str]:
    """Traits of the form that most values share."""
    if not texts:
        return {}

    def most(trait: Callable[[str], bool]) -> bool:
        return sum(trait(text) for text in texts) > len(texts) / 2

    case = "upper" if most(str.isupper) else "lower" if most(str.islower) else ""
    if semantic in ("email", "username"):
        local = [text.partition("@")[0] for text in texts]
        marks = Counter(char for text in local for char in text if char in "._-")
        common = marks.most_common(1)
        mark = common[0][0] if common and common[0][1] > len(texts) / 2 else ""
        initial = bool(mark) and sum(len(text.split(mark)[0]) == 1 for text in local) > len(local) / 2
        return {"mark": mark, "initial": "1" if initial else "", "case": "upper" if case == "upper" else "lower"}
    if semantic == "full_name":
        return {"case": case, "order": "last, first" if most(lambda text: "," in text) else "first last"}
    if semantic in ("street", "address"):
        first = most(lambda text: text[:1].isdigit())
        numbered = most(lambda text: any(char.isdigit() for char in text))
        return {"case": case, "number": "first" if first else "last" if numbered else ""}
    return {"case": case}


def emit(
    personal: PersonalFormat,
    index: npt.ArrayLike,
    n_rows: int,
    seed_key: int,
    coherent: Mapping[str, pa.Array] | None = None,
) -> pa.Array:
    """Values of the rows at these indices; a value of the source never appears, but for first and last names alone.

    `coherent` holds other columns of the same rows by their semantic type: an e-mail follows first_name and last_name
    (or full_name), a full name follows both, a last name avoids the source's pairs beside first_name.
    """
    rows = np.asarray(index, dtype=np.int64)
    entities, n_entities = bearers(personal.distinct_share, rows, n_rows, seed_key)
    if personal.key is not None:
        fits = personal.reserved is not None and 2 * n_entities <= personal.reserved.capacity
        chosen = personal.reserved if fits and personal.reserved is not None else personal.key
        return issue(chosen, entities, n_entities, seed_key)
    return Composer(personal, seed_key, coherent or {}, n_entities).values(entities)
