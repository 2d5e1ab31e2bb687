"""Taking a pair or an item out of a text, with the remarks that are about it."""

from __future__ import annotations

import re

from designer.splice.lines import is_blank, region_of, stands_alone
from designer.splice.written import Collection, Entry, Written
from engine.dsl.source import Path

_AFTER_IN_FLOW = re.compile(r"[ ]*,?[ ]*")
_BEFORE_IN_FLOW = re.compile(r"[\s]*,[ ]*$")


def removed(written: Written, path: Path) -> str:
    """The text without the pair or item at a path. An empty collection stays behind it, as `[]` or `{}`."""
    around, entry = written.collection(path[:-1]), written.entry(path)
    if around.flow:
        return _from_flow(written, around, entry)
    if len(around.entries) == 1:
        return _last_one(written, path, entry)
    region = region_of(written, around, entry)
    if region.shares:
        return _first_on_line(written, around, entry, region.tail)
    tail = region.tail
    if is_blank(written, tail) and (region.head == 0 or is_blank(written, written.line_start(region.head - 1))):
        tail = written.line_end(tail)
    return written.changed(region.head, tail, "")


def _first_on_line(written: Written, around: Collection, entry: Entry, tail: int) -> str:
    """The entry stands behind a dash: the next one takes its place there."""
    following = around.entries[around.entries.index(entry) + 1]
    between = written.text[tail : following.start]
    if between.strip():
        start = entry.start - (len(written.text[: entry.start]) - len(written.text[: entry.start].rstrip(" ")))
        return written.changed(start, tail, written.eol)
    return written.changed(entry.start, following.start, "")


def _last_one(written: Written, path: Path, entry: Entry) -> str:
    """Nothing is left: `[]` or `{}` stands where the collection was, remarks that are about nothing else stay."""
    around = written.collection(path[:-1])
    region, empty = region_of(written, around, entry), "{}" if around.is_map else "[]"
    if region.shares:
        end = region.tail - written.break_before(region.tail)
        return written.changed(entry.start, end, empty)
    without = written.changed(region.head, region.tail, "")
    if len(path) == 1:
        return f"{without[: region.head]}{empty}{written.eol}{without[region.head :]}"
    at = written.value_place(written.entry(path[:-1]))
    return f"{without[:at]} {empty}{without[at:]}"


def _from_flow(written: Written, around: Collection, entry: Entry) -> str:
    """Out of brackets, with its comma; where it has lines of its own, with those."""
    text, end = written.text, written.entry_end(entry)
    if stands_alone(written, entry):
        return written.changed(written.line_start(entry.start), written.line_end(end), "")
    after = _AFTER_IN_FLOW.match(text, end)
    assert after is not None
    start, stop = entry.start, after.end()
    index = around.entries.index(entry)
    if index == len(around.entries) - 1:
        before = _BEFORE_IN_FLOW.search(text, around.start, start)
        stop = after.end() if text[end : after.end()].strip() else end
        start = before.start() if before else start
    return written.changed(start, stop, "")
