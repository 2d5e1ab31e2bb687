"""What the passes gave: made again only for documents that differ, or for all where something that others read differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from engine.dsl.document import Document
from engine.dsl.part import PassContext
from engine.dsl.passes import PASSES, READ_BY_OTHERS, CompilerPass
from engine.model.names import ResourceName

_Documents = tuple[Document, ...]


@dataclass(slots=True)
class RememberedPasses:
    """The values and diagnostics of each pass with the documents that they were made of, while their surroundings stay."""

    surroundings: _Documents = ()
    found: dict[tuple[str, ResourceName | None], tuple[_Documents, tuple[object, ...]]] = field(default_factory=dict)

    def run(self, context: PassContext) -> Iterator[tuple[str, object]]:
        """All that the passes give, with the table of each, in their order."""
        around = _surroundings(context)
        before = self.found if _same(around, self.surroundings) else {}
        self.surroundings, self.found = around, {}
        for one in PASSES:
            for documents in _pieces(one, context):
                key = (one.table, documents[0].resource if one.apart else None)
                known = before.get(key)
                if known is None or not _same(known[0], documents):
                    known = (documents, tuple(one.compile(_with(context, one, documents))))
                self.found[key] = known
                yield from ((one.table, value) for value in known[1])


def _surroundings(context: PassContext) -> _Documents:
    """All documents that passes of other kinds read, sound or not, and those of them that passes see."""
    read = [one for kind in sorted(READ_BY_OTHERS) for one in context.symbols.documents.get(kind, {}).values()]
    return (*read, *(one for kind in sorted(READ_BY_OTHERS) for one in context.sound.get(kind, ())))


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


def _with(context: PassContext, one: CompilerPass, documents: _Documents) -> PassContext:
    """What a pass reads when it is given some of its documents."""
    if not one.apart:
        return context
    own: Mapping[str, _Documents] = {
        kind: tuple(document for document in documents if document.kind == kind) for kind in one.kinds
    }
    return replace(context, sound={**context.sound, **own})
