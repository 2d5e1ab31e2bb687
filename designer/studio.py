"""The studio: the draft compiled, in this process, by the same compiler that compiles what is served."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

from designer.commands.sheets import Texts
from designer.draft.hashes import hash_of
from designer.file_names import file_name
from designer.live import Live
from designer.workflows.practice import Practice
from engine.dsl.annotations import NO_CONNECTORS, NO_NODES, ConnectorSpecs, NodeSpecs, WidgetSchemas
from engine.dsl.compiler import Compilation, Compiler
from engine.dsl.document import Document
from engine.dsl.item_check import ITEM_KINDS
from engine.dsl.pack_reader import PackFile, parse_document
from engine.model.app import AppModel

REMEMBERED = 200
"""Texts that were shown last, by their hash: an edit may come for one that has changed on the disk since."""


class Shown:
    """The texts that were shown last, by hash."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def keep(self, known: str, text: str) -> None:
        with self._lock:
            self._texts[known] = text
            self._texts.move_to_end(known)
            while len(self._texts) > REMEMBERED:
                self._texts.popitem(last=False)

    def get(self, known: str) -> str | None:
        return self._texts.get(known)


def _nobody_listens() -> None:
    """Where nobody is told of changes."""


class Studio:
    """Compiles drafts; keeps what did not change between two. One draft at a time."""

    def __init__(
        self,
        live: Live,
        widgets: WidgetSchemas,
        practice: Practice,
        nodes: NodeSpecs = NO_NODES,
        connectors: ConnectorSpecs = NO_CONNECTORS,
    ) -> None:
        self.live = live
        self.widgets = widgets
        self.nodes = nodes
        self.connectors = connectors
        self.practice = practice
        self.shown = Shown()
        self.wake: Callable[[], None] = _nobody_listens
        """Called when the draft was written in this process."""
        self.compiler = Compiler((), widgets, nodes, connectors)
        self._lock = Lock()
        self._compiled: Texts | None = None

    def compile(self, texts: Texts) -> Compilation:
        """The packs with the texts of a draft in the place of theirs."""
        with self._lock:
            self._lay_out(texts)
            compilation = self.compiler.compile()
            self._compiled = dict(texts)
            return compilation

    def with_page(self, texts: Texts, file: str) -> AppModel | None:
        """The draft compiled last with one file as these texts say it, where nothing else differs and it is a page, dashboard
        or form that compiles; None otherwise."""
        name, text = file_name(file), texts.get(file)
        with self._lock:
            known = self._compiled
            if name is None or text is None or known is None or name.kind not in ITEM_KINDS:
                return None
            if any(texts.get(one) != known.get(one) for one in {*texts, *known} - {file}):
                return None
            content = text.encode("utf-8", "surrogatepass")
            place = PackFile(self.live.folder(name.pack) / name.inside, file, name.kind, name.name, name.pack)
            document, problems = parse_document(place, content, hash_of(text))
            return None if problems else self.compiler.with_page(document)

    def documents(self, texts: Texts) -> Sequence[Document]:
        """All documents with the texts of a draft, not judged."""
        with self._lock:
            self._lay_out(texts)
            return self.compiler.documents()

    def laid_out(self, texts: Texts) -> tuple[tuple[Path, ...], dict[Path, bytes | None]]:
        """The folders of all packs, and by place what stands for a file's content: the texts of a draft over those served."""
        served = {folder.name: folder for folder in self.live.served()}
        unsaved: dict[Path, bytes | None] = {}
        for file, text in texts.items():
            name = file_name(file)
            if name is None:
                continue
            served.setdefault(name.pack, self.live.folder(name.pack))
            unsaved[served[name.pack] / name.inside] = None if text is None else text.encode("utf-8", "surrogatepass")
        return tuple(served.values()), unsaved

    def _lay_out(self, texts: Texts) -> None:
        self.compiler.folders, self.compiler.unsaved = self.laid_out(texts)
