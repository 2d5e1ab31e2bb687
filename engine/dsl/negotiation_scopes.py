"""Which entity's rows a place in a negotiation speaks of: the record, the rows that hold the terms, or others beside them."""

from __future__ import annotations

from engine.dsl.document import Document
from engine.dsl.source import Path

_OF_THE_RECORD = frozenset({"when", "outcome"})
_NUMBERS = frozenset({"levers", "money"})
_BESIDE = frozenset({"contract", "signals", "payment"})
_OF_TERMS = frozenset({"match", "where"})
"""Maps whose values are paths of the row that holds the terms."""


def entity_in_negotiation(document: Document, path: Path) -> str | None:
    """The entity whose fields are meant at `path`; None where the text names none."""
    if path[0] in _OF_THE_RECORD:
        return _named(document, ("entity",))
    if path[0] in _BESIDE and not (len(path) > 2 and path[1] in _OF_TERMS):
        inner = ("contract", "clauses") if path[:2] == ("contract", "clauses") and len(path) > 2 else path[:1]
        return _named(document, (*inner, "entity"))
    return _named(document, ("history", "entity"))


def gives_number(path: Path) -> bool:
    """Whether the formula at `path` gives a number rather than a yes or no."""
    return path[0] in _NUMBERS


def _named(document: Document, path: Path) -> str | None:
    found = document.at(path)
    return found if isinstance(found, str) else None
