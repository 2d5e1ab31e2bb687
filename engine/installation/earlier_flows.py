"""Earlier flows: texts that running instances began with, read against the definitions that are served now."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

from engine.dsl.compiler import Compiler
from engine.dsl.edits import Renaming
from engine.dsl.refactor import rename
from engine.model.app import AppModel
from engine.model.flows import Flow
from engine.runtime.nodes.registry import node_specs
from engine.runtime.storage.names import Renamed, renamed
from engine.widgets.registry import read_widgets
from engine.widgets.render import WIDGETS_FOLDER

KEPT = 64
MARK = "\ufeff"


class EarlierFlows:
    """Compiles the packs with one flow's text as it was; what does not compile any more no longer fits."""

    def __init__(self, folders: Callable[[], Sequence[Path]], served: Callable[[], AppModel]) -> None:
        self._folders = folders
        self._served = served
        self._kept: OrderedDict[tuple[str, str, str], Flow | None] = OrderedDict()
        self._lock = Lock()

    def flow(self, name: str, source: str) -> Flow | None:
        """The flow that a text gives now; None where the flow is gone or its text no longer fits."""
        model = self._served()
        key = (model.fingerprint, name, hashlib.sha256(source.encode()).hexdigest())
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._read(model, name, source)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            return self._kept[key]

    def _read(self, model: AppModel, name: str, source: str) -> Flow | None:
        served = model.flows.get(name)
        path = self._path(served) if served is not None else None
        if path is None:
            return None
        compiler = Compiler(self._folders(), read_widgets(WIDGETS_FOLDER), node_specs())
        found = _compiled(compiler, path, source, name)
        if found is not None:
            return found
        carried = _under_new_names(compiler, model, path, source)
        return _compiled(compiler, path, carried, name) if carried != source else None

    def _path(self, flow: Flow) -> Path | None:
        pack, _, inside = flow.place.file.partition("/")
        folder = next((one for one in self._folders() if one.name == pack), None)
        return folder / inside if folder is not None else None


def _compiled(compiler: Compiler, path: Path, source: str, name: str) -> Flow | None:
    compiler.unsaved = {path: source.encode()}
    model = compiler.compile().model
    return model.flows.get(name) if model is not None else None


def _under_new_names(compiler: Compiler, model: AppModel, path: Path, source: str) -> str:
    """A text that names things by their former names, with the names that they have: what it may mean is called so again
    around it, parts before what holds them, and then everything is renamed together."""
    named = (one for one in renamed(model) if re.search(rf"\b{re.escape(one.old)}\b", source))
    said = sorted(named, key=lambda one: not one.owner)
    compiler.unsaved = {}
    done = [one for one in said if _rename(compiler, _target(one, one.new), one.old)]
    compiler.unsaved[path] = source.encode()
    for one in reversed(done):
        _rename(compiler, _target(one, one.old), one.new)
    return (compiler.unsaved[path] or b"").decode()


def _target(one: Renamed, name: str) -> str:
    """As `rename` takes what is called `name`."""
    match one.kind:
        case "entities":
            return name
        case "fields":
            return f"{one.owner}.{name}"
    return f"workflows/{one.owner}.{one.kind}.{name}" if one.owner else f"{one.kind}/{name}"


def _rename(compiler: Compiler, target: str, new: str) -> bool:
    """Rename something in the texts as the compiler has them; whether that could be."""
    found = rename(compiler.documents(), compiler.widgets, target, new, compiler.nodes)
    if not isinstance(found, Renaming):
        return False
    places = {folder.name: folder.parent for folder in compiler.folders}
    moves = dict(found.moves)
    for file in dict.fromkeys((*found.edits, *moves)):
        location = places[file.partition("/")[0]] / file
        unsaved = compiler.unsaved.get(location)
        text = (location.read_bytes() if unsaved is None else unsaved).decode().removeprefix(MARK)
        after = found.applied(file, text).encode()
        if file in moves:
            compiler.unsaved[location] = None
            location = places[file.partition("/")[0]] / moves[file]
        compiler.unsaved[location] = after
    return True
