"""Plane: the upright axis, its grid lines and the labels below, for charts that have them.

Widths are shares of the plot, heights are pixels: so the text keeps its size at every width. Labels marked `more`
give way on narrow places.
"""

from __future__ import annotations

from decimal import Decimal

from markupsafe import Markup

from engine.widgets.charts.axis import Axis
from engine.widgets.charts.figure import picture
from engine.widgets.charts.markup import cut, join, percent, tag, text_width
from engine.widgets.charts.spec import ChartSpec

TOP, BODY, BOTTOM = 14, 190, 26
HEIGHT = TOP + BODY + BOTTOM
WIDE, NARROW = 560.0, 270.0
GAP = 10.0


def height_of(axis: Axis, value: Decimal) -> float:
    """The y of a value in pixels."""
    return TOP + BODY * (1 - axis.share(value))


def band_middle(index: int, count: int) -> float:
    """The middle of a category's band as a share of the width."""
    return (index + 0.5) / count


def plane(spec: ChartSpec, axis: Axis, marks: Markup, right: Markup | None = None) -> Markup:
    """Axis and plot side by side, with another axis to the right where there is one."""
    plot = picture(spec, grid(axis) + marks + _labels_below(spec), width="100%", height=HEIGHT)
    return tag("div", scale_beside(spec, axis) + plot + (right or Markup("")), class_="plot-row")


def scale_beside(spec: ChartSpec, axis: Axis, right: bool = False) -> Markup:
    """The ticks of an upright axis in words, to the left of the plot or to its right."""
    ticks = [(height_of(axis, tick), spec.tick(tick, axis.largest)) for tick in axis.ticks]
    width = max(text_width(words) for _, words in ticks) + 10
    x, anchor = (8, "start") if right else (width - 8, "end")
    labels = join(tag("text", words, x=x, y=y + 4, text_anchor=anchor, class_="tick") for y, words in ticks)
    return tag("svg", labels, class_="plot scale", width=width, height=HEIGHT, aria_hidden="true")


def grid(axis: Axis) -> Markup:
    """A line at every tick of an upright axis."""
    heights = ((tick, height_of(axis, tick)) for tick in axis.ticks)
    return join(
        tag("line", x1="0", x2="100%", y1=y, y2=y, class_="base" if tick == 0 else "grid") for tick, y in heights
    )


def _labels_below(spec: ChartSpec) -> Markup:
    count = len(spec.categories)
    longest = max((text_width(name) for name in spec.categories), default=0) + GAP
    wide, narrow = stride(count, longest, WIDE), stride(count, longest, NARROW)
    parts = []
    for index, name in enumerate(spec.categories):
        if index % wide and index % narrow:
            continue
        room = (WIDE if index % wide == 0 else NARROW) / count * (wide if index % wide == 0 else narrow) - GAP / 2
        middle = band_middle(index, count)
        kind = "tick" if index % narrow == 0 and index % wide == 0 else "tick more" if index % wide == 0 else "tick few"
        words = cut(name, max(room, 24))
        told = tag("title", name) if words != name else Markup("")
        parts.append(tag("text", told + words, x=percent(middle), y=HEIGHT - 8, text_anchor="middle", class_=kind))
    return join(parts)


def stride(count: int, longest: float, width: float) -> int:
    """Every how many-th label fits side by side; labels longer than 72 pixels are cut rather than thinned further."""
    fitting = max(int(width // min(longest, 72.0)), 1)
    return max(-(-count // fitting), 1)
