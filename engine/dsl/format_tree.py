"""The text of a definition as a tree that keeps what data forgets: styles, comments, blank lines."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from yaml import events

from engine.dsl.source import SourceText

_HASH = re.compile(r"#[^\r\n]*")
_HASH_OR_DASH = re.compile(r"#[^\r\n]*|-")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*[ ]*(#[^\r\n]*)?")


@dataclass(slots=True)
class Scalar:
    """A value as written (`raw`), and as read when it is text."""

    start: int
    end: int
    raw: str
    value: str
    plain: bool
    style: str | None = None


@dataclass(slots=True)
class Entry:
    """A pair of a map or an item of a list, with the comments that belong to it.

    `before` are own lines above it (empty: a blank line), `trailing` stands on its line, `after` below all of it.
    """

    start: int
    column: int
    value: Node
    key: Scalar | None = None
    parent: Entry | None = None
    before: list[str] = field(default_factory=list)
    trailing: str = ""
    after: list[str] = field(default_factory=list)

    @property
    def end(self) -> int:
        return max(self.value.end, self.key.end if self.key else 0)


@dataclass(slots=True)
class Collection:
    """A map or list."""

    start: int
    end: int
    is_map: bool
    flow: bool
    entries: list[Entry] = field(default_factory=list)
    commented: bool = False


Node = Scalar | Collection


@dataclass(slots=True)
class Tree:
    """A file: comments above the first entry, the map, comments below the last."""

    header: list[str]
    root: Collection
    footer: list[str]


def read_tree(source: SourceText) -> Tree:
    """The tree of a text that reads without problems and holds a map."""
    root, entries, scalars = _Builder(source).build()
    comments = list(_comments(source, scalars))
    tree = Tree([], root, [])
    _attach(source, tree, sorted(entries, key=lambda one: one.start), comments)
    _blank_lines(source, entries, [position for position, _ in comments])
    _mark(root, [position for position, _ in comments])
    return tree


def read_root(source: SourceText) -> tuple[Collection, tuple[tuple[int, str], ...]]:
    """The map of a text that can be read, its entries without their comments; and all comments with their positions."""
    root, _, scalars = _Builder(source).build()
    return root, tuple(_comments(source, scalars))


class _Builder:
    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.entries: list[Entry] = []
        self.scalars: list[Scalar] = []
        self.stack: list[tuple[Collection, Entry | None]] = []
        self.key: Scalar | None = None
        self.root = Collection(0, 0, True, False)

    def build(self) -> tuple[Collection, list[Entry], list[Scalar]]:
        for event in yaml.parse(self.source.text, Loader=yaml.CSafeLoader):
            start = event.start_mark.index if event.start_mark else 0
            end = event.end_mark.index if event.end_mark else 0
            if isinstance(event, events.CollectionStartEvent):
                is_map = isinstance(event, events.MappingStartEvent)
                collection = Collection(start, end, is_map, bool(event.flow_style))
                self.stack.append((collection, self._add(collection)))
            elif isinstance(event, events.CollectionEndEvent):
                collection, _ = self.stack.pop()
                collection.end = (
                    end if collection.flow else max([collection.start, *(one.end for one in collection.entries)])
                )
            elif isinstance(event, events.ScalarEvent):
                self._scalar(event, start, end)
        return self.root, self.entries, self.scalars

    def _scalar(self, event: events.ScalarEvent, start: int, end: int) -> None:
        scalar = Scalar(start, end, self.source.text[start:end], event.value, event.implicit[0], event.style)
        self.scalars.append(scalar)
        if self.stack and self.stack[-1][0].is_map and self.key is None:
            self.key = scalar
        else:
            self._add(scalar)

    def _add(self, value: Node) -> Entry | None:
        if not self.stack:
            if isinstance(value, Collection):
                self.root = value
            return None
        collection, parent = self.stack[-1]
        start = self.key.start if self.key else self._dash(value, collection)
        line = self.source.line(start)
        entry = Entry(start, start - self.source.line_starts[line - 1], value, self.key, parent)
        self.key = None
        collection.entries.append(entry)
        self.entries.append(entry)
        return entry

    def _dash(self, value: Node, collection: Collection) -> int:
        """Where an item begins: at its dash, in lists written with dashes."""
        if collection.flow:
            return value.start
        last = collection.entries[-1].end if collection.entries else collection.start
        signs = _HASH_OR_DASH.finditer(self.source.text, last, max(value.start + 1, last))
        return next((one.start() for one in signs if one.group() == "-"), value.start)


def _comments(source: SourceText, scalars: list[Scalar]) -> Iterator[tuple[int, str]]:
    """Comments with their positions: what starts with # outside of every value."""
    starts = [scalar.start for scalar in scalars]
    position = 0
    while (found := _HASH.search(source.text, position)) is not None:
        position = found.start() + 1
        index = bisect_right(starts, found.start()) - 1
        inside = index >= 0 and found.start() < scalars[index].end
        if inside and scalars[index].style in {"|", ">"}:
            header = _BLOCK_HEADER.match(source.text, scalars[index].start)
            inside = header is None or header.start(1) != found.start()
        if not inside and (found.start() == 0 or source.text[found.start() - 1] in " \r\n"):
            yield found.start(), found.group().rstrip()
            position = found.end()


def _attach(source: SourceText, tree: Tree, entries: list[Entry], comments: list[tuple[int, str]]) -> None:
    starts = [entry.start for entry in entries]
    for position, text in comments:
        line_start = source.line_starts[source.line(position) - 1]
        following = bisect_left(starts, position)
        if source.text[line_start:position].strip():
            _trailing(entries[:following], line_start, position, text)
        elif following == 0:
            tree.header += [*([""] if tree.header and _blank_above(source, position) else []), text]
        else:
            lines = _own_line(tree, entries, following, position - line_start)
            lines += [*([""] if _blank_above(source, position) else []), text]


def _blank_above(source: SourceText, position: int) -> bool:
    line = source.line(position)
    return line > 1 and not source.text[source.line_starts[line - 2] : source.line_starts[line - 1]].strip()


def _own_line(tree: Tree, entries: list[Entry], following: int, column: int) -> list[str]:
    """Where a comment on its own line belongs: above the next entry, or below a deeper one that it is in line with."""
    if following < len(entries) and column <= entries[following].column:
        return entries[following].before
    if following == len(entries) and column == 0:
        return tree.footer
    holder: Entry | None = entries[following - 1]
    limit = entries[following].column if following < len(entries) else -1
    while holder is not None and holder.column > column and holder.parent is not None:
        holder = holder.parent
    if holder is None or holder.column <= limit:
        return entries[following].before if following < len(entries) else tree.footer
    return holder.after


def _trailing(entries: list[Entry], line_start: int, position: int, text: str) -> None:
    """A comment behind content belongs to the outermost entry that is complete on its line, else to the last begun."""
    on_line = [entry for entry in entries if entry.start >= line_start]
    complete = [entry for entry in on_line if entry.end <= position]
    holder = complete[0] if complete else (on_line or entries)[-1]
    holder.trailing = f"{holder.trailing} {text}".strip()


def _blank_lines(source: SourceText, entries: list[Entry], comments: list[int]) -> None:
    for entry in entries:
        if not entry.before and _blank_above(source, entry.start) and not _is_first(entry, entries):
            line = source.line_starts[source.line(entry.start) - 1]
            if not source.text[line : entry.start].strip(" -"):
                entry.before.append("")


def _is_first(entry: Entry, entries: list[Entry]) -> bool:
    return entry is entries[0]


def _mark(collection: Collection, comments: list[int], start: int | None = None) -> None:
    """Note which collections hold comments between their entry's start and their own end."""
    begin = collection.start if start is None else start
    collection.commented = bisect_left(comments, begin) < bisect_left(comments, collection.end)
    for entry in collection.entries:
        if isinstance(entry.value, Collection):
            _mark(entry.value, comments, entry.start)
