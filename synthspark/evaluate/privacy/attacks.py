"""Singling out, linkage and inference on one view: the risk over the same attack on people held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.evaluate.privacy.closeness import Placed
from synthspark.evaluate.privacy.people import Rate, count_people
from synthspark.evaluate.privacy.views import FEWEST_ROWS, Rows, View
from synthspark.seeds import generator_for
from synthspark.stats.attacks import inferred, joint_guesses, linked, single_guesses, singled_out
from synthspark.stats.dependence import Cells, associations, cut_categories, cut_numbers, quantile_edges
from synthspark.stats.frame import Domain
from synthspark.stats.intervals import PROOF, Risk, excess_bound, risk_over_control, wilson

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

_GUESSES = 500  # of each kind of singling out
_COLUMNS = 3  # of a joint guess
_NEAREST = 5  # synthetic rows that either holder of data looks at in linkage
_SECRETS = 5  # columns whose values are guessed, those that others tell most of
_TARGETS = 1_000  # people attacked


@dataclass(frozen=True)
class Attack:
    """Result of one kind of attack on one view."""

    kind: str  # singling_out | linkability | inference
    risk: Risk
    proven: float  # lower bound of `gain` that no chance among many attacks explains
    highest: float  # upper 95 % bound of `gain`
    main_rate: float
    control_rate: float
    n_guesses: int
    target: str = ""  # the column or kind of guess at which the most is gained

    @property
    def gain(self) -> float:
        """Share of the people of whom the copy tells what it does not tell of others, at least 0.

        The risk divides it by those whom no guess from others would reach. Where nearly everybody is guessed anyway,
        as with a column that another determines, this is a quotient of two small numbers: a large risk to nobody.
        """
        return max(0.0, self.main_rate - self.control_rate)


def attack(view: View, placed: Placed, seed: int) -> list[Attack] | str:
    """The three attacks, each at the kind of guess that gains most; or why there are none."""
    if view.holdout is None or view.holdout.n_rows < FEWEST_ROWS:
        return "no hold-out, or too small a one"
    # The same number of people on both sides: what is unique depends on it.
    n_rows = min(view.real.n_rows, view.holdout.n_rows, _TARGETS)
    main, control = (_some(side, n_rows) for side in (view.real, view.holdout))
    found = [_single_out(view, main, control, seed)]
    if view.real.matrix.shape[0] >= 2 * 2:
        found.append(_link(view, placed, n_rows, seed))
    found.append(_infer(view, main, control))
    return [item for item in found if item is not None]


def _some(rows: Rows, n_rows: int) -> Rows:
    return rows.take(np.arange(n_rows))


def _single_out(view: View, main: Rows, control: Rows, seed: int) -> Attack | None:
    # As many synthetic rows as people are attacked, or what is unique here would not be so there.
    synthetic = view.synthetic.matrix[:, : main.n_rows]
    draw = generator_for(seed, view.table, view.kind, "singling_out")
    single = single_guesses(synthetic, view.categorical)
    picked = draw.permutation(len(single))[:_GUESSES]
    kinds = {
        "one column": [single[place] for place in picked],
        f"{_COLUMNS} columns": joint_guesses(synthetic, view.categorical, _COLUMNS, _GUESSES, draw),
    }
    people = count_people(main.people), count_people(control.people)
    found = []
    for name, guesses in kinds.items():
        if len(guesses) < FEWEST_ROWS:
            continue
        # Guesses that hold of the same people stand or fall together: no more is known than there are people.
        rates = [
            Rate(singled_out(guesses, side.matrix, side.people) / len(guesses), min(len(guesses), n_people))
            for side, n_people in zip((main, control), people, strict=True)
        ]
        found.append(_attack("singling_out", name, rates[0], rates[1], len(guesses)))
    return max(found, key=_worst, default=None)


def _worst(item: Attack) -> tuple[float, float]:
    return item.proven, item.gain


def _attack(kind: str, target: str, main: Rate, control: Rate, n_guesses: int) -> Attack:
    both = main.found, main.n_tries, control.found, control.n_tries
    return Attack(
        kind,
        risk_over_control(wilson(*both[:2]), wilson(*both[2:])),
        max(0.0, excess_bound(*both, PROOF)),
        max(0.0, -excess_bound(*both[2:], *both[:2])),
        main.share,
        control.share,
        n_guesses,
        target,
    )


def _link(view: View, placed: Placed, n_rows: int, seed: int) -> Attack | None:
    """Columns are split at random between two holders; the nearest synthetic rows of both are compared."""
    if placed.holdout is None:
        return None
    n_columns = placed.real.numbers.shape[1] + placed.real.codes.shape[1]
    first = np.zeros(n_columns, dtype=np.bool_)
    first[generator_for(seed, view.table, view.kind, "linkability").permutation(n_columns)[: n_columns // 2]] = True
    rows = np.arange(min(n_rows, placed.real.n_rows, placed.holdout.n_rows))
    main, control = (
        Rate.by_person(linked(targets.take(rows), placed.synthetic, (first, ~first), _NEAREST), people[rows])
        for targets, people in ((placed.real, placed.people), (placed.holdout, placed.held))
    )
    return _attack("linkability", "", main, control, rows.size)


def _infer(view: View, main: Rows, control: Rows) -> Attack | None:
    synthetic, categorical = view.synthetic.matrix[:, : 2 * _TARGETS], view.categorical
    found = []
    for secret in _secrets(view):
        rates = [
            Rate.by_person(inferred(side.matrix, synthetic, categorical, secret)[0], side.people)
            for side in (main, control)
        ]
        found.append(_attack("inference", view.names[secret], rates[0], rates[1], main.n_rows))
    return max(found, key=_worst, default=None)


def _secrets(view: View) -> list[int]:
    """Columns that most depend on the others, since only those can be guessed from them."""
    strength = dependence_on_others(view)
    return sorted(range(len(strength)), key=lambda place: (-round(strength[place], 4), place))[:_SECRETS]


def dependence_on_others(view: View) -> list[float]:
    """How strongly each real column hangs together with the one it depends on most: corrected Cramér's V."""
    matrix = view.real.matrix[:, :2_000]
    cells = [_cells(column, domain) for column, domain in zip(matrix, view.domains, strict=True)]
    found = associations(cells)
    np.fill_diagonal(found, 0.0)
    strongest: list[float] = found.max(axis=1).tolist()
    return strongest


def _cells(column: FloatArray, domain: Domain) -> Cells:
    if domain.kind == "category":
        return cut_categories(column, len(domain.categories)).coarse()
    return cut_numbers(column, quantile_edges(column)).coarse()
