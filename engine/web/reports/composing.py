"""Composing: a dashboard becomes a paper of figures and tables, with the rights of its reader at that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.pages import Item, Page
from engine.runtime.demo.marking import mark_of
from engine.runtime.work import Work
from engine.web.answers import answer_need
from engine.web.conditions import is_visible
from engine.web.headlines import headline
from engine.web.papers.paper import Column, Paper, PaperPart, Row
from engine.web.papers.texts import day_text
from engine.web.reports.charts import chart_parts, forecast_parts
from engine.web.reports.grids import heat_part, pivot_part
from engine.widgets.cells import Shown
from engine.widgets.contract import Scene
from engine.widgets.figures import Movement
from engine.widgets.periods import Period
from engine.widgets.render import Renderer

MOST = 40
"""Rows of a list at most."""
NOTHING = "—"


def compose_report(work: Work, scene: Scene, page: Page, renderer: Renderer) -> Paper:
    """The paper of a dashboard: its sentence, its figures in one table, each chart drawn and with its numbers, its lists."""
    items = [one for item in page.items for one in item.walk() if _offered(one, scene)]
    answer = _Answers(work, scene, renderer)
    figures = [row for one in items if one.widget == "kpi" if (row := _figure(answer(one)[0])) is not None]
    period = scene.filters.get("period")
    said = headline(work, page, scene)
    parts = [PaperPart("headline", "text", "", words=(said,))] if said else []
    if figures:
        parts.append(
            PaperPart(
                "figures", "table", _say(scene, "关键数字", "Figures"), columns=_heads(scene), rows=tuple(figures)
            )
        )
    for kind, told in PARTS.items():
        parts += [part for one in items if one.widget == kind for part in told(scene, one, *answer(one))]
    return Paper(
        title=scene.words(page.label),
        number="",
        language=scene.language,
        company="",
        company_lines=(),
        logo=None,
        period=scene.words(period.label) if isinstance(period, Period) else "",
        parts=tuple(parts),
        size="a4",
        made=day_text(scene.now, scene),
        mark=mark_of(work.session, scene.language),
    )


def _offered(item: Item, scene: Scene) -> bool:
    return (item.roles is None or bool(item.roles & scene.roles)) and is_visible(scene, item)


Found = Mapping[str, object]
"""What a widget shows, or the answers that it shows it of."""


@dataclass(frozen=True, slots=True)
class _Answers:
    """Items answered as on the page, each once."""

    work: Work
    scene: Scene
    renderer: Renderer

    def __call__(self, item: Item) -> tuple[Found, Found]:
        """What an item shows, and the answers behind it."""
        module = self.renderer.modules[item.widget]
        needs = module.needs(item, self.scene).items()
        found = {name: answer_need(self.work, self.scene, need) for name, need in needs}
        return module.view(item, self.scene, found), found


def _heads(scene: Scene) -> tuple[Column, ...]:
    return (
        Column(_say(scene, "指标", "Figure"), wide=True),
        Column(_say(scene, "数值", "Value"), True),
        Column(_say(scene, "较上期", "vs. before"), True),
        Column(_say(scene, "目标", "Target"), True),
    )


def _figure(view: Found) -> Row | None:
    """A tile as a row; what its reader may not see is not there."""
    if view.get("state") != "rows":
        return None
    moved = view.get("movement")
    signs = {"up": "▲ +", "down": "▼ −"}
    change = signs.get(moved.direction, "") + moved.text if isinstance(moved, Movement) else NOTHING
    value = f"{view['value']} {view['unit']}".strip()
    return Row((str(view["label"]), value, change, str(view["target"] or NOTHING)))


def _chart(scene: Scene, item: Item, view: Found, found: Found) -> Iterator[PaperPart]:
    return chart_parts(scene, item, view, found.get("rows"))


def _forecast(scene: Scene, item: Item, view: Found, _: Found) -> Iterator[PaperPart]:
    return forecast_parts(scene, item, view)


def _figure_table(scene: Scene, item: Item, view: Found, _: Found) -> Iterator[PaperPart]:
    """Figures of groups, as their widget shows them."""
    names, columns, lines = view.get("names"), view.get("columns"), view.get("lines")
    if not isinstance(names, list) or not isinstance(columns, list) or not isinstance(lines, list) or not lines:
        return
    heads = (*(Column(str(one)) for one in names), *(Column(str(one[0]), True) for one in columns))
    rows = tuple(Row((*map(_shown, one.names), *(cell.exact for cell in one.cells))) for one in lines[:MOST])
    yield PaperPart(item.id, "table", scene.words(item.label), columns=heads, rows=rows)


def _pivot(scene: Scene, item: Item, view: Found, _: Found) -> Iterator[PaperPart]:
    return pivot_part(scene, item, view)


def _heat_map(scene: Scene, item: Item, view: Found, _: Found) -> Iterator[PaperPart]:
    return heat_part(scene, item, view)


def _table(scene: Scene, item: Item, view: Found, _: Found) -> Iterator[PaperPart]:
    """A list of records, as its widget shows it."""
    columns, rows = view.get("columns"), view.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list) or not rows:
        return
    heads = tuple(Column(str(one[0].label), bool(one[0].numeric)) for one in columns)
    lines = tuple(Row(tuple(_shown(cell) for cell in cells)) for _, cells in rows[:MOST])
    yield PaperPart(item.id, "table", scene.words(item.label), columns=heads, rows=lines)


PARTS: Mapping[str, Callable[[Scene, Item, Found, Found], Iterator[PaperPart]]] = {
    "chart": _chart,
    "forecast": _forecast,
    "figure_table": _figure_table,
    "pivot": _pivot,
    "heat_map": _heat_map,
    "table": _table,
}
"""What stands in a report below its figures, in this order."""


def _shown(cell: object) -> str:
    return cell.text if isinstance(cell, Shown) else ""


def _say(scene: Scene, zh: str, en: str) -> str:
    return Message(zh, en).text(scene.language)
