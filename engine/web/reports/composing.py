"""Composing: a dashboard becomes a paper of figures and tables, with the rights of its reader at that moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from engine.diagnostics import Message
from engine.model.pages import Item, Page
from engine.model.requests import AggregateRow
from engine.runtime.work import Work
from engine.web.answers import answer_need
from engine.web.conditions import is_visible
from engine.web.headlines import headline
from engine.web.papers.paper import Column, Paper, PaperPart, Row
from engine.web.papers.texts import day_text
from engine.widgets.cells import Shown
from engine.widgets.contract import Scene
from engine.widgets.dimension_words import BUCKETS, in_order, key_words
from engine.widgets.figures import Movement, as_decimal, exact_text
from engine.widgets.periods import Period
from engine.widgets.properties import text, texts
from engine.widgets.render import Renderer

MOST = 40
"""Rows of a table at most."""
NOTHING = "—"


def compose_report(work: Work, scene: Scene, page: Page, renderer: Renderer) -> Paper:
    """The paper of a dashboard: its sentence, its figures in one table, each chart with its numbers as one of its own."""
    items = [one for item in page.items for one in item.walk() if _offered(one, scene)]
    figures = [row for one in items if one.widget == "kpi" if (row := _figure(work, scene, one, renderer)) is not None]
    period = scene.filters.get("period")
    said = headline(work, page, scene)
    parts = [PaperPart("headline", "text", "", words=(said,))] if said else []
    if figures:
        parts.append(
            PaperPart(
                "figures", "table", _say(scene, "关键数字", "Figures"), columns=_heads(scene), rows=tuple(figures)
            )
        )
    parts += [part for one in items if one.widget == "chart" for part in _chart(work, scene, one, renderer)]
    parts += [part for one in items if one.widget == "table" for part in _table(work, scene, one, renderer)]
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
    )


def _offered(item: Item, scene: Scene) -> bool:
    return (item.roles is None or bool(item.roles & scene.roles)) and is_visible(scene, item)


def _view(work: Work, scene: Scene, item: Item, renderer: Renderer) -> Mapping[str, object]:
    module = renderer.modules[item.widget]
    found = {name: answer_need(work, scene, need) for name, need in module.needs(item, scene).items()}
    return module.view(item, scene, found)


def _heads(scene: Scene) -> tuple[Column, ...]:
    return (
        Column(_say(scene, "指标", "Figure"), wide=True),
        Column(_say(scene, "数值", "Value"), True),
        Column(_say(scene, "较上期", "vs. before"), True),
        Column(_say(scene, "目标", "Target"), True),
    )


def _figure(work: Work, scene: Scene, item: Item, renderer: Renderer) -> Row | None:
    """A tile as a row; what its reader may not see is not there."""
    view = _view(work, scene, item, renderer)
    if view.get("state") != "rows":
        return None
    moved = view.get("movement")
    signs = {"up": "▲ +", "down": "▼ −"}
    change = signs.get(moved.direction, "") + moved.text if isinstance(moved, Movement) else NOTHING
    value = f"{view['value']} {view['unit']}".strip()
    return Row((str(view["label"]), value, change, str(view["target"] or NOTHING)))


def _chart(work: Work, scene: Scene, item: Item, renderer: Renderer) -> Iterator[PaperPart]:
    """The numbers of a chart with bars, longest first; along time in its order."""
    need = renderer.modules["chart"].needs(item, scene).get("rows")
    rows = answer_need(work, scene, need) if need is not None else None
    names = texts(item, "metrics") or ((text(item, "metric"),) if text(item, "metric") else ())
    metrics = [scene.model.metrics[name] for name in names if name in scene.model.metrics]
    by, by2 = text(item, "by"), text(item, "by2")
    if not isinstance(rows, tuple) or not metrics or not by:
        return
    kept = [one for one in rows if isinstance(one, AggregateRow)]
    sizes = {one.keys: as_decimal(one.values.get(metrics[0].name)) or Decimal(0) for one in kept}
    most = max((abs(size) for size in sizes.values()), default=Decimal(0))
    if by in BUCKETS:
        places = {key: at for at, key in enumerate(in_order(scene, metrics[0], by, {one.keys[0] for one in kept}))}
        kept.sort(key=lambda one: places[one.keys[0]])
    else:
        kept.sort(key=lambda one: -sizes[one.keys])
    lines = []
    for one in kept[:MOST]:
        words = [key_words(scene, metrics[0], name, one, at) for at, name in enumerate(filter(None, (by, by2)))]
        cells = [exact_text(metric, one.values.get(metric.name), scene.language) or NOTHING for metric in metrics]
        lines.append(
            Row((" · ".join(words), *cells), int(max(sizes[one.keys], Decimal(0)) / most * 100) if most else 0)
        )
    heads = (Column(""), *(Column(scene.words(metric.label), True) for metric in metrics))
    more = len(kept) - len(lines)
    yield PaperPart(
        item.id,
        "table",
        scene.words(item.label) or scene.words(metrics[0].label),
        columns=heads,
        rows=tuple(lines),
        bars=True,
        more=_say(scene, f"另有 {more} 行未列出", f"{more} more rows are not listed") if more > 0 else "",
    )


def _table(work: Work, scene: Scene, item: Item, renderer: Renderer) -> Iterator[PaperPart]:
    """A list of records, as its widget shows it."""
    view = _view(work, scene, item, renderer)
    columns, rows = view.get("columns"), view.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list) or not rows:
        return
    heads = tuple(Column(str(one[0].label), bool(one[0].numeric)) for one in columns)
    lines = tuple(Row(tuple(_shown(cell) for cell in cells)) for _, cells in rows[:MOST])
    yield PaperPart(item.id, "table", scene.words(item.label), columns=heads, rows=lines)


def _shown(cell: object) -> str:
    return cell.text if isinstance(cell, Shown) else ""


def _say(scene: Scene, zh: str, en: str) -> str:
    return Message(zh, en).text(scene.language)
