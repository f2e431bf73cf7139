"""Two reports side by side: what got better, what got worse, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthspark.artifacts.report import Report, Score
from synthspark.evaluate import page_parts as parts
from synthspark.evaluate.page import page_of

MOST_CHANGES = 200


@dataclass(frozen=True)
class Change:
    """One score in both reports; `gain` is how much nearer to its best value the second one is."""

    first: Score | None
    second: Score | None

    @property
    def score(self) -> Score:
        found = self.first or self.second
        assert found is not None
        return found

    @property
    def gain(self) -> float:
        """Difference of goodness; 0 where a side has no value."""
        sides = [None if side is None else side.goodness for side in (self.first, self.second)]
        return 0.0 if sides[0] is None or sides[1] is None else sides[1] - sides[0]


def compare_reports(first: Report, second: Report) -> list[Change]:
    """Every score that either has, those of the database first, then the largest changes."""
    sides = [{(s.level, s.name, s.subject): s for s in report.scores} for report in (first, second)]
    keys = list(dict.fromkeys([*sides[0], *sides[1]]))
    changes = [Change(sides[0].get(key), sides[1].get(key)) for key in keys]
    return sorted(changes, key=lambda change: (change.score.level != "database", -abs(change.gain)))


def overall(changes: Sequence[Change]) -> list[Change]:
    """Changes of the scores of the database, in the order of the report."""
    return [change for change in changes if change.score.level == "database"]


def comparison_page(first: tuple[str, Report], second: tuple[str, Report]) -> str:
    """The comparison as one self-contained page."""
    changes = compare_reports(first[1], second[1])
    whole, others = overall(changes), [change for change in changes if change.score.level != "database"]
    moved = [change for change in others if change.gain][:MOST_CHANGES]
    better = sum(change.gain > 0 for change in others)
    worse = sum(change.gain < 0 for change in others)
    body = (
        f"<p>A: {parts.text(first[0])}. B: {parts.text(second[0])}. Of {len(others):,} scores below, {better:,} are "
        f"better in B and {worse:,} are worse. Gain: how much nearer to its best value a score is in B.</p>"
        f'<h2 id="overview">The database</h2>{_table(whole)}'
        f'<h2 id="changes">Largest changes</h2>{_table(moved)}'
    )
    return page_of(
        f"Comparison of {first[1].name} and {second[1].name}",
        body,
        [("overview", "The database"), ("changes", "Changes")],
    )


def _table(changes: Sequence[Change]) -> str:
    rows = [
        (
            parts.text(parts.label(change.score.name)),
            parts.text(", ".join(change.score.subject)),
            parts.value(change.first),
            parts.value(change.second),
            _gain(change.gain),
        )
        for change in changes
    ]
    return parts.table(("Score", "Of", "A", "B", "Gain"), rows, numeric_from=2)


def _gain(gain: float) -> str:
    colour = "good" if gain > 0 else "poor" if gain < 0 else ""
    return f'<span class="{colour}">{gain:+.3f}</span>'
