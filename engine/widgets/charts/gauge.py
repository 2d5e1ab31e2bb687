"""Gauge: one figure against its target on a half circle."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import cos, pi, sin

from markupsafe import Markup

from engine.widgets.charts.figure import figure, picture
from engine.widgets.charts.markup import linked, tag
from engine.widgets.charts.spec import ChartSpec, Series
from engine.widgets.formats import format_percent

WIDTH, HEIGHT, RADIUS, THICK = 220, 142, 92, 14
TARGET_AT = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class GaugeSpec:
    """One figure: its target stands at four fifths of the arc unless `maximum` says how far the arc goes."""

    title: str
    value: Decimal | None
    target: Decimal | None = None
    maximum: Decimal | None = None
    language: str = "zh"
    unit: str = ""
    period: str = ""
    display: str = "number"
    link: str = ""


def gauge(spec: GaugeSpec) -> Markup:
    """The arc up to the value, a stroke at the target, the value in words, and how much of the target it is."""
    chart = _as_chart(spec)
    value = chart.series[0].value(0) if chart.series else None
    if value is None:
        return figure(chart, Markup(""))
    end = _end(spec, value)
    track = tag("path", d=_arc(1.0), class_="track", stroke_width=THICK)
    share = min(max(float(value / end), 0.0), 1.0)
    arc = tag("path", d=_arc(share), class_="arc", stroke_width=THICK) if share > 0.002 else Markup("")
    shown, reached = chart.short(value), _reached(chart, spec, value)
    words = tag("text", shown, x=WIDTH / 2, y=HEIGHT - 34, text_anchor="middle", class_="big")
    under = tag("text", reached, x=WIDTH / 2, y=HEIGHT - 8, text_anchor="middle", class_="tick") if reached else ""
    told = f"{spec.title}: {' '.join(filter(None, (shown, reached)))} ({chart.exact(value)})"
    marked = linked(track + arc + _target(spec, end) + words + under, chart.series[0].link(0), told)
    return figure(
        chart, picture(chart, marked, "plot round", width=WIDTH, height=HEIGHT, viewBox=f"0 0 {WIDTH} {HEIGHT}")
    )


def _as_chart(spec: GaugeSpec) -> ChartSpec:
    names = (spec.title, "目标" if spec.language.startswith("zh") else "Target")
    given = ((names[0], spec.value, spec.link), (names[1], spec.target, ""))
    kept = [one for one in given if one[1] is not None]
    series = (Series(spec.title, tuple(one[1] for one in kept), tuple(one[2] for one in kept)),)
    return ChartSpec(
        spec.title, tuple(one[0] for one in kept), series, spec.language, spec.unit, spec.period, spec.display
    )


def _end(spec: GaugeSpec, value: Decimal) -> Decimal:
    if spec.maximum is not None and spec.maximum > 0:
        return spec.maximum
    if spec.target is not None and spec.target > 0:
        return max(spec.target / TARGET_AT, value)
    return Decimal(1) if spec.display == "percent" else max(abs(value), Decimal(1))


def _target(spec: GaugeSpec, end: Decimal) -> Markup:
    if spec.target is None or spec.target <= 0:
        return Markup("")
    share = min(float(spec.target / end), 1.0)
    (a, b), (c, d) = _point(share, RADIUS - THICK / 2 - 3), _point(share, RADIUS + THICK / 2 + 3)
    return tag("line", x1=a, y1=b, x2=c, y2=d, class_="target")


def _reached(chart: ChartSpec, spec: GaugeSpec, value: Decimal) -> str:
    """How much of the target it is; empty without one."""
    if spec.target is None or spec.target <= 0:
        return ""
    share = format_percent(value / spec.target, spec.language, 0)
    return chart.say(f"目标 {chart.short(spec.target)}，达成 {share}", f"{share} of target {chart.short(spec.target)}")


def _arc(share: float) -> str:
    (a, b), (c, d) = _point(0.0, RADIUS), _point(share, RADIUS)
    return f"M{a:.2f} {b:.2f}A{RADIUS} {RADIUS} 0 0 1 {c:.2f} {d:.2f}"


def _point(share: float, radius: float) -> tuple[float, float]:
    angle = pi * (1 - share)
    return WIDTH / 2 + radius * cos(angle), HEIGHT - 32 - radius * sin(angle)
