"""Shares of a whole: a ring with its total in the middle and a legend that tells each share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import cos, pi, sin

from markupsafe import Markup

from engine.widgets.charts.figure import figure, legend_item, picture
from engine.widgets.charts.markup import join, linked, tag
from engine.widgets.charts.spec import ChartSpec, colour
from engine.widgets.formats import format_percent

SIZE, OUTER, INNER = 184, 90, 60
SLICES = 7


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the whole; `kind` is its colour class."""

    name: str
    value: Decimal
    link: str
    kind: str


def pie_chart(spec: ChartSpec) -> Markup:
    """The first series as shares; what is not above zero has no share; beyond seven the smallest are joined."""
    slices = _slices(spec)
    total = sum((one.value for one in slices), Decimal(0))
    if not total:
        return figure(spec, tag("p", spec.say("没有可以分份的数值", "Nothing to share out"), class_="chart-none"))
    middle = tag("text", spec.short(total), x=SIZE / 2, y=SIZE / 2 + 2, text_anchor="middle", class_="total")
    under = tag("text", spec.say("合计", "Total"), x=SIZE / 2, y=SIZE / 2 + 20, text_anchor="middle", class_="tick")
    ring = picture(
        spec, join(_ring(spec, slices, total)) + middle + under, width=SIZE, height=SIZE, viewBox=f"0 0 {SIZE} {SIZE}"
    )
    lines = join(
        legend_item(one.kind, one.name, spec.short(one.value), format_percent(one.value / total, spec.language))
        for one in slices
    )
    return figure(spec, tag("div", ring + tag("ul", lines, class_="legend tall"), class_="plot-beside"))


def _slices(spec: ChartSpec) -> list[Slice]:
    if not spec.series:
        return []
    one = spec.series[0]
    found = [
        (value, name, one.link(index))
        for index, name in enumerate(spec.categories)
        if (value := one.value(index)) is not None and value > 0
    ]
    found.sort(key=lambda part: -part[0])
    kept = found if len(found) <= SLICES + 1 else found[:SLICES]
    slices = [Slice(name, value, link, colour(index)) for index, (value, name, link) in enumerate(kept)]
    if len(kept) < len(found):
        rest = sum((value for value, _, _ in found[SLICES:]), Decimal(0))
        slices.append(
            Slice(spec.say(f"其他 {len(found) - SLICES} 项", f"{len(found) - SLICES} others"), rest, "", "rest")
        )
    return slices


def _ring(spec: ChartSpec, slices: list[Slice], total: Decimal) -> Iterator[Markup]:
    start = 0.0
    for one in slices:
        share = float(one.value / total)
        words = f"{one.name}: {spec.exact(one.value)}, {format_percent(one.value / total, spec.language)}"
        yield linked(
            tag("path", d=_arc(start, min(start + share, 1.0)), class_=f"slice {one.kind}", fill_rule="evenodd"),
            one.link,
            words,
        )
        start += share


def _arc(start: float, end: float) -> str:
    if end - start > 0.9999:
        return "".join(f"M{SIZE / 2} {SIZE / 2 - r}a{r} {r} 0 1 1 -.01 0Z" for r in (OUTER, INNER))
    large = 1 if end - start > 0.5 else 0
    (a, b), (c, d) = _point(start, OUTER), _point(end, OUTER)
    (e, f), (g, h) = _point(end, INNER), _point(start, INNER)
    return f"M{a:.2f} {b:.2f}A{OUTER} {OUTER} 0 {large} 1 {c:.2f} {d:.2f}L{e:.2f} {f:.2f}A{INNER} {INNER} 0 {large} 0 {g:.2f} {h:.2f}Z"


def _point(share: float, radius: float) -> tuple[float, float]:
    angle = share * 2 * pi
    return SIZE / 2 + radius * sin(angle), SIZE / 2 - radius * cos(angle)
