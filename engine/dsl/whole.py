"""What only the whole application shows: circles across files, entities without rights or pages, missing languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from engine.diagnostics import Diagnostic
from engine.dsl.annotations import LABEL
from engine.dsl.cycles import circles, inputs_first
from engine.dsl.document import Document
from engine.dsl.flow_circles import flow_circles
from engine.dsl.flow_overlaps import flow_overlaps
from engine.dsl.home_data import check_home_data
from engine.dsl.part import PassContext
from engine.dsl.sealed_fields import check_sealing
from engine.dsl.source import Path
from engine.dsl.symbols import EntitySymbol, Symbols, resolve_path
from engine.dsl.unused_fields import unused_fields
from engine.model.formula import Formula

_FieldName = tuple[str, str]

DEEPEST_PART = 5


def check_whole(context: PassContext) -> Iterator[Diagnostic]:
    yield from _computed_circles(context)
    yield from _part_circles(context.symbols)
    yield from _part_depths(context.symbols)
    yield from _list_circles(context.symbols, "pack", "requires", "E332")
    yield from _list_circles(context.symbols, "pack", "extends", "E332")
    yield from _list_circles(context.symbols, "units", "parents", "E334")
    yield from _rights(context)
    yield from _record_pages(context)
    yield from _pages_of_roles(context)
    yield from _forms_of_pages(context)
    yield from _languages(context)
    yield from _unsteady(context)
    yield from check_sealing(context)
    yield from check_home_data(context)
    yield from unused_fields(context)
    yield from flow_circles(context)
    yield from flow_overlaps(context)


def _computed_circles(context: PassContext) -> Iterator[Diagnostic]:
    """Computed fields that depend on each other, also across relations and collections."""
    formulas = dict(_computed(context))
    edges = {name: tuple(_reads(context.symbols, name[0], formula)) for name, formula in formulas.items()}
    known = {name: tuple(one for one in read if one in edges) for name, read in edges.items()}
    for circle in circles(known):
        entity, field = circle[0]
        document = context.symbols.document("entities", entity)
        if document is not None:
            words = " → ".join(f"{one[0]}.{one[1]}" for one in circle)
            yield document.problem("E330", ("fields", field, "formula"), circle=words)


def _computed(context: PassContext) -> Iterator[tuple[_FieldName, Formula]]:
    for part in context.parts("entities"):
        for name, _ in part.entries("fields"):
            formula = part.inner("fields", name).formula("formula")
            if formula is not None:
                yield (part.name, name), formula


def _reads(symbols: Symbols, entity: str, formula: Formula) -> Iterator[_FieldName]:
    """The fields that a formula reads, each with the entity it belongs to."""
    for reference in sorted(formula.references):
        current = entity
        for step in reference.split("."):
            found = resolve_path(symbols, current, step) if current in symbols.entities else None
            if found is None or (found.field is None and found.collection is None):
                break
            if found.field is not None:
                yield current, step
                current = found.field.target or ""
            elif found.collection is not None:
                current = found.collection.entity


def _unsteady(context: PassContext) -> Iterator[Diagnostic]:
    """A stored figure must not depend on who asks or when."""
    for (entity, field), formula in _computed(context):
        document = context.symbols.document("entities", entity)
        if document is not None and (formula.uses_now or formula.uses_user):
            yield document.problem("E462", ("fields", field, "formula"), field=field)


def _part_circles(symbols: Symbols) -> Iterator[Diagnostic]:
    for circle in circles({name: _whole_of(one) for name, one in symbols.entities.items()}):
        document = symbols.document("entities", circle[0])
        if document is not None:
            yield document.problem("E331", ("part_of",), circle=" → ".join(circle))


def _part_depths(symbols: Symbols) -> Iterator[Diagnostic]:
    """Parts of parts of parts: each read of a row joins all wholes above it."""
    depths: dict[str, int] = {}
    wholes = {name: _whole_of(one) for name, one in symbols.entities.items()}
    for name in inputs_first(wholes):
        depths[name] = 1 + max((depths.get(one, 0) for one in wholes[name]), default=-1)
        document = symbols.document("entities", name)
        if depths[name] == DEEPEST_PART + 1 and document is not None:
            yield document.problem("E336", ("part_of",), limit=DEEPEST_PART)


def _whole_of(entity: EntitySymbol) -> tuple[str, ...]:
    field = entity.fields.get(entity.part_of or "")
    return (field.target,) if field and field.target else ()


def _list_circles(symbols: Symbols, kind: str, key: str, code: str) -> Iterator[Diagnostic]:
    edges = {}
    for name, document in symbols.documents.get(kind, {}).items():
        listed = document.data.get(key)
        edges[name] = tuple(str(one) for one in (listed if isinstance(listed, list) else [listed]))
    for circle in circles(edges):
        document = symbols.documents[kind][circle[0]]
        if not (kind == "units" and len(circle) == 2):
            yield document.problem(code, (key,), circle=" → ".join(circle))


def _rights(context: PassContext) -> Iterator[Diagnostic]:
    """Entities that nobody may use, and guarded fields that nobody may write."""
    granted = _with_grants(context)
    for name, symbol in context.symbols.entities.items():
        document = context.symbols.document("entities", name)
        if name not in granted and symbol.part_of is None and document is not None and document.sound:
            yield document.problem("W440", (), entity=name)
    guarded: dict[tuple[str, str], tuple[Document, Path]] = {}
    written: set[tuple[str, str]] = set()
    for part in context.parts("access"):
        entity = part.text("entity", part.name)
        for rule in part.items("fields"):
            for index, name in enumerate(rule.names("fields")):
                guarded.setdefault((entity, name), (part.document, (*rule.path, "fields", index)))
                if rule.text("right") == "write":
                    written.add((entity, name))
    for (entity, name), (document, path) in guarded.items():
        if (entity, name) not in written and _is_typed(context.symbols, entity, name):
            yield document.problem("I443", path, field=name)


def _with_grants(context: PassContext) -> set[str]:
    """Entities with a grant; those whose access file is broken have the benefit of the doubt."""
    whole = {part.document.resource for part in context.parts("access")}
    granted: set[str] = set()
    for document in context.symbols.documents.get("access", {}).values():
        if document.resource not in whole or document.data.get("grants"):
            granted.add(str(document.data.get("entity", document.name)))
    return granted


def _is_typed(symbols: Symbols, entity: str, name: str) -> bool:
    """Do people write this field?"""
    known = symbols.entities.get(entity)
    field = known.fields.get(name) if known else None
    return field is not None and not field.computed and field.workflow is None


def _record_pages(context: PassContext) -> Iterator[Diagnostic]:
    pages = context.symbols.documents.get("pages", {}).values()
    shown = {str(one.data.get("entity")) for one in pages if one.data.get("kind") == "record" or not one.sound}
    listed = {part.text("entity"): part for part in context.parts("pages") if part.text("kind") == "list"}
    for name, part in listed.items():
        if name and name not in shown:
            yield part.problem("W441", "entity", entity=name)


def _languages(context: PassContext) -> Iterator[Diagnostic]:
    """Labels in all languages of their pack; entities and fields without any."""
    for documents in context.sound.values():
        for document in documents:
            wanted = context.languages.get(document.pack, ())
            yield from context.alone.of("labels", document, wanted, partial(_labels, document, context, wanted))
    for part in context.parts("entities"):
        if not part.has("label"):
            yield part.problem("W404", name=part.name)
        for name, _ in part.entries("fields"):
            if not part.inner("fields", name).has("label"):
                yield part.key_problem("W404", "fields", name, name=name)


def _labels(document: Document, context: PassContext, wanted: tuple[str, ...]) -> tuple[Diagnostic, ...]:
    return tuple(_incomplete(document, context, wanted))


def _incomplete(document: Document, context: PassContext, wanted: tuple[str, ...]) -> Iterator[Diagnostic]:
    """Labels that lack a language."""
    for use in context.meanings(document):
        if use.meaning != LABEL or (isinstance(use.value, Mapping) and {"label", "tone"} & use.value.keys()):
            continue
        written = use.value if isinstance(use.value, Mapping) else dict.fromkeys(wanted[:1], use.value)
        missing = [language for language in wanted if not written.get(language)]
        if missing:
            yield document.problem("W402", use.path, languages=", ".join(missing))


def _pages_of_roles(context: PassContext) -> Iterator[Diagnostic]:
    """A role can open its home page and the pages that it is offered."""
    for part in context.parts("roles"):
        offered = [(("home",), part.text("home"))] if part.has("home") else []
        listed = [((key, index), name) for key in ("tabs", "navigation") for index, name in enumerate(part.names(key))]
        for steps, page in [*offered, *listed]:
            document = context.symbols.document("pages", page) or context.symbols.document("dashboards", page)
            roles = document.data.get("roles") if document is not None and document.sound else None
            if isinstance(roles, list) and part.name not in roles:
                yield part.problem("W445", *steps, role=part.name, page=page)


def _forms_of_pages(context: PassContext) -> Iterator[Diagnostic]:
    for part in context.parts("pages"):
        form = context.symbols.document("forms", part.text("form"))
        other = form.data.get("entity") if form is not None else None
        if isinstance(other, str) and part.has("entity") and other != part.text("entity"):
            yield part.problem("E446", "form", form=part.text("form"), other=other, entity=part.text("entity"))
