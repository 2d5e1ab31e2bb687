"""The texts that commands work on, and what a command gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from designer.file_names import file_name
from designer.refusals import bad
from designer.splice.written import MARK, Written
from engine.dsl.annotations import NodeSpecs, WidgetSchemas, no_nodes
from engine.dsl.document import Document
from engine.model.names import empty_map

Command = Mapping[str, object]
Texts = Mapping[str, str | None]
"""Texts by file; None: there is no such file."""


def _no_conflicts(file: str) -> Sequence[Mapping[str, object]]:
    return ()


@dataclass(frozen=True, slots=True)
class Library:
    """Where texts come from: of a file now, of a hash that was known once; all documents with some
    texts in their place; the conflicts of a file that wait for a choice."""

    text: Callable[[str], str | None]
    of_hash: Callable[[str], str | None]
    documents: Callable[[Texts], Sequence[Document]]
    widgets: WidgetSchemas
    conflicts: Callable[[str], Sequence[Mapping[str, object]]] = _no_conflicts
    nodes: NodeSpecs = field(default_factory=no_nodes)


@dataclass(frozen=True, slots=True)
class Sheets:
    """The texts as they stand after the commands before."""

    library: Library
    changes: Texts = field(default_factory=empty_map)

    def text(self, file: str) -> str | None:
        """The text of a file; None where there is none."""
        return self.changes[file] if file in self.changes else self.library.text(file)

    def written(self, file: str) -> Written:
        """A file that is there, read. Raises BadCommand, CannotEdit."""
        return Written.read(file, self.existing(file).removeprefix(MARK))

    def existing(self, file: str) -> str:
        """The text of a file that is there. Raises BadCommand."""
        text = self.text(file)
        if text is None:
            raise bad(f"没有文件 {file}", f"There is no file {file}", file=file)
        return text

    def after(self, changes: Texts) -> Sheets:
        return replace(self, changes={**self.changes, **changes})


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to: the new texts, the command that takes it back, what it made (path and id), and the paths by
    file whose conflicts it decided."""

    texts: Texts
    inverse: Command
    made: Mapping[str, object] | None = None
    decided: Mapping[str, Sequence[object]] = field(default_factory=empty_map)


def file_of(command: Command) -> str:
    """The file that a command names. Raises BadCommand."""
    file = command.get("file")
    if not isinstance(file, str) or file_name(file) is None:
        named = file if isinstance(file, str) else ""
        raise bad(f"{named[:80]} 不是定义文件的名字", f"{named[:80]!r} is no name of a definition file")
    return file


def text_in(command: Command, name: str) -> str:
    """A text that a command must bring. Raises BadCommand."""
    value = command.get(name)
    if not isinstance(value, str):
        raise bad(f"命令缺少 {name}", f"The command lacks `{name}`")
    return value
