"""What to ask a person: where two readings of the data are close, in plain words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from synthspark.artifacts.question import Question, Reading
from synthspark.relate.evidence import RankedReference
from synthspark.relate.facts import Place
from synthspark.relate.hubs import referring

UNSURE_HUB = 0.9  # share of its certainty that a reference must have for its hub to need no question
LEAST_READING = 0.1  # confidence from which another reading is worth asking about
CLOSE = 0.4  # difference in confidence from which the likelier reading stands by itself
MOST_READINGS = 5
MOST_QUESTIONS = 50

Label = Callable[[RankedReference], str]


def ask(settled: Sequence[RankedReference], chosen: Sequence[RankedReference], label: Label) -> tuple[Question, ...]:
    """Questions on the chosen references, the most important first: those on hubs, then those on close rivals."""
    by_child: dict[object, list[RankedReference]] = defaultdict(list)
    for one in settled:
        by_child[referring(one)].append(one)
    hubs: dict[Place, list[RankedReference]] = defaultdict(list)
    rivals = []
    for one in chosen:
        if one.confidence < UNSURE_HUB * one.certainty:
            hubs[one.parent].append(one)
        else:
            close = [other for other in by_child[referring(one)] if _close(one, other)]
            if close:
                rivals.append(_on_rivals(one, close, label))
    questions = [_on_hub(hub, into, by_child, label) for hub, into in hubs.items()]
    return tuple([one for one in questions if one is not None] + rivals)[:MOST_QUESTIONS]


def _close(one: RankedReference, other: RankedReference) -> bool:
    if other is one or other.evidence["implied"]:
        return False
    return other.confidence >= LEAST_READING and one.confidence - other.confidence < CLOSE


def _on_rivals(one: RankedReference, close: Sequence[RankedReference], label: Label) -> Question:
    readings = [one, *sorted(close, key=lambda other: -other.confidence)][:MOST_READINGS]
    return Question(
        f"What does {one.child} refer to?",
        tuple(Reading(f"it refers to {other.parent}", (label(other),), other.confidence) for other in readings),
    )


def _on_hub(
    hub: Place, into: Sequence[RankedReference], by_child: Mapping[object, Sequence[RankedReference]], label: Label
) -> Question | None:
    """Which of several tables with the same key is the one that the others refer to."""
    members = {one.parent: one.confidence for one in by_child[hub.table, frozenset(hub.columns)]}
    children = {referring(one) for one in into} | {(place.table, frozenset(place.columns)) for place in (hub, *members)}
    towards: dict[Place, list[RankedReference]] = defaultdict(list)
    for child in sorted(children, key=str):
        for other in by_child.get(child, ()):
            if other.parent == hub or other.parent in members:
                towards[other.parent].append(other)
    readings = [
        Reading(
            f"{place.table} is the main table",
            tuple(sorted(label(one) for one in found)),
            max(one.confidence for one in found),
        )
        for place, found in towards.items()
    ]
    readings.sort(key=lambda reading: (reading.text != f"{hub.table} is the main table", -reading.confidence))
    if len(readings) < 2:
        return None
    names = sorted(place.table for place in towards)
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    text = f"The tables {listed} share one key. Which one is the main table, which the others refer to?"
    return Question(text, tuple(readings[:MOST_READINGS]))
