"""The form in which values are compared when a reference crosses formats: '000042' or 'C-42' with 42, 'ab ' with 'AB'.

`spark_types.normal_form` says the same of a column on Spark.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from synthspark.artifacts.comparison import AFFIXED, BLANKS, DOTTED_I, FINAL_SIGMA, SIGMA, SIGNED, WIDEST_INT
from synthspark.artifacts.sketches import NO_FORM
from synthspark.seeds import WordArray
from synthspark.stats.hashing import hash_values

LONGEST_FORM = 64  # characters: longer texts are no keys in another format
LEAST_SHARE = 0.9  # of the values that must hold a number within the same text
PROBED = 256  # values looked at before all are


def normal_form(values: pa.Array, comparison: str) -> pa.Array:
    """The values as a comparison sees them; null where it sees none, which then matches nothing.

    Parameters
    ----------
    comparison : {"exact", "number", "folded"}
        ``exact``: the values themselves. ``number``: int64, the whole number that a text or a number holds, up to 18
        digits. ``folded``: a text without blanks around it, in lower case; values other than texts as they are.
    """
    if comparison == "number":
        return _numbers(values)
    if comparison == "folded" and _is_text(values.type):
        trimmed = pc.utf8_trim(values, characters=BLANKS)
        plain = pc.replace_substring(trimmed, pattern=DOTTED_I, replacement="i")
        return pc.replace_substring(pc.utf8_lower(plain), pattern=FINAL_SIGMA, replacement=SIGMA)
    return values


def _numbers(values: pa.Array) -> pa.Array:
    if _is_text(values.type):
        signed, affixed = (
            pc.struct_field(pc.extract_regex(values, pattern=pattern), "number") for pattern in (SIGNED, AFFIXED)
        )
        return pc.coalesce(signed, affixed).cast(pa.int64())
    if pa.types.is_integer(values.type):
        return values.cast(pa.int64(), safe=False)
    if pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        whole = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), pa.scalar(WIDEST_INT)))
        return pc.if_else(whole, values, pa.scalar(None, values.type)).cast(pa.int64())
    return pa.nulls(len(values), pa.int64())


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def form_hashes(distinct: pa.Array) -> dict[str, WordArray]:
    """Hashes of the normal forms of distinct values, by comparison, where they differ from the values' own hashes.

    Texts only, and short ones: ``number`` where nearly all consist of one same text around a number, ``folded``
    where case or blanks around differ from the folded ones. NO_FORM stands where a value has no form.
    """
    if not _is_text(distinct.type) or not len(distinct) or pc.max(pc.utf8_length(distinct)).as_py() > LONGEST_FORM:
        return {}
    found = {}
    probe = distinct.slice(0, PROBED)
    if _share_of_numbers(probe) >= LEAST_SHARE and _share_of_numbers(distinct) >= LEAST_SHARE:
        found["number"] = _hashed(normal_form(distinct, "number"))
    folded = normal_form(distinct, "folded")
    if not folded.equals(distinct):
        found["folded"] = _hashed(folded)
    return found


def _share_of_numbers(values: pa.Array) -> float:
    """Share of the values that hold a number within the text most common among them."""
    around = pc.replace_substring_regex(values, pattern="[0-9]+", replacement="0")
    commonest = max(pc.value_counts(around).field("counts").to_pylist())
    whole = len(values) - normal_form(values, "number").null_count
    return float(min(commonest, whole) / len(values))


def _hashed(forms: pa.Array) -> WordArray:
    hashes = hash_values(forms)
    hashes[pc.is_null(forms).to_numpy(zero_copy_only=False)] = NO_FORM
    return hashes
