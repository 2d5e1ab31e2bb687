"""Radar: several abilities of one or a few subjects on spokes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import cos, pi, sin

from markupsafe import Markup

from engine.widgets.charts.axis import Axis, axis_for
from engine.widgets.charts.bar import horizontal_bar_chart, told
from engine.widgets.charts.figure import figure, legend_of, picture
from engine.widgets.charts.markup import cut, join, length, linked, tag
from engine.widgets.charts.spec import ChartSpec, colour
from engine.widgets.markup import drawn

WIDTH, HEIGHT, RADIUS = 340, 264, 92
RINGS = (0.25, 0.5, 0.75, 1.0)
LABEL_ROOM = 74.0
ZERO = Decimal(0)


def radar_chart(spec: ChartSpec, maximum: Decimal | None = None) -> Markup:
    """A polygon for each series over three spokes or more; `maximum` is the rim, else the largest round value.
    Fewer spokes are drawn as bars.
    """
    if len(spec.categories) < 3 or spec.empty:
        return horizontal_bar_chart(spec)
    values = [one.value(index) for one in spec.series for index in range(len(spec.categories))]
    axis = Axis((ZERO, maximum)) if maximum and maximum > 0 else Axis((ZERO, max(axis_for(values).high, Decimal(1))))
    content = (
        join(_web(spec))
        + join(_polygon(spec, axis, place) for place in range(len(spec.series)))
        + join(_dots(spec, axis))
    )
    drawing = picture(spec, content, "plot round", width=WIDTH, height=HEIGHT, viewBox=f"0 0 {WIDTH} {HEIGHT}")
    return figure(spec, drawing, legend_of(spec))


def _web(spec: ChartSpec) -> Iterator[Markup]:
    count = len(spec.categories)
    for ring in RINGS:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_point(index, count, ring) for index in range(count)))
        yield tag("polygon", points=points, class_="grid")
    for index, name in enumerate(spec.categories):
        x, y = _point(index, count, 1.0)
        yield tag("line", x1=WIDTH / 2, y1=HEIGHT / 2, x2=x, y2=y, class_="grid")
        out_x, out_y = _point(index, count, 1.13)
        anchor = "middle" if abs(out_x - WIDTH / 2) < 12 else "start" if out_x > WIDTH / 2 else "end"
        yield tag("text", tag("title", name) + cut(name, LABEL_ROOM), x=out_x, y=out_y + 4, text_anchor=anchor)


def _polygon(spec: ChartSpec, axis: Axis, place: int) -> Markup:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in _corners(spec, axis, place))
    return tag(
        "polygon", points=points, class_=f"line {'dash' if spec.series[place].dashed else 'wash'} {colour(place)}"
    )


def _corners(spec: ChartSpec, axis: Axis, place: int) -> list[tuple[float, float]]:
    count = len(spec.categories)
    return [_point(index, count, _reach(axis, spec.series[place].value(index))) for index in range(count)]


def _dots(spec: ChartSpec, axis: Axis) -> Iterator[Markup]:
    for place, one in enumerate(spec.series):
        for index, (x, y) in enumerate(_corners(spec, axis, place)):
            if one.value(index) is not None:
                at = f'cx="{length(x)}" cy="{length(y)}"'
                mark = f'<circle {at} r="11" class="reach"/><circle {at} r="3" class="dot {colour(place)}"/>'
                yield linked(drawn(mark), one.link(index), told(spec, index, place))


def _reach(axis: Axis, value: Decimal | None) -> float:
    """Along a spoke from the middle (0) to the rim (1); what is beyond stays on the rim."""
    return min(max(axis.share(value), 0.0), 1.0) if value is not None else 0.0


def _point(index: int, count: int, reach: float) -> tuple[float, float]:
    angle = 2 * pi * index / count
    return WIDTH / 2 + RADIUS * reach * sin(angle), HEIGHT / 2 - RADIUS * reach * cos(angle)
