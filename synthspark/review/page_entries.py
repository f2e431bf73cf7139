"""The entries of the review page: one for each table, foreign key and rule, readable without a script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synthspark.artifacts.profile import ColumnProfile, DatabaseProfile
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import ROLES, ForeignKey, Schema, Table
from synthspark.review import page_facts as facts
from synthspark.review.page_markup import Markup, element, joined

ROLE_MEANINGS = {
    "synthesize": "rows are generated",
    "reference": "copied verbatim",
    "skip": "left out",
}


@dataclass(frozen=True)
class Sources:
    """What the entries are written from."""

    schema: Schema
    profile: DatabaseProfile

    def column(self, table: str, column: str) -> ColumnProfile | None:
        """Profile of a column; None when the profile does not know it."""
        known = self.profile.tables.get(table)
        return known.columns.get(column) if known else None

    def rows(self, table: str) -> int | None:
        known = self.profile.tables.get(table)
        return known.rows if known else self.schema.tables[table].rows

    def alternatives(self, key: ForeignKey) -> list[int]:
        """Places of the candidates for the child columns of `key`, best first."""
        listed = enumerate(self.schema.candidates)
        found = [i for i, other in listed if _same_child(other, key) and other.identity != key.identity]
        return sorted(found, key=lambda i: -self.schema.candidates[i].confidence)


def _same_child(a: ForeignKey, b: ForeignKey) -> bool:
    return a.child == b.child and set(a.child_columns) == set(b.child_columns)


def table_section(index: int, table: Table, sources: Sources) -> Markup:
    """A table's own entry, then those of its foreign keys and rules."""
    schema = sources.schema
    keys = [(i, key) for i, key in enumerate(schema.foreign_keys) if key.child == table.name]
    rules = [(i, rule) for i, rule in enumerate(schema.rules) if rule.table == table.name]
    taken = [key for _, key in keys]
    loose = [
        i
        for i, candidate in enumerate(schema.candidates)
        if candidate.child == table.name and not any(_same_child(candidate, key) for key in taken)
    ]
    loose.sort(key=lambda i: -schema.candidates[i].confidence)
    return element(
        "section",
        {"class": "group", "data-table": index},
        element("div", {"class": "own"}, _table_entry(index, table, sources)),
        element("div", {"class": "keys"}, *(key_entry(i, key, sources) for i, key in keys)),
        element("div", {"class": "rules"}, *(_rule_entry(i, rule, sources) for i, rule in rules)),
        _alternatives("Other columns that could be foreign keys", loose, schema, "use"),
        element(
            "p",
            {"class": "all"},
            element("button", {"type": "button", "data-do": "approve-group"}, "Approve all open of this table"),
        ),
    )


def _entry(kind: str, index: int | str, title: Markup, status: tuple[str, float], *content: str) -> Markup:
    state, confidence = status
    known = isinstance(index, int)
    label = f"{kind}-title-{index}"
    return element(
        "article",
        {
            "class": f"entry {kind}",
            "id": f"{kind[0]}{index}" if known else None,
            "data-kind": kind,
            "data-index": index if known else None,
            "data-status": state,
            "tabindex": -1,
            "aria-labelledby": label if known else None,
        },
        element(
            "header",
            {},
            element("h3", {"id": label if known else None}, title),
            element(
                "span",
                {"class": "sure", "title": "confidence", "style": f"--sure:{_bar(confidence):.0f}%"},
                facts.sure(confidence),
            ),
            element("span", {"class": "status"}, state),
            _decision(kind, locked=state == "locked"),
        ),
        *content,
        element(
            "p",
            {"class": "more"},
            element("button", {"type": "button", "data-do": "map", "title": "Show in the diagram (d)"}, "Diagram"),
            element(
                "button", {"type": "button", "data-do": "note", "title": "A comment in schema.yaml (c)"}, "Comment"
            ),
            element("span", {"class": "note"}),
        ),
    )


def _bar(confidence: float) -> float:
    return min(100.0, max(0.0, confidence * 100.0)) if confidence == confidence else 0.0


def _decision(kind: str, *, locked: bool) -> Markup:
    refuse = ("Leave out", "The copy does without this table (r)") if kind == "table" else ("Reject", "Reject (r)")
    actions = (
        ("approve", "Approve", "Approve (a)"),
        ("reject", *refuse),
        ("reset", "Reset", "Undecided, as proposed (u)"),
    )
    buttons = [
        element("button", {"type": "button", "data-do": name, "title": hint, "disabled": locked}, text)
        for name, text, hint in actions
    ]
    return element("span", {"class": "decide", "role": "group", "aria-label": "Decision"}, *buttons)


def _why(text: str) -> Markup:
    return element("p", {"class": "why"}, text)


def _remark(comment: str, tags: Sequence[str]) -> Markup:
    """What the source's catalog says of a table or column."""
    said = " ".join([comment, *(f"[{tag}]" for tag in tags)]).strip()
    return element("p", {"class": "remark"}, said) if said else Markup("")


def _table_entry(index: int, table: Table, sources: Sources) -> Markup:
    locked = table.status == "locked"
    roles = element(
        "select",
        {"data-field": "role", "disabled": locked},
        *(
            element("option", {"value": role, "selected": role == table.role}, f"{role}: {ROLE_MEANINGS[role]}")
            for role in ROLES
        ),
    )
    spare = [
        element("button", {"type": "button", "data-do": "use-key", "data-key": i, "disabled": locked}, ", ".join(key))
        for i, key in enumerate(table.alternate_keys)
    ]
    rows = facts.count(sources.rows(table.name))
    return _entry(
        "table",
        index,
        joined(element("span", {"class": "label"}, table.name), element("small", {}, f" {rows} rows")),
        (table.status, table.confidence),
        element(
            "p",
            {"class": "key-line"},
            "Primary key ",
            element("b", {"class": "primary-key"}, ", ".join(table.primary_key) or "none"),
            " ",
            element("label", {}, "Role ", roles),
        ),
        _why(table.why),
        _remark(table.comment, table.tags),
        element("p", {"class": "spare"}, "Also unique, use instead: ", *spare) if spare else Markup(""),
        _editor("Change the primary key") if not locked else Markup(""),
        _columns(table, sources, locked=locked),
    )


def _editor(title: str) -> Markup:
    return element("details", {"class": "edit"}, element("summary", {}, title))


def _columns(table: Table, sources: Sources, *, locked: bool) -> Markup:
    heads = ("Column", "Type", "Meaning", "Sure", "Distinct", "Missing", "Frequent values, masked; shapes")
    head = element("tr", {}, *(element("th", {"scope": "col"}, name) for name in heads))
    body = []
    for place, (name, column) in enumerate(table.columns.items()):
        profile = sources.column(table.name, name)
        meaning = element(
            "select",
            {"data-field": "semantic", "data-column": place, "disabled": locked, "aria-label": f"Meaning of {name}"},
            element("option", {"selected": True}, column.semantic),
        )
        generate = "" if column.generate == "auto" else f" ({column.generate})"
        cells: list[tuple[str, str]] = [
            ("Type", column.type),
            ("Meaning", joined(meaning, generate)),
            ("Sure", facts.sure(column.confidence)),
            *_profile_cells(profile, column.semantic),
        ]
        body.append(
            element(
                "tr",
                {},
                element("th", {"scope": "row"}, name, _remark(column.comment, column.tags)),
                *(element("td", {"data-label": label}, text) for label, text in cells),
            )
        )
    personal = [name for name, column in table.columns.items() if column.personal]
    return element(
        "details",
        {"class": "columns"},
        element(
            "summary",
            {},
            f"{len(table.columns)} columns",
            element("span", {"class": "personal"}, *([f", personal: {', '.join(personal)}"] if personal else [])),
        ),
        element("table", {}, element("thead", {}, head), element("tbody", {}, *body)),
    )


def _profile_cells(profile: ColumnProfile | None, semantic: str) -> list[tuple[str, str]]:
    if profile is None:
        return [("Distinct", "–"), ("Missing", "–"), ("Values", "–")]
    about = "" if profile.distinct_exact else "about "
    shown = [*facts.examples(profile, semantic), *facts.patterns(profile)]
    return [
        ("Distinct", about + facts.count(profile.distinct)),
        ("Missing", facts.percent(profile.nulls, profile.rows)),
        ("Values", " · ".join(shown) or "–"),
    ]


_COMPARED_AS = Markup('<p class="compared"></p>')  # filled by the script where values differ in format


def key_label(key: ForeignKey) -> Markup:
    """Child and parent with their columns."""
    return joined(
        element("span", {"class": "label"}, f"{key.child}.{', '.join(key.child_columns)}"),
        Markup(' <span class="arrow" aria-label="references">→</span> '),
        element("span", {"class": "label"}, f"{key.parent}.{', '.join(key.parent_columns)}"),
    )


def key_entry(index: int, key: ForeignKey, sources: Sources) -> Markup:
    """One proposed foreign key."""
    locked = key.status == "locked"
    return _entry(
        "key",
        index,
        key_label(key),
        (key.status, key.confidence),
        _COMPARED_AS,
        _why(key.why),
        _measured(key),
        _compared(key, sources),
        _editor("Change") if not locked else Markup(""),
        _alternatives("Alternatives", sources.alternatives(key), sources.schema, "instead")
        if not locked
        else Markup(""),
    )


def key_template() -> Markup:
    """The empty entry that the page fills for a foreign key that a person adds."""
    side = Markup('<span class="label"></span>')
    title = joined(side, Markup(' <span class="arrow" aria-label="references">→</span> '), side)
    entry = _entry("key", "new", title, ("approved", 1.0), _COMPARED_AS, _why(""), _editor("Change"))
    return element("template", {"id": "key-template"}, entry)


def _measured(key: ForeignKey) -> Markup:
    """The coverage, and the other numbers behind the confidence on demand."""
    others = [(name.replace("_", " "), facts.number(float(value))) for name, value in key.evidence.items()]
    return joined(
        _chips(
            [
                *([("coverage", facts.percent(key.evidence["coverage"], 1.0))] if "coverage" in key.evidence else []),
                *([("declared", "in the catalog")] if key.evidence.get("declared") else []),
            ]
        ),
        _details("All numbers", others),
    )


def _chips(named: Iterable[tuple[str, str]]) -> Markup:
    items = [element("li", {}, f"{name} ", element("b", {}, value)) for name, value in named]
    return element("ul", {"class": "evidence", "aria-label": "Evidence"}, *items) if items else Markup("")


def _details(title: str, named: Sequence[tuple[str, str]]) -> Markup:
    return (
        element("details", {"class": "numbers"}, element("summary", {}, title), _chips(named)) if named else Markup("")
    )


def _compared(key: ForeignKey, sources: Sources) -> Markup:
    tables = []
    for child, parent in zip(key.child_columns, key.parent_columns, strict=True):
        sides = ((key.child, child), (key.parent, parent))
        profiles = [sources.column(*side) for side in sides]
        lines: list[Sequence[str]] = [["Type", *(sources.schema.tables[t].columns[c].type for t, c in sides)]]
        lines.append(["Rows", *(facts.count(sources.rows(t)) for t, _ in sides)])
        cells = [
            _profile_cells(profile, sources.schema.tables[t].columns[c].semantic)
            for profile, (t, c) in zip(profiles, sides, strict=True)
        ]
        lines += [[label, a, b] for (label, a), (_, b) in zip(*cells, strict=True)]
        head = element("tr", {}, element("td", {}), *(element("th", {"scope": "col"}, f"{t}.{c}") for t, c in sides))
        body = [
            element("tr", {}, element("th", {"scope": "row"}, line[0]), *(element("td", {}, cell) for cell in line[1:]))
            for line in lines
        ]
        tables.append(element("table", {}, element("thead", {}, head), element("tbody", {}, *body)))
    return element("details", {"class": "compare"}, element("summary", {}, "Columns compared"), *tables)


def _alternatives(title: str, places: Sequence[int], schema: Schema, how: str) -> Markup:
    if not places:
        return Markup("")
    items = [
        element(
            "li",
            {"data-candidate": i},
            element(
                "span", {"class": "sure", "style": f"--sure:{_bar(key.confidence):.0f}%"}, facts.sure(key.confidence)
            ),
            Markup(" "),
            key_label(key),
            Markup(" "),
            element("button", {"type": "button", "data-do": "use"}, "Use instead" if how == "instead" else "Use"),
            _why(key.why),
            _measured(key),
        )
        for i, key in ((place, schema.candidates[place]) for place in places)
    ]
    return element(
        "details",
        {"class": "alternatives"},
        element("summary", {}, f"{title} ({len(places)})"),
        element("ul", {}, *items),
    )


def _rule_entry(index: int, rule: Rule, sources: Sources) -> Markup:
    """The rule as a sentence, then what it is called, the rows that bear it out, and its parameters."""
    columns = ", ".join(rule.columns)
    kind = element("span", {"class": "kind"}, rule.kind.replace("_", " "))
    measured = [(what.replace("_", " "), facts.count(float(value))) for what, value in rule.evidence.items()]
    return _entry(
        "rule",
        index,
        joined(
            element("span", {"class": "home"}, f"{rule.table}: "),
            element("span", {"class": "label"}, rule.why or columns),
        ),
        (rule.status, rule.confidence),
        element("p", {"class": "why"}, kind, " · ", element("span", {}, columns)),
        _chips(measured),
        _details("Parameters", list(facts.parameters(rule, sources.schema))),
    )
