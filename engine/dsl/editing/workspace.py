"""A workspace: pack folders with the texts that an editor has not saved yet, compiled as they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from engine.diagnostics import Diagnostic
from engine.dsl.annotations import NO_NODES, Annotations, NodeSpecs, WidgetSchemas, no_nodes
from engine.dsl.compiler import Compilation, Compiler
from engine.dsl.document import Document
from engine.dsl.pack_reader import PackFile, list_pack, parse_document, resource_at
from engine.dsl.symbols import Symbols, collect


@dataclass(frozen=True, slots=True)
class Known:
    """The names that all packs declare, and the widgets and kinds of nodes there are."""

    symbols: Symbols
    widgets: WidgetSchemas
    nodes: NodeSpecs = field(default_factory=no_nodes)


class Workspace:
    """Holds the folders and the unsaved texts of one editor. Bad text gives diagnostics, never an exception."""

    def __init__(self, folders: Sequence[FilePath], widgets: WidgetSchemas, nodes: NodeSpecs = NO_NODES) -> None:
        self.folders = tuple(folder.resolve() for folder in folders)
        self._compiler = Compiler(self.folders, widgets, nodes)
        self._widgets, self._nodes = widgets, nodes
        self.annotations = Annotations(widgets, nodes)
        self._known: Known | None = None
        self._compilation: Compilation | None = None
        self._parsed: tuple[PackFile, str, Document] | None = None

    def write(self, file: FilePath, text: str) -> None:
        """The editor's text of a file, saved or not."""
        self._compiler.unsaved[file.resolve()] = text.encode("utf-8", "surrogatepass")
        self.changed()

    def close(self, file: FilePath) -> None:
        """The file is again what stands on the disk."""
        self._compiler.unsaved.pop(file.resolve(), None)
        self.changed()

    def lay_out(self, folders: Sequence[FilePath], texts: Mapping[FilePath, bytes | None]) -> None:
        """The folders, and every text that stands in a file's place (None: the file is gone), instead of those before."""
        resolved = tuple(folder.resolve() for folder in folders)
        unsaved = {location.resolve(): content for location, content in texts.items()}
        self.folders = self._compiler.folders = resolved
        self._compiler.unsaved = unsaved
        self.changed()

    def written(self) -> Iterator[tuple[str, str]]:
        """Every definition file with its text, in the order of the folders."""
        for folder in self.folders:
            for one in list_pack(folder, self._compiler.unsaved).files:
                yield one.file, self.text(one.location).removeprefix("\ufeff")

    def changed(self) -> None:
        """Files on the disk have changed."""
        self._known = self._compilation = None

    def known(self) -> Known:
        """All names as the texts stand, read again when something has changed; nothing is judged for it."""
        if self._known is None:
            self._known = Known(collect(self._compiler.documents()), self._widgets, self._nodes)
        return self._known

    def documents(self) -> tuple[Document, ...]:
        """All documents as the texts stand, layers merged, nothing judged."""
        return self._compiler.documents()

    def unsaved(self) -> tuple[tuple[str, bytes], ...]:
        """The texts that the editor has, by the name that their files have in diagnostics."""
        found = ((self.pack_file(location), content) for location, content in self._compiler.unsaved.items())
        return tuple((file.file, content) for file, content in found if file is not None and content is not None)

    def compilation(self) -> Compilation:
        """All packs as they stand, compiled when something has changed."""
        if self._compilation is None:
            self._compilation = self._compiler.compile()
        return self._compilation

    def diagnostics(self, file: FilePath) -> tuple[Diagnostic, ...]:
        """Every problem of one file, in order of place."""
        found = self.pack_file(file)
        if found is None:
            return ()
        return tuple(one for one in self.compilation().diagnostics if one.span.file == found.file)

    def glance(self, file: FilePath) -> tuple[Diagnostic, ...]:
        """What one file says of itself, in a tenth of the time of a compilation; what only the whole shows is not told."""
        found = self.pack_file(file)
        return self._compiler.glance(found.file) if found is not None else ()

    def text(self, file: FilePath) -> str:
        """The text of a file as the editor has it. Raises OSError for a file that is nowhere."""
        location = file.resolve()
        content = self._compiler.unsaved.get(location)
        if content is None and location in self._compiler.unsaved:
            raise FileNotFoundError(str(location))
        return (location.read_bytes() if content is None else content).decode("utf-8", "replace")

    def pack_file(self, file: FilePath) -> PackFile | None:
        """The resource that a file is, or None when it is none of these packs."""
        location = file.resolve()
        found = (resource_at(folder, location) for folder in self.folders)
        return next((one for one in found if one is not None), None)

    def location(self, file: str) -> FilePath | None:
        """Where a file of a diagnostic or a definition (`pack/kind/name.yaml`) lies."""
        pack, _, rest = file.partition("/")
        return next((folder / rest for folder in self.folders if folder.name == pack), None)

    def parsed(self, file: PackFile, text: str) -> Document:
        """One text of a file as a document, whatever is wrong with it; the last one is remembered while it is asked about."""
        last = self._parsed
        if last is not None and last[:2] == (file, text):
            return last[2]
        document = parse_document(file, text.encode("utf-8", "surrogatepass"), "")[0]
        self._parsed = (file, text, document)
        return document
