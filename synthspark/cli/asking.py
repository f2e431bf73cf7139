"""`synthspark review --interactive`: one question after the other, one key each, every answer can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from rich.markup import escape

from synthspark.artifacts.question import Question
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.review.awaiting import Open, awaiting
from synthspark.review.decide import answer, decide, use_instead
from synthspark.review.page_facts import sure
from synthspark.review.page_questions import LETTERS

if TYPE_CHECKING:
    from synthspark.cli.terminal import Terminal

HELP = "a approve · r reject · s skip · b back · q save and stop"
MOST_ALTERNATIVES = 5


@dataclass(frozen=True)
class State:
    """The schema so far, and what the person skipped."""

    schema: Schema
    skipped: frozenset[str] = frozenset()

    def skip(self, name: str) -> State:
        return replace(self, skipped=self.skipped | {name})


def ask(terminal: Terminal, schema: Schema) -> Schema:
    """The schema after a person went through what is open; end of input keeps what was decided until then."""
    states = [State(schema)]
    while True:
        try:
            after = _asked(terminal, states[-1])
        except (EOFError, KeyboardInterrupt):
            break
        if after is None:
            break
        if isinstance(after, State):
            states.append(after)
        elif len(states) > 1:
            states.pop()
    return states[-1].schema


def _asked(terminal: Terminal, state: State) -> State | Literal["back"] | None:
    """State after one answer; "back" for a step back, None at the end."""
    for number, question in enumerate(state.schema.questions, 1):
        if question in state.schema.open_questions() and question.text not in state.skipped:
            return _ask_question(terminal, state, number, question)
    found = [one for one in awaiting(state.schema) if _identity(one) not in state.skipped]
    return _ask_proposal(terminal, state, found[0], len(found)) if found else None


def _ask_question(terminal: Terminal, state: State, number: int, question: Question) -> State | Literal["back"] | None:
    terminal.say(f"\n[bold yellow]question {number}[/] {escape(question.text)}")
    letters = LETTERS[: len(question.readings)]
    for letter, reading in zip(letters, question.readings, strict=True):
        terminal.say(f"  [bold]{letter}[/] {sure(reading.confidence)} {escape(reading.text)}")
    # The small letters are the readings': the other keys are capitals here.
    given = terminal.ask(f"{' '.join(letters)} · S skip · B back · Q save and stop", [*letters, *"SBQ"])
    if given in letters:
        return replace(state, schema=answer(state.schema, [f"{number}{given}"]))
    return state.skip(question.text) if given == "S" else "back" if given == "B" else None


def _identity(one: Open) -> str:
    return f"{type(one.item).__name__} {one.name}"


def _ask_proposal(terminal: Terminal, state: State, one: Open, left: int) -> State | Literal["back"] | None:
    terminal.say(f"\n[dim]{left} open[/]  [bold]{escape(one.name)}[/]  {escape(one.proposal)}  [bold]{one.sure}[/]")
    terminal.indented(escape(one.why), 2)
    others = dict(zip("123456789", _alternatives(state.schema, one), strict=False))
    for number, other in others.items():
        where = f"{other.parent}.{', '.join(other.parent_columns)}"
        terminal.say(f"  [bold]{number}[/] instead {escape(where)} {sure(other.confidence)} {escape(other.why)}")
    given = terminal.ask(HELP + (" · a number: instead" if others else ""), [*"arsbq", *others])
    if given in others and isinstance(one.item, ForeignKey):
        return replace(state, schema=use_instead(state.schema, one.item, others[given]))
    if given in ("a", "r"):
        approved, rejected = ([one.name], []) if given == "a" else ([], [one.name])
        return replace(state, schema=decide(state.schema, approved, rejected))
    return state.skip(_identity(one)) if given == "s" else "back" if given == "b" else None


def _alternatives(schema: Schema, one: Open) -> list[ForeignKey]:
    key = one.item
    if not isinstance(key, ForeignKey):
        return []
    same = [
        other
        for other in schema.candidates
        if other.child == key.child and set(other.child_columns) == set(key.child_columns)
    ]
    return sorted(same, key=lambda other: -other.confidence)[:MOST_ALTERNATIVES]
