"""Drawing lineage: columns of boxes by distance from the thing in the middle, lines from what flows to where it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from markupsafe import Markup

from engine.widgets.charts.markup import cut, join, length, tag
from engine.widgets.lineage_parts import ColumnView, LineageView, LineView, PointView

WIDTH, HEIGHT, BETWEEN, ROW = 176, 48, 72, 60
MARGIN, HEAD = 12, 28
_NAME, _SMALL = 13, 12
_MARKS = {"green": "", "amber": "!", "red": "×"}
Corner = tuple[float, float]


def lineage_drawing(view: LineageView, title: str, heads: Mapping[int, str]) -> Markup:
    """The neighbourhood as SVG; each box leads to itself in the middle. `heads` say what stands in a column, by distance."""
    most = max(len(column.points) for column in view.columns)
    height = MARGIN * 2 + HEAD + most * ROW
    width = MARGIN * 2 + len(view.columns) * (WIDTH + BETWEEN) - BETWEEN
    corners = dict(_corners(view.columns, height))
    parts = [one for line in view.lines for one in _line(view, line, corners)]
    for at, column in enumerate(view.columns):
        x = MARGIN + at * (WIDTH + BETWEEN) + WIDTH / 2
        parts.append(
            tag("text", heads.get(column.distance, ""), x=x, y=MARGIN + 12, text_anchor="middle", class_="line-head")
        )
        parts += [_box(point, corners[point.ids[0]], point is view.centre) for point in column.points]
    return tag(
        "svg", join(parts), class_="line-drawing", viewBox=f"0 0 {length(width)} {length(height)}", width=width, height=height,
        role="group", aria_label=title,
    )  # fmt: skip


def _corners(columns: tuple[ColumnView, ...], height: float) -> Iterator[tuple[str, Corner]]:
    """Where the box of each node stands: columns side by side, each in the middle of the height."""
    room = height - 2 * MARGIN - HEAD
    for at, column in enumerate(columns):
        top = MARGIN + HEAD + (room - len(column.points) * ROW) / 2 + (ROW - HEIGHT) / 2
        for row, point in enumerate(column.points):
            for identity in point.ids:
                yield identity, (MARGIN + at * (WIDTH + BETWEEN), top + row * ROW)


def _box(point: PointView, corner: Corner, middle: bool) -> Markup:
    x, y = corner
    told = point.label if point.count == 1 else f"{point.label} × {point.count}"
    under = " · ".join(one for one in (point.kind_words if point.count == 1 else "", point.level) if one)
    mark = _MARKS[point.status]
    parts = [
        tag("title", "：".join(one for one in (told, point.reason) if one)),
        tag("rect", x=x, y=y, width=WIDTH, height=HEIGHT, rx=8, class_="line-box"),
        tag("rect", x=x + 5, y=y + 8, width=4, height=HEIGHT - 16, rx=2, class_="line-bar"),
        tag("text", cut(told, WIDTH - 36, _NAME), x=x + 17, y=y + 20, class_="line-name"),
        tag("text", cut(under, WIDTH - 36, _SMALL), x=x + 17, y=y + 38, class_="line-under"),
    ]
    if mark:
        parts.append(tag("text", mark, x=x + WIDTH - 14, y=y + 20, text_anchor="middle", class_="line-mark"))
    words = " ".join(
        ("line-point", f"is-{point.status}", *(("middle",) if middle else ()), *(("many",) if point.count > 1 else ()))
    )
    label = "，".join(one for one in (told, point.kind_words, point.level, point.status_words) if one)
    return tag(
        "a", join(parts), href=point.url, class_=words, aria_label=label, aria_current="true" if middle else None
    )


def _line(view: LineageView, line: LineView, corners: Mapping[str, Corner]) -> Iterator[Markup]:
    (x, y), (to_x, to_y) = corners[line.source], corners[line.target]
    if to_x <= x:
        return
    start, end = (x + WIDTH, y + HEIGHT / 2), (to_x - 2, to_y + HEIGHT / 2)
    half = (start[0] + end[0]) / 2
    course = f"M{_at(start)}C{_at((half, start[1]))} {_at((half, end[1]))} {_at(end)}"
    inner = tag("title", " · ".join(one for one in (line.says, line.purpose) if one))
    yield tag("path", inner, d=course, class_="line-way" if line.direct else "line-way beside")
    tip = [(end[0] + 2, end[1]), (end[0] - 6, end[1] - 4), (end[0] - 6, end[1] + 4)]
    yield tag("polygon", points=" ".join(_at(one) for one in tip), class_="line-tip")


def _at(corner: Corner) -> str:
    return f"{length(round(corner[0], 2))},{length(round(corner[1], 2))}"
