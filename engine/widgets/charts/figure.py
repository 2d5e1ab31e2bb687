"""Figure: what stands around every chart: title, unit and period, legend, and the same numbers as a table."""

from __future__ import annotations

from markupsafe import Markup

from engine.widgets.charts.markup import join, tag
from engine.widgets.charts.spec import ChartSpec, colour
from engine.widgets.markup import drawn, escaped


def figure(spec: ChartSpec, drawing: Markup, legend: Markup | None = None) -> Markup:
    """The whole chart; `drawing` is replaced by a plain sentence when there is nothing to draw."""
    shown = drawing if not spec.empty else _nothing(spec)
    return tag("figure", caption(spec.title, spec) + shown + (legend or Markup("")) + numbers(spec), class_="chart")


def caption(title: str, spec: ChartSpec) -> Markup:
    """The title and, small, the unit and the period."""
    unit = spec.say(f"单位：{spec.unit}", f"Unit: {spec.unit}") if spec.unit and spec.display == "number" else ""
    words = " · ".join(part for part in (unit, spec.period) if part)
    return tag(
        "figcaption", (tag("strong", title) if title else Markup("")) + (tag("span", words) if words else Markup(""))
    )


def picture(spec: ChartSpec, content: Markup, kind: str = "plot", **attributes: object) -> Markup:
    """The svg element: an image with words, or a group when its marks are links that keys must reach."""
    role = "group" if spec.linked else "img"
    sentence = summary(spec)
    told = tag("title", spec.title) + tag("desc", sentence)
    return tag("svg", told + content, class_=kind, role=role, aria_label=f"{spec.title}. {sentence}", **attributes)


def summary(spec: ChartSpec) -> str:
    """One sentence for those who do not see: how many figures, the largest and the smallest."""
    if spec.description:
        return spec.description
    found = [
        (value, category)
        for one in spec.series
        if one.told_as is None
        for index, category in enumerate(spec.categories)
        if (value := one.value(index)) is not None
    ]
    if not found:
        return spec.say("没有数据", "No data")
    (high, top), (low, bottom) = max(found, key=lambda one: one[0]), min(found, key=lambda one: one[0])
    return spec.say(
        f"{len(found)} 个数值，最高 {top} {spec.exact(high)}，最低 {bottom} {spec.exact(low)}",
        f"{len(found)} values, highest {top} {spec.exact(high)}, lowest {bottom} {spec.exact(low)}",
    )


def legend_of(spec: ChartSpec) -> Markup:
    """Names of the series with their colours; nothing for a single series."""
    if len(spec.series) < 2 or spec.empty:
        return Markup("")
    return tag(
        "ul", join(legend_item(colour(index), one.name) for index, one in enumerate(spec.series)), class_="legend"
    )


def legend_item(kind: str, *words: str) -> Markup:
    """A line of a legend: a colour, a name, and further words behind it."""
    swatch = tag("svg", tag("rect", width=10, height=10, rx=2), class_=kind, width=10, height=10, aria_hidden="true")
    name, *others = words
    return tag(
        "li",
        swatch
        + tag("span", name, class_="clip", title=name)
        + join(tag("span", other, class_="push") for other in others),
    )


def numbers(spec: ChartSpec) -> Markup:
    """The same numbers as a table that is heard, not seen."""
    if spec.empty:
        return Markup("")
    head = tag("th", spec.say("类别", "Category"), scope="col") + join(
        tag("th", one.name, scope="col") for one in spec.series
    )
    told = [
        [escaped(spec.telling(place).exact(one.value(index))) for index in range(len(spec.categories))]
        for place, one in enumerate(spec.series)
    ]
    rows = "".join(
        [
            f'<tr><th scope="row">{escaped(name)}</th><td>{"</td><td>".join(values)}</td></tr>'
            for name, *values in zip(spec.categories, *told, strict=True)
        ]
    )
    table = tag("caption", spec.title) + tag("thead", tag("tr", head)) + tag("tbody", drawn(rows))
    return tag("div", tag("table", table), class_="sr-only")


def _nothing(spec: ChartSpec) -> Markup:
    return tag("p", spec.say("这段时间没有数据", "No data for this period"), class_="chart-none")
