"""The board: rows in columns by a choice or state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from engine.model.access import Action
from engine.model.entities import Entity, Field, FieldKind
from engine.model.pages import Item
from engine.model.requests import AllOf, Condition, Record, RecordPage
from engine.widgets.cells import Shown, cell, show, words_at
from engine.widgets.contract import BoardTotals, ColumnTotals, Failed, Need, Rows, Scene
from engine.widgets.identifiers import public_id, record_link
from engine.widgets.listing import (
    address,
    columns_of,
    conditions,
    entity_of,
    follows_address,
    request_for,
    summed_column,
)
from engine.widgets.properties import path_of, text
from engine.widgets.toolbars import toolbar_of

CARDS_A_COLUMN = 20
TOTALS = "@totals"
"""The need for what the columns count and add up; no choice is named like that."""


@dataclass(frozen=True, slots=True)
class Card:
    """A row on the board: its public id, its address, its title, and the fields shown below it."""

    id: str
    url: str
    title: str
    lines: tuple[tuple[str, Shown], ...]


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A column: the choice, its cards, how many rows stand there in all, and what their figure adds up to, in words."""

    name: str
    label: str
    tone: str
    cards: tuple[Card, ...]
    total: int
    capped: bool
    sum: Shown | None = None


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    entity = entity_of(item, scene)
    field = _by(item, scene, entity) if entity else None
    if entity is None or field is None:
        return {}
    base = request_for(item, scene, entity, extra=((field.name,),), limit=CARDS_A_COLUMN)
    chosen = conditions(item, scene, entity)
    summed = summed_column(item, scene, entity)
    whole = replace(base, where=AllOf(chosen), cursor=None, count=False)
    rows = {
        choice.name: Rows(replace(whole, where=AllOf((*chosen, Condition((field.name,), "eq", choice.name)))))
        for choice in field.choices
    }
    return {**rows, TOTALS: ColumnTotals(whole, (field.name,), summed.path if summed else None)}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    entity = entity_of(item, scene)
    field = _by(item, scene, entity) if entity else None
    if entity is None or field is None:
        return {"state": "error", "failed": Failed("no_permission", ""), "columns": ()}
    failed = next((one for one in found.values() if isinstance(one, Failed)), None)
    if failed is not None:
        return {"state": "error", "failed": failed, "columns": ()}
    summed, totals = summed_column(item, scene, entity), found.get(TOTALS)
    known = totals if isinstance(totals, BoardTotals) else BoardTotals({}, {})
    columns = []
    for choice in field.choices:
        page = found.get(choice.name)
        records = page.records if isinstance(page, RecordPage) else ()
        cards = tuple(_card(record, item, scene, entity, field) for record in records)
        amount = known.sums.get(choice.name)
        shown = show(amount, summed.field, scene) if summed is not None and amount is not None else None
        total = known.counts.get(choice.name, len(cards))
        columns.append(
            BoardColumn(choice.name, scene.words(choice.label), choice.tone, cards, total, known.capped, shown)
        )
    return {
        "state": "rows",
        "columns": columns,
        "by": field.name,
        "entity": entity.name,
        "moves": _moves(scene, entity, field),
        "next": quote(address(scene, {}), safe=""),
        "sum_label": summed.label if summed is not None else "",
        "clear_url": scene.path,
        "toolbar": toolbar_of(item, scene, entity) if follows_address(item, scene) else None,
    }


def _card(record: Record, item: Item, scene: Scene, entity: Entity, by: Field) -> Card:
    name = _title(item, entity)
    shown = (column for column in columns_of(item, scene, entity) if column.name not in {by.name, name})
    return Card(
        public_id(record.id),
        record_link(entity.name, record.id),
        words_at(record, path_of(name), entity, scene),
        tuple((column.label, cell(record, column.path, column.field, scene)) for column in shown),
    )


def _moves(scene: Scene, entity: Entity, field: Field) -> bool:
    """Whether the reader may move any card."""
    allowed = scene.allowed[entity.name]
    if field.kind is FieldKind.STATE:
        return Action.TRANSITION in allowed
    return Action.UPDATE in allowed and field.name in scene.writable[entity.name]


def _by(item: Item, scene: Scene, entity: Entity) -> Field | None:
    state = entity.state_field
    return scene.readable_field(entity.name, path_of(text(item, "by", state.name if state else "")))


def _title(item: Item, entity: Entity) -> str:
    return text(item, "title", entity.title)
