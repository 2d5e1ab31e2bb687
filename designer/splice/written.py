"""A text and where its parts stand: what every splice works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.diagnostics import Diagnostic, DougongError, Message
from engine.dsl.format_tree import Collection, Entry, Node, Scalar, read_root
from engine.dsl.source import Path, SourceText, read_source

READABLE = frozenset({"E111", "E115"})
"""Problems of single values: the text around them can be edited, and so can they."""
MARK = "\ufeff"


class CannotEdit(DougongError):
    """A text that cannot be edited by commands, or a command that does not fit it; the message says why and what to do."""

    code = "cannot_edit"
    status = 422


@dataclass(frozen=True)
class Written:
    """A definition's text with its data and the places of all entries. Offsets count code points."""

    file: str
    text: str
    data: Mapping[str, object]
    source: SourceText

    @classmethod
    def read(cls, file: str, text: str) -> Written:
        """Raises CannotEdit where the text cannot be read."""
        reading = read_source(file, text.encode("utf-8", "surrogatepass"))
        worst = next((one for one in reading.problems if one.code not in READABLE), None)
        if worst is not None or not isinstance(reading.data, Mapping):
            raise unreadable(file, worst)
        return cls(file, reading.source.text, reading.data, reading.source)

    @cached_property
    def _root(self) -> tuple[Collection, tuple[tuple[int, str], ...]]:
        return read_root(self.source)

    @property
    def comments(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._root[1])

    def remarks(self, start: int, end: int) -> list[tuple[int, str]]:
        """The remarks between two offsets, with theirs."""
        return [(at, text) for at, text in self._root[1] if start <= at < end]

    @cached_property
    def eol(self) -> str:
        """How its lines end."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def node(self, path: Path) -> Node:
        """The value at a path that exists."""
        return self.entry(path).value if path else self._root[0]

    def collection(self, path: Path) -> Collection:
        """The map or list at a path that exists and holds one."""
        found = self.node(path)
        assert isinstance(found, Collection)
        return found

    def entry(self, path: Path) -> Entry:
        """The pair or item at a path that exists."""
        around, step = self.collection(path[:-1]), path[-1]
        if isinstance(step, int):
            return around.entries[step]
        return next(one for one in around.entries if one.key is not None and one.key.value == step)

    def line_start(self, offset: int) -> int:
        return self.source.line_starts[self.source.line(offset) - 1]

    def line_end(self, offset: int) -> int:
        """The offset after the line's end."""
        line = self.source.line(offset)
        return self.source.line_starts[line] if line < len(self.source.line_starts) else len(self.text)

    def content_end(self, node: Node) -> int:
        """Where a value really ends: before the blank lines and remarks that follow it."""
        if isinstance(node, Collection):
            return node.end if node.flow else max([node.start, *map(self.entry_end, node.entries)])
        if node.style not in {"|", ">"}:
            return node.end
        raw = self.text[node.start : node.end]
        keeps = "+" in raw.split("\n", 1)[0].split("#", 1)[0]
        return node.start + (len(raw) - _last_break(raw) if keeps else len(raw.rstrip()))

    def entry_end(self, entry: Entry) -> int:
        """Where a pair or item really ends."""
        return max(self.content_end(entry.value), entry.key.end if entry.key else entry.start)

    def value_place(self, entry: Entry) -> int:
        """Right behind the colon or dash of an entry of a block collection."""
        return self.text.index(":", entry.key.end) + 1 if entry.key else entry.start + 1

    def break_before(self, offset: int) -> int:
        """How many characters of a line's end stand before an offset."""
        return _last_break(self.text[:offset][-2:])

    def changed(self, start: int, end: int, text: str) -> str:
        """The text with another in the place of one part."""
        return self.text[:start] + text + self.text[end:]


def _last_break(raw: str) -> int:
    return 2 if raw.endswith("\r\n") else 1 if raw.endswith("\n") else 0


def unreadable(file: str, problem: Diagnostic | None) -> CannotEdit:
    """Why a text cannot be edited: where it cannot be read."""
    where = f"{problem.span.file}:{problem.span.line}:{problem.span.column}" if problem else file
    why = problem.message if problem else Message("文件里没有键值", "the file holds no keys")
    message = Message(f"{where} 处不能读取：{why.zh}", f"It cannot be read at {where}: {why.en}")
    hint = Message("请先在文本视图中改正", "Mend it in the text view first")
    line, column = (problem.span.line, problem.span.column) if problem else (1, 1)
    return CannotEdit(message, hint=hint, file=file, line=line, column=column)


__all__ = ["MARK", "READABLE", "CannotEdit", "Collection", "Entry", "Node", "Scalar", "Written", "unreadable"]
