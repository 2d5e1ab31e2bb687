"""Limits of what is compiled, so that no text costs more than seconds: of a pack, and of what is said about one file.

Files have limits of their own in `source`, formulas in `formula_parser`. The shipped applications stay below a fifth of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from engine.diagnostics import Diagnostic, Message
from engine.dsl.document import Document

MOST_FILES = 2_000
MOST_BYTES = 4_000_000
MOST_VALUES = 150_000
MOST_FORMULA_BYTES = 250_000
"""What one pack may hold."""

MOST_PROBLEMS = 200
"""How many problems of one kind of check are listed for a file; more help nobody."""


@dataclass(slots=True)
class PackBudget:
    """What reading a pack has used up so far."""

    bytes: int = 0
    values: int = 0

    def spend(self, document: Document, size: int) -> Message | None:
        """Count a document and the bytes of its file; what there is too much of, once a limit is passed."""
        self.bytes += size
        self.values += len(document.positions)
        if self.bytes > MOST_BYTES:
            return Message(f"{MOST_BYTES} 字节", f"{MOST_BYTES} bytes")
        if self.values > MOST_VALUES:
            return Message(f"{MOST_VALUES} 个值", f"{MOST_VALUES} values")
        return None


def first_problems(document: Document, found: Iterator[Diagnostic]) -> Iterator[Diagnostic]:
    """The first problems of a file; where there are more, that there are."""
    yield from islice(found, MOST_PROBLEMS)
    if next(found, None) is not None:
        yield document.problem("E118", (), limit=MOST_PROBLEMS)
