"""Which of several draws of a row's references is taken, so that all rows together ask every cell for what it has.

Cells of linked parents (`stats.cells`) are drawn given what is known of a row. Added up, they ask for other numbers of
rows than the parents of each cell were drawn with. Rows that are then moved to any cell with room lose what their
cell had to do with them; so each row is drawn several times, and draws of cells that are asked for too little are
taken more often.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthspark.seeds import FloatArray, IntArray

DRAWS = 12  # of each row
_ROUNDS = 40
_DAMPING = 0.7  # of each correction, for one draw says where the references of several keys lead
_FURTHEST = 1e3  # factor by which a cell's draws can count more, or less, than others


def take_balanced(cells: Sequence[FloatArray], masses: Sequence[FloatArray], u: FloatArray) -> IntArray:
    """Place of the draw that is taken of each row, shape (n,).

    Parameters
    ----------
    cells : sequence of ndarray of shape (n_draws, n)
        Cells that were drawn, one array a key; NaN where the row asks for none.
    masses : sequence of ndarray of shape (n_cells,)
        What the parents of each cell ask for, up to a factor.
    u : ndarray of shape (n,)
        Uniform numbers by which one of the draws is taken.

    References
    ----------
    Deming & Stephan (1940), "On a least squares adjustment of a sampled frequency table when the expected marginal
    totals are known" (iterative proportional fitting).
    """
    asked = [np.nan_to_num(drawn, nan=len(mass)).astype(np.int64) for drawn, mass in zip(cells, masses, strict=True)]
    factors = [np.ones(mass.size + 1) for mass in masses]
    share = _shares(asked, factors)
    wanted = [_wanted(codes, mass, share) for codes, mass in zip(asked, masses, strict=True)]
    for _ in range(_ROUNDS):
        for place, (codes, target) in enumerate(zip(asked, wanted, strict=True)):
            size = np.bincount(codes.ravel(), weights=share.ravel(), minlength=target.size)
            change = np.clip(target / np.maximum(size, 1e-9), 1 / _FURTHEST, _FURTHEST) ** _DAMPING
            factors[place] = np.clip(factors[place] * change, 1 / _FURTHEST, _FURTHEST)
            share = _shares(asked, factors)
    along = np.cumsum(share, axis=0)
    return np.asarray((along < u * along[-1]).sum(axis=0).clip(max=along.shape[0] - 1), dtype=np.int64)


def _wanted(codes: IntArray, mass: FloatArray, share: FloatArray) -> FloatArray:
    """Rows of each cell; as many as were drawn ask for none, the last one."""
    size = np.bincount(codes.ravel(), weights=share.ravel(), minlength=mass.size + 1)
    return np.append(mass / mass.sum() * size[:-1].sum(), size[-1])


def _shares(asked: Sequence[IntArray], factors: Sequence[FloatArray]) -> FloatArray:
    """Chance of each draw of a row to be taken, shape (n_draws, n)."""
    weight = np.ones(asked[0].shape)
    for codes, factor in zip(asked, factors, strict=True):
        weight *= factor[codes]
    return np.asarray(weight / weight.sum(axis=0))
