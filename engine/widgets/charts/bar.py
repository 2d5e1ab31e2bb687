"""Bars: upright (side by side or stacked) and lying."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from markupsafe import Markup

from engine.widgets.charts.axis import Axis, axis_for
from engine.widgets.charts.figure import figure, legend_of, picture
from engine.widgets.charts.markup import cut, join, length, linked, percent, tag, text_width
from engine.widgets.charts.plane import WIDE, band_middle, height_of, plane
from engine.widgets.charts.spec import ChartSpec, colour
from engine.widgets.markup import drawn

WIDEST_BAR = 0.085
LABELLED_NARROW = 5
LINE = 30
LABEL_ROOM = 108.0
BAR_ROOM = 0.8
ZERO = Decimal(0)


def bar_chart(spec: ChartSpec, stacked: bool = False) -> Markup:
    """Upright bars, a group for each category; `stacked` puts the series of a category on each other."""
    axis = axis_for(_reaches(spec, stacked))
    marks = join(_stack(spec, axis) if stacked else groups(spec, axis))
    return figure(spec, plane(spec, axis, marks), legend_of(spec))


def _reaches(spec: ChartSpec, stacked: bool) -> Iterator[Decimal]:
    for index in range(len(spec.categories)):
        values = [value for one in spec.series if (value := one.value(index)) is not None]
        if stacked:
            yield sum((value for value in values if value > 0), ZERO)
            yield sum((value for value in values if value < 0), ZERO)
        else:
            yield from values


def groups(spec: ChartSpec, axis: Axis) -> Iterator[Markup]:
    count, many = len(spec.categories), len(spec.series)
    width = min(0.66 / max(count * many, 1), WIDEST_BAR)
    for index in range(count):
        left = band_middle(index, count) - width * many / 2
        for place, one in enumerate(spec.series):
            value = one.value(index)
            if value is not None:
                yield _bar(
                    spec, index, place, left + place * width, width * (0.92 if many > 1 else 1), axis, (ZERO, value)
                )
                if many == 1 and text_width(spec.short(value)) <= WIDE / count:
                    yield _label(spec, axis, value, band_middle(index, count), count)


def _stack(spec: ChartSpec, axis: Axis) -> Iterator[Markup]:
    count = len(spec.categories)
    width = min(0.6 / max(count, 1), WIDEST_BAR)
    for index in range(count):
        up = down = ZERO
        for place, one in enumerate(spec.series):
            value = one.value(index)
            if not value:
                continue
            base = up if value > 0 else down
            yield _bar(spec, index, place, band_middle(index, count) - width / 2, width, axis, (base, base + value))
            up, down = (up + value, down) if value > 0 else (up, down + value)


def _bar(
    spec: ChartSpec, index: int, place: int, left: float, width: float, axis: Axis, span: tuple[Decimal, Decimal]
) -> Markup:
    one = spec.series[place]
    ends = sorted(height_of(axis, value) for value in span)
    across = f'x="{percent(left)}" width="{percent(width)}"'
    upright = f'y="{length(ends[0])}" height="{length(max(ends[1] - ends[0], 1.0))}"'
    shape = f'<rect {across} {upright} rx="2" class="fill {_tone(spec, span, place)}"/>'
    return linked(drawn(shape), one.link(index), told(spec, index, place))


def told(spec: ChartSpec, index: int, place: int) -> str:
    """What a mark says of itself: category, series, exact value."""
    one = spec.series[place]
    series = f" · {one.name}" if len(spec.series) > 1 else ""
    return f"{spec.categories[index]}{series}: {spec.telling(place).exact(one.value(index))}"


def _tone(spec: ChartSpec, span: tuple[Decimal, Decimal], place: int) -> str:
    if spec.signed:
        return "down" if span[1] < span[0] else "up"
    return colour(place)


def _label(spec: ChartSpec, axis: Axis, value: Decimal, middle: float, count: int) -> Markup:
    y = height_of(axis, value) + (-5 if value >= 0 else 14)
    kind = "mark-label" if count <= LABELLED_NARROW else "mark-label more"
    return tag("text", spec.short(value), x=percent(middle), y=y, text_anchor="middle", class_=kind)


def horizontal_bar_chart(spec: ChartSpec) -> Markup:
    """Lying bars, one line for each category and series: for long names and rankings."""
    known = [
        value for one in spec.series for index in range(len(spec.categories)) if (value := one.value(index)) is not None
    ]
    axis = _exact_axis(known)
    many = len(spec.series)
    line = max(LINE, 14 * many + 10)
    width = min(max((text_width(name) for name in spec.categories), default=0) + 12, LABEL_ROOM)
    names: list[Markup] = []
    marks: list[Markup] = []
    for index, name in enumerate(spec.categories):
        top = index * line
        words = cut(name, width - 12)
        names.append(tag("text", tag("title", name) + words, x="0", y=top + line / 2 + 4))
        for place in range(many):
            marks.extend(_lying(spec, index, place, axis, top + (line - many * 16) / 2 + place * 16))
    height = max(line * len(spec.categories), line)
    zero = _lying_share(axis, ZERO)
    base = tag("line", x1=percent(zero), x2=percent(zero), y1="0", y2=height, class_="base")
    labels = tag("svg", join(names), class_="plot scale", width=width, height=height, aria_hidden="true")
    plot = picture(spec, join(marks) + base, width="100%", height=height)
    return figure(spec, tag("div", labels + plot, class_="plot-row"), legend_of(spec))


def _exact_axis(known: list[Decimal]) -> Axis:
    """From the least to the greatest value and zero: lying bars show no ticks, so nothing need be round."""
    low, high = min([*known, ZERO]), max([*known, ZERO])
    return Axis((low, high if high > low else Decimal(1)))


def _lying(spec: ChartSpec, index: int, place: int, axis: Axis, top: float) -> Iterator[Markup]:
    one = spec.series[place]
    value = one.value(index)
    if value is None:
        return
    ends = sorted((_lying_share(axis, ZERO), _lying_share(axis, value)))
    tone = _tone(spec, (ZERO, value), place)
    shape = tag(
        "rect",
        x=percent(ends[0]),
        width=percent(max(ends[1] - ends[0], 0.003)),
        y=top + 1,
        height=14,
        rx=2,
        class_=f"fill {tone}",
    )
    yield linked(shape, one.link(index), told(spec, index, place))
    side = {"dx": 6, "text_anchor": "start"} if value >= 0 else {"dx": -6, "text_anchor": "end"}
    yield tag(
        "text",
        spec.short(value),
        x=percent(ends[1] if value >= 0 else ends[0]),
        y=top + 12,
        class_="mark-label",
        **side,
    )


def _lying_share(axis: Axis, value: Decimal) -> float:
    """Room is left at the ends for the figures beside the bars."""
    span = max(axis.high, ZERO) - min(axis.low, ZERO)
    room = BAR_ROOM if axis.low >= 0 or axis.high <= 0 else BAR_ROOM - 0.18
    start = 0.0 if axis.low >= 0 else 1 - BAR_ROOM
    return start + float((value - min(axis.low, ZERO)) / span) * room
