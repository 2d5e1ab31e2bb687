"""Positions of the protocol (lines and units from 0) to offsets in code points, and back: an emoji is two units of UTF-16."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.cli.language_server.wire import INVALID_PARAMS, Json, Refused
from engine.diagnostics import Span
from engine.dsl.source import SourceText

_BEYOND_ONE_UNIT = 0xFFFF


class Units(StrEnum):
    """What a column counts, in the order in which it is chosen from what an editor offers: code points, else UTF-16."""

    CODE_POINTS = "utf-32"
    UTF_16 = "utf-16"

    @classmethod
    def chosen(cls, offered: object) -> Units:
        return cls.CODE_POINTS if isinstance(offered, Sequence) and cls.CODE_POINTS in offered else cls.UTF_16


@dataclass(frozen=True, slots=True)
class Positions:
    """Positions in one text."""

    source: SourceText
    units: Units

    def offset(self, position: object) -> int:
        """The offset of a position, at most the end of its line; a column inside a pair is before it."""
        line, column = _number(position, "line"), _number(position, "character")
        starts = self.source.line_starts
        if line >= len(starts):
            return len(self.source.text)
        start, end = starts[line], self._line_end(line)
        if self.units is Units.CODE_POINTS:
            return min(start + column, end)
        for offset in range(start, end):
            column -= _units(self.source.text[offset])
            if column < 0:
                return offset
        return end

    def position(self, offset: int) -> Json:
        """The position of an offset."""
        line = self.source.line(offset) - 1
        return {"line": line, "character": self._column(line, offset)}

    def range(self, start: int, end: int) -> Json:
        return {"start": self.position(start), "end": self.position(end)}

    def range_of(self, span: Span) -> Json:
        """The range of a span of this text; of a span without an end its place alone."""
        start = self._of(span.line, span.column)
        return self.range(start, max(start, self._of(span.end_line, span.end_column)) if span.end_line else start)

    def offsets(self, given: object) -> tuple[int, int]:
        """The offsets of a range. Raises Refused for what is none."""
        if not isinstance(given, Mapping):
            raise Refused(INVALID_PARAMS, "a range has a start and an end")
        start = self.offset(given.get("start"))
        return start, max(start, self.offset(given.get("end")))

    def _of(self, line: int, column: int) -> int:
        starts = self.source.line_starts
        line = min(max(line, 1), len(starts))
        return min(starts[line - 1] + max(column, 1) - 1, len(self.source.text))

    def _line_end(self, line: int) -> int:
        """Where the words of a line end, before its line end."""
        starts, text = self.source.line_starts, self.source.text
        end = starts[line + 1] if line + 1 < len(starts) else len(text)
        while end > starts[line] and text[end - 1] in "\r\n":
            end -= 1
        return end

    def _column(self, line: int, offset: int) -> int:
        words = self.source.text[self.source.line_starts[line] : offset]
        return len(words) if self.units is Units.CODE_POINTS else sum(map(_units, words))


def _units(letter: str) -> int:
    return 2 if ord(letter) > _BEYOND_ONE_UNIT else 1


def _number(position: object, key: str) -> int:
    value = position.get(key) if isinstance(position, Mapping) else None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refused(INVALID_PARAMS, f"a position has a {key} from 0")
    return value
