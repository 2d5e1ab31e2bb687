"""Spark: the shape of a trend beside a figure, without axis or words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from engine.widgets.charts.markup import tag

WIDTH, HEIGHT, EDGE = 100, 32, 3


def spark(values: Sequence[Decimal | int | None]) -> Markup:
    """A small line; the figures themselves stand elsewhere, so it is not read aloud. Fewer than two values draw
    nothing.
    """
    known = [
        (index, Decimal(value))
        for index, value in enumerate(values)
        if value is not None and Decimal(value).is_finite()
    ]
    if len(known) < 2:
        return Markup("")
    low, high = min(value for _, value in known), max(value for _, value in known)
    points = [(index / (len(values) - 1) * WIDTH, _height(value, low, high)) for index, value in known]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    wash = f"{path}L{points[-1][0]:.1f} {HEIGHT}L{points[0][0]:.1f} {HEIGHT}Z"
    content = tag("path", d=wash, class_="wash") + tag("path", d=path, class_="line")
    return tag(
        "svg", content, class_="spark", viewBox=f"0 0 {WIDTH} {HEIGHT}", preserveAspectRatio="none", aria_hidden="true"
    )


def _height(value: Decimal, low: Decimal, high: Decimal) -> float:
    share = float((value - low) / (high - low)) if high > low else 0.5
    return HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)
