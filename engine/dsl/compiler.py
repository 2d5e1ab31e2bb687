"""The compiler: folders of packs to an AppModel, or every reason why not. The order of work is one function's body."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import cast

from engine.diagnostics import Diagnostic, Severity, Span, has_errors, sorted_by_place
from engine.dsl.annotations import (
    NO_CONNECTORS,
    NO_NODES,
    Annotations,
    ConnectorSpecs,
    NodeSpecs,
    WidgetSchemas,
)
from engine.dsl.axis_check import check_axes
from engine.dsl.diagnostics_catalogue import CATALOGUE
from engine.dsl.document import Document
from engine.dsl.flow_rights import with_flow_moves, with_flow_rights
from engine.dsl.item_check import ItemCheck, repeated_ids
from engine.dsl.label_texts import apply_texts
from engine.dsl.layers import apply_layers
from engine.dsl.level_check import check_levels
from engine.dsl.limits import MOST_FORMULA_BYTES, PackBudget, first_problems
from engine.dsl.named_uses import named_uses
from engine.dsl.pack_reader import DocumentCache, PackFolder, list_pack, read_document, size_of, too_large
from engine.dsl.page_alone import page_alone
from engine.dsl.part import FormulaTable, PassContext
from engine.dsl.passes import PASSES
from engine.dsl.references import ReferenceCheck
from engine.dsl.remembered_documents import RememberedDocuments
from engine.dsl.remembered_formulas import RememberedFormulas, compile_formulas
from engine.dsl.remembered_passes import RememberedPasses
from engine.dsl.remembered_references import RememberedReferences, Shape
from engine.dsl.rollup_check import check_rollups
from engine.dsl.schema_check import check_schema
from engine.dsl.subject_check import check_subjects
from engine.dsl.symbols import Symbols, collect
from engine.dsl.whole import check_whole
from engine.model.access import EntityAccess
from engine.model.app import AppModel
from engine.model.entities import Entity
from engine.model.flows import Flow
from engine.model.names import ResourceName
from engine.model.uncollected import uncollected
from engine.model.workflows import Workflow

UNKNOWN_KEY = "E201"


@dataclass(frozen=True, slots=True)
class Compilation:
    """What compiling gave: the model (None when there are errors), all diagnostics in order of place, the documents."""

    model: AppModel | None
    diagnostics: tuple[Diagnostic, ...]
    documents: tuple[Document, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(one for one in self.diagnostics if one.severity is Severity.ERROR)


@dataclass(frozen=True, slots=True)
class _Last:
    """The last compilation, and what it was made of."""

    documents: tuple[Document, ...]
    problems: tuple[Diagnostic, ...]
    compilation: Compilation

    def holds(self, documents: Sequence[Document], problems: Sequence[Diagnostic]) -> bool:
        """Is this what it was made of?"""
        same = len(documents) == len(self.documents) and tuple(problems) == self.problems
        return same and all(one is other or one == other for one, other in zip(documents, self.documents, strict=True))


@dataclass(frozen=True, slots=True)
class _Known:
    """What a compiler remembered at the end of a compilation; nobody changes it any more."""

    last: _Last
    documents: DocumentCache
    shapes: dict[ResourceName, Shape]
    references: RememberedReferences
    passes: RememberedPasses
    formulas: RememberedFormulas
    alone: RememberedDocuments
    around: PassContext


class Compiler:
    """Compiles a set of pack folders again and again; keeps what has not changed between two runs.

    `beside` are compilers that compile much the same: one begins with what they know, and what one of them has compiled
    already is not compiled again. They may be in other threads.
    """

    def __init__(
        self,
        folders: Sequence[FilePath],
        widgets: WidgetSchemas,
        nodes: NodeSpecs = NO_NODES,
        connectors: ConnectorSpecs = NO_CONNECTORS,
    ) -> None:
        self.folders = tuple(folders)
        self.widgets = widgets
        self.nodes = nodes
        self.connectors = connectors
        self._annotations = Annotations(widgets, nodes)
        self._documents = DocumentCache()
        self._shapes: dict[ResourceName, Shape] = {}
        self._references = RememberedReferences()
        self._passes = RememberedPasses()
        self._last: _Last | None = None
        self._around: PassContext | None = None
        self._items = ItemCheck(widgets)
        self._formulas = RememberedFormulas()
        self._alone = RememberedDocuments()
        self._known: _Known | None = None
        self.beside: tuple[Compiler, ...] = ()
        self.unsaved: dict[FilePath, bytes | None] = {}
        """Contents that stand for those of files, by their whole path: what an editor has not saved. None: as if there
        were no such file."""

    def compile(self) -> Compilation:
        """Read all folders and compile; content decides what is done again. Bad input gives diagnostics, never an exception."""
        with uncollected():
            self._begin()
            documents, problems = self._merged()
            last = self._last
            if last is not None and last.holds(documents, problems):
                return last.compilation
            known = self._compiled_beside(documents, problems)
            if known is not None:
                self._learn(known)
                return known.last.compilation
            last = self._last = _Last(tuple(documents), tuple(problems), self._judge(documents, problems))
            self._known = self._remembered(last)
            return last.compilation

    def documents(self) -> tuple[Document, ...]:
        """All documents as they stand, read and merged but not judged: enough to know every name."""
        self._begin()
        return tuple(self._merged()[0])

    def _begin(self) -> None:
        """One that has compiled nothing yet begins with what another knows."""
        if self._known is None:
            known = next((one._known for one in self._neighbours() if one._known is not None), None)
            if known is not None:
                self._learn(known)

    def _neighbours(self) -> Iterator[Compiler]:
        """The compilers beside this one that judge by the same widgets and kinds of nodes."""
        ours = (self.widgets, self.nodes, self.connectors)
        return (
            one
            for one in self.beside
            if all(a is b for a, b in zip(ours, (one.widgets, one.nodes, one.connectors), strict=True))
        )

    def _compiled_beside(self, documents: Sequence[Document], problems: Sequence[Diagnostic]) -> _Known | None:
        """What another compiler knows since it has compiled these very documents."""
        known = (one._known for one in self._neighbours())
        return next((one for one in known if one is not None and one.last.holds(documents, problems)), None)

    def _learn(self, known: _Known) -> None:
        """Go on from what another compiler knows; what is still written to stays this one's own."""
        self._known, self._last, self._shapes = known, known.last, known.shapes
        self._documents.entries = {**known.documents.entries, **self._documents.entries}
        self._references = replace(known.references)
        self._passes = replace(known.passes)
        self._formulas = replace(known.formulas, book=self._formulas.book)
        self._alone = replace(known.alone, found={})
        self._around = replace(known.around, book=self._formulas.book, alone=self._alone)

    def _remembered(self, last: _Last) -> _Known | None:
        if self._around is None:
            return None
        return _Known(
            last=last,
            documents=replace(self._documents, entries=dict(self._documents.entries)),
            shapes=self._shapes,
            references=replace(self._references),
            passes=replace(self._passes),
            formulas=replace(self._formulas),
            alone=replace(self._alone, found={}),
            around=self._around,
        )

    def glance(self, file: str) -> tuple[Diagnostic, ...]:
        """What one file says of itself, against the names of all: its text, shape, references and formulas.

        A tenth of a whole compilation; what only the passes see is not told.
        """
        documents, problems = self._merged()
        symbols = collect(documents)
        references = ReferenceCheck(symbols)
        for document in documents:
            if document.sound and any(source.file == file for source in document.sources):
                shape = self._shape(document)
                problems += (*shape.problems, *first_problems(document, references.check(document, shape.uses)))
                if not _misshapen(shape):
                    self._formulas_alone(shape, symbols, problems)
        return sorted_by_place(_distinct(one for one in problems if one.span.file == file))

    def with_page(self, document: Document) -> AppModel | None:
        """The model compiled last with one page, dashboard or form as `document` says it, in a small part of the time; None
        where that cannot be told alone: nothing compiled last, mistakes in it, layers or texts of its pack."""
        model = self._last.compilation.model if self._last else None
        if model is None or self._around is None or not document.sound or not self._stands_alone(document):
            return None
        found = chain(check_schema(document), self._items.check(document), repeated_ids(document))
        shape = Shape(document, tuple(_distinct(found)), self._annotations.uses(document))
        if has_errors(shape.problems):
            return None
        problems = list(ReferenceCheck(self._around.symbols).check(document, shape.uses))
        formulas = self._formulas_alone(shape, self._around.symbols, problems)
        context = replace(
            self._around,
            sound={document.kind: (document,)},
            uses={document.resource: shape.uses},
            formulas={document.resource: formulas},
        )
        return None if has_errors(problems) else page_alone(context, model)

    def _formulas_alone(self, shape: Shape, symbols: Symbols, problems: list[Diagnostic]) -> FormulaTable:
        left = {shape.document.pack: MOST_FORMULA_BYTES}
        return compile_formulas(self._formulas.book, shape, symbols, problems, left)

    def _stands_alone(self, document: Document) -> bool:
        """Whether no other document has a part in it."""
        others = self._last.documents if self._last else ()
        return not any(
            (one.kind == "texts" and one.pack == document.pack)
            or (one.resource == document.resource and (len(one.sources) > 1 or one.file != document.file))
            for one in others
        )

    def _merged(self) -> tuple[Sequence[Document], list[Diagnostic]]:
        written, problems = self._read()
        merged, clashes = apply_layers(written)
        problems += [_clash(document, other) for document, other in clashes]
        documents, text_problems = apply_texts(merged)
        return documents, [*problems, *text_problems]

    def _read(self) -> tuple[list[Document], list[Diagnostic]]:
        documents: list[Document] = []
        problems: list[Diagnostic] = []
        used: set[tuple[str, str, str]] = set()
        for folder in self.folders:
            pack = list_pack(folder, self.unsaved)
            problems += pack.problems
            documents += self._read_pack(pack, used, problems)
        self._documents.keep(used)
        return documents, problems

    def _read_pack(
        self, pack: PackFolder, used: set[tuple[str, str, str]], problems: list[Diagnostic]
    ) -> list[Document]:
        """The documents of a pack; of one that holds too much their names alone, so that nothing else is judged."""
        budget, documents = PackBudget(), []
        for file in pack.files:
            document, found, text_hash = read_document(file, self._documents, self.unsaved)
            used.add((file.pack, file.file, text_hash))
            documents.append(document)
            problems += found
            excess = budget.spend(document, size_of(file))
            if excess is not None:
                problems.append(too_large(f"{pack.name}/pack.yaml", excess))
                return [replace(one, data={}, positions={}, sound=False) for one in documents]
        return documents

    def _judge(self, documents: Sequence[Document], problems: list[Diagnostic]) -> Compilation:
        shapes = {document.resource: self._shape(document) for document in documents if document.sound}
        self._shapes = shapes
        problems += [problem for shape in shapes.values() for problem in shape.problems]
        symbols = collect(documents, self._around.symbols if self._around else None)
        well_formed = {name: shape for name, shape in shapes.items() if not _misshapen(shape)}
        problems += self._references.check(shapes.values(), symbols)
        context = self._around = self._context(symbols, well_formed, problems)
        tables = _tables(self._passes.run(context), problems)
        problems += check_whole(context)
        problems += check_axes(context, tables["metrics"])
        problems += check_rollups(context, tables["entities"], tables["metrics"])
        problems += check_subjects(context, tables["entities"])
        problems += check_levels(context, tables["entities"])
        uses = named_uses(context)
        self._formulas.book.forget_unused()
        self._alone.forget_unused()
        ordered = sorted_by_place(_distinct(problems))
        model = None if has_errors(ordered) else replace(_model(tables, documents), uses=uses)
        return Compilation(model, ordered, tuple(documents))

    def _shape(self, document: Document) -> Shape:
        known = self._shapes.get(document.resource)
        if known is not None and (known.document is document or known.document == document):
            return known
        found = chain(check_schema(document), self._items.check(document), repeated_ids(document))
        problems = tuple(first_problems(document, _distinct(found)))
        return Shape(document, problems, self._annotations.uses(document))

    def _context(
        self, symbols: Symbols, shapes: Mapping[ResourceName, Shape], problems: list[Diagnostic]
    ) -> PassContext:
        sound: dict[str, list[Document]] = {}
        for shape in sorted(shapes.values(), key=lambda one: one.document.resource):
            sound.setdefault(shape.document.kind, []).append(shape.document)
        context = PassContext(
            symbols=symbols,
            sound={kind: tuple(listed) for kind, listed in sound.items()},
            uses={name: shape.uses for name, shape in shapes.items()},
            book=self._formulas.book,
            languages=_languages(symbols),
            alone=self._alone,
            nodes=self.nodes,
            connectors=self.connectors,
        )
        return replace(context, formulas=self._formulas.compile(shapes.values(), context, problems))


def compile_packs(
    folders: Sequence[FilePath],
    widgets: WidgetSchemas,
    nodes: NodeSpecs = NO_NODES,
    connectors: ConnectorSpecs = NO_CONNECTORS,
) -> Compilation:
    """Compile the packs in `folders` once, with the given widgets, kinds of nodes and connectors."""
    return Compiler(folders, widgets, nodes, connectors).compile()


def _misshapen(shape: Shape) -> bool:
    """Whether a document is of no shape that passes can read; a key that nobody reads does no harm to them, and what
    else is wrong in the file is told at once.
    """
    return any(one.severity is Severity.ERROR and one.code != UNKNOWN_KEY for one in shape.problems)


def _tables(found: Iterable[tuple[str, object]], problems: list[Diagnostic]) -> dict[str, dict[str, object]]:
    """What the passes gave as model values by table and name; diagnostics go to `problems`."""
    tables: dict[str, dict[str, object]] = {one.table: {} for one in PASSES}
    for name, value in found:
        table = tables[name]
        if isinstance(value, Diagnostic):
            problems.append(value)
            continue
        key = _table_key(name, value)
        if key in table:
            problems.append(_same_name(name, key, value, table[key]))
        table[key] = value
    return tables


def _same_name(table: str, name: str, value: object, other: object) -> Diagnostic:
    """Two kinds that share a table (pages and dashboards) bear one name."""
    place, first = value.place, other.place  # type: ignore[attr-defined]
    return CATALOGUE.report("E128", Span(place.file, place.line), kind=table, name=name, other=first.file)


def _table_key(table: str, value: object) -> str:
    """Suites and demo files are named within their pack; access bears the name of its entity."""
    if table == "access":
        return str(value.entity)  # type: ignore[attr-defined]
    name = str(value.name)  # type: ignore[attr-defined]
    return f"{value.pack}.{name}" if table in {"suites", "demos"} else name  # type: ignore[attr-defined]


def _model(tables: Mapping[str, Mapping[str, object]], documents: Sequence[Document]) -> AppModel:
    resources = {document.resource: document.text_hash for document in documents}
    tables = _with_flows(cast(dict[str, Mapping[str, object]], tables))
    digest = hashlib.sha256()
    for name in sorted(resources):
        digest.update(f"{name}\n{resources[name]}\n".encode())
    frozen = {table: MappingProxyType(dict(values)) for table, values in tables.items()}
    return AppModel(
        fingerprint=digest.hexdigest(),
        resources=MappingProxyType(resources),
        **cast(Mapping[str, object], frozen),  # type: ignore[arg-type]
    )


def _with_flows(tables: Mapping[str, Mapping[str, object]]) -> Mapping[str, Mapping[str, object]]:
    """The tables with the rights that flows act with."""
    flows = cast(Mapping[str, Flow], tables["flows"]).values()
    entities = cast(Mapping[str, Entity], tables["entities"])
    access = with_flow_rights(cast(Mapping[str, EntityAccess], tables["access"]), flows, entities)
    workflows = with_flow_moves(cast(Mapping[str, Workflow], tables["workflows"]), flows)
    return {**tables, "access": access, "workflows": workflows}


def _languages(symbols: Symbols) -> Mapping[str, tuple[str, ...]]:
    result: dict[str, tuple[str, ...]] = {}
    for name, document in symbols.documents.get("pack", {}).items():
        declared = document.data.get("languages")
        result[name] = tuple(str(one) for one in declared) if isinstance(declared, list) and declared else ("zh", "en")
    return result


def _clash(document: Document, other: Document) -> Diagnostic:
    code = "E129" if document.kind == "pack" else "E128"
    return document.problem(code, (), kind=document.kind, name=document.name, other=other.file)


def _distinct(problems: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The problems without repetition: one code at one place with one text."""
    seen: set[tuple[object, ...]] = set()
    for one in problems:
        key = (one.code, one.span, one.message.en)
        if key not in seen:
            seen.add(key)
            yield one
