"""What may stand in a formula at a place: functions, fields along a path, variables, metrics."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Message
from engine.dsl.document import Document
from engine.dsl.editing.named import NOTHING, Named, collections_of, fields_of, resources
from engine.dsl.scopes import formula_entity, formula_scope
from engine.dsl.source import Path
from engine.dsl.symbols import KERNEL_ENTITIES, Symbols, resolve_path
from engine.model.formula_functions import ALIASES, FUNCTIONS
from engine.model.formula_spec import FunctionSpec


def words_of_formula(document: Document, path: Path, written: str, symbols: Symbols) -> Iterator[Named]:
    """Names that a formula at `path` may use after `written`, a chain of steps with dots."""
    steps, dot, _ = written.rpartition(".")
    if not steps:
        yield from _first(document, path, symbols)
        return
    scope = formula_scope(document, path, symbols)
    for name in scope.environment.names(None) if scope else ():
        if name.startswith(steps + dot):
            yield Named(name, NOTHING, None)
    entity = _after(formula_entity(document, path, symbols), steps, symbols)
    if entity is not None and entity in KERNEL_ENTITIES:
        yield from (Named(f"{steps}.{name}", NOTHING, None) for name in KERNEL_ENTITIES[entity])
    elif entity:
        yield from fields_of(entity, symbols, steps + dot)


def functions() -> Iterator[Named]:
    """Every function under its name, then under its Chinese alias."""
    for name, spec in FUNCTIONS.items():
        yield Named(name, signature(spec), None)
    for alias, name in ALIASES.items():
        yield Named(alias, signature(FUNCTIONS[name]), None)


def signature(spec: FunctionSpec) -> Message:
    """A function's call, what it does, and an example."""
    call = f"{spec.name}({', '.join(spec.takes)})"
    return Message(
        f"{call}\n{spec.doc.text('zh')}\n例：{spec.example}", f"{call}\n{spec.doc.text('en')}\nexample: {spec.example}"
    )


def _first(document: Document, path: Path, symbols: Symbols) -> Iterator[Named]:
    entity = formula_entity(document, path, symbols)
    if document.kind == "metrics" and path[-1] == "formula":
        yield from resources("metrics", symbols)
    elif entity:
        yield from fields_of(entity, symbols)
        yield from collections_of(entity, symbols)
    scope = formula_scope(document, path, symbols)
    for name in scope.environment.names(None) if scope else ():
        if "." in name:
            yield Named(name, NOTHING, None)


def _after(entity: str | None, steps: str, symbols: Symbols) -> str | None:
    """The entity that a chain of relations and collections leads to."""
    for step in steps.split("."):
        if entity is None or entity not in symbols.entities:
            return None
        found = resolve_path(symbols, entity, step)
        entity = found.collection.entity if found.collection else found.field.target if found.field else None
    return entity
