"""Bars with lines over them on an axis of their own: an amount and the rate beside it."""

from __future__ import annotations

from dataclasses import replace

from markupsafe import Markup

from engine.widgets.charts.area import UNITS, dots, shapes
from engine.widgets.charts.axis import axis_for
from engine.widgets.charts.bar import groups
from engine.widgets.charts.figure import figure, legend_of
from engine.widgets.charts.markup import join, tag
from engine.widgets.charts.plane import HEIGHT, plane, scale_beside
from engine.widgets.charts.spec import ChartSpec


def combo_chart(spec: ChartSpec) -> Markup:
    """The first series as bars by the left axis, the others as lines by the right one."""
    count = len(spec.categories)
    left = axis_for([spec.series[0].value(index) for index in range(count)])
    lines = range(1, len(spec.series))
    if not lines:
        return figure(spec, plane(spec, left, join(groups(spec, left))))
    right = axis_for([spec.series[place].value(index) for place in lines for index in range(count)])
    bars = join(groups(replace(spec, series=spec.series[:1]), left))
    drawn = join(shape for place in lines for shape in shapes(spec, right, spec.series[place], place, washed=False))
    layer = tag(
        "svg",
        drawn,
        viewBox=f"0 0 {UNITS} {HEIGHT}",
        preserveAspectRatio="none",
        width="100%",
        height=HEIGHT,
        aria_hidden="true",
    )
    marks = join(dot for place in lines for dot in dots(spec, right, place))
    beside = scale_beside(spec.telling(1), right, right=True)
    return figure(spec, plane(spec, left, bars + layer + marks, beside), legend_of(spec))
