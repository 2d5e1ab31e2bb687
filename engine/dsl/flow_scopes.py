"""Of which entity a flow speaks at a place: its own, that of the rows it goes over, or that of what it writes."""

from __future__ import annotations

from collections.abc import Mapping

from engine.dsl.document import Document
from engine.dsl.environments import EntityEnvironment, type_of
from engine.dsl.source import Path
from engine.dsl.symbols import Symbols, resolve_path
from engine.model.formula import Boolean, Environment, Relation, Text, Type

_TEXTS = frozenset({"title", "body"})
_PEOPLE = frozenset({"formula", "person", "giver"})
_ANY = frozenset({"amount", "until", "order"})


def entity_in_flow(document: Document, path: Path, symbols: Symbols) -> str | None:
    """The entity whose fields are meant at `path`: of what a step writes where its fields are named, else the flow's."""
    if len(path) > 1 and path[-2] in {"set", "values"} and path[0] == "triggers":
        return _own(document)
    return written_entity(document, path[:-2], symbols) if len(path) > 1 and path[-2] == "set" else _own(document)


def written_entity(document: Document, step: Path, symbols: Symbols) -> str | None:
    """The entity that the step at `step` writes."""
    found = document.at(step)
    part: Mapping[str, object] = found if isinstance(found, Mapping) else {}
    named, way = part.get("entity"), part.get("path")
    if isinstance(named, str) and step:
        return named
    own = _own(document)
    if isinstance(way, str) and own is not None:
        resolved = resolve_path(symbols, own, way)
        return resolved.field.target if resolved.field is not None else None
    return own


def formula_entity_in_flow(document: Document, path: Path, symbols: Symbols) -> str | None:
    """The entity of whose records a formula of a flow speaks, whatever its value is written into."""
    return _rows(document, path, symbols) if path[-1] == "where" else _own(document)


def formula_in_flow(document: Document, path: Path, symbols: Symbols) -> tuple[Environment, Type | None] | None:
    """The names that a formula of a flow may use, and the type it must give; None where its entity is not known."""
    entity = formula_entity_in_flow(document, path, symbols)
    if entity is None or entity not in symbols.entities:
        return None
    environment = EntityEnvironment(symbols, entity)
    return environment, _expected(document, path, symbols)


def _expected(document: Document, path: Path, symbols: Symbols) -> Type | None:
    if len(path) > 1 and path[-2] == "set":
        known = symbols.entities.get(written_entity(document, path[:-2], symbols) or "")
        field = known.fields.get(str(path[-1])) if known else None
        return type_of(field) if field else None
    if len(path) > 1 and path[-2] == "values":
        return None
    key = path[-1]
    if key in _TEXTS:
        return Text()
    if key in _PEOPLE:
        return Relation("user")
    if key == "unit":
        return Relation("unit")
    return None if key in _ANY else Boolean()


def _own(document: Document) -> str | None:
    declared = document.data.get("entity")
    return declared if isinstance(declared, str) else None


def _rows(document: Document, path: Path, symbols: Symbols) -> str | None:
    """The entity of the rows that a step goes over."""
    step = document.at(path[:-1])
    over = step.get("over") if isinstance(step, Mapping) else None
    known = symbols.entities.get(_own(document) or "")
    collection = known.collections.get(str(over)) if known else None
    return collection.entity if collection else None
