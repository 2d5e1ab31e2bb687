"""What one editor has open: its folders, its texts, the packs they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.cli.language_server.folders import packs_open
from engine.cli.language_server.locations import path_of, uri_of
from engine.cli.language_server.positions import Positions, Units
from engine.cli.language_server.wire import INVALID_PARAMS, Refused
from engine.diagnostics import Message, Span
from engine.dsl.annotations import NodeSpecs, WidgetSchemas
from engine.dsl.editing.workspace import Workspace
from engine.dsl.source import SourceText


@dataclass(frozen=True, slots=True)
class Open:
    """A text as the editor has it, under the address that the editor gave it."""

    uri: str
    version: object
    text: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that is asked about: the file, and a line and column from 1 in code points."""

    file: Path
    line: int
    column: int


class Session:
    """The state of one conversation."""

    def __init__(self, installed: Sequence[Path], widgets: WidgetSchemas, nodes: NodeSpecs, language: str) -> None:
        self.language = language
        self.units = Units.UTF_16
        self.moves_files = False
        self.open: dict[Path, Open] = {}
        self._installed, self._widgets, self._nodes = tuple(installed), widgets, nodes
        self._roots: list[Path] = []
        self.workspace = Workspace((), widgets, nodes)

    def add_roots(self, uris: Iterable[object]) -> None:
        """Further folders that the editor has open."""
        for uri in uris:
            path = path_of(uri)
            if path is not None and path not in self._roots:
                self._roots.append(path)
        self.look_again()

    def remove_roots(self, uris: Iterable[object]) -> None:
        gone = {path_of(uri) for uri in uris}
        self._roots = [root for root in self._roots if root not in gone]
        self.look_again()

    def look_again(self) -> None:
        """Find the packs anew; the texts that are open stay."""
        folders = packs_open([*self._roots, *(path.parent for path in self.open)], self._installed)
        if folders == self.workspace.folders:
            self.workspace.changed()
            return
        self.workspace = Workspace(folders, self._widgets, self._nodes)
        for path, one in self.open.items():
            self.workspace.write(path, one.text)

    def begin(self, path: Path, opened: Open) -> None:
        """The editor has opened a text; a file outside all packs that are known may belong to another."""
        self.open[path] = opened
        if self.workspace.pack_file(path) is None:
            self.look_again()
        self.workspace.write(path, opened.text)

    def change(self, path: Path, version: object, changes: Iterable[object]) -> None:
        """Changes of a text in their order, each of a range of what the one before left, or of all of it."""
        opened = self.open.get(path)
        if opened is None:
            raise Refused(INVALID_PARAMS, f"{path} is not open")
        text = opened.text
        for one in changes:
            if not isinstance(one, Mapping) or not isinstance(one.get("text"), str):
                raise Refused(INVALID_PARAMS, "a change has a text")
            text = self._changed(path, text, one)
        self.open[path] = Open(opened.uri, version, text)
        self.workspace.write(path, text)

    def _changed(self, path: Path, text: str, change: Mapping[str, object]) -> str:
        if change.get("range") is None:
            return str(change["text"])
        start, end = Positions(SourceText.of(str(path), text), self.units).offsets(change["range"])
        return text[:start] + str(change["text"]) + text[end:]

    def end(self, path: Path) -> None:
        self.open.pop(path, None)
        self.workspace.close(path)

    def file(self, params: Mapping[str, object]) -> Path:
        """The file that a message is about. Raises Refused for what is no file of this machine."""
        document = params.get("textDocument")
        path = path_of(document.get("uri")) if isinstance(document, Mapping) else None
        if path is None:
            raise Refused(INVALID_PARAMS, "textDocument.uri names a file")
        return path

    def positions(self, path: Path) -> Positions:
        """Positions in the text of a file as the editor has it. Raises Refused for a file that is nowhere."""
        opened = self.open.get(path)
        try:
            text = opened.text if opened else self.workspace.text(path).removeprefix("\ufeff")
        except OSError:
            raise Refused(INVALID_PARAMS, f"{path} cannot be read") from None
        return Positions(SourceText.of(str(path), text), self.units)

    def spot(self, params: Mapping[str, object]) -> Spot:
        """The place that a message asks about."""
        path = self.file(params)
        positions = self.positions(path)
        offset = positions.offset(params.get("position"))
        place = positions.source.span(offset, offset)
        return Spot(path, place.line, place.column)

    def location(self, file: str) -> Path | None:
        """The file of a diagnostic; pack.yaml where it speaks of a folder."""
        path = self.workspace.location(file)
        if path is not None and path.suffix != ".yaml":
            return self.workspace.location(f"{file.partition('/')[0]}/pack.yaml")
        return path

    def place(self, span: Span) -> dict[str, object] | None:
        """A span as a location of the protocol."""
        path = self.location(span.file)
        if path is None:
            return None
        return {"uri": self.uri(path), "range": self.positions(path).range_of(span)}

    def uri(self, path: Path) -> str:
        """The address of a file, as the editor spells it where it has opened it."""
        opened = self.open.get(path)
        return opened.uri if opened else uri_of(path)

    def text(self, message: Message) -> str:
        return message.text(self.language)
