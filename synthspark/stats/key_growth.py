"""Room for more texts than the shapes of a column give: wider ranges, more digits, characters not used so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from synthspark.errors import ModelError
from synthspark.stats.key_folding import held
from synthspark.stats.key_templates import DIGITS, LARGEST_SPACE, Segment, Template

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_UNUSED = {"vin": "IOQ"}  # letters that identifiers of a scheme never have


def make_room(templates: Sequence[Template], need: int, *, scheme: str = "") -> tuple[list[Template], list[int]]:
    """Shapes and how many texts to take from each, `need` in all at least, near their weights.

    Ranges of numbers grow first; when the shapes are exhausted, one unlike all of them takes the rest.

    Raises
    ------
    ModelError
        If all must have the check characters of `scheme`, and there are not so many texts with them.
    """
    shapes = list(templates)
    if sum(shape.size for shape in shapes) < need:
        total = sum(shape.weight for shape in shapes)
        shapes = [shape.stretched(-(-need * shape.weight // total)) for shape in shapes]
    missing = need - sum(shape.size for shape in shapes)
    if missing > 0:
        return [*shapes, another(shapes, missing, scheme=scheme)], [*(shape.size for shape in shapes), missing]
    return shapes, _by_weight(shapes, need)


def another(shapes: Sequence[Template], need: int, *, scheme: str = "", longer_than: int = 0) -> Template:
    """A shape of at least `need` texts that none of the shapes gives: longer, or with a character of its own.

    The latter where check characters allow no further length. Raises as `make_room` does.
    """
    model = max(shapes, key=lambda shape: (shape.weight, shape.length))
    longer = model.longer(max(longer_than, *(shape.length for shape in shapes)), need)
    if longer.scheme == model.scheme:
        return longer
    other = _apart(model, shapes, need)
    if other is not None:
        return other
    if scheme:
        raise ModelError(
            f"keys with check characters ({scheme}): {need} more are needed than their format holds; expected fewer "
            "rows: lower scale, or reject the rule in schema.yaml"
        )
    return longer


def _apart(model: Template, shapes: Sequence[Template], need: int) -> Template | None:
    """The shape with one place that holds what no shape has there, others varying as far as is needed; None if full."""
    others = [[place for segment in shape.segments for place in held(segment)] for shape in shapes]
    cells = [cell for segment in model.segments for cell in _cells(segment)]
    others = [places for places in others if len(places) == len(cells)]
    unused = _UNUSED.get(model.scheme, "")
    full = [_whole_classes(cell, unused) for cell in cells]
    free = [
        "".join(char for char in wide if not any(char.lower() in places[at] for places in others))
        for at, wide in enumerate(full)
    ]
    chosen = max(range(len(cells)), key=lambda at: len(free[at]))
    if not free[chosen]:
        return None
    cells[chosen] = Segment("chars", options=(free[chosen],))
    for at in reversed(range(len(cells))):
        if Template(tuple(cells)).size >= need:
            return Template(tuple(cells), 1, model.scheme)
        if at != chosen and full[at]:
            cells[at] = Segment("chars", options=(full[at],))
    return None


def _cells(segment: Segment) -> list[Segment]:
    """A segment place by place; lists of values and ranges become alphabets."""
    if segment.kind == "text":
        return [Segment("text", text=char) for char in segment.text]
    if segment.kind == "choice":
        columns = ("".join(sorted(set(chars))) for chars in zip(*segment.options, strict=True))
        return [Segment("chars", options=(column,)) for column in columns]
    if segment.kind == "number":
        return [Segment("chars", options=(DIGITS,))] * segment.width
    if segment.kind == "chars":
        return [Segment("chars", options=(alphabet,)) for alphabet in segment.options]
    return [replace(segment, width=1)] * segment.width


def _whole_classes(cell: Segment, unused: str) -> str:
    """All letters or digits of the classes that a place holds; "" for marks and what follows from the rest."""
    held = cell.text if cell.kind == "text" else cell.options[0] if cell.kind == "chars" else ""
    kinds = ((str.isdecimal, DIGITS), (str.isupper, _LETTERS), (str.islower, _LETTERS.lower()))
    found = "".join(letters for is_of, letters in kinds if any(char.isascii() and is_of(char) for char in held))
    return "".join(char for char in found if char not in unused)


def _by_weight(shapes: Sequence[Template], need: int) -> list[int]:
    """Sizes in proportion to the weights where every shape has room, else as near as gives `need`."""
    total = sum(shape.weight for shape in shapes)

    def sizes(level: int) -> list[int]:
        return [min(shape.size, level * shape.weight // total) for shape in shapes]

    fair = min(LARGEST_SPACE, *(shape.size * total // shape.weight for shape in shapes))
    if sum(sizes(fair)) >= need:
        return sizes(fair)
    low, high = fair, LARGEST_SPACE * total
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if sum(sizes(middle)) < need else (low, middle)
    return sizes(low)
