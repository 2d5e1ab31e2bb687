"""Grids of a report: pivots and heat maps as tables that fit a page; heat maps drawn, too. What is withheld on the dashboard is withheld."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from engine.diagnostics import Message
from engine.model.pages import Item
from engine.web.papers.paper import Column, PaperPart, Row
from engine.widgets.charts.heat import heat_chart
from engine.widgets.charts.spec import ChartSpec, Series
from engine.widgets.contract import Scene
from engine.widgets.heat_map.query import HeatCell, HeatLine
from engine.widgets.pivot.query import PivotLine

MOST = 40
"""Lines at most."""
WIDE = 8
"""Columns of figures that a page is wide enough for, totals among them."""
INDENT = "\u3000"


def pivot_part(scene: Scene, item: Item, view: Mapping[str, object]) -> Iterator[PaperPart]:
    """A pivot: its totals, and as many of its last columns as a page is wide enough for."""
    lines, total, names, metrics = (view.get(one) for one in ("lines", "total", "columns", "metrics"))
    if view.get("state") != "rows" or not isinstance(lines, list) or not isinstance(total, PivotLine):
        return
    if not isinstance(names, list) or not isinstance(metrics, list):
        return
    heads = [f"{name} · {one}" if len(metrics) > 1 else str(name) for name in names for one in metrics]
    whole = _say(scene, "合计", "Total")
    heads += [f"{whole} · {one}" if len(metrics) > 1 and names else (whole if names else str(one)) for one in metrics]
    left_out = max(0, len(heads) - max(WIDE, len(metrics)))
    rows = [
        Row((INDENT * one.depth + one.name, *_exact(one)[left_out:])) for one in lines if isinstance(one, PivotLine)
    ]
    more = view.get("more")
    yield PaperPart(
        item.id,
        "table",
        str(view["label"]),
        columns=(Column(str(view["corner"])), *(Column(one, True) for one in heads[left_out:])),
        rows=tuple(rows[:MOST]),
        sums=(whole, *_exact(total)[left_out:]),
        more=_left(scene, (more if isinstance(more, int) else 0) + max(0, len(rows) - MOST), left_out // len(metrics)),
    )


def _exact(line: PivotLine) -> tuple[str, ...]:
    return tuple(one.words if one.hidden else one.exact for one in line.cells)


def heat_part(scene: Scene, item: Item, view: Mapping[str, object]) -> Iterator[PaperPart]:
    """A heat map: drawn, and its counts as a table with totals."""
    lines, names, totals = view.get("lines"), view.get("columns"), view.get("totals")
    if view.get("state") != "rows" or not isinstance(lines, list) or not isinstance(names, list):
        return
    if not isinstance(totals, list):
        return
    known = [one for one in lines if isinstance(one, HeatLine)]
    left_out = max(0, len(names) - WIDE + 1)
    whole = _say(scene, "合计", "Total")
    cells = [Row((one.name, *(cell.words for cell in one.cells[left_out:]), one.total)) for one in known]
    columns = [Column(str(view["corner"])), *(Column(str(one), True) for one in names[left_out:]), Column(whole, True)]
    series = tuple(Series(one.name, tuple(map(_value, one.cells))) for one in known[:MOST])
    label = str(view["label"])
    yield PaperPart(
        item.id,
        "table",
        label,
        columns=tuple(columns),
        rows=tuple(cells[:MOST]),
        sums=(whole, *map(str, totals[left_out:]), ""),
        more=_left(scene, max(0, len(cells) - MOST), left_out),
        picture=heat_chart(ChartSpec(label, tuple(map(str, names)), series, language=scene.language)),
    )


def _value(cell: HeatCell) -> Decimal | None:
    """A count as it is drawn: none where it is not told."""
    try:
        return None if cell.hidden else Decimal(cell.words.replace(",", ""))
    except InvalidOperation:
        return None


def _left(scene: Scene, lines: int, columns: int) -> str:
    told = [_say(scene, f"另有 {lines} 行未列出", f"{lines} more rows are not listed")] if lines > 0 else []
    told += [_say(scene, f"前面 {columns} 列未列出", f"{columns} columns before are not listed")] if columns > 0 else []
    return _say(scene, "；", "; ").join(told)


def _say(scene: Scene, zh: str, en: str) -> str:
    return Message(zh, en).text(scene.language)
