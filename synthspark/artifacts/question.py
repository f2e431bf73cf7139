"""What discovery could not tell by itself: a question to a person, in plain words, with the readings to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from synthspark.errors import SchemaError


@dataclass(frozen=True)
class Reading:
    """One answer: what it says, the foreign keys that hold under it (their labels), and how likely it is."""

    text: str
    labels: tuple[str, ...]
    confidence: float = 0.0


@dataclass(frozen=True)
class Question:
    """Readings of the data that exclude each other, the likeliest first: the one that is proposed.

    The labels of a reading name foreign keys or candidates of the schema. The question is open while a foreign key
    that it names awaits a decision; choosing a reading approves its keys and rejects the keys of the others.
    """

    text: str
    readings: tuple[Reading, ...]

    def __post_init__(self) -> None:
        if not self.text or len(self.readings) < 2:
            raise SchemaError(
                f"schema.yaml, question {self.text!r}: {len(self.readings)} readings; expected a text and at least two "
                "readings; complete the question or remove it"
            )

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of all foreign keys that the readings name, each once."""
        return tuple(dict.fromkeys(self._all_labels()))

    def _all_labels(self) -> Iterator[str]:
        for reading in self.readings:
            yield from reading.labels
