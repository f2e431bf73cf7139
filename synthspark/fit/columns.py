"""How each column of a table is made: by the engine, by a format, by a provider, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from synthspark.artifacts.model import ColumnModel, Feature
from synthspark.artifacts.schema import Column
from synthspark.fit.summaries import ColumnSummary, is_number
from synthspark.seeds import WordArray
from synthspark.stats.features import BLANK, OTHER, PRESENT
from synthspark.stats.frame import supported, texts
from synthspark.stats.key_learning import AVOID_LIMIT, learn_key_format
from synthspark.stats.providers import learn_personal
from synthspark.stats.wording import learn_text

COVERED = 0.2  # share of a text column's rows that its frequent values hold, from which it is a category
NOMINAL_COVERED = 0.9  # the same for numbers that are codes by their meaning
MOST_NOMINAL = 50  # distinct numbers up to which codes are categories
MOST_COPIED = 10_000  # values that a column approved for copying may hold
INVENTED = frozenset({"city", "company", "postal_code"})  # rare values come from a provider, not from a format
RENAMED = frozenset({"key", "url"})  # identifiers that refer to nothing here: they repeat as they did, by other names
NOMINAL = frozenset({"category", "code", "boolean", "country", "region", "postal_code"})


@dataclass(frozen=True)
class ColumnSettings:
    """Bounds that hold for all columns of a table."""

    k: int
    most_categories: int
    locale: str = ""
    seed: int = 0


def model_column(
    column: Column, summary: ColumnSummary, settings: ColumnSettings, pairs: WordArray | None = None
) -> ColumnModel:
    """Model of a column that no key sets.

    Parameters
    ----------
    pairs
        Of a last name: hashes of the first and last names of the source's rows.
    """
    name, kind = summary.name, column.type
    if column.generate == "drop":
        return ColumnModel(name, kind, "null", {"why": "dropped"})
    if not supported(kind):
        return ColumnModel(name, kind, "null", {"why": "unsupported"})
    if summary.filled == 0:
        return ColumnModel(name, kind, "null", {"why": "empty", "nan": bool(summary.nans)})
    if column.generate == "verbatim" and kind != "binary":
        return _copied(summary)
    if column.personal and kind != "binary":
        written = {**_personal(column.semantic, summary, settings, pairs), **_blank(summary)}
        return ColumnModel(name, kind, "personal", written)
    if is_number(kind) or kind == "boolean":
        return _number(column, summary)
    if kind == "binary":
        return ColumnModel(name, kind, "text", _invented(column, summary, settings))
    return _text(column, summary, settings)


def feature_of(model: ColumnModel, nulls: int, rows: int) -> Feature | None:
    """What the engine draws for a column: its value, whether it is there, or nothing."""
    if model.way == "number":
        domain = {"kind": "number", "type": model.type, "categories": []}
    elif model.way == "category":
        rest = [OTHER] if "rest" in model.parameters else []
        domain = {"kind": "category", "type": model.type, "categories": [*model.parameters["categories"], *rest]}
    elif "blank" in model.parameters:
        domain = {"kind": "category", "type": "string", "categories": [PRESENT, BLANK]}
    elif model.way in ("personal", "text", "copy", "key") and 0 < nulls < rows:
        domain = {"kind": "category", "type": "string", "categories": [PRESENT]}
    else:
        return None
    return Feature(model.name, model.name, domain)


def context_features(
    columns: Mapping[str, Column], summaries: Mapping[str, ColumnSummary], settings: ColumnSettings, most: int
) -> list[Feature]:
    """The columns of a parent that its children are conditioned on: numbers, and values that are frequent."""
    found = [_known(column, summaries[name], settings) for name, column in columns.items()]
    return [feature for feature in found if feature is not None][:most]


def _known(column: Column, summary: ColumnSummary, settings: ColumnSettings) -> Feature | None:
    """What is known of a column where its rows are there already, so that no format has to be learned for it."""
    top = summary.top or {}
    if column.type == "string" and summary.top_rows < summary.filled:
        plain = not column.personal and column.semantic != "key" and column.generate == "auto"
        if not (plain and top and _repeats(column, summary)):
            return None
        return Feature(summary.name, summary.name, {"kind": "category", "type": "string", "categories": [*top, OTHER]})
    if column.type == "binary":
        return None
    model = model_column(column, summary, settings)
    return feature_of(model, 0, 0) if model.way in ("number", "category") else None


def is_counted(column: Column) -> bool:
    """Whether the frequent values of a column may become categories."""
    if column.type in ("string", "boolean") or column.generate == "verbatim":
        return column.type != "binary"
    return is_number(column.type) and column.semantic in NOMINAL


def _copied(summary: ColumnSummary) -> ColumnModel:
    top = summary.top or {}
    if summary.filled and summary.distinct == len(top) and min(top.values()) > 1:
        return ColumnModel(summary.name, summary.type, "category", {"categories": sorted(top)})
    named = dict.fromkeys(texts(summary.sample).to_pylist(), 1) if summary.sample is not None else {}
    named.update(top)
    chosen = sorted(named.items(), key=lambda item: (-item[1], item[0]))[:MOST_COPIED]
    return ColumnModel(
        summary.name, summary.type, "copy", {"values": [text for text, _ in chosen], "rows": [n for _, n in chosen]}
    )


def _number(column: Column, summary: ColumnSummary) -> ColumnModel:
    top = summary.top or {}
    covered = summary.top_rows / summary.filled
    nominal = summary.type == "boolean" or (column.semantic in NOMINAL and summary.distinct <= MOST_NOMINAL)
    parameters: dict[str, Any] = {"nan_share": summary.nans / (summary.nans + summary.nulls)} if summary.nans else {}
    if nominal and top and covered >= NOMINAL_COVERED:
        return ColumnModel(summary.name, summary.type, "category", {"categories": list(top), **parameters})
    return ColumnModel(summary.name, summary.type, "number", parameters)


def _text(column: Column, summary: ColumnSummary, settings: ColumnSettings) -> ColumnModel:
    top = summary.top or {}
    covered = summary.top_rows / summary.filled
    if len(top) == summary.distinct == 1 and summary.nulls == 0 and column.semantic != "key":
        return ColumnModel(summary.name, summary.type, "constant", {"value": next(iter(top))})
    if _repeats(column, summary):
        parameters: dict[str, Any] = {"categories": list(top)}
        if column.semantic in RENAMED:
            parameters["pseudonyms"] = _names(column.semantic, summary, settings)
        if covered < 1.0:
            parameters["rest"] = _invented(column, summary, settings)
        return ColumnModel(summary.name, summary.type, "category", parameters)
    rest = _invented(column, summary, settings)
    return ColumnModel(summary.name, summary.type, rest["way"], rest)


def _repeats(column: Column, summary: ColumnSummary) -> bool:
    """Whether frequent values make up enough of a text column for it to be a category."""
    covered = summary.top_rows >= COVERED * summary.filled
    return covered or (bool(summary.top) and column.semantic == "category")


def _invented(column: Column, summary: ColumnSummary, settings: ColumnSettings) -> dict[str, Any]:
    """How values that cannot be kept are written; `way` names it."""
    if column.semantic in INVENTED:
        return {"way": "personal", **_personal(column.semantic, summary, settings), **_blank(summary)}
    learned = learn_text(
        summary.sample,
        column.semantic,
        summary.hashes,
        n_distinct=unlisted(summary),
        n_values=summary.filled,
        k=settings.k,
    )
    return {"way": "text", "format": learned.to_json(), **_blank(summary)}


def _blank(summary: ColumnSummary) -> dict[str, str]:
    """The text that stands for a missing one, where such are frequent: empty, or white space."""
    found = [text for text in (summary.top or {}) if not text.strip()] if summary.type == "string" else []
    return {"blank": found[0]} if found else {}


def _names(semantic: str, summary: ColumnSummary, settings: ColumnSettings) -> dict[str, Any]:
    """Format of the names that stand for those of the source."""
    sample = summary.sample if summary.sample is not None else pa.array([], pa.string())
    if semantic == "url":
        learned = learn_text(sample, semantic, summary.hashes, n_distinct=unlisted(summary), k=settings.k)
        assert learned.key is not None
        return learned.key.to_json()
    return learn_key_format(
        sample,
        summary.type,
        unlisted(summary),
        avoid=summary.hashes,
        maximum_length=summary.maximum_length,
        k=settings.k,
    ).to_json()


def _personal(
    semantic: str, summary: ColumnSummary, settings: ColumnSettings, pairs: WordArray | None = None
) -> dict[str, Any]:
    learned = learn_personal(
        semantic,
        settings.locale,
        summary.sample,
        summary.hashes,
        logical_type=summary.type,
        n_distinct=summary.distinct,
        n_values=summary.filled,
        avoid_pairs=pairs,
        seed=settings.seed,
        k=settings.k,
    )
    return {"semantic": semantic, "format": learned.to_json()}


def unlisted(summary: ColumnSummary) -> int:
    """Distinct values as the learning of formats takes them: values too many to be known by hash must be left alone."""
    too_many = summary.hashes is None and summary.type == "string"
    return max(summary.distinct, AVOID_LIMIT + 1) if too_many else summary.distinct


def notes_of(models: list[ColumnModel]) -> Mapping[str, Any]:
    """What a reader of the report should know of the columns."""
    unsupported = {m.name: m.type for m in models if m.way == "null" and m.parameters.get("why") == "unsupported"}
    return {"unsupported": unsupported} if unsupported else {}


def typed(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Values cast to the type that the schema declares; what cannot be cast is null."""
    return values if values.type == kind else values.cast(kind, safe=False)
