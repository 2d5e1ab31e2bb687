"""Earlier flows: texts that running instances began with, read against the definitions that are served now."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

from engine.dsl.compiler import Compiler
from engine.model.app import AppModel
from engine.model.flows import Flow
from engine.runtime.nodes.registry import node_specs
from engine.widgets.registry import read_widgets
from engine.widgets.render import WIDGETS_FOLDER

KEPT = 64


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
        compiler.unsaved[path] = source.encode()
        compiled = compiler.compile().model
        return compiled.flows.get(name) if compiled is not None else None

    def _path(self, flow: Flow) -> Path | None:
        pack, _, inside = flow.place.file.partition("/")
        folder = next((one for one in self._folders() if one.name == pack), None)
        return folder / inside if folder is not None else None
