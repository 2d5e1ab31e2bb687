"""Renaming an entity or a field: every text edit that keeps all references right, and the declaration of the former name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.diagnostics import Diagnostic, Span
from engine.dsl.annotations import FORMULA, NO_NODES, Annotations, NodeSpecs, Use, WidgetSchemas
from engine.dsl.diagnostics_catalogue import CATALOGUE
from engine.dsl.document import Document
from engine.dsl.kinds import RESERVED_NAMES
from engine.dsl.references import dimension_metrics
from engine.dsl.scopes import entity_at
from engine.dsl.source import Path
from engine.dsl.suggestions import listed, suggestion
from engine.dsl.symbols import Symbols, collect, resolve_path
from engine.dsl.words_of_formulas import field_words, inside_quotes
from engine.model.names import BUILT_IN_FIELDS, is_name


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text from `start` to `end` (offsets in code points, without a byte order mark) by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Renaming:
    """What a rename changes: edits by file, and files that get another name (old, new)."""

    edits: Mapping[str, tuple[Edit, ...]]
    moves: tuple[tuple[str, str], ...] = ()

    def applied(self, file: str, text: str) -> str:
        """The text of `file` after its edits."""
        for edit in sorted(self.edits.get(file, ()), key=lambda one: (one.start, one.end), reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text


def rename(
    documents: Sequence[Document], widgets: WidgetSchemas, target: str, new: str, nodes: NodeSpecs = NO_NODES
) -> Renaming | tuple[Diagnostic, ...]:
    """Rename the entity `target`, or the field `target` (`entity.field`), to `new`; or say why that cannot be."""
    symbols = collect(documents)
    entity, _, field = target.partition(".")
    problems = tuple(_refusals(symbols, entity, field, new))
    if problems:
        return problems
    work = _FieldWork(symbols, entity, field, new) if field else _EntityWork(symbols, entity, new)
    edits: dict[str, list[Edit]] = {}
    annotations = Annotations(widgets, nodes)
    for document in documents:
        for path, edit in work.edits(document, annotations.uses(document)):
            source = (
                document.sources[document.positions[path][4]] if path in document.positions else document.sources[0]
            )
            if edit not in edits.setdefault(source.file, []):
                edits[source.file].append(edit)
    return Renaming({file: tuple(listed_edits) for file, listed_edits in edits.items()}, tuple(work.moves(documents)))


def _refusals(symbols: Symbols, entity: str, field: str, new: str) -> Iterator[Diagnostic]:
    known = symbols.entities.get(entity)
    nowhere = Span("", 0, 0)
    if known is None:
        hint = suggestion(entity, symbols.entities)
        yield CATALOGUE.report("E301", nowhere, "", hint, name=entity, allowed=listed(symbols.entities))
        return
    if field and field not in known.fields:
        hint = suggestion(field, known.fields)
        yield CATALOGUE.report("E302", nowhere, "", hint, entity=entity, name=field, allowed=listed(known.fields))
    if not is_name(new):
        yield CATALOGUE.report("E214", nowhere, value=new)
    elif new in (BUILT_IN_FIELDS if field else RESERVED_NAMES):
        yield CATALOGUE.report("E126", nowhere, name=new)
    elif new in (known.names if field else symbols.entities):
        other = symbols.document("entities", entity if field else new)
        yield CATALOGUE.report(
            "E128", nowhere, kind="fields" if field else "entities", name=new, other=other.file if other else ""
        )


_Placed = tuple[Path, Edit]


@dataclass(frozen=True, slots=True)
class _EntityWork:
    """Renames an entity: names of it, its file and its access files, texts by path."""

    symbols: Symbols
    old: str
    new: str

    def edits(self, document: Document, found: Sequence[Use]) -> Iterator[_Placed]:
        for use in found:
            if use.meaning == "entity" and use.text == self.old:
                yield use.path, _within(document, use, 0, len(use.text), self.new)
        if document.kind == "texts":
            yield from _text_keys(document, ("entities", self.old), self.new)
        if document.kind == "entities" and document.name == self.old:
            yield _former_name(document, (), self.old)

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

    def edits(self, document: Document, found: Sequence[Use]) -> Iterator[_Placed]:
        for use in found:
            yield from ((use.path, edit) for edit in self._use(document, use))
        if document.kind == "texts":
            yield from _text_keys(document, ("entities", self.entity, "fields", self.old), self.new)
        if document.kind == "entities" and document.name == self.entity:
            path = ("fields", self.old)
            key_start, key_end = document.positions[path][:2]
            yield path, Edit(key_start, key_end, self.new)
            yield _former_name(document, path, self.old)

    def moves(self, documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
        return iter(())

    def _use(self, document: Document, use: Use) -> Iterator[Edit]:
        entity = entity_at(document, use.path, self.symbols)
        if use.meaning == "dimension":
            yield from self._dimension(document, use)
        elif entity is None or entity not in self.symbols.entities:
            return
        elif use.meaning == "field":
            if entity == self.entity and use.text == self.old:
                yield _within(document, use, 0, len(use.text), self.new)
        elif use.meaning in {"path", "sort"}:
            start = len(use.text) - len(use.text.removeprefix("-"))
            for begin, end in self._steps(entity, use.text[start:]):
                yield _within(document, use, start + begin, start + end, self.new)
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
                    yield _within(document, use, begin, end, self.new)
                return


def _within(document: Document, use: Use, begin: int, end: int, new: str) -> Edit:
    """The edit of a part of a name, whether it stands in quotes or not."""
    key_start, key_end, start, stop, source = document.positions[use.path]
    place = (key_start, key_end) if use.is_key else (start, stop)
    raw = document.sources[source].text[place[0] : place[1]]
    shift = place[0] + max(raw.find(use.text), 0)
    return Edit(shift + begin, shift + end, new)


def _text_keys(document: Document, steps: Sequence[str], new: str) -> Iterator[_Placed]:
    """Keys of a texts file that lead through the renamed name, which is the last of `steps`."""
    prefix = ".".join(steps)
    for key in document.data:
        if key == prefix or key.startswith(f"{prefix}."):
            use = Use((key,), "texts", key, is_key=True)
            yield (key,), _within(document, use, len(prefix) - len(steps[-1]), len(prefix), new)


def _former_name(document: Document, path: Path, old: str) -> _Placed:
    """`renamed_from: old` beside the declaration: changed where it stands, else written in."""
    present = (*path, "renamed_from")
    if present in document.positions:
        _, _, start, end, _ = document.positions[present]
        return present, Edit(start, end, old)
    _, _, start, end, source = document.positions[path]
    text = document.sources[source].text
    if text[start : start + 1] == "{":
        last = text[start : end - 1].rstrip()
        separator = "" if last.endswith("{") else ", "
        return path, Edit(start + len(last), start + len(last), f"{separator}renamed_from: {old}")
    column = start - (text.rfind("\n", 0, start) + 1)
    return path, Edit(start, start, f"renamed_from: {old}\n{' ' * column}")
