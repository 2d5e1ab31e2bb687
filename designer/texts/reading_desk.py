"""The reading desk: the texts of the draft, and the one that is being typed, as a workspace that can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path as FilePath
from threading import Lock

from designer.commands.sheets import Texts
from designer.file_names import file_name
from designer.refusals import bad
from designer.studio import Studio
from engine.dsl.document import Document
from engine.dsl.editing.workspace import Workspace
from engine.dsl.pack_reader import PackFile
from engine.dsl.symbols import Symbols


@dataclass(frozen=True, slots=True)
class Page:
    """One file on the desk: its text as it is typed, in the workspace of all texts."""

    workspace: Workspace
    location: FilePath
    pack_file: PackFile
    text: str

    @property
    def file(self) -> str:
        return self.pack_file.file

    @property
    def written(self) -> Document:
        """The file by itself, as it stands in its text."""
        return self.workspace.parsed(self.pack_file, self.text)

    @property
    def symbols(self) -> Symbols:
        return self.workspace.known().symbols

    def place(self, offset: int) -> tuple[int, int]:
        """The line and column (from 1) of an offset."""
        span = self.written.sources[0].span(offset, offset)
        return span.line, span.column


class ReadingDesk:
    """One workspace of this process over all drafts; whoever asks has it alone for that long."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._lock = Lock()
        self._workspace = Workspace((), studio.widgets, studio.nodes)

    @contextmanager
    def workspace(self, texts: Texts) -> Iterator[Workspace]:
        """All texts of the draft."""
        with self._lock:
            self._workspace.lay_out(*self._studio.laid_out(texts))
            yield self._workspace

    @contextmanager
    def page(self, texts: Texts, file: str, typed: str | None = None) -> Iterator[Page]:
        """One file of the draft, with the text that is typed in its place. Raises BadCommand for what is no file of it."""
        if file_name(file) is None:
            raise bad(f"{file[:80]} 不是定义文件", f"{file[:80]} is no definition file")
        given = texts if typed is None else {**texts, file: typed}
        with self.workspace(given) as workspace:
            location = workspace.location(file)
            pack_file = workspace.pack_file(location) if location is not None else None
            try:
                text = workspace.text(location) if location is not None else ""
            except OSError:
                pack_file = None
            if location is None or pack_file is None:
                raise bad(f"草稿里没有 {file}", f"There is no {file} in the draft", file=file)
            yield Page(workspace, location, pack_file, text.removeprefix("\ufeff"))
