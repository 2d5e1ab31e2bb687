"""What the passes gave: made again only where something differs that they read when they gave it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from engine.dsl.document import Document
from engine.dsl.part import PassContext
from engine.dsl.passes import PASSES, CompilerPass
from engine.dsl.reading_log import ReadingLog, noted
from engine.model.names import ResourceName

_Documents = tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class _Given:
    """What a pass gave for some documents, and what it read beside them."""

    documents: _Documents
    log: ReadingLog
    values: tuple[object, ...]

    def holds(self, documents: _Documents, context: PassContext) -> bool:
        return _same(self.documents, documents) and self.log.holds(context)


@dataclass(slots=True)
class RememberedPasses:
    """The values and diagnostics of each pass with the documents that they were made of, while what it read stays."""

    found: dict[tuple[str, ResourceName | None], _Given] = field(default_factory=dict)

    def run(self, context: PassContext) -> Iterator[tuple[str, object]]:
        """All that the passes give, with the table of each, in their order."""
        before, self.found = self.found, {}
        for one in PASSES:
            for documents in _pieces(one, context):
                key = (one.table, documents[0].resource if one.apart else None)
                known = before.get(key)
                if known is None or not known.holds(documents, context):
                    known = _given(one, documents, context)
                self.found[key] = known
                yield from ((one.table, value) for value in known.values)


def _given(one: CompilerPass, documents: _Documents, context: PassContext) -> _Given:
    log = ReadingLog()
    values = tuple(one.compile(noted(replace(context, sound=_own(one, documents)), context.sound, log)))
    return _Given(documents, log, values)


def _own(one: CompilerPass, documents: _Documents) -> Mapping[str, _Documents]:
    """The documents of a pass, by kind."""
    return {kind: tuple(document for document in documents if document.kind == kind) for kind in one.kinds}


def _same(these: _Documents, those: _Documents) -> bool:
    return len(these) == len(those) and all(
        one is other or one == other for one, other in zip(these, those, strict=True)
    )


def _pieces(one: CompilerPass, context: PassContext) -> Iterator[_Documents]:
    """The documents that a pass reads together: each alone, or all."""
    documents = tuple(document for kind in one.kinds for document in context.sound.get(kind, ()))
    if not one.apart:
        yield documents
        return
    yield from ((document,) for document in documents)
