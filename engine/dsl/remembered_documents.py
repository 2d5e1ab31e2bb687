"""What was worked out from one document alone, as long as the document is the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from engine.dsl.document import Document
from engine.model.names import ResourceName

Result = TypeVar("Result")
_Key = tuple[str, ResourceName]


@dataclass(slots=True)
class RememberedDocuments:
    """Results by what was asked and the document; what the last compilation did not ask for is forgotten."""

    before: dict[_Key, tuple[Document, object, object]] = field(default_factory=dict)
    found: dict[_Key, tuple[Document, object, object]] = field(default_factory=dict)

    def of(self, question: str, document: Document, given: object, work_out: Callable[[], Result]) -> Result:
        """The answer to a question about a document and what else is given: worked out, unless it was for the same ones."""
        key = (question, document.resource)
        known = self.found.get(key) or self.before.get(key)
        if known is None or known[0] is not document or known[1] != given:
            known = (document, given, work_out())
        self.found[key] = known
        return cast(Result, known[2])

    def forget_unused(self) -> None:
        """Ends a compilation."""
        self.before, self.found = self.found, {}
