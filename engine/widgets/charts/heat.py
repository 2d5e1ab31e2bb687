"""Heat map: a line for each series, a column for each category, darker where more is."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from markupsafe import Markup

from engine.widgets.charts.bar import told
from engine.widgets.charts.figure import figure, picture
from engine.widgets.charts.markup import cut, join, linked, percent, tag, text_width
from engine.widgets.charts.plane import NARROW, WIDE, band_middle, stride
from engine.widgets.charts.spec import ChartSpec
from engine.widgets.markup import drawn, escaped

LINE, HEAD, LABEL_ROOM, STEPS = 32, 22, 92.0, 8
DARK, MOST_LABELLED = 6, 14
HALF, LEAST_ROOM = 400, 40
"""Pixels of a plot in half a page, and the least that a column's name needs to say something."""


def heat_chart(spec: ChartSpec) -> Markup:
    """Eight steps from the smallest to the largest value; a missing value is a grey cell."""
    known = [
        value for one in spec.series for index in range(len(spec.categories)) if (value := one.value(index)) is not None
    ]
    low, high = min(known, default=Decimal(0)), max(known, default=Decimal(0))
    width = min(max((text_width(one.name) for one in spec.series), default=0) + 12, LABEL_ROOM)
    names = join(
        tag("text", tag("title", one.name) + cut(one.name, width - 12), x="0", y=HEAD + row * LINE + 20)
        for row, one in enumerate(spec.series)
    )
    height = HEAD + LINE * len(spec.series)
    labels = tag("svg", names, class_="plot scale", width=width, height=height, aria_hidden="true")
    cells = join(cell for row in range(len(spec.series)) for cell in _cells(spec, row, low, high))
    plot = picture(spec, _heads(spec) + cells, width="100%", height=height)
    return figure(spec, tag("div", labels + plot, class_="plot-row"), _legend(spec, low, high))


def _heads(spec: ChartSpec) -> Markup:
    count = len(spec.categories)
    room = HALF / count - 4 if count else HALF
    if room >= LEAST_ROOM:
        return join(_head(name, cut(name, room), index, count, "tick") for index, name in enumerate(spec.categories))
    longest = max((text_width(name) for name in spec.categories), default=0) + 8
    wide, narrow = stride(count, longest, WIDE), stride(count, longest, NARROW)
    parts = []
    for index, name in enumerate(spec.categories):
        if index % wide == 0 or index % narrow == 0:
            kind = (
                "tick"
                if index % wide == 0 and index % narrow == 0
                else "tick more"
                if index % wide == 0
                else "tick few"
            )
            parts.append(_head(name, cut(name, WIDE / count * wide), index, count, kind))
    return join(parts)


def _head(name: str, words: str, index: int, count: int, kind: str) -> Markup:
    place = percent(band_middle(index, count))
    return tag("text", tag("title", name) + words, x=place, y=14, text_anchor="middle", class_=kind)


def _cells(spec: ChartSpec, row: int, low: Decimal, high: Decimal) -> Iterator[Markup]:
    one, count = spec.series[row], len(spec.categories)
    top = HEAD + row * LINE
    fixed = f'width="{percent(1 / count)}" y="{top}" height="{LINE}" rx="4"' if count else ""
    for index in range(count):
        value = one.value(index)
        step = heat_step(value, low, high)
        mark = f'<rect x="{percent(index / count)}" {fixed} class="cell h{step}"/>'
        if value is not None and count <= MOST_LABELLED:
            kind = f"{'on-high' if step >= DARK else 'on-low'}{' more' if count > 5 else ''}"
            place = f'x="{percent(band_middle(index, count))}" y="{top + 20}"'
            mark += f'<text {place} text-anchor="middle" class="{kind}">{escaped(spec.short(value))}</text>'
        yield linked(drawn(mark), one.link(index), told(spec, index, row))


def heat_step(value: Decimal | None, low: Decimal, high: Decimal) -> int:
    """0 for nothing, else 1 (least) to 8 (most)."""
    if value is None:
        return 0
    span = high - low
    return 1 + min(int((value - low) / span * STEPS), STEPS - 1) if span else STEPS // 2


def _legend(spec: ChartSpec, low: Decimal, high: Decimal) -> Markup:
    if spec.empty:
        return Markup("")
    steps = join(tag("rect", x=index * 18, width=18, height=10, class_=f"h{index + 1}") for index in range(STEPS))
    ramp = tag("svg", steps, class_="plot scale", width=18 * STEPS, height=10, aria_hidden="true")
    return tag("div", tag("span", spec.short(low)) + ramp + tag("span", spec.short(high)), class_="legend ramp")
