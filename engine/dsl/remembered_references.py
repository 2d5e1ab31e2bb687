"""Documents with their meaning, and what is wrong with the names in them: found again only where something may differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.diagnostics import Diagnostic
from engine.dsl.annotations import Use
from engine.dsl.document import Document
from engine.dsl.limits import first_problems
from engine.dsl.references import ReferenceCheck
from engine.dsl.symbols import Symbols
from engine.model.names import ResourceName


@dataclass(frozen=True, slots=True)
class Shape:
    """What the shape of one document gave; kept as long as the document is the same."""

    document: Document
    problems: tuple[Diagnostic, ...]
    uses: tuple[Use, ...]


@dataclass(slots=True)
class RememberedReferences:
    """The problems of each shape, as long as nothing around it has changed."""

    surroundings: object = None
    found: dict[ResourceName, tuple[Shape, tuple[Diagnostic, ...]]] = field(default_factory=dict)

    def check(self, shapes: Iterable[Shape], symbols: Symbols) -> Iterator[Diagnostic]:
        """The problems of all shapes, in their order."""
        references = ReferenceCheck(symbols)
        around = references.surroundings()
        before = self.found if around == self.surroundings else {}
        self.surroundings, self.found = around, {}
        for shape in shapes:
            name = shape.document.resource
            known = before.get(name)
            if known is None or known[0] is not shape:
                every = references.check(shape.document, shape.uses)
                known = (shape, tuple(first_problems(shape.document, every)))
            self.found[name] = known
            yield from known[1]
