"""The lines that belong to a pair or item written over lines: with the remarks above it and those in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from designer.splice.written import Collection, Entry, Written

_REMARK = re.compile(r"( *)#")


@dataclass(frozen=True, slots=True)
class Region:
    """Offsets of an entry: `head` with the remarks above it, `tail` after the end of its last line.

    Where it shares its first line with the dash of a list around it, `head` is its own start and `shares` is true.
    """

    head: int
    tail: int
    shares: bool


def region_of(written: Written, around: Collection, entry: Entry) -> Region:
    """The region of an entry of a block collection."""
    start = written.line_start(entry.start)
    tail = _tail(written, entry)
    if written.text[start : entry.start].strip():
        return Region(entry.start, tail, True)
    is_first_of_file = around.start == entry.start and entry.column == 0 and around.is_map and entry.parent is None
    return Region(start if is_first_of_file else _head(written, start, entry.column), tail, False)


def _head(written: Written, start: int, column: int) -> int:
    """The start of the remarks that stand directly above a line, in line with it."""
    while start > 0:
        above = written.line_start(start - 1)
        found = _REMARK.match(written.text, above)
        if found is None or len(found[1]) != column:
            return start
        start = above
    return start


def _tail(written: Written, entry: Entry) -> int:
    """The end of the entry's last line; where its value stands on lines of its own, of the remarks below in line with those."""
    tail = at = written.line_end(max(written.entry_end(entry) - 1, entry.start))
    value = entry.value
    if not isinstance(value, Collection) or value.flow or not value.entries:
        return tail
    column = max(value.entries[0].column, entry.column + 1)
    while at < len(written.text):
        end = written.line_end(at)
        found = _REMARK.match(written.text, at)
        if found is not None and len(found[1]) >= column:
            tail = end
        elif written.text[at:end].strip():
            break
        at = end
    return tail


def stands_alone(written: Written, entry: Entry) -> bool:
    """Has an entry between brackets its lines for itself?"""
    end = written.entry_end(entry)
    rest = written.text[end : written.line_end(end)].strip().removeprefix(",").strip()
    return begins_line(written, entry) and (not rest or rest.startswith("#"))


def begins_line(written: Written, entry: Entry) -> bool:
    return not written.text[written.line_start(entry.start) : entry.start].strip()


def below_remarks(written: Written, at: int, column: int) -> int:
    """The line below the remarks that stand deeper than a column from a line on: a text over lines must not swallow them."""
    while (found := _REMARK.match(written.text, at)) is not None and len(found[1]) > column:
        at = written.line_end(at)
    return at


def remark_below(written: Written, offset: int, deeper: int) -> int:
    """The column of the remark that comes next below an offset's line, past blank lines, where it
    stands deeper than a column; else 0."""
    at = written.line_end(offset)
    while is_blank(written, at):
        at = written.line_end(at)
    found = _REMARK.match(written.text, at)
    return len(found[1]) if found is not None and len(found[1]) > deeper else 0


def is_blank(written: Written, offset: int) -> bool:
    """Is the line at an offset blank?"""
    return 0 <= offset < len(written.text) and not written.text[offset : written.line_end(offset)].strip()


def indented(text: str, by: int) -> str:
    """Lines moved to the right, or to the left as far as they have room; the first is left where it is."""
    first, *others = text.splitlines(keepends=True)
    return first + "".join(_moved(line, by) for line in others)


def _moved(line: str, by: int) -> str:
    if not line.strip():
        return line
    return " " * by + line if by >= 0 else line[min(-by, len(line) - len(line.lstrip(" "))) :]
