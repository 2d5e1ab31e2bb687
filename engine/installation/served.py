"""The served model: compiled from the packs' folders, swapped whole; a text that does not compile leaves the old one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock, RLock

from engine.diagnostics import Diagnostic, DougongError, Message, Severity, render_text
from engine.dsl.compiler import Compilation, Compiler
from engine.installation.kept_model import Shelf, fingerprint
from engine.model.app import AppModel
from engine.runtime.forgetting import forget_old_definitions
from engine.runtime.nodes.registry import node_specs
from engine.runtime.settings import Settings
from engine.runtime.sources.registry import connector_specs
from engine.runtime.stores import OWN_PACKS
from engine.web.site import Compiling
from engine.widgets.registry import read_widgets

WIDGETS = Path(__file__).parents[1] / "widgets"
SHIPPED = Path(__file__).parents[2] / "packs"
IGNORED = shutil.ignore_patterns("__pycache__", ".*", "*~", "*.tmp", "*.swp")
"""What is no part of a pack when its folder is copied."""


class DoesNotCompile(DougongError):
    """The definitions have errors; the message is all of them."""

    code = "does_not_compile"
    status = 422

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        errors = [one for one in diagnostics if one.severity is Severity.ERROR]
        super().__init__(Message(render_text(errors, "zh"), render_text(errors, "en")))
        self.diagnostics = tuple(diagnostics)


def shipped_folder(settings: Settings) -> Path:
    """Where the packs lie that come with the product."""
    return Path(settings.shipped) if settings.shipped else SHIPPED


def pack_folders(setting: str, shipped: Path = SHIPPED) -> tuple[Path, ...]:
    """The folders of packs: those of the setting, or every pack that is shipped."""
    given = [Path(part) for part in setting.split(":") if part] or [shipped]
    return tuple(pack for folder in given for pack in packs_under(folder))


def packs_under(folder: Path) -> tuple[Path, ...]:
    """The folder when it is a pack, else the packs that stand in it; the folder itself when there are none."""
    if (folder / "pack.yaml").exists():
        return (folder,)
    return tuple(sorted(found.parent for found in folder.glob("*/pack.yaml"))) or (folder,)


def installed_packs(settings: Settings) -> tuple[Path, ...]:
    """The folders of the packs that an installation serves: those of the setting, but its own in the place of a shipped one
    of the same name, and those that it has alone."""
    own, shipped = {one.name: one for one in own_packs(settings.data)}, shipped_folder(settings)
    given = pack_folders(settings.packs, shipped)
    named = {one.name for one in given}
    served = (own.get(one.name, one) if is_shipped(one, shipped) else one for one in given)
    return (*served, *(one for name, one in own.items() if name not in named))


def own_packs_folder(data: Path) -> Path:
    """Where an installation keeps packs of its own."""
    return data / OWN_PACKS


def own_packs(data: Path) -> tuple[Path, ...]:
    """The packs of the installation's own."""
    return tuple(sorted(found.parent for found in own_packs_folder(data).glob("*/pack.yaml")))


def is_shipped(folder: Path, shipped: Path = SHIPPED) -> bool:
    """Whether a pack lies where it came with the product, and is not written over."""
    return folder.resolve().is_relative_to(shipped.resolve())


def compiled_packs(packs: str, shelf: Shelf | None = None) -> ServedModel:
    """The packs of the setting `packs`, ready to serve: from the shelf when nothing has changed. Raises DoesNotCompile."""
    return compiled_folders(pack_folders(packs), shelf)


def compiled_folders(folders: Sequence[Path], shelf: Shelf | None = None) -> ServedModel:
    """These packs, ready to serve. Raises DoesNotCompile."""
    models = ServedModel(folders, shelf)
    models.open()
    return models


class ServedModel:
    """Holds the model that requests are pinned to, and what the newest compile said."""

    def __init__(self, folders: Sequence[Path], shelf: Shelf | None = None) -> None:
        self.compiler = Compiler(folders, read_widgets(WIDGETS), node_specs(), connector_specs())
        self._shelf = shelf
        self._lock = Lock()
        self._model: AppModel | None = None
        self._compiling = Compiling()
        self._told: list[Callable[[], None]] = []
        self.changing = RLock()
        """Held by whoever puts other definitions in the place of the served ones, from the first text to the swap."""

    def open(self) -> None:
        """Serve the model of the packs as they are now: as it was kept, or compiled. Raises DoesNotCompile."""
        before = self.fingerprint()
        model = self.kept(before)
        if model is None:
            compilation = self.compile()
            if compilation.model is None:
                raise DoesNotCompile(compilation.diagnostics)
            model = compilation.model
            self.keep(model, before)
        self.serve(model)

    def fingerprint(self) -> bytes:
        """That of the packs as they lie now, and of what they are judged by."""
        return fingerprint(self.compiler.folders, self.compiler.nodes, self.compiler.connectors)

    def kept(self, before: bytes) -> AppModel | None:
        """The model that was kept for packs of this fingerprint; serves nothing."""
        return self._shelf.load(before) if self._shelf else None

    def keep(self, model: AppModel, before: bytes) -> None:
        """Keep a model for the next start, unless the packs have changed since their fingerprint was `before`."""
        if self._shelf and self.fingerprint() == before:
            self._shelf.keep(before, model)

    def current(self) -> AppModel:
        """The served model. Raises DoesNotCompile when there never was one."""
        if self._model is None:
            raise DoesNotCompile(self._compiling.diagnostics)
        return self._model

    def compiling(self) -> Compiling:
        """The problems of a newer text that is not served because of them."""
        return self._compiling

    def compile(self) -> Compilation:
        """Compile the folders as they are now; serves nothing."""
        with self._lock:
            compilation = self.compiler.compile()
            self._compiling = Compiling(compilation.errors)
            return compilation

    def serve(self, model: AppModel) -> None:
        """Swap the model in, whole; what was made for the one before, if there was one, is forgotten."""
        before, self._model = self._model, model
        if before is not None and before is not model:
            forget_old_definitions()
            for tell in tuple(self._told):
                tell()

    def listen(self, tell: Callable[[], None]) -> Callable[[], None]:
        """`tell` is called after every swap, in the thread that swaps, until what is returned is called."""
        self._told.append(tell)
        return lambda: self._told.remove(tell)

    def stand_on(self, folders: Sequence[Path]) -> None:
        """The packs lie in these folders from now on; serves nothing."""
        with self._lock:
            self.compiler.folders = tuple(folders)

    def refuse(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Keep the old model and show why."""
        self._compiling = Compiling(tuple(diagnostics))
