"""Labels of columns: what they hold, and what else may be said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from synthspark.artifacts.schema import SEMANTICS

LABELS = Path(__file__).resolve().parents[2] / "tests" / "unit" / "profile" / "labels"
# Short forms: what is no meaning of its own stands for all that may be said of it.
SHORT_FORMS = {
    "key": {"key", "code", "number", "category", "uuid"},
    "flag": {"category", "number", "boolean"},
    "thing": {"free_text", "category", "unknown"},
}


@dataclass(frozen=True)
class Label:
    """The class that a column counts for, and the meanings that are right for it."""

    name: str
    accepted: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Label:
        """From "code|key": the first is the class."""
        parts = text.split("|")
        accepted = frozenset().union(*(SHORT_FORMS.get(part, {part}) for part in parts))
        if not accepted <= SEMANTICS:
            raise ValueError(f"label {text!r}: not a semantic type; expected those of artifacts.schema.SEMANTICS")
        return cls(parts[0], accepted)


def read_labels(database: str, folder: Path = LABELS) -> Mapping[tuple[str, str], Label]:
    """Labels by table ("*" for any) and column; blanks in names are underscores."""
    found = {}
    for line in (folder / f"{database}.txt").read_text(encoding="utf-8").splitlines():
        table, _, columns = line.partition(": ")
        for pair in columns.split():
            column, _, text = pair.partition("=")
            found[table, column] = Label.of(text)
    return found


def label_of(labels: Mapping[tuple[str, str], Label], table: str, column: str) -> Label | None:
    """Label of a column; of the table itself before that of any."""
    written = column.replace(" ", "_")
    return labels.get((table, written)) or labels.get(("*", written))
