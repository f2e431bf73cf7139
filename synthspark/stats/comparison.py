"""The form in which values are compared when a reference crosses formats: '000042' or 'C-42' with 42, 'ab ' with 'AB'.

`spark_types.normal_form` says the same of a column on Spark.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from synthspark.artifacts.comparison import AFFIXED, BLANKS, DOTTED_I, FINAL_SIGMA, SIGMA, SIGNED, WIDEST_INT


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
