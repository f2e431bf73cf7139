import itertools
import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.review.diagram import diagram_svg, len_shown, shortened
from synthspark.review.diagram_layers import left_to_right
from synthspark.review.diagram_layout import Edge, lay_out

SVG = "{http://www.w3.org/2000/svg}"
COLUMNS = {name: Column("long") for name in ("id", "first", "second", "third")}


def database(pairs, n_tables, status="proposed"):
    tables = {f"table {i}": Table(f"table {i}", COLUMNS, primary_key=("id",)) for i in range(n_tables)}
    keys = tuple(
        ForeignKey(f"table {child}", (column,), f"table {parent}", ("id",), status=status)
        for (parent, child), column in zip(pairs, itertools.cycle(("first", "second", "third")), strict=False)
    )
    return Schema("s", tables, keys)


def sixty_tables():
    """A hub with 25 children, chains, a cycle, diamonds, two references to one parent, loops and loose tables."""
    hub = [(0, child) for child in range(1, 26)]
    chains = [(i, i + 5) for i in range(20, 48)]
    return database([*hub, *chains, (30, 2), (2, 30), (1, 40), (2, 40), (3, 41), (3, 41), (5, 5), (55, 55)], 60)


def layout_of(schema, height=60.0):
    edges = [Edge(key.child, key.parent, 20.0, 40.0) for key in schema.foreign_keys]
    return lay_out(dict.fromkeys(schema.tables, (120.0, height)), edges)


def test_sixty_tables_do_not_overlap_and_fit_a_screen():
    layout = layout_of(sixty_tables())
    assert not [
        pair
        for pair in itertools.combinations(layout.boxes, 2)
        if layout.boxes[pair[0]].overlaps(layout.boxes[pair[1]])
    ]
    assert all(box.x >= 0 and box.x + box.width <= layout.width for box in layout.boxes.values())
    assert all(box.y >= 0 and box.y + box.height <= layout.height for box in layout.boxes.values())
    assert 0.7 < layout.width / layout.height < 4


def test_lines_end_at_the_sides_of_their_boxes():
    schema = sixty_tables()
    layout = layout_of(schema)
    for key, route in zip(schema.foreign_keys, layout.routes, strict=True):
        if key.self_reference:
            assert route == ()
            continue
        for table, port, (x, y) in ((key.child, 20.0, route[0]), (key.parent, 40.0, route[-1])):
            box = layout.boxes[table]
            assert x in (box.x, box.x + box.width)
            assert y == pytest.approx(box.y + port)


def test_lines_do_not_run_through_boxes():
    schema = sixty_tables()
    layout = layout_of(schema)
    for route in layout.routes:
        inner = route[1:-1]
        for (x0, y), (x1, _) in zip(inner[::2], inner[1::2], strict=True):
            left, right = sorted((x0, x1))
            hit = [
                box
                for box in layout.boxes.values()
                if box.x < right and left < box.x + box.width and box.y < y < box.y + box.height
            ]
            assert not hit


def test_parents_stand_left_of_their_children():
    layout = layout_of(database([(0, 1), (1, 2), (0, 2), (2, 3)], 4))
    assert [layout.boxes[f"table {i}"].x for i in range(4)] == sorted(box.x for box in layout.boxes.values())


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30))
def test_any_schema_can_be_laid_out(pairs):
    layout = layout_of(database(pairs, 12))
    boxes = list(layout.boxes.values())
    assert len(boxes) == 12
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    assert all(math.isfinite(value) for route in layout.routes for point in route for value in point)


def test_order_without_cycles_has_no_pair_backwards():
    pairs = [("a", "b"), ("b", "c"), ("a", "d"), ("d", "c"), ("e", "a")]
    order = left_to_right("abcde", pairs)
    assert all(order.index(parent) < order.index(child) for parent, child in pairs)


def test_drawing_has_one_box_a_table_one_line_a_key_and_only_finite_numbers():
    schema = sixty_tables()
    svg = diagram_svg(schema)
    root = ElementTree.fromstring(svg)
    links = [one.attrib for one in root.iter(f"{SVG}a")]
    assert sorted(int(one["data-table"]) for one in links if one["class"] == "box") == list(range(60))
    assert sorted(int(one["data-key"]) for one in links if one["class"] == "line") == list(
        range(len(schema.foreign_keys))
    )
    assert not re.search(r"\bnan\b|\binf\b", svg)


def test_rejected_keys_are_drawn_and_do_not_shape_the_picture():
    rejected = ElementTree.fromstring(diagram_svg(database([(0, 1), (1, 0), (2, 2)], 3, "rejected")))
    lines = [one for one in rejected.iter(f"{SVG}a") if one.attrib["class"] == "line"]
    assert [one.attrib["data-status"] for one in lines] == ["rejected"] * 3


def test_names_are_escaped_and_cut():
    name = "<b>&\"' very long name of a table that nobody can read"
    root = ElementTree.fromstring(diagram_svg(Schema("s", {name: Table(name, COLUMNS, primary_key=("id",))})))
    (shown,) = [one.text for one in root.iter(f"{SVG}text") if one.attrib["class"] == "name"]
    assert shown.startswith("<b>&")
    assert shown.endswith("…")


def test_wide_tables_show_a_bounded_number_of_keys():
    columns = {f"c{i}": Column("long") for i in range(1000)}
    svg = diagram_svg(Schema("s", {"t": Table("t", columns, primary_key=tuple(columns))}))
    assert "991 more" in svg
    assert svg.count("<text") < 25


def test_empty_schema_gives_an_empty_picture():
    assert ElementTree.fromstring(diagram_svg(Schema("s", {}))).attrib["viewBox"] == "0 0 24 24"


def test_length_shown_counts_wide_letters_twice():
    assert len_shown("ab") == 2
    assert len_shown("名前") == 4
    assert len_shown("e\u0301") == 1
    assert shortened("abcdef", 40.0, 10.0) == "abc…"
