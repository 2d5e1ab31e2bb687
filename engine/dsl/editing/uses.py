"""Where a thing is used: from its declaration to every word of every text that means it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath

from engine.diagnostics import Span
from engine.dsl.document import Document
from engine.dsl.editing.hover import meaning_at
from engine.dsl.editing.spot import offset_of, spot_at
from engine.dsl.editing.words import words_of
from engine.dsl.editing.workspace import Workspace
from engine.dsl.refactor import PARTS_RENAMED, RESOURCES_RENAMED
from engine.dsl.references import maps


def declaration_at(workspace: Workspace, file: FilePath, line: int, column: int) -> tuple[Span, Span] | None:
    """Where the word at a line and column stands, and where what it means is declared; a declaration means itself."""
    pack_file = workspace.pack_file(file)
    if pack_file is None:
        return None
    document = workspace.parsed(pack_file, workspace.text(file))
    spot = spot_at(document, offset_of(document, line, column))
    if spot is None:
        return None
    if spot.is_key and document.kind == "entities" and len(spot.path) == 2 and spot.path[0] == "fields":
        own = document.key_span(spot.path)
        return own, own
    if not spot.is_key and spot.path[-1:] == ("id",) and len(spot.path) == 3:
        own = document.value_span(spot.path)
        return own, own
    found = meaning_at(workspace, file, line, column)
    return (found.span, found.declared) if found is not None and found.declared is not None else None


def uses_of(workspace: Workspace, declared: Span) -> Iterator[Span]:
    """Every word that means what is declared at a place, in the order of the texts; the declaration is none of them."""
    known = workspace.known()
    documents = workspace.documents()
    name = name_declared(documents, declared)
    for document in documents if name else ():
        for use in workspace.annotations.uses(document):
            if name in use.text:
                found = words_of(document, use, name, known.symbols)
                yield from (one.span for one in found if one.declared == declared)


def name_declared(documents: tuple[Document, ...], declared: Span) -> str:
    """The name of what is declared at a place: a resource at the beginning of its file, else the word that stands there."""
    for document in documents:
        for source in document.sources:
            if source.file != declared.file:
                continue
            if (declared.line, declared.column, declared.end_column) == (1, 1, 1):
                return document.name
            start = source.line_starts[declared.line - 1] + declared.column - 1
            return source.text[start : start + declared.end_column - declared.column].strip("\"'")
    return ""


def renamable(workspace: Workspace, declared: Span) -> str | None:
    """What `rename` calls the thing declared at a place; None for what it cannot rename."""
    for document in workspace.documents():
        if any(source.file == declared.file for source in document.sources):
            found = next((name for name, span in _named_in(document) if span == declared), None)
            if found is not None:
                return found
    return None


def _named_in(document: Document) -> Iterator[tuple[str, Span]]:
    """What a document declares that may have another name: itself, its fields, its items; each with where it does."""
    whole = document.sources[0].span(0, 0)
    if document.kind == "entities":
        yield document.name, whole
        fields = document.data.get("fields")
        for field in fields if isinstance(fields, dict) else ():
            yield f"{document.name}.{field}", document.key_span(("fields", field))
    elif document.kind in RESOURCES_RENAMED:
        yield f"{document.kind}/{document.name}", whole
    for kind, listed in PARTS_RENAMED:
        for at, item in enumerate(maps(document.data.get(listed)) if document.kind == kind else ()):
            yield (
                f"{kind}/{document.name}.{listed}.{item.get('id')}",
                document.value_span((listed, at, "id")),
            )
