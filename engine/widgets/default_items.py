"""Default items: pages and forms composed from an entity where a definition is silent, so that no field is out of reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from engine.model.entities import Entity, Field, FieldKind
from engine.model.names import Label
from engine.model.pages import Form, Item, Page
from engine.widgets.contract import Scene

REST = Label({"zh": "其他", "en": "More"})
WIDE = frozenset({FieldKind.LONG_TEXT, FieldKind.CHOICES, FieldKind.ADDRESS, FieldKind.LOCATION})


def record_items(page: Page | None, entity: Entity, scene: Scene) -> tuple[Item, ...]:
    """The items of a record page: as declared, and a closing section with the readable fields that no item shows."""
    if page is None:
        header = Item(id="header", widget="record_header", place=entity.place)
        return (
            *_with_flows((header,), entity, scene),
            _details(entity, tuple(_readable(entity, scene)), Label()),
            *_related(entity),
        )
    shown = {name for item in page.walk() for name in _names(item)}
    rest = tuple(name for name in _readable(entity, scene) if name not in shown and name != entity.title)
    items = _with_flows(tuple(_filled(item, rest) for item in page.items), entity, scene)
    if not rest or any(item.widget == "details" and "fields" not in item.properties for item in page.walk()):
        return items
    return (*items, _details(entity, rest, REST))


def _with_flows(items: tuple[Item, ...], entity: Entity, scene: Scene) -> tuple[Item, ...]:
    """The items with a place for the flows about the record, below the header, where the page has none."""
    about = any(flow.entity == entity.name for flow in scene.model.flows.values())
    if not about or any(item.widget == "approval" for item in items):
        return items
    flows = Item(id="flows", widget="approval", place=entity.place)
    heads = sum(1 for item in items if item.widget == "record_header")
    return (*items[:heads], flows, *items[heads:])


def form_items(form: Form | None, entity: Entity, writable: frozenset[str]) -> tuple[Item, ...]:
    """The items of a form: as declared, and a closing section with the writable fields that the form does not name."""
    named = {name for item in form.walk() for name in item.entered} if form else set()
    rest = [
        field
        for field in entity.fields.values()
        if field.name in writable and field.name not in named and enterable(field)
    ]
    if entity.part_of:
        rest = [field for field in rest if field.name != entity.part_of]
    if not rest:
        return form.items if form else ()
    section = Item(
        id="rest_of_fields",
        widget="section",
        place=entity.place,
        label=REST if form else Label(),
        items=tuple(
            Item(
                id=f"rest_{field.name}",
                widget="field",
                place=field.place,
                span=12 if field.kind in WIDE else 6,
                properties={"field": field.name},
            )
            for field in rest
        ),
    )
    items = form.items if form else ()
    if items and items[-1].widget == "step":
        return (*items[:-1], replace(items[-1], items=(*items[-1].items, section)))
    return (*items, section)


def enterable(field: Field) -> bool:
    """Whether people type this field: computed ones, states, document numbers and files come by other ways."""
    return (
        field.formula is None
        and not field.read_only
        and field.kind not in {FieldKind.STATE, FieldKind.NUMBER_CODE, FieldKind.ATTACHMENT}
    )


def _readable(entity: Entity, scene: Scene) -> Iterator[str]:
    return (name for name in entity.fields if name in scene.readable[entity.name])


def _names(item: Item) -> Iterator[str]:
    for key in ("fields", "figures"):
        listed = item.properties.get(key)
        if isinstance(listed, list | tuple):
            yield from (str(one) for one in listed)
    if isinstance(item.properties.get("field"), str):
        yield str(item.properties["field"])


def _filled(item: Item, rest: tuple[str, ...]) -> Item:
    if item.widget == "details" and "fields" not in item.properties:
        return replace(item, properties={**item.properties, "fields": rest})
    return item


def _details(entity: Entity, fields: tuple[str, ...], label: Label) -> Item:
    properties: Mapping[str, object] = {"fields": fields}
    return Item(id="rest", widget="details", place=entity.place, label=label, properties=properties)


def _related(entity: Entity) -> tuple[Item, ...]:
    return tuple(
        Item(
            id=f"related_{name}",
            widget="related",
            place=entity.place,
            label=collection.label,
            properties={"collection": name},
        )
        for name, collection in entity.collections.items()
    )
