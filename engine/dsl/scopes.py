"""Which entity a name or formula at a path speaks of, what a formula there may use and must give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.dsl.document import Document
from engine.dsl.environments import EntityEnvironment, RequestEnvironment, type_of
from engine.dsl.flow_scopes import entity_in_flow, formula_entity_in_flow, formula_in_flow
from engine.dsl.negotiation_scopes import entity_in_negotiation, gives_number
from engine.dsl.pipeline_scopes import entity_in_pipeline
from engine.dsl.source import Path
from engine.dsl.symbols import Symbols, resolve_path
from engine.model.formula import Boolean, Date, Environment, Text, Type

_DAYS = frozenset({"from_day", "to_day"})
"""Properties of items whose formula over the record gives a day."""

_OUTSIDE_ITEM = frozenset({"collection", "entity", "visible_when", "form"}) | _DAYS
"""Properties of an item that speak of the rows around it, not of the rows it shows."""

_OF_LINES = frozenset({"through", "heading"})
"""Properties of an item that speak of the rows of its collection, where it shows those of another entity."""

_SOURCES = frozenset({"sources", "stages"})
"""Lists in widgets whose entries show rows of their own."""

_OF_ANY_TYPE = frozenset({"formula", "order"})
"""Keys whose formula may give what it likes; a pass looks at what that is."""

_TEXTS = frozenset({"graph", "segment"})
"""Properties of items whose formula gives a name."""

_ITEM_DOCUMENTS = frozenset({"forms", "pages", "dashboards", "documents"})


@dataclass(frozen=True, slots=True)
class FormulaScope:
    """The names that a formula may use, and the type it must give (None: any)."""

    environment: Environment
    expected: Type | None


def entity_at(document: Document, path: Path, symbols: Symbols) -> str | None:
    """The entity whose fields are meant at `path`, or None where none is known."""
    if document.kind == "entities":
        return document.name
    if document.kind in _ITEM_DOCUMENTS:
        return _entity_of_item(document, path, symbols)
    if document.kind == "tests":
        return _entity_in_test(document, path, symbols)
    if document.kind == "demo":
        return _entity_in_demo(document, path)
    if document.kind == "metrics" and path[0] == "follow_up" and path[-1] == "field":
        return _text_at(document, ("follow_up", "entity"))
    if document.kind == "workflows":
        return None if "settings" in path else entity_in_flow(document, path, symbols)
    if document.kind == "pipelines":
        return entity_in_pipeline(document, path)
    if document.kind == "negotiations":
        return entity_in_negotiation(document, path)
    if document.kind == "maps" and len(path) > 1:
        return _entity_in_map(document, path)
    declared = document.data.get("entity", document.name if document.kind == "access" else None)
    return declared if isinstance(declared, str) else None


def formula_entity(document: Document, path: Path, symbols: Symbols) -> str | None:
    """The entity whose fields the formula at `path` names, or None where none is known: in a flow not that of the record
    which its value is written into."""
    if document.kind == "workflows":
        return None if "settings" in path else formula_entity_in_flow(document, path, symbols)
    return entity_at(document, path, symbols)


def formula_scope(document: Document, path: Path, symbols: Symbols) -> FormulaScope | None:
    """The scope of the formula at `path`; None where the place gives it another kind of scope or no entity."""
    if document.kind == "workflows":
        found = formula_in_flow(document, path, symbols)
        return FormulaScope(*found) if found is not None else None
    entity = entity_at(document, path, symbols)
    key = path[-1]
    if document.kind == "metrics" and key == "formula":
        return None
    if entity is None:
        return FormulaScope(RequestEnvironment(symbols), Boolean()) if key == "visible_when" else None
    if entity not in symbols.entities:
        return None
    if document.kind == "pipelines" or (document.kind == "negotiations" and gives_number(path)):
        return FormulaScope(EntityEnvironment(symbols, entity), None)
    if key == "measure":
        return FormulaScope(EntityEnvironment(symbols, entity, rows=True), None)
    target = _assigned_field(document, path)
    if target is None:
        expected = _given_by(str(key)) if document.kind in _ITEM_DOCUMENTS else Boolean()
        return FormulaScope(EntityEnvironment(symbols, entity), None if key in _OF_ANY_TYPE else expected)
    known = symbols.entities.get(entity)
    field = known.fields.get(target) if known else None
    hidden = frozenset({target}) if key == "default_formula" else frozenset()
    return FormulaScope(EntityEnvironment(symbols, entity, hidden=hidden), type_of(field) if field else None)


def _given_by(key: str) -> Type:
    """What the formula of an item's property gives."""
    return Text() if key in _TEXTS else Date() if key in _DAYS else Boolean()


def _assigned_field(document: Document, path: Path) -> str | None:
    """The field that the formula's value goes into, where it goes into one."""
    if document.kind == "entities" and path[0] == "fields" and path[-1] in {"formula", "default_formula"}:
        return str(path[1])
    if document.kind == "entities" and path[0] == "inbox" and path[-2] == "set":
        return str(path[-1])
    if document.kind == "demo" and path[-1] == "formula" and "fields" in path:
        return str(path[len(path) - 1 - path[::-1].index("fields") + 1])
    return None


def items_around(document: Document, path: Path) -> Iterator[tuple[Path, Mapping[str, object]]]:
    """The items that `path` runs through, outermost first."""
    for index in range(1, len(path)):
        if isinstance(path[index], int) and path[index - 1] == "items":
            item = document.at(path[: index + 1])
            if isinstance(item, Mapping):
                yield path[: index + 1], item


def _entity_of_item(document: Document, path: Path, symbols: Symbols) -> str | None:
    declared = document.data.get("entity")
    entity = declared if isinstance(declared, str) else None
    for place, item in (*items_around(document, path), *_source_around(document, path)):
        own = path[: len(place)] == place and len(path) == len(place) + 1
        if own and path[-1] in _OUTSIDE_ITEM:
            break
        if own and path[-1] in _OF_LINES:
            return _shown_entity({"collection": item.get("collection")}, entity, symbols)
        entity = _shown_entity(item, entity, symbols)
    return entity


def _source_around(document: Document, path: Path) -> Iterator[tuple[Path, Mapping[str, object]]]:
    """The source of a widget that `path` runs through: it shows rows of its own."""
    for index in range(1, len(path)):
        if isinstance(path[index], int) and path[index - 1] in _SOURCES:
            source = document.at(path[: index + 1])
            if isinstance(source, Mapping):
                yield path[: index + 1], source


def _shown_entity(item: Mapping[str, object], entity: str | None, symbols: Symbols) -> str | None:
    named, collection = item.get("entity"), item.get("collection")
    if isinstance(named, str):
        return named
    if isinstance(collection, str):
        found = resolve_path(symbols, entity, collection) if entity else None
        return found.collection.entity if found and found.collection else None
    return entity


def _entity_in_demo(document: Document, path: Path) -> str | None:
    """The entity a recipe speaks of: of its own row, the rows it looks among, the row above, or the row of the loop."""
    if len(path) > 1 and path[-2] == "where":
        return _text_at(document, (*path[:-2], "reference")) or _text_at(document, (*path[:-2], "record"))
    if path[-1] == "field":
        return _text_at(document, (*path[:-1], "record"))
    if path[-1] == "parent":
        above = [index for index, step in enumerate(path) if step == "children"]
        return _text_at(document, (*path[: above[-1]], "entity")) if above else None
    if path[-1] == "each":
        outer = [index for index, step in enumerate(path) if step == "fields"]
        return _text_at(document, (*path[: outer[0]], "count", "per")) if outer else None
    return _nearest_entity(document, path)


def _text_at(document: Document, path: Path) -> str | None:
    found = document.at(path)
    return found if isinstance(found, str) else None


def _nearest_entity(document: Document, path: Path) -> str | None:
    """The entity that the innermost map around `path` names, among those with an id."""
    nearest: str | None = None
    around: object = document.data
    for step in path:
        if isinstance(around, dict):
            around = around.get(step)
        elif isinstance(around, list) and isinstance(step, int) and step < len(around):
            around = around[step]
        else:
            break
        if isinstance(around, dict) and "id" in around and isinstance(around.get("entity"), str):
            nearest = str(around["entity"])
    return nearest


def _entity_in_map(document: Document, path: Path) -> str | None:
    """The entity that a step speaks of, or that of the records which gaps become; else the map's."""
    around = path[:1] if path[0] == "gaps" else path[:2] if path[0] == "nodes" else ()
    own = _text_at(document, (*around, "entity")) if around else None
    return own or _text_at(document, ("entity",))


def _entity_in_test(document: Document, path: Path, symbols: Symbols) -> str | None:
    own = _nearest_entity(document, path)
    if own is not None or len(path) < 4 or path[2] != "steps":
        return own
    step = document.at(path[:4])
    row = step.get("row") if isinstance(step, Mapping) else None
    return entity_of_row(document, path[:2], row) if isinstance(row, str) else None


def entity_of_row(document: Document, test: Path, row: str) -> str | None:
    """The entity of `@name` in a test: of a given row, or of a row that a step has saved."""
    name = row.removeprefix("@")
    for part, key in (("rows", "id"), ("steps", "save_as")):
        listed = document.at((*test, part))
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, Mapping) and one.get(key) == name and isinstance(one.get("entity"), str):
                return str(one["entity"])
    return None
