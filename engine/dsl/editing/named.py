"""What a name at a place may be, and where each is declared: one answer for completion, hover and go to definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.diagnostics import Message, Span
from engine.dsl.document import Document
from engine.dsl.metric_dimensions import dimensions_by_metric
from engine.dsl.references import RESOURCES, TIME_STEPS, dimension_metrics, maps, workflow_of
from engine.dsl.scopes import entity_at
from engine.dsl.source import Path
from engine.dsl.symbols import Symbols, resolve_path
from engine.model.names import BUILT_IN_FIELDS

NOTHING = Message("", "")


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that a name may mean: its label in words, and where it is declared (None: by the engine)."""

    name: str
    words: Message
    span: Span | None


def named_at(meaning: str, document: Document, path: Path, written: str, symbols: Symbols) -> Iterator[Named]:
    """Everything that may be named by `meaning` at `path`; for paths, after the steps already `written`."""
    if meaning in RESOURCES:
        for kind in RESOURCES[meaning][1]:
            yield from resources(kind, symbols)
    elif meaning in {"path", "sort"}:
        yield from _along(document, path, written, symbols)
    elif meaning in {"field", "collection", "transition"}:
        entity = entity_at(document, path, symbols)
        yield from _of_entity(meaning, entity, symbols) if entity else ()
    elif meaning in {"state", "node"}:
        yield from _listed(document, f"{meaning}s")
    elif meaning == "dimension":
        yield from _dimensions(document, path, symbols)


def resources(kind: str, symbols: Symbols) -> Iterator[Named]:
    """Every resource of a kind."""
    for name, document in symbols.documents.get(kind, {}).items():
        yield Named(name, label_of(document, ()), document.sources[0].span(0, 0))


def fields_of(entity: str, symbols: Symbols, before: str = "") -> Iterator[Named]:
    """The fields of an entity, each led by `before`."""
    document = symbols.document("entities", entity)
    known = symbols.entities.get(entity)
    for name in known.fields if document and known else ():
        at = ("fields", name)
        assert document is not None
        yield Named(before + name, label_of(document, at), document.key_span(at))
    for name in BUILT_IN_FIELDS if known else ():
        yield Named(before + name, NOTHING, None)


def collections_of(entity: str, symbols: Symbols) -> Iterator[Named]:
    """The collections of an entity: the inverse names that other entities' relations give it."""
    known = symbols.entities.get(entity)
    for one in known.collections.values() if known else ():
        document = symbols.document("entities", one.entity)
        if document is not None:
            at = ("fields", one.by, "inverse")
            yield Named(one.name, label_of(document, ()), document.value_span(at))


def label_of(document: Document, path: Path) -> Message:
    """The label of a part of a document in both languages."""
    found = document.at((*path, "label"))
    if isinstance(found, Mapping):
        zh, en = found.get("zh"), found.get("en")
        return Message(str(zh or en or ""), str(en or zh or ""))
    return Message(found, found) if isinstance(found, str) else NOTHING


def _of_entity(meaning: str, entity: str, symbols: Symbols) -> Iterator[Named]:
    if meaning == "field":
        yield from fields_of(entity, symbols)
    elif meaning == "collection":
        yield from collections_of(entity, symbols)
    else:
        workflow = workflow_of(symbols, entity)
        yield from _listed(workflow, "transitions") if workflow else ()


def _along(document: Document, path: Path, written: str, symbols: Symbols) -> Iterator[Named]:
    """The fields after the steps of a path; a sort's minus stays in front."""
    entity = entity_at(document, path, symbols)
    sign = "-" if written.startswith("-") else ""
    steps, dot, _ = written.removeprefix("-").rpartition(".")
    if entity and steps:
        found = resolve_path(symbols, entity, steps)
        entity = found.field.target if found.field else None
    if entity:
        yield from fields_of(entity, symbols, sign + steps + dot)


def _listed(document: Document, key: str) -> Iterator[Named]:
    for index, one in enumerate(maps(document.data.get(key))):
        if isinstance(one.get("id"), str):
            at = (key, index)
            yield Named(str(one["id"]), label_of(document, at), document.value_span((*at, "id")))


def _dimensions(document: Document, path: Path, symbols: Symbols) -> Iterator[Named]:
    known = dimensions_by_metric(symbols)
    shared = [known[name] for name in dimension_metrics(document, path) if name in known]
    for name in shared[0] if shared else ():
        if all(name in one for one in shared):
            yield Named(name, NOTHING, _dimension_span(document, path, name, symbols))
    for step in TIME_STEPS:
        yield Named(step, NOTHING, None)


def _dimension_span(document: Document, path: Path, name: str, symbols: Symbols) -> Span | None:
    for metric in dimension_metrics(document, path):
        declaring = symbols.document("metrics", metric)
        declared = declaring.data.get("dimensions") if declaring else None
        if declaring and isinstance(declared, list) and name in declared:
            return declaring.value_span(("dimensions", declared.index(name)))
    return None
