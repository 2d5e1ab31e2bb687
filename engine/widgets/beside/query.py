"""Beside: for the lines of a record, the rows of another entity that go with them, with a stamp of how fresh they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from engine.model.entities import Entity
from engine.model.pages import Item
from engine.model.requests import AllOf, Condition, Path, QueryRequest, Record
from engine.widgets.cells import EMPTY, Shown, cell, words_at
from engine.widgets.contract import Beside, Failed, Freshness, Need, RowsBeside, Scene
from engine.widgets.formats import MONTHS
from engine.widgets.identifiers import record_link
from engine.widgets.listing import columns_of, request_for
from engine.widgets.properties import exact_number, formula, label, number, path_of, text
from engine.widgets.stamps import stamp_words
from engine.widgets.unanswered import unanswered

LINES, EACH = 8, 3
WARN_FROM = Decimal("0.85")
FULL = Decimal("0.9995")
"""A share that reads as 100 %."""


@dataclass(frozen=True, slots=True)
class BesideRow:
    """A row: what it is called, where it leads, its other cells with their columns; as a bar its share of one."""

    name: Shown
    url: str
    cells: tuple[tuple[str, Shown], ...]
    share: Decimal | None = None
    share_text: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class BesideGroup:
    """What lines lead to: their names, the rows, the row with the highest bar."""

    names: tuple[str, ...]
    about: str
    rows: tuple[BesideRow, ...]
    peak: BesideRow | None


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    asked = _asked(item, scene)
    return {} if asked is None else {"beside": asked, "fresh": Freshness(asked.request.entity)}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    asked, beside = _asked(item, scene), found.get("beside")
    entity = scene.model.entities.get(text(item, "entity"))
    if asked is None or entity is None:
        return {"state": "hidden"}
    words = scene.words(item.label) or scene.words(entity.label)
    if isinstance(beside, Failed) or not isinstance(beside, tuple):
        return unanswered(words, beside)
    groups = [_group(item, scene, asked, one) for one in beside]
    return {
        "state": "rows" if groups else "empty",
        "label": words,
        "stamp": stamp_words(found.get("fresh"), scene),
        "groups": [one for one in groups if one.rows],
        "alone": list(dict.fromkeys(name for one in groups if not one.rows for name in one.names)),
        "bars": bool(text(item, "bar")),
        "none": scene.words(label(item, "none")),
    }


def _asked(item: Item, scene: Scene) -> RowsBeside | None:
    """What is asked for; None where the reader may not see what leads to it."""
    collection = scene.entity.collections.get(text(item, "collection")) if scene.entity else None
    entity = scene.model.entities.get(text(item, "entity"))
    if collection is None or scene.record is None or entity is None or not scene.readable[entity.name]:
        return None
    line, at, through = (
        scene.model.entities[collection.entity],
        path_of(text(item, "at")),
        path_of(text(item, "through")),
    )
    if collection.by not in scene.readable[line.name] or not scene.readable_field(line.name, through):
        return None
    if not scene.readable_field(entity.name, at):
        return None
    heading = path_of(text(item, "heading") or line.title)
    columns = [one for one in (through, heading) if scene.readable_field(line.name, one)]
    lines = QueryRequest(
        line.name,
        tuple(dict.fromkeys(columns)),
        where=AllOf((Condition((collection.by,), "eq", scene.record.id),)),
        limit=number(item, "limit", LINES),
    )
    bar = text(item, "bar")
    extra = (path_of(bar),) if bar else ()
    request = request_for(item, scene, entity, extra, number(item, "each", EACH))
    date = text(item, "date")
    days = (formula(item, "from_day"), formula(item, "to_day"))
    return RowsBeside(lines, through, request, at, path_of(date) if date else None, *days)


def _group(item: Item, scene: Scene, asked: RowsBeside, one: Beside) -> BesideGroup:
    line, entity = scene.model.entities[asked.lines.entity], scene.model.entities[asked.request.entity]
    heading = path_of(text(item, "heading") or line.title)
    names = dict.fromkeys(words_at(record, heading, line, scene) for record in one.lines)
    about = words_at(one.lines[0], asked.through, line, scene) if one.page is not None else ""
    rows = tuple(_rows(item, scene, entity, one.page.records if one.page else ()))
    barred = [row for row in rows if row.share is not None]
    peak = max(barred, key=lambda row: row.share or Decimal(0), default=None)
    return BesideGroup(tuple(names), "" if about in names else about, rows, peak)


def _rows(item: Item, scene: Scene, entity: Entity, records: Sequence[Record]) -> Iterator[BesideRow]:
    columns = columns_of(item, scene, entity)
    for record in records:
        cells = [(column.label, cell(record, column.path, column.field, scene)) for column in columns]
        share, words = _share(item, scene, entity, record)
        warn = exact_number(item, "warn_from") or WARN_FROM
        tone = "" if share is None else "danger" if share >= FULL else "warning" if share >= warn else "success"
        yield BesideRow(
            (_short(columns[0].path, record, cells[0][1], scene) if share is not None else cells[0][1])
            if cells
            else EMPTY,
            "" if entity.part_of else record_link(entity.name, record.id),
            tuple(cells[1:]),
            share,
            words,
            tone,
        )


def _short(path: Path, record: Record, shown: Shown, scene: Scene) -> Shown:
    """What a row is called; a day as short as it can be said, for many stand side by side."""
    day = record.cells.get(".".join(path))
    if not isinstance(day, date) or isinstance(day, datetime):
        return shown
    short = f"{day.month}/{day.day}" if scene.language == "zh" else f"{day.day} {MONTHS[day.month - 1]}"
    return replace(shown, text=short, exact=shown.text)


def _share(item: Item, scene: Scene, entity: Entity, record: Record) -> tuple[Decimal | None, str]:
    """The share that is drawn as a bar, and its words."""
    path = path_of(text(item, "bar")) if text(item, "bar") else ()
    value = record.cells.get(".".join(path)) if path else None
    return (value, words_at(record, path, entity, scene)) if isinstance(value, Decimal) else (None, "")
