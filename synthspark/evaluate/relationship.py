"""Scores of one relationship: children per parent, orphans, missing keys, and pairs across the join."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.report import Score
from synthspark.artifacts.schema import ForeignKey
from synthspark.evaluate.column import draw_column
from synthspark.evaluate.column_pair import Columns, PairScores, score_pairs
from synthspark.evaluate.definitions import score
from synthspark.evaluate.link import Link, link
from synthspark.evaluate.sample import Sample, Split, TablePair, first_half
from synthspark.stats.distances import measure_numbers, share_similarity
from synthspark.stats.frame import Domain, Frame

FloatArray = npt.NDArray[np.float64]
_COUNT = Domain("number", "long")
_MOST_COLUMNS = 60  # of each side of a join, so that pairs across it stay bounded


def score_relationship(
    key: ForeignKey, child: TablePair, parent: TablePair, maximum_pairs: int
) -> tuple[list[Score], dict[str, Any], int]:
    """Scores, plot and number of pairs left out of one foreign key."""
    real, synthetic = link(key, child.real, parent.real), link(key, child.synthetic, parent.synthetic)
    cardinality, plot = _score_cardinality(key, real, synthetic, parent)
    pairs = _score_join(key, (child, parent), (real, synthetic), maximum_pairs)
    scores = [cardinality, *_score_keys(key, child, real, synthetic), pairs.trend, pairs.kept, *pairs.scores]
    return scores, plot, pairs.n_left_out


def _score_cardinality(key: ForeignKey, real: Link, synthetic: Link, parent: TablePair) -> tuple[Score, dict[str, Any]]:
    counts_real, counts_synthetic = real.n_children.astype(np.float64), synthetic.n_children.astype(np.float64)
    half = first_half(parent.real.parent_key(key).hashes[real.parents])
    found, ceiling = (
        measure_numbers(counts_real, counts_synthetic),
        measure_numbers(counts_real[half], counts_real[~half]),
    )
    made = score(
        "cardinality_shape",
        "relationship",
        (key.label,),
        found.value if found else None,
        ceiling=ceiling.value if ceiling else None,
        error=found.error if found else None,
        rows_real=counts_real.size,
        rows_synthetic=counts_synthetic.size,
        reason="" if found else "a side has no parent row",
        breakdown=_moments(counts_real, counts_synthetic),
    )
    return made, draw_column(_COUNT, counts_real, counts_synthetic)


def _moments(real: FloatArray, synthetic: FloatArray) -> dict[str, float]:
    if not real.size or not synthetic.size:
        return {}
    return {
        "mean_real": round(float(real.mean()), 4),
        "mean_synthetic": round(float(synthetic.mean()), 4),
        "childless_real": round(float((real == 0).mean()), 4),
        "childless_synthetic": round(float((synthetic == 0).mean()), 4),
    }


def _score_keys(key: ForeignKey, child: TablePair, real: Link, synthetic: Link) -> list[Score]:
    nulls = [side.child_key(key).null_fraction for side in (child.real, child.synthetic)]
    sizes = {"rows_real": child.real.n_rows, "rows_synthetic": child.synthetic.n_rows}
    scores = []
    if child.real.n_rows and child.synthetic.n_rows:
        shares = {"real": nulls[0], "synthetic": nulls[1]}
        scores.append(
            score(
                "key_null_similarity",
                "relationship",
                (key.label,),
                share_similarity(*nulls),
                breakdown=shares,
                **sizes,
            )
        )
    orphans = real.orphan_fraction, synthetic.orphan_fraction
    if orphans[0] is None or orphans[1] is None:
        reason = "a side has no child row with a key"
        return [*scores, score("orphan_similarity", "relationship", (key.label,), None, reason=reason)]
    shares = {"real": orphans[0], "synthetic": orphans[1]}
    value = share_similarity(orphans[0], orphans[1])
    sizes = {"rows_real": real.rows.size, "rows_synthetic": synthetic.rows.size}
    return [*scores, score("orphan_similarity", "relationship", (key.label,), value, breakdown=shares, **sizes)]


def _score_join(
    key: ForeignKey, tables: tuple[TablePair, TablePair], links: tuple[Link, Link], maximum: int
) -> PairScores:
    child, parent = tables
    own, others = child.features[:_MOST_COLUMNS], parent.features[:_MOST_COLUMNS]
    real = _join(links[0], child.real, parent.real, own, others)
    synthetic = _join(links[1], child.synthetic, parent.synthetic, own, others)
    rows, _ = links[0].joined()
    # Halves hold whole families, except where both sides have the same parents.
    split = Split.of(child.real.identity[rows] if parent.reference else child.real.child_key(key).hashes[rows])
    pairs = [(first, len(own) + second) for first in range(len(own)) for second in range(len(others))]
    summary = ("relationship", "join_trends", "joins_kept")
    return score_pairs(Columns(real, synthetic, split), pairs, (key.label,), maximum, summary)


def _join(matched: Link, child: Sample, parent: Sample, own: tuple[str, ...], others: tuple[str, ...]) -> Frame:
    """Columns of the children beside those of their parents; a name may occur on both sides."""
    rows, parents = matched.joined()
    left, right = child.features.select(own).take(rows), parent.features.select(others).take(parents)
    return Frame((*own, *others), (*left.domains, *right.domains), np.concatenate([left.matrix, right.matrix]))
