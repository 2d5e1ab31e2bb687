"""Lines over time, bare or with the area below."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from markupsafe import Markup

from engine.widgets.charts.axis import Axis, axis_for
from engine.widgets.charts.bar import told
from engine.widgets.charts.figure import figure, legend_of
from engine.widgets.charts.markup import join, length, linked, percent, tag
from engine.widgets.charts.plane import HEIGHT, band_middle, height_of, plane
from engine.widgets.charts.spec import ChartSpec, Series, colour
from engine.widgets.markup import drawn

UNITS = 1000
DOTTED = 16
SEEN, QUIET = 'r="3.5" class="dot', 'r="2" class="dot quiet'

Point = tuple[float, float]


Edge = tuple[Decimal | None, ...]


def line_chart(spec: ChartSpec, band: tuple[Edge, Edge] | None = None) -> Markup:
    """A line for each series; a missing value is a gap. A band lies between two edges, in the last series' colour."""
    return _chart(spec, washed=False, band=band)


def area_chart(spec: ChartSpec) -> Markup:
    """Lines with the area down to zero; for amounts, so the axis starts at zero."""
    return _chart(spec, washed=True)


def _chart(spec: ChartSpec, washed: bool, band: tuple[Edge, Edge] | None = None) -> Markup:
    values = [one.value(index) for one in spec.series for index in range(len(spec.categories))]
    axis = axis_for([*values, *(value for edge in band or () for value in edge)], zero=washed)
    between = _between(spec, axis, band) if band is not None else Markup("")
    lines = join(shape for place, one in enumerate(spec.series) for shape in shapes(spec, axis, one, place, washed))
    layer = tag(
        "svg",
        between + lines,
        viewBox=f"0 0 {UNITS} {HEIGHT}",
        preserveAspectRatio="none",
        width="100%",
        height=HEIGHT,
        aria_hidden="true",
    )
    marks = join(dot for place in range(len(spec.series)) for dot in dots(spec, axis, place))
    return figure(spec, plane(spec, axis, layer + marks), legend_of(spec))


def _between(spec: ChartSpec, axis: Axis, band: tuple[Edge, Edge]) -> Markup:
    """The area between two edges where both are known."""
    count = len(spec.categories)
    known = [
        (band_middle(at, count) * UNITS, height_of(axis, low), height_of(axis, high))
        for at, (low, high) in enumerate(zip(*band, strict=True))
        if low is not None and high is not None
    ]
    if len(known) < 2:
        return Markup("")
    around = [(x, high) for x, _, high in known] + [(x, low) for x, low, _ in reversed(known)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in around) + "Z"
    return tag("path", d=path, class_=f"wash {colour(len(spec.series) - 1)}")


def shapes(spec: ChartSpec, axis: Axis, one: Series, place: int, washed: bool) -> Iterator[Markup]:
    floor = height_of(axis, min(max(Decimal(0), axis.low), axis.high))
    for run in _runs(spec, axis, one):
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in run)
        if washed and len(run) > 1:
            closed = f"{path}L{run[-1][0]:.1f} {floor:.1f}L{run[0][0]:.1f} {floor:.1f}Z"
            yield tag("path", d=closed, class_=f"wash {colour(place)}")
        yield tag("path", d=path, class_=f"line {colour(place)}{' dash' if one.dashed else ''}")


def _runs(spec: ChartSpec, axis: Axis, one: Series) -> list[list[Point]]:
    """The points of a series in unbroken runs."""
    count = len(spec.categories)
    runs: list[list[Point]] = [[]]
    for index in range(count):
        value = one.value(index)
        if value is None:
            runs.append([])
        else:
            runs[-1].append((band_middle(index, count) * UNITS, height_of(axis, value)))
    return [run for run in runs if run]


def dots(spec: ChartSpec, axis: Axis, place: int) -> Iterator[Markup]:
    one, count = spec.series[place], len(spec.categories)
    last = max((index for index in range(count) if one.value(index) is not None), default=-1)
    for index in range(count):
        value = one.value(index)
        if value is None:
            continue
        x, y = percent(band_middle(index, count)), height_of(axis, value)
        seen = count <= DOTTED or index == last
        at = f'cx="{x}" cy="{length(y)}"'
        mark = f'<circle {at} r="11" class="reach"/><circle {at} {SEEN if seen else QUIET} {colour(place)}"/>'
        yield linked(drawn(mark), one.link(index), told(spec, index, place))
        if index == last and len(spec.series) == 1:
            yield tag(
                "text",
                spec.short(value),
                x=x,
                y=y - 10,
                text_anchor="middle" if count < 8 else "end",
                class_="mark-label",
            )
