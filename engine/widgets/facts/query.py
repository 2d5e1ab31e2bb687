"""Facts: what the writer has written today, offered to be pointed at by a tap; what each is for stands behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.model.access import FieldRight
from engine.model.entities import Entity, Field, FieldKind
from engine.model.pages import Item
from engine.model.requests import Record
from engine.widgets.cells import cell
from engine.widgets.contract import FieldRights, Need, RecordOffer, RecordsWritten, Scene
from engine.widgets.controls import Control, control_of
from engine.widgets.default_items import enterable
from engine.widgets.formats import format_instant
from engine.widgets.identifiers import public_id
from engine.widgets.properties import number, text

MOST = 3
SEGMENTED = 7
"""Options that stand side by side; with more of them a list is shorter."""


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    collection = scene.entity.collections.get(text(item, "collection")) if scene.entity else None
    return {"rights": FieldRights(collection.entity), "written": RecordsWritten()} if collection else {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    collection = scene.entity.collections.get(text(item, "collection")) if scene.entity else None
    rights, written = found.get("rights"), found.get("written")
    if collection is None or scene.filling is None or not isinstance(rights, Mapping):
        return {"state": "hidden"}
    child = scene.model.entities[collection.entity]
    link = next((one for one in child.fields.values() if one.kind is FieldKind.RECORD), None)
    if link is None or rights.get(link.name) is not FieldRight.WRITE:
        return {"state": "hidden"}
    fields = [one for one in _asked(child, collection.by, link) if rights.get(one.name) is FieldRight.WRITE]
    offers = [one for one in written if isinstance(one, RecordOffer)] if isinstance(written, tuple) else []
    stood = [one.record for one in scene.filling.children.get(collection.name, ())]
    rows = [*_standing(stood, link, offers, scene), *_offered(stood, link, offers, scene)]
    return {
        "state": "rows",
        "collection": collection.name,
        "link": link.name,
        "label": scene.words(item.label) or scene.words(collection.label) or scene.words(child.label),
        "help": scene.words(child.description),
        "most": number(item, "most", MOST),
        "rows": [
            _row(f"c.{collection.name}.{at}", at, one, fields, child, scene, collection.name)
            for at, one in enumerate(rows)
        ],
        "problems": scene.filling.problems.get(collection.name, ()),
    }


def _asked(child: Entity, by: str, link: Field) -> Iterator[Field]:
    return (one for one in child.fields.values() if one.name not in {by, link.name} and enterable(one))


def _standing(
    rows: Sequence[Record], link: Field, offers: Sequence[RecordOffer], scene: Scene
) -> Iterator[tuple[Record, str, tuple[str, str], bool]]:
    """Rows that stand already, or came back with the form: stored row, link, words, and whether it is ticked."""
    words = {one.value: _words(one, scene) for one in offers}
    told = (
        dict(scene.filling.choices.get(f"{row.entity}.{link.name}", ()))
        if (row := next(iter(rows), None)) and scene.filling
        else {}
    )
    for row in rows:
        value = str(row.cells.get(link.name) or "")
        title = row.cells.get(f"{link.name}.@title") or told.get(value)
        if value or row.id:
            yield row, value, words.get(value, (str(title or "—"), "")), bool(value) and not row.cells.get("_delete")


def _offered(
    rows: Sequence[Record], link: Field, offers: Sequence[RecordOffer], scene: Scene
) -> Iterator[tuple[Record, str, tuple[str, str], bool]]:
    taken = {str(row.cells.get(link.name)) for row in rows}
    for one in offers:
        if one.value not in taken:
            yield Record("", 0, 0, {}), one.value, _words(one, scene), False


def _words(offer: RecordOffer, scene: Scene) -> tuple[str, str]:
    """What was written: the record, or field and value; behind it which record and when."""
    entity = scene.model.entities[offer.record.entity]
    title = cell(offer.record, (entity.title,), entity.fields[entity.title], scene).text
    kind, when = scene.words(entity.label), format_instant(offer.at, scene.language, scene.now, scene.zone)
    field = scene.readable_field(entity.name, (offer.field,)) if offer.field else None
    if field is None:
        return title, " · ".join(("新建" + kind if scene.language == "zh" else f"New {kind.lower()}", when))
    value = cell(offer.record, (field.name,), field, scene).text
    colon = "：" if scene.language == "zh" else ": "
    return f"{scene.words(field.label)}{colon}{value}", f"{kind} · {title} · {when}"


def _row(
    prefix: str,
    index: int,
    row: tuple[Record, str, tuple[str, str], bool],
    fields: Sequence[Field],
    child: Entity,
    scene: Scene,
    collection: str,
) -> dict[str, object]:
    stood, value, (title, detail), ticked = row
    return {
        "id": public_id(stood.id) if stood.id else "",
        "version": stood.version,
        "prefix": prefix,
        "value": value,
        "title": title,
        "detail": detail,
        "ticked": ticked,
        "controls": [
            _control(prefix, index, one, stood.cells.get(one.name), child, scene, collection) for one in fields
        ],
    }


def _control(
    prefix: str, index: int, field: Field, value: object, child: Entity, scene: Scene, collection: str
) -> Control:
    wished = "segmented" if field.kind is FieldKind.CHOICE and len(field.choices) <= SEGMENTED else ""
    return control_of(
        field, child.name, scene, f"{prefix}.{field.name}", value, wished, f"{collection}.{index}.{field.name}"
    )
