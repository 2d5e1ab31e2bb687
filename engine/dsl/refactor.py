"""Renaming: every text edit that keeps all references right, and the declaration of the former name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.diagnostics import Diagnostic, Span
from engine.dsl.annotations import FORMULA, NO_NODES, Annotations, NodeSpecs, Use, WidgetSchemas
from engine.dsl.diagnostics_catalogue import CATALOGUE
from engine.dsl.document import Document
from engine.dsl.edits import Edit, Renaming
from engine.dsl.kinds import RESERVED_NAMES
from engine.dsl.passes.formers import NAMED
from engine.dsl.references import RESOURCES, dimension_metrics, maps
from engine.dsl.rename_names import PartWork, ResourceWork
from engine.dsl.rename_places import Placed, former_name, named_keys, within
from engine.dsl.scopes import entity_at, formula_entity
from engine.dsl.suggestions import listed as listed_words
from engine.dsl.suggestions import suggestion
from engine.dsl.symbols import Symbols, collect, resolve_path
from engine.dsl.words_of_formulas import field_words, inside_quotes
from engine.model.names import BUILT_IN_FIELDS, is_name

RESOURCES_RENAMED = (*NAMED, "forms", "maps", "rules", "documents", "destinations", "policies", "pipelines")
"""Kinds whose resources may get another name beside entities: the data under it follows, or there is none."""
PARTS_RENAMED: Mapping[tuple[str, str], str] = {
    ("workflows", "states"): "E309",
    ("workflows", "transitions"): "E318",
    ("maps", "nodes"): "E320",
    ("knowledge", "nodes"): "E320",
    ("pages", "items"): "E326",
    ("dashboards", "items"): "E326",
    ("forms", "items"): "E326",
}
"""Lists whose items are renamed by their ids, with what is said of an id that is not there."""
_NOWHERE = Span("", 0, 0)


class _Work(Protocol):
    def edits(self, document: Document, found: Sequence[Use]) -> Iterator[Placed]: ...

    def moves(self, documents: Sequence[Document]) -> Iterator[tuple[str, str]]: ...


def rename(
    documents: Sequence[Document], widgets: WidgetSchemas, target: str, new: str, nodes: NodeSpecs = NO_NODES
) -> Renaming | tuple[Diagnostic, ...]:
    """Rename `target` to `new` wherever it is named; or say why that cannot be.

    A target is an entity, a field (`entity.field`), another resource (`roles/lead`), or an item of a resource by its id
    (`workflows/deal.states.won`, `workflows/deal.transition.win`, `maps/quote.node.start`).
    """
    symbols = collect(documents)
    found = _of_name(symbols, target, new) if "/" in target else _of_entity(symbols, target, new)
    if isinstance(found, tuple):
        return found
    edits: dict[str, list[Edit]] = {}
    annotations = Annotations(widgets, nodes)
    for document in documents:
        for path, edit in found.edits(document, annotations.uses(document)):
            source = (
                document.sources[document.positions[path][4]] if path in document.positions else document.sources[0]
            )
            if edit not in edits.setdefault(source.file, []):
                edits[source.file].append(edit)
    return Renaming({file: tuple(listed_edits) for file, listed_edits in edits.items()}, tuple(found.moves(documents)))


def _of_entity(symbols: Symbols, target: str, new: str) -> _Work | tuple[Diagnostic, ...]:
    entity, _, field = target.partition(".")
    problems = tuple(_refusals(symbols, entity, field, new))
    if problems:
        return problems
    return _FieldWork(symbols, entity, field, new) if field else _EntityWork(symbols, entity, new)


def _of_name(symbols: Symbols, target: str, new: str) -> _Work | tuple[Diagnostic, ...]:
    """The work on a resource or one of its parts; why it cannot be."""
    kind, _, rest = target.partition("/")
    name, _, part = rest.partition(".")
    listed, _, id = part.partition(".")
    listed = listed if not listed or listed.endswith("s") else f"{listed}s"
    refused = kind == "entities" or (part and (kind, listed) not in PARTS_RENAMED)
    if refused or (not part and kind not in RESOURCES_RENAMED):
        return (CATALOGUE.report("E326", _NOWHERE, target=target),)
    known = symbols.document(kind, name)
    if known is None:
        options = symbols.documents.get(kind, {})
        hint = suggestion(name, options)
        return (CATALOGUE.report("E327", _NOWHERE, "", hint, kind=kind, name=name, allowed=listed_words(options)),)
    if not is_name(new):
        return (CATALOGUE.report("E214", _NOWHERE, value=new),)
    if part:
        return _of_part(symbols, known, listed, id, new)
    return _of_resource(symbols, known, new)


def _of_resource(symbols: Symbols, known: Document, new: str) -> _Work | tuple[Diagnostic, ...]:
    kinds = next((kinds for _, kinds in RESOURCES.values() if known.kind in kinds), (known.kind,))
    taken = next((other for kind in kinds if (other := symbols.document(kind, new))), None)
    if taken is not None:
        return (CATALOGUE.report("E128", _NOWHERE, kind=known.kind, name=new, other=taken.file),)
    if known.kind == "metrics" and new in RESERVED_NAMES:
        return (CATALOGUE.report("E126", _NOWHERE, name=new),)
    if known.kind == "forms" and known.data.get("entity") == known.name and _other_forms(symbols, known):
        return (CATALOGUE.report("E328", _NOWHERE, name=known.name),)
    return ResourceWork(known.kind, known.name, new)


def _other_forms(symbols: Symbols, known: Document) -> bool:
    """Whether an entity's own form, which bears its name, has others beside it."""
    forms = symbols.documents.get("forms", {}).values()
    return any(one is not known and one.data.get("entity") == known.name for one in forms)


def _of_part(symbols: Symbols, known: Document, listed: str, id: str, new: str) -> _Work | tuple[Diagnostic, ...]:
    ids = [str(one["id"]) for one in maps(known.data.get(listed)) if "id" in one]
    if id not in ids:
        code, hint = PARTS_RENAMED[(known.kind, listed)], suggestion(id, ids)
        named = {"target": f"{known.kind}/{known.name}.{listed}.{id}", "workflow": known.name}
        return (CATALOGUE.report(code, _NOWHERE, "", hint, name=id, allowed=listed_words(ids), **named),)
    if new in ids:
        return (CATALOGUE.report("E128", _NOWHERE, kind=listed, name=new, other=known.file),)
    return PartWork(symbols, known.kind, known.name, listed, id, new)


def _refusals(symbols: Symbols, entity: str, field: str, new: str) -> Iterator[Diagnostic]:
    known = symbols.entities.get(entity)
    if known is None:
        hint = suggestion(entity, symbols.entities)
        yield CATALOGUE.report("E301", _NOWHERE, "", hint, name=entity, allowed=listed_words(symbols.entities))
        return
    if field and field not in known.fields:
        hint = suggestion(field, known.fields)
        yield CATALOGUE.report(
            "E302", _NOWHERE, "", hint, entity=entity, name=field, allowed=listed_words(known.fields)
        )
    if not is_name(new):
        yield CATALOGUE.report("E214", _NOWHERE, value=new)
    elif new in (BUILT_IN_FIELDS if field else RESERVED_NAMES):
        yield CATALOGUE.report("E126", _NOWHERE, name=new)
    elif new in (known.names if field else symbols.entities):
        other = symbols.document("entities", entity if field else new)
        yield CATALOGUE.report(
            "E128", _NOWHERE, kind="fields" if field else "entities", name=new, other=other.file if other else ""
        )


@dataclass(frozen=True, slots=True)
class _EntityWork:
    """Renames an entity: names of it, its file and its access files, texts by path."""

    symbols: Symbols
    old: str
    new: str

    def edits(self, document: Document, found: Sequence[Use]) -> Iterator[Placed]:
        for use in found:
            if use.meaning == "entity" and use.text == self.old:
                yield use.path, within(document, use, 0, len(use.text), self.new)
        if document.kind == "texts":
            yield from named_keys(document, ("entities", self.old), self.new)
        if document.kind == "entities" and document.name == self.old:
            yield former_name(document, (), self.old, self.new)

    def moves(self, documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
        for document in documents:
            named = document.kind == "entities" or (document.kind == "access" and "entity" not in document.data)
            if named and document.name == self.old:
                yield from (
                    (source.file, source.file.removesuffix(f"{self.old}.yaml") + f"{self.new}.yaml")
                    for source in document.sources
                )


@dataclass(frozen=True, slots=True)
class _FieldWork:
    """Renames a field: its key, names and paths that lead to it, formulas, dimensions named by their path, texts."""

    symbols: Symbols
    entity: str
    old: str
    new: str

    def edits(self, document: Document, found: Sequence[Use]) -> Iterator[Placed]:
        for use in found:
            yield from ((use.path, edit) for edit in self._use(document, use))
        if document.kind == "texts":
            yield from named_keys(document, ("entities", self.entity, "fields", self.old), self.new)
        if document.kind == "entities" and document.name == self.entity:
            path = ("fields", self.old)
            key_start, key_end = document.positions[path][:2]
            yield path, Edit(key_start, key_end, self.new)
            yield former_name(document, path, self.old, self.new)

    def moves(self, documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
        return iter(())

    def _use(self, document: Document, use: Use) -> Iterator[Edit]:
        speaks_of = formula_entity if use.meaning == FORMULA else entity_at
        entity = speaks_of(document, use.path, self.symbols)
        if use.meaning == "dimension":
            yield from self._dimension(document, use)
        elif entity is None or entity not in self.symbols.entities:
            return
        elif use.meaning == "field":
            if entity == self.entity and use.text == self.old:
                yield within(document, use, 0, len(use.text), self.new)
        elif use.meaning in {"path", "sort"}:
            start = len(use.text) - len(use.text.removeprefix("-"))
            for begin, end in self._steps(entity, use.text[start:]):
                yield within(document, use, start + begin, start + end, self.new)
        elif use.meaning == FORMULA:
            yield from self._formula(document, use, entity)

    def _steps(self, entity: str, path: str) -> Iterator[tuple[int, int]]:
        """Offsets in `path` of the steps that are the renamed field."""
        offset, current = 0, entity
        for step in path.split("."):
            found = resolve_path(self.symbols, current, step) if current in self.symbols.entities else None
            if found is None or found.field is None:
                return
            if (current, step) == (self.entity, self.old):
                yield offset, offset + len(step)
            current = found.field.target or ""
            offset += len(step) + 1

    def _formula(self, document: Document, use: Use, entity: str) -> Iterator[Edit]:
        _, _, start, end, source = document.positions[use.path]
        inner, shift = inside_quotes(document.sources[source].text[start:end])
        for word in field_words(inner, entity, self.symbols):
            if (word.entity, word.field) == (self.entity, self.old):
                yield Edit(start + shift + word.start, start + shift + word.end, self.new)

    def _dimension(self, document: Document, use: Use) -> Iterator[Edit]:
        """A dimension that is named by its path changes its name with it."""
        for name in dimension_metrics(document, use.path):
            metric = self.symbols.document("metrics", name)
            declared = metric.data.get("dimensions") if metric else None
            if metric is not None and isinstance(declared, list) and use.text in declared:
                for begin, end in self._steps(str(metric.data.get("entity")), use.text):
                    yield within(document, use, begin, end, self.new)
                return
