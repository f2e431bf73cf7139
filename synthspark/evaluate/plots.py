"""Small plots of real against synthetic as inline SVG; colours and fonts come from the page's style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

_WIDTH, _HEIGHT = 240.0, 70.0
_BAR_WIDTH, _BAR_HEIGHT = 120.0, 14.0


def draw(plot: Mapping[str, Any], title: str) -> str:
    """The plot of one column or of the children of one relationship; empty without data."""
    if plot.get("kind") == "histogram":
        return _histogram(plot, title)
    if plot.get("kind") == "bars":
        return _bars(plot, title)
    return ""


def _histogram(plot: Mapping[str, Any], title: str) -> str:
    edges = [float(edge) for edge in plot["edges"]]
    span = edges[-1] - edges[0]
    places = [_WIDTH * (edge - edges[0]) / span for edge in edges]
    # Bins were merged where rows were few: heights are shares a unit of width.
    widths = np.diff(places) / _WIDTH
    heights = [np.asarray(plot[side], dtype=float) / widths for side in ("real", "synthetic")]
    top = max(float(heights[0].max()), float(heights[1].max()), 1e-9)
    real, synthetic = (_steps(places, side / top) for side in heights)
    label = escape(f"{title}: shares of real (area) and synthetic rows (line) between {_ends(plot)}", quote=True)
    return (
        f'<svg viewBox="0 -2 {_WIDTH:g} {_HEIGHT + 3:g}" role="img" aria-label="{label}">'
        f'<path class="r" d="M0 {_HEIGHT:g}{real}V{_HEIGHT:g}Z"/>'
        f'<path class="s" d="M0 {_HEIGHT:g}{synthetic}V{_HEIGHT:g}"/>'
        f'<path class="base" d="M0 {_HEIGHT:g}H{_WIDTH:g}"/></svg>'
        f'<div class="axis"><span>{escape(shown(edges[0], plot["type"]))}</span>'
        f"<span>{escape(shown(edges[-1], plot['type']))}</span></div>"
    )


def _steps(places: Sequence[float], heights: Any) -> str:
    return "".join(
        f"V{_HEIGHT * (1 - height):.1f}H{place:.1f}" for height, place in zip(heights.tolist(), places[1:], strict=True)
    )


def _ends(plot: Mapping[str, Any]) -> str:
    return f"{shown(plot['edges'][0], plot['type'])} and {shown(plot['edges'][-1], plot['type'])}"


def _bars(plot: Mapping[str, Any], title: str) -> str:
    rows = list(zip(plot["labels"], plot["real"], plot["synthetic"], strict=True))
    if max(plot["other_real"], plot["other_synthetic"]) > 0:
        rows.append((_others(plot), plot["other_real"], plot["other_synthetic"]))
    top = max(max(real, synthetic) for _, real, synthetic in rows) or 1.0
    cells = "".join(_bar(_bar_label(label, plot["type"]), real, synthetic, top) for label, real, synthetic in rows)
    return f'<div class="bars" role="group" aria-label="{escape(title, quote=True)}">{cells}</div>'


def _bar_label(label: str | float, kind: str) -> str:
    return label if isinstance(label, str) else shown(label, kind)


def _others(plot: Mapping[str, Any]) -> str:
    return f"{plot['n_other']} others" if plot.get("n_other") else "others"


def _bar(label: str, real: float, synthetic: float, top: float) -> str:
    shares = f"real {real:.1%}, synthetic {synthetic:.1%}"
    name = escape(label if label.strip() else "(blank)", quote=True)
    return (
        f'<span title="{name}">{name}</span>'
        f'<svg viewBox="0 0 {_BAR_WIDTH:g} {_BAR_HEIGHT:g}" preserveAspectRatio="none" role="img" '
        f'aria-label="{shares}">'
        f"<title>{shares}</title>"
        f'<rect class="rb" y="1" width="{_BAR_WIDTH * real / top:.1f}" height="5"/>'
        f'<rect class="sb" y="7" width="{_BAR_WIDTH * synthetic / top:.1f}" height="5"/></svg>'
    )


def shown(value: float, kind: str) -> str:
    """A number of a column as people write it: dates and timestamps by their day."""
    if kind == "date" or kind.startswith("timestamp"):
        moment = np.array(round(value), "datetime64[D]" if kind == "date" else "datetime64[us]")
        return str(moment.astype("datetime64[D]"))
    if abs(value) >= 1e15:
        return f"{value:.4g}"
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
