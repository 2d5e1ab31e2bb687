"""Drawing a decision-chain map: boxes that open their step, ways with what they are taken for."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from engine.widgets.charts.markup import cut, join, length, tag, text_width
from engine.widgets.charts.wrapping import wrapped
from engine.widgets.map_layout import HEIGHT, WIDTH, Line, Point, layout_of
from engine.widgets.map_parts import MapView, StepView, Way

_PAD, _SIZE, _SMALL = 12, 13, 12
_BAR = 4
_HEAD = 5


def map_drawing(view: MapView, base: str, chosen: str, title: str) -> Markup:
    """The map as SVG; each box leads to its step on the page at `base`, the `chosen` one stands out."""
    layout = layout_of(view.shape)
    steps = {step.id: step for step in view.steps}
    parts = [*(_line(line, _way(steps[line.source], line)) for line in layout.lines)]
    parts += [
        _box(step, layout.boxes[step.id], f"{base}?node={step.id}#node", step.id == chosen) for step in view.steps
    ]
    return tag(
        "svg",
        join(parts),
        class_="map-drawing",
        viewBox=f"0 0 {length(layout.width)} {length(layout.height)}",
        width=layout.width,
        height=layout.height,
        role="group",
        aria_label=title,
    )


def _way(step: StepView, line: Line) -> Way | None:
    """The way that a line draws."""
    ways = [way for way in step.ways if way.back == line.back]
    if line.back:
        return next((way for way in ways if way.target == line.target), None)
    return ways[line.index] if line.index < len(ways) else None


def _box(step: StepView, corner: Point, link: str, chosen: bool) -> Markup:
    """A step: its name over two lines at most, below it what it rests on."""
    x, y = corner
    lines = list(wrapped(step.label, WIDTH - 2 * _PAD - _BAR, _SIZE))[:2]
    start = y + (27 if len(lines) == 1 else 21)
    left = x + _PAD + _BAR
    under = left + (8 if step.decides else 0)
    parts = [tag("title", step.label), _outline(step, corner), _bar(step, corner)]
    parts += [tag("text", line, x=left, y=start + 17 * at, class_="map-name") for at, line in enumerate(lines)]
    brief = cut(step.brief, x + WIDTH - _PAD - under, _SMALL)
    parts.append(tag("text", brief, x=under, y=y + HEIGHT - 11, class_="map-brief"))
    words = " ".join(
        ("map-step", f"is-{step.kind}", *(("has-gap",) if step.gap else ()), *(("chosen",) if chosen else ()))
    )
    label = "：".join((step.label, step.brief))
    return tag("a", join(parts), href=link, class_=words, aria_label=label, aria_current="true" if chosen else None)


def _outline(step: StepView, corner: Point) -> Markup:
    x, y = corner
    if not step.decides:
        return tag("rect", x=x, y=y, width=WIDTH, height=HEIGHT, rx=10, class_="map-box")
    cut_off, middle = 10, y + HEIGHT / 2
    points = [
        (x + cut_off, y), (x + WIDTH - cut_off, y), (x + WIDTH, middle), (x + WIDTH - cut_off, y + HEIGHT),
        (x + cut_off, y + HEIGHT), (x, middle),
    ]  # fmt: skip
    return tag("polygon", points=" ".join(f"{length(a)},{length(b)}" for a, b in points), class_="map-box")


def _bar(step: StepView, corner: Point) -> Markup:
    """The colour of what a step rests on."""
    x, y = corner
    if step.decides:
        return tag("circle", cx=x + _PAD + _BAR + 3, cy=y + HEIGHT - 15, r=3, class_="map-bar")
    return tag("rect", x=x + 6, y=y + 12, width=_BAR, height=HEIGHT - 24, rx=2, class_="map-bar")


def _line(line: Line, way: Way | None) -> Markup:
    drawing = [tag("path", d=_course(line), class_="map-way back" if line.back else "map-way"), _head(line)]
    label = way.label if way else ""
    if label:
        drawing += _label(label, line)
    return tag("g", join(drawing), class_="map-line")


def _course(line: Line) -> str:
    """A line through its points: straight past boxes, in a curve between layers; a way back in rounded corners."""
    first, *rest = line.points
    if line.back:
        return f"M{_at(first)}" + "".join(f"L{_at(point)}" for point in rest)
    found, last = f"M{_at(first)}", first
    for x, y in rest:
        if x == last[0]:
            found += f"L{_at((x, y))}"
        else:
            half = (last[1] + y) / 2
            found += f"C{_at((last[0], half))} {_at((x, half))} {_at((x, y))}"
        last = (x, y)
    return found


def _at(point: Point) -> str:
    return f"{length(round(point[0], 2))},{length(round(point[1], 2))}"


def _head(line: Line) -> Markup:
    """The head of the arrow at the end of a line."""
    x, y = line.points[-1]
    if line.back:
        corners = [(x + 1, y), (x + 1 + 1.6 * _HEAD, y - _HEAD), (x + 1 + 1.6 * _HEAD, y + _HEAD)]
    else:
        corners = [(x, y - 1), (x - _HEAD, y - 1 - 1.6 * _HEAD), (x + _HEAD, y - 1 - 1.6 * _HEAD)]
    return tag(
        "polygon",
        points=" ".join(f"{length(round(a, 2))},{length(round(b, 2))}" for a, b in corners),
        class_="map-head",
    )


def _label(words: str, line: Line) -> Iterator[Markup]:
    """What a way is taken for, on a piece of ground of its own, where the line leaves its box."""
    (x, y), (to_x, to_y) = line.points[0], line.points[1]
    shown = cut(words, 96, _SMALL)
    width = text_width(shown, _SMALL) + 10
    middle_x = to_x if line.back else x + (to_x - x) * 0.44
    middle_y = y - HEIGHT / 2 - 16 if line.back else y + (to_y - y) * 0.44
    yield tag("rect", x=middle_x - width / 2, y=middle_y - 10, width=width, height=20, rx=6, class_="map-label-ground")
    yield tag("text", shown, x=middle_x, y=middle_y + 4, text_anchor="middle", class_="map-label")
