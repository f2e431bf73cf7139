"""What the benchmark of discovery writes: learned weights, a reliability plot, and sections of docs/discovery.md."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SIZE, MARGIN = 320, 48


def write_learned(
    weights: Mapping[str, float], calibration: Mapping[str, float], databases: Sequence[str], variants: Sequence[str]
) -> None:
    """Put learned numbers into the module that discovery reads."""

    def lines(held: Mapping[str, float]) -> str:
        return "".join(f'    "{name}": {value:.3f},\n' for name, value in held.items() if abs(value) >= 0.0005)

    learned = f'''"""Weights learned by benchmarks/discovery/train.py; not to be edited by hand.

From the databases {", ".join(databases)}; each {", ".join(variants)}.
"""

from __future__ import annotations

from collections.abc import Mapping

# Log-odds a unit of evidence, against "these columns refer to nothing".
REFERENCE_WEIGHTS: Mapping[str, float] = {{
{lines(weights)}}}

# What a reference's place among the others does to its probability.
CALIBRATION_WEIGHTS: Mapping[str, float] = {{
{lines(calibration)}}}
'''
    text = re.sub(r"^From .*$", lambda line: _wrapped(line[0]), learned, count=1, flags=re.MULTILINE)
    (ROOT / "synthspark" / "relate" / "learned.py").write_text(text)


def _wrapped(line: str) -> str:
    found, width = "", 0
    for word in line.split():
        if width + len(word) + 1 > 115:
            found, width = found + "\n", 0
        found, width = found + (" " if width else "") + word, width + len(word) + 1
    return found


def write_section(name: str, text: str) -> None:
    """Replace a section of docs/discovery.md that stands between marks of this name."""
    page = DOCS / "discovery.md"
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    held = page.read_text()
    before, rest = held.split(begin, 1)
    page.write_text(f"{before}{begin}\n{text.strip()}\n{end}{rest.split(end, 1)[1]}")


def draw_reliability(pairs: Sequence[tuple[float, bool]]) -> None:
    """Share of right proposals by confidence, as an SVG; the area of a dot counts its proposals."""
    told, right = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs], float)
    place = np.minimum((told * 10).astype(int), 9)
    marks = []
    for i in range(10):
        inside = place == i
        if inside.any():
            x, y = MARGIN + SIZE * told[inside].mean(), MARGIN + SIZE * (1.0 - right[inside].mean())
            radius = 3.0 + 12.0 * float(np.sqrt(inside.sum() / len(pairs)))
            label = f"{inside.sum()} proposals, {right[inside].mean():.0%} right"
            marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{label}</title></circle>')
    (DOCS / "reliability.svg").write_text(_plot("".join(marks)))


def _plot(marks: str) -> str:
    width, bottom, middle = SIZE + 2 * MARGIN, MARGIN + SIZE, MARGIN + SIZE / 2
    ticks = "".join(
        f'<text x="{MARGIN + SIZE * t:.0f}" y="{bottom + 16}" text-anchor="middle">{t:.1f}</text>'
        f'<text x="{MARGIN - 8}" y="{bottom - SIZE * t + 4:.0f}" text-anchor="end">{t:.1f}</text>'
        for t in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}" width="{width}" height="{width}" '
        'font-family="sans-serif" font-size="11">'
        f'<rect width="{width}" height="{width}" fill="white"/>'
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIZE}" height="{SIZE}" fill="none" stroke="#999"/>'
        f'<line x1="{MARGIN}" y1="{bottom}" x2="{MARGIN + SIZE}" y2="{MARGIN}" stroke="#999" stroke-dasharray="4 4"/>'
        f'<g fill="#1f6f8b" fill-opacity="0.75">{marks}</g>{ticks}'
        f'<text x="{middle}" y="{width - 12}" text-anchor="middle">confidence of the proposal</text>'
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">share that is right</text>'
        "</svg>\n"
    )
