"""Funnel: stages one under the other, with the share that goes on from stage to stage."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from markupsafe import Markup

from engine.widgets.charts.bar import told
from engine.widgets.charts.figure import figure, picture
from engine.widgets.charts.markup import cut, join, linked, percent, tag, text_width
from engine.widgets.charts.spec import ChartSpec
from engine.widgets.formats import format_percent

LINE, BAR, LABEL_ROOM, REACH = 52, 30, 84.0, 0.72
SMALLEST = 0.006


def funnel_chart(spec: ChartSpec) -> Markup:
    """The first series by stage, in the order given; between two stages stands the share of the first that reached
    the second. Where a later stage holds more than the one before, nothing passed from one to the next: no shares then.
    """
    values = [_amount(spec, index) for index in range(len(spec.categories))]
    largest = max(values, default=Decimal(0)) or Decimal(1)
    width = min(max((text_width(name) for name in spec.categories), default=0) + 12, LABEL_ROOM)
    names = join(
        tag("text", tag("title", name) + cut(name, width - 12), x="0", y=index * LINE + BAR / 2 + 4)
        for index, name in enumerate(spec.categories)
    )
    height = max(LINE * len(spec.categories) - (LINE - BAR), BAR)
    labels = tag("svg", names, class_="plot scale", width=width, height=height, aria_hidden="true")
    plot = picture(spec, join(_stages(spec, values, largest)), width="100%", height=height)
    return figure(spec, tag("div", labels + plot, class_="plot-row"))


def _amount(spec: ChartSpec, index: int) -> Decimal:
    found = spec.series[0].value(index) if spec.series else None
    return max(found, Decimal(0)) if found is not None else Decimal(0)


def _stages(spec: ChartSpec, values: list[Decimal], largest: Decimal) -> Iterator[Markup]:
    passing = all(after <= before for before, after in pairwise(values))
    for index, value in enumerate(values):
        share = max(float(value / largest) * REACH, SMALLEST)
        top = index * LINE
        shape = tag(
            "rect", x="0", width=percent(share), y=top, height=BAR, rx=4, class_=f"fill s1 stage{min(index, 5)}"
        )
        yield linked(shape, spec.series[0].link(index), told(spec, index, 0))
        yield tag("text", spec.short(value), x=percent(share), dx=8, y=top + BAR / 2 + 4, class_="mark-label")
        if index and passing:
            yield _passage(spec, values[index - 1], value, top)


def _passage(spec: ChartSpec, before: Decimal, after: Decimal, top: int) -> Markup:
    words = format_percent(after / before, spec.language, 0) if before else "—"
    return tag("text", "↓ " + words, x="0", dx=2, y=top - 7, class_="tick")
