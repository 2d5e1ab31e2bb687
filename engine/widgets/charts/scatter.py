"""A scatter: a dot for each subject by two figures, with lines at the mean of each, so that four corners can be told apart."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from markupsafe import Markup

from engine.widgets.charts.axis import Axis, axis_for
from engine.widgets.charts.bar import bar_chart
from engine.widgets.charts.figure import figure, picture
from engine.widgets.charts.markup import cut, join, length, linked, percent, tag
from engine.widgets.charts.plane import HEIGHT, grid, height_of, scale_beside
from engine.widgets.charts.spec import ChartSpec
from engine.widgets.markup import drawn

NAMED = 6
"""Dots that are named: those farthest from the means."""
NAME_ROOM = 96.0
INSET = 0.04
"""Room at both sides, so that a dot at the edge is whole."""

Dot = tuple[int, Decimal, Decimal]


def scatter_chart(spec: ChartSpec) -> Markup:
    """Across by the first series, upwards by the second; subjects without both figures are left out. One series makes bars."""
    if len(spec.series) < 2:
        return bar_chart(spec)
    found = [
        (index, x, y)
        for index in range(len(spec.categories))
        if (x := spec.series[0].value(index)) is not None and (y := spec.series[1].value(index)) is not None
    ]
    if not found:
        return figure(spec, Markup(""))
    across, upwards = axis_for([x for _, x, _ in found], zero=False), axis_for([y for _, _, y in found], zero=False)
    upright = spec.telling(1)
    marks = _ticks_below(spec, across) + _means(found, across, upwards) + join(_dots(spec, found, across, upwards))
    plot = picture(spec, grid(upwards) + marks, width="100%", height=HEIGHT)
    axes = tag(
        "p",
        spec.say(
            f"横轴：{spec.series[0].name}；纵轴：{spec.series[1].name}；虚线为平均",
            f"Across: {spec.series[0].name}; upwards: {spec.series[1].name}; dashed: means",
        ),
        class_="axes",
    )
    return figure(spec, tag("div", scale_beside(upright, upwards) + plot, class_="plot-row") + axes)


def _place(axis: Axis, value: Decimal) -> float:
    """Where a value stands across, as a share of the width."""
    return INSET + axis.share(value) * (1 - 2 * INSET)


def _ticks_below(spec: ChartSpec, axis: Axis) -> Markup:
    """Every other tick gives way where it is narrow."""
    return join(
        tag(
            "text",
            spec.tick(tick, axis.largest),
            x=percent(_place(axis, tick)),
            y=HEIGHT - 8,
            text_anchor="middle",
            class_="tick more" if at % 2 else "tick",
        )
        for at, tick in enumerate(axis.ticks)
    )


def _means(found: list[Dot], across: Axis, upwards: Axis) -> Markup:
    mean_x = sum((x for _, x, _ in found), Decimal(0)) / len(found)
    mean_y = sum((y for _, _, y in found), Decimal(0)) / len(found)
    x, y = percent(_place(across, mean_x)), height_of(upwards, mean_y)
    top, bottom = height_of(upwards, upwards.high), height_of(upwards, upwards.low)
    return tag("line", x1=x, x2=x, y1=top, y2=bottom, class_="mean") + tag(
        "line", x1="0", x2="100%", y1=y, y2=y, class_="mean"
    )


def _dots(spec: ChartSpec, found: list[Dot], across: Axis, upwards: Axis) -> Iterator[Markup]:
    named = _farthest(found, across, upwards)
    for index, x, y in found:
        place, height = _place(across, x), height_of(upwards, y)
        at = f'cx="{percent(place)}" cy="{length(height)}"'
        mark = drawn(f'<circle {at} r="11" class="reach"/><circle {at} r="4.5" class="dot s1"/>')
        yield linked(mark, spec.series[0].link(index), told_of(spec, index))
        if index in named:
            name = cut(spec.categories[index], NAME_ROOM)
            side = "end" if place > 0.6 else "start"
            moved = -8 if side == "end" else 8
            yield tag(
                "text", name, x=percent(place), dx=moved, y=height + 4, text_anchor=side, class_="mark-label more"
            )


def told_of(spec: ChartSpec, index: int) -> str:
    """A subject with both its figures."""
    told = (f"{one.name} {spec.telling(place).exact(one.value(index))}" for place, one in enumerate(spec.series[:2]))
    return f"{spec.categories[index]}: {', '.join(told)}"


def _farthest(found: list[Dot], across: Axis, upwards: Axis) -> set[int]:
    """The dots that stand farthest from the middle of all, and are not hidden behind each other's names."""
    middle_x = sum(across.share(x) for _, x, _ in found) / len(found)
    middle_y = sum(upwards.share(y) for _, _, y in found) / len(found)
    ordered = sorted(
        found,
        key=lambda dot: (across.share(dot[1]) - middle_x) ** 2 + (upwards.share(dot[2]) - middle_y) ** 2,
        reverse=True,
    )
    kept: list[Dot] = []
    for dot in ordered:
        if len(kept) < NAMED and all(abs(height_of(upwards, dot[2]) - height_of(upwards, one[2])) > 14 for one in kept):
            kept.append(dot)
    return {index for index, _, _ in kept}
