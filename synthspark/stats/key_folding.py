"""Shapes of texts that stay apart when case and blanks around them do not count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from synthspark.stats.key_templates import DIGITS, Segment, Template

_CHECKS = frozenset(DIGITS + "abcdefghijklmnopqrstuvwxyz")
Places = tuple[frozenset[str], ...]  # what each place of a text may hold, in lower case


def apart_when_folded(templates: Sequence[Template]) -> tuple[Template, ...]:
    """The templates without letters that occur in both cases at one place, and without those that could then agree.

    Of two that could give the same text, the one of more weight stays.
    """
    kept: list[tuple[Template, Places]] = []
    for template in sorted(templates, key=lambda one: -one.weight):
        one_case = replace(template, segments=tuple(_one_case(segment) for segment in template.segments))
        places = _places(one_case)
        if not any(_may_agree(places, other) for _, other in kept):
            kept.append((one_case, places))
    return tuple(template for template, _ in kept)


def _one_case(segment: Segment) -> Segment:
    if segment.kind == "chars":
        return replace(segment, options=tuple("".join(_first_of_case(alphabet)) for alphabet in segment.options))
    if segment.kind == "choice":
        return replace(segment, options=tuple(_first_of_case(segment.options)))
    return segment


def _first_of_case(values: Sequence[str]) -> list[str]:
    return list({value.lower(): value for value in reversed(values)}.values())[::-1]


def _places(template: Template) -> Places:
    places = [place for segment in template.segments for place in held(segment)]
    blank = frozenset(" ")
    while places and places[0] == blank:
        places.pop(0)
    while places and places[-1] == blank:
        places.pop()
    return tuple(places)


def held(segment: Segment) -> list[frozenset[str]]:
    """What each place of a segment may hold, in lower case."""
    if segment.kind == "text":
        return [frozenset(char) for char in segment.text.lower()]
    if segment.kind == "choice":
        return [frozenset(chars) for chars in zip(*(option.lower() for option in segment.options), strict=True)]
    if segment.kind == "chars":
        return [frozenset(alphabet.lower()) for alphabet in segment.options]
    return [_CHECKS if segment.kind == "check" else frozenset(DIGITS)] * segment.width


def _may_agree(one: Places, other: Places) -> bool:
    return len(one) == len(other) and all(a & b for a, b in zip(one, other, strict=True))
