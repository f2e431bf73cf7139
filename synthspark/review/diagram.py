"""The entity-relationship diagram: a box for each table with its key columns, a line for each foreign key, as SVG."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Mapping, Sequence

from synthspark.artifacts.schema import ForeignKey, Schema, Table
from synthspark.review.diagram_layout import Box, Edge, Layout, Point, lay_out
from synthspark.review.page_markup import Markup, element, joined

HEAD_HEIGHT = 24.0
ROW_HEIGHT = 17.0
MOST_ROWS = 9  # key columns in a box
LEAST_WIDTH, MOST_WIDTH = 110.0, 230.0
HEAD_LETTER, ROW_LETTER = 8.3, 7.0  # mean width in pixels at the sizes that page.css gives them
TAG_WIDTH = 42.0  # for "PK FK"
FOOT = 11.0  # length of a crow's foot
SURE, DOUBTFUL = 0.9, 0.6  # confidence from which a line is drawn through, and below which it is dotted
LOOP = 26.0  # how far a reference of a table to itself reaches out


def diagram_svg(schema: Schema) -> Markup:
    """The diagram as one SVG element; boxes link to ``#t<i>``, lines to ``#k<i>``, i the place in the schema."""
    keys = schema.foreign_keys
    rows = {name: _key_columns(table, keys) for name, table in schema.tables.items()}
    sizes = {name: _size(table, rows[name]) for name, table in schema.tables.items()}
    shown = [key for key in keys if key.status != "rejected"]
    layout = lay_out(sizes, [_edge(key, rows) for key in shown])
    routes = dict(zip((id(key) for key in shown), layout.routes, strict=True))
    lines = [
        _line(i, key, schema.tables[key.child], routes.get(id(key), ()), (layout, rows)) for i, key in enumerate(keys)
    ]
    boxes = [_box(i, table, layout.boxes[name], rows[name]) for i, (name, table) in enumerate(schema.tables.items())]
    view = f"0 0 {layout.width:.0f} {layout.height:.0f}"
    return element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "id": "diagram",
            "viewBox": view,
            "width": f"{layout.width:.0f}",
            "height": f"{layout.height:.0f}",
            "role": "group",
            "aria-label": f"Entity-relationship diagram: {len(boxes)} tables, {len(lines)} foreign keys",
        },
        element("g", {"class": "lines"}, *lines),
        element("g", {"class": "boxes"}, *boxes),
    )


def _key_columns(table: Table, keys: Sequence[ForeignKey]) -> dict[str, str]:
    """Columns to show with their tags: those of the primary key, then those of foreign keys."""
    linked = {
        column for key in keys if key.child == table.name and key.status != "rejected" for column in key.child_columns
    }
    referenced = {
        column for key in keys if key.parent == table.name and key.status != "rejected" for column in key.parent_columns
    }
    ordered = [*table.primary_key, *(column for column in table.columns if column in linked | referenced)]
    return {
        column: " ".join([*(["PK"] if column in table.primary_key else []), *(["FK"] if column in linked else [])])
        for column in ordered
    }


def _size(table: Table, rows: Mapping[str, str]) -> tuple[float, float]:
    letters = max([len_shown(table.name) * HEAD_LETTER, *(len_shown(row) * ROW_LETTER + TAG_WIDTH for row in rows)])
    lines = min(len(rows), MOST_ROWS) + (len(rows) > MOST_ROWS)
    return min(max(letters + 20.0, LEAST_WIDTH), MOST_WIDTH), HEAD_HEIGHT + lines * ROW_HEIGHT + (5.0 if lines else 0.0)


def len_shown(text: str) -> int:
    """Length in Latin letters: Chinese and similar characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def shortened(text: str, width: float, letter: float) -> str:
    """`text`, cut with an ellipsis where it is wider than `width`."""
    if len_shown(text) * letter <= width:
        return text
    while text and (len_shown(text) + 1) * letter > width:
        text = text[:-1]
    return text + "…"


def _port(column: str, rows: Mapping[str, str]) -> float:
    """Height of a column's row below the upper side of its box."""
    place = list(rows).index(column) if column in rows else 0
    return HEAD_HEIGHT + (min(place, MOST_ROWS) + 0.5) * ROW_HEIGHT + 1.0 if rows else HEAD_HEIGHT / 2


def _edge(key: ForeignKey, rows: Mapping[str, Mapping[str, str]]) -> Edge:
    return Edge(
        key.child,
        key.parent,
        _port(key.child_columns[0], rows[key.child]),
        _port(key.parent_columns[0], rows[key.parent]),
    )


def _box(index: int, table: Table, box: Box, rows: Mapping[str, str]) -> Markup:
    shown = list(rows.items())[:MOST_ROWS]
    hidden = len(rows) - len(shown)
    texts = [
        element(
            "text",
            {"class": "name", "x": f"{box.x + 8:.1f}", "y": f"{box.y + 16.5:.1f}"},
            shortened(table.name, box.width - 16, HEAD_LETTER),
        )
    ]
    for place, (column, tag) in enumerate(shown):
        y = f"{box.y + HEAD_HEIGHT + place * ROW_HEIGHT + 13:.1f}"
        label = shortened(column, box.width - 14 - TAG_WIDTH, ROW_LETTER)
        texts.append(element("text", {"class": "column", "x": f"{box.x + 8:.1f}", "y": y}, label))
        texts.append(element("text", {"class": "tag", "x": f"{box.x + box.width - 7:.1f}", "y": y}, tag))
    if hidden:
        y = f"{box.y + HEAD_HEIGHT + MOST_ROWS * ROW_HEIGHT + 13:.1f}"
        texts.append(
            element("text", {"class": "tag more", "x": f"{box.x + box.width - 7:.1f}", "y": y}, f"{hidden} more")
        )
    frame = {"x": f"{box.x:.1f}", "y": f"{box.y:.1f}", "width": f"{box.width:.1f}", "height": f"{box.height:.1f}"}
    title = f"{table.name}: {len(table.columns)} columns, primary key ({', '.join(table.primary_key) or 'none'})"
    return element(
        "a",
        {
            "class": "box",
            "href": f"#t{index}",
            "data-table": index,
            "data-status": table.status,
            "data-role": table.role,
        },
        element("title", {}, title),
        element("rect", {"class": "frame", **frame, "rx": 5}),
        element("rect", {"class": "head", **{**frame, "height": f"{HEAD_HEIGHT:.1f}"}, "rx": 5}),
        *texts,
    )


def _line(
    index: int,
    key: ForeignKey,
    child: Table,
    route: Sequence[Point],
    drawn: tuple[Layout, Mapping[str, Mapping[str, str]]],
) -> Markup:
    layout, rows = drawn
    edge = _edge(key, rows)
    points = list(route) or _direct(layout.boxes[key.child], layout.boxes[key.parent], edge)
    # A loop leaves and returns on the right; otherwise each end lies on the side that looks at the other.
    looped = key.self_reference
    towards_child = 1.0 if looped or points[1][0] > points[0][0] else -1.0
    towards_parent = 1.0 if looped or points[-2][0] > points[-1][0] else -1.0
    path = _loop_path(points) if looped else _curve(points)
    nullable = any(child.columns[column].nullable and column not in child.primary_key for column in key.child_columns)
    single = set(key.child_columns) in [set(unique) for unique in (child.primary_key, *child.alternate_keys)]
    return element(
        "a",
        {
            "class": "line",
            "href": f"#k{index}",
            "data-key": index,
            "data-status": key.status,
            "data-sure": sureness(key.confidence),
            "data-from": f"{edge.child_port:.1f}",
            "data-to": f"{edge.parent_port:.1f}",
            "data-single": single,
            "data-nullable": nullable,
            "tabindex": -1,
        },
        element("title", {}, f"{key.label}\nconfidence {key.confidence:.2f}"),
        element("path", {"class": "reach", "d": path}),
        element("path", {"class": "curve", "d": path}),
        element("path", {"class": "end", "d": _child_end(points[0], towards_child, single=single)}),
        _parent_end(points[-1], towards_parent, nullable=nullable),
    )


def sureness(confidence: float) -> str:
    """high, mid or low: how a line is drawn, so that doubt shows without colour too."""
    return "high" if confidence >= SURE else "mid" if confidence >= DOUBTFUL else "low"


def _direct(child: Box, parent: Box, edge: Edge) -> list[Point]:
    """Ends of a line that the layout did not route: a rejected key, or one of a table to itself."""
    start, end = child.y + edge.child_port, parent.y + edge.parent_port
    if child == parent:
        start, end = (start, child.y + HEAD_HEIGHT / 2) if abs(start - end) < ROW_HEIGHT / 2 else (start, end)
        return [(child.x + child.width, start), (child.x + child.width, end)]
    rightward = parent.x >= child.x + child.width
    return [
        (child.x + child.width if rightward else child.x, start),
        (parent.x if rightward else parent.x + parent.width, end),
    ]


def _curve(points: Sequence[Point]) -> str:
    """Straight through each layer, a curve with level ends between two layers."""
    pieces = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if abs(y1 - y0) < 0.05:
            pieces.append(f"H{x1:.1f}")
            continue
        middle = (x0 + x1) / 2
        pieces.append(f"C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}")
    return "".join(pieces)


def _loop_path(points: Sequence[Point]) -> str:
    (x, start), (_, end) = points[0], points[-1]
    out = x + LOOP + FOOT
    return f"M{x:.1f} {start:.1f}C{out:.1f} {start:.1f} {out:.1f} {end:.1f} {x:.1f} {end:.1f}"


def _child_end(point: Point, side: float, *, single: bool) -> str:
    """A crow's foot: many children; a bar where the child columns are unique."""
    (x, y), reach = point, side * FOOT
    if single:
        return f"M{x + reach * 0.7:.1f} {y - 5:.1f}v10"
    return f"M{x:.1f} {y - 5:.1f}L{x + reach:.1f} {y:.1f}L{x:.1f} {y + 5:.1f}"


def _parent_end(point: Point, side: float, *, nullable: bool) -> Markup:
    """A bar: exactly one parent; a circle where a child may have none."""
    x, y = point[0] + side * FOOT * 0.7, point[1]
    if nullable:
        return element("circle", {"class": "end", "cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": 4})
    return joined(element("path", {"class": "end", "d": f"M{x:.1f} {y - 5:.1f}v10"}))
