"""Putting a pair or an item into a text, in the style of what stands around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from designer.splice.lines import begins_line, below_remarks, indented, region_of, remark_below
from designer.splice.value_text import entry_lines, flow_text, is_collection, key_text
from designer.splice.written import Collection, Entry, Node, Scalar, Written
from engine.dsl.format_tree import read_root
from engine.dsl.source import Path, SourceText


@dataclass(frozen=True, slots=True)
class Source:
    """An entry as it stood elsewhere: its lines from its first remark, the column where they stood, and the entry alone
    where it stood between brackets."""

    text: str
    column: int
    flow: str = ""

    @property
    def remarked(self) -> bool:
        """Are there remarks in it?"""
        if "#" not in self.text:
            return False
        try:
            return bool(read_root(SourceText.of("", " " * self.column + self.text))[1])
        except yaml.YAMLError:
            return True


@dataclass(frozen=True, slots=True)
class New:
    """What is put in: a pair where `key` is not None; `source` is how it stood elsewhere, with its remarks."""

    value: object
    key: str | None = None
    source: Source | None = None

    @property
    def head(self) -> str:
        return "-" if self.key is None else f"{key_text(self.key)}:"

    @property
    def flow(self) -> str:
        """The entry as it stands between brackets."""
        if self.source is not None and self.source.flow:
            return self.source.flow
        value = flow_text(self.value)
        return value if self.key is None else f"{self.head} {value}"


def inserted(written: Written, path: Path, index: int, new: New) -> str:
    """The text with `new` as the `index`-th entry of the collection at a path. Raises NotWritable."""
    around = written.collection(path)
    if not around.entries:
        return _into_empty(written, path, around, new)
    if around.flow:
        if new.source is not None and new.source.remarked:
            return inserted(_all_opened(written, path), path, index, new)
        return _into_flow(written, around, index, new)
    return _into_block(written, path, index, new)


def _into_block(written: Written, path: Path, index: int, new: New) -> str:
    around = written.collection(path)
    column = around.entries[0].column
    lines = _lines(written, new, column, compact=not _prefers_lines(around))
    if index > 0:
        before = around.entries[index - 1]
        region = region_of(written, around, before)
        if not written.break_before(region.tail):
            return inserted(_ended(written), path, index, new)
        at = below_remarks(written, region.tail, column)
        return written.changed(at, at, " " * column + lines)
    first = around.entries[0]
    region = region_of(written, around, first)
    if region.shares:
        return written.changed(first.start, first.start, lines + " " * column)
    return written.changed(region.head, region.head, " " * column + lines)


def _ended(written: Written) -> Written:
    """The text with an end to its last line; a text over lines that ended with it does not grow by it."""
    node: Node = written.node(())
    while isinstance(node, Collection) and node.entries:
        node = node.entries[-1].value
    text = written.text
    if isinstance(node, Scalar) and node.style in {"|", ">"}:
        signs = re.match(r"[|>][0-9]*[+-]?[0-9]*", text[node.start :])
        assert signs is not None
        text = text[: node.start] + re.sub(r"[+-]", "", signs[0]) + "-" + text[node.start + signs.end() :]
    return Written.read(written.file, text + written.eol)


def _lines(written: Written, new: New, column: int, *, compact: bool) -> str:
    """The entry's lines with their ends; the first without indentation."""
    if new.source is not None:
        text = indented(new.source.text, column - new.source.column)
        return text if text.endswith("\n") else text + written.eol
    lines = entry_lines(new.head, new.value, column, compact=compact, item=new.key is None)
    return "".join(line + written.eol for line in lines)


def _prefers_lines(around: Collection) -> bool:
    """Are the maps in a list all written over lines?"""
    maps = [one.value for one in around.entries if isinstance(one.value, Collection) and one.value.entries]
    return not around.is_map and bool(maps) and not any(one.flow for one in maps)


def _into_flow(written: Written, around: Collection, index: int, new: New) -> str:
    text = written.text
    if index < len(around.entries):
        at = around.entries[index].start
        gap = written.eol + " " * around.entries[index].column if begins_line(written, around.entries[index]) else " "
        return written.changed(at, at, f"{new.flow},{gap}")
    last = around.entries[-1]
    at = written.entry_end(last)
    rest = text[at : around.end - 1]
    comma = at + rest.index(",") + 1 if rest.lstrip().startswith(",") else 0
    if not begins_line(written, last):
        return written.changed(comma or at, comma or at, f"{' ' if comma else ', '}{new.flow}")
    line = written.line_end(at)
    if line > around.end - 1:
        return written.changed(
            comma or at, comma or at, f"{'' if comma else ','}{written.eol}{' ' * last.column}{new.flow}"
        )
    own = f"{' ' * last.column}{new.flow}{',' if comma else ''}{written.eol}"
    return text[:at] + ("" if comma else ",") + text[at:line] + own + text[line:]


def _into_empty(written: Written, path: Path, around: Collection, new: New) -> str:
    """Plain values go between the brackets; a map or list, or what has remarks, goes on lines of its own."""
    remarked = new.source is not None and new.source.remarked
    if remarked and path and not _may_open(written, path):
        return inserted(_all_opened(written, path[:-1]), path, 0, new)
    if not path:
        start, end = around.start, around.end
        return written.changed(start, end, _lines(written, new, 0, compact=True).removesuffix(written.eol))
    if not (is_collection(new.value) or remarked) or not _may_open(written, path):
        opening, closing = ("{", "}") if around.is_map else ("[", "]")
        return written.changed(around.start, around.end, f"{opening}{new.flow}{closing}")
    entry = written.entry(path)
    column = remark_below(written, around.end, entry.column) or entry.column + 2
    lines = " " * column + _lines(written, new, column, compact=True)
    return _below(written, entry, around.start, around.end, lines)


def _below(written: Written, entry: Entry, start: int, end: int, lines: str) -> str:
    """The text with lines below an entry's own line in the place of its value; what else stands on that line stays."""
    place = written.value_place(entry)
    stop = written.line_end(end)
    rest = written.text[end : stop - written.break_before(stop)]
    kept = written.text[place:start].rstrip() + (rest.rstrip() if rest.startswith(" ") else "")
    return written.changed(place, stop, f"{kept}{written.eol}{lines.removesuffix(written.eol)}{written.eol}")


def _may_open(written: Written, path: Path) -> bool:
    """Does the value stand in a block collection, so that it may go over lines?"""
    return bool(path) and not written.collection(path[:-1]).flow


def _all_opened(written: Written, path: Path) -> Written:
    """The text with all collections between brackets down to a path written over lines."""
    for depth in range(1, len(path) + 1):
        around = written.collection(path[:depth])
        if around.flow and around.entries:
            written = Written.read(written.file, _opened(written, path[:depth]))
    return written


def _opened(written: Written, path: Path) -> str:
    """The text with a collection between brackets written over lines; its entries and remarks stay as they stand."""
    around, entry = written.collection(path), written.entry(path)
    pad, lines, at = " " * (entry.column + 2), "", around.start
    for one in around.entries:
        lines += _remarks_between(written, at, one.start, pad)
        end = written.entry_end(one)
        behind = written.remarks(end, min(written.line_end(end), _next_start(around, one)))
        raw = written.text[one.start : end] + "".join(f"  {text}" for _, text in behind)
        lines += pad + ("" if around.is_map else "- ") + raw + written.eol
        at = behind[-1][0] + 1 if behind else end
    lines += _remarks_between(written, at, around.end, pad)
    return _below(written, entry, around.start, around.end, lines)


def _next_start(around: Collection, entry: Entry) -> int:
    """Where the entry after one begins, or the collection ends."""
    later = around.entries[around.entries.index(entry) + 1 :]
    return later[0].start if later else around.end


def _remarks_between(written: Written, start: int, end: int, pad: str) -> str:
    return "".join(f"{pad}{text}{written.eol}" for _, text in written.remarks(start, end))


def is_empty_value(written: Written, path: Path) -> bool:
    """Is nothing written behind the colon or dash?"""
    node = written.node(path)
    return isinstance(node, Scalar) and node.start == node.end
