"""The questions of discovery at the top of the review page: two readings are close, a person chooses."""

from __future__ import annotations

from synthspark.artifacts.schema import Schema
from synthspark.review import page_facts as facts
from synthspark.review.page_markup import Markup, element

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def questions_section(schema: Schema) -> Markup:
    """One card for each question, one button for each of its readings; empty where nothing is asked."""
    if not schema.questions:
        return Markup("")
    cards = [
        element(
            "article",
            {"class": "question", "data-question": number, "tabindex": -1},
            element("h3", {}, question.text),
            element(
                "ol",
                {"class": "readings", "type": "a"},
                *(
                    element(
                        "li",
                        {},
                        element(
                            "button",
                            {"type": "button", "data-do": "answer", "data-reading": place, "aria-pressed": "false"},
                            reading.text or ", ".join(reading.labels),
                        ),
                        " ",
                        element("span", {"class": "odds", "title": "confidence"}, facts.sure(reading.confidence)),
                        element("small", {"class": "labels"}, "; ".join(reading.labels)),
                    )
                    for place, reading in enumerate(question.readings)
                ),
            ),
        )
        for number, question in enumerate(schema.questions)
    ]
    head = element("h2", {}, "First: what only you can tell ", element("small", {"id": "asked"}))
    return element("section", {"id": "questions", "aria-label": "Questions"}, head, *cards)


def drift_section(drift: tuple[str, ...]) -> Markup:
    """What a second discovery found changed; empty where nothing is told."""
    if not drift:
        return Markup("")
    summary = element("summary", {}, f"Since the last discovery: {len(drift)} changes to look at")
    return element("details", {"id": "drift", "open": True}, summary, element("ul", {}, *_items(drift)))


def _items(lines: tuple[str, ...]) -> list[Markup]:
    return [element("li", {}, line) for line in lines]
