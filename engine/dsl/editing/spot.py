"""Where a cursor stands: the key or value under it, in the text as written."""

from __future__ import annotations

from dataclasses import dataclass

from engine.dsl.document import Document
from engine.dsl.source import Path


@dataclass(frozen=True, slots=True)
class Spot:
    """The narrowest key or value around an offset; `start` and `end` are its offsets, `at` the cursor's."""

    document: Document
    path: Path
    is_key: bool
    start: int
    end: int
    at: int

    @property
    def raw(self) -> str:
        """The characters of the key or value as they stand in the file."""
        return self.document.sources[0].text[self.start : self.end]


def spot_at(document: Document, offset: int) -> Spot | None:
    """What stands at an offset of the document's own file (code points from 0); None between things."""
    found: Spot | None = None
    for path, (key_start, key_end, start, end, source) in document.positions.items():
        if source != 0:
            continue
        if key_start >= 0 and key_start <= offset <= key_end:
            return Spot(document, path, True, key_start, key_end, offset)
        if start <= offset <= end and (found is None or end - start <= found.end - found.start):
            found = Spot(document, path, False, start, end, offset)
    return found


def offset_of(document: Document, line: int, column: int) -> int:
    """The offset of a line and column (both from 1), at most the end of that line."""
    source = document.sources[0]
    starts = source.line_starts
    line = min(max(line, 1), len(starts))
    end = starts[line] - 1 if line < len(starts) else len(source.text)
    return min(starts[line - 1] + max(column, 1) - 1, end)
