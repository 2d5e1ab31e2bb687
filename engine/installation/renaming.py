"""Renaming in the packs' files: tried on a copy first, and written only when the copy compiles."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.dsl.compiler import compile_packs
from engine.dsl.editing.workspace import Workspace
from engine.dsl.edits import Renaming
from engine.dsl.refactor import rename
from engine.installation.served import WIDGETS, DoesNotCompile
from engine.runtime.nodes.registry import node_specs
from engine.widgets.registry import read_widgets

_MARK = "\ufeff"


def rename_in_place(folders: Sequence[Path], target: str, new: str) -> list[Path]:
    """Rename something; the files that changed. Raises DoesNotCompile, with nothing written, when it cannot be."""
    found = renamed(Workspace(folders, read_widgets(WIDGETS), node_specs()), target, new)
    return list(_written(found, folders))


def renamed(workspace: Workspace, target: str, new: str) -> Renaming:
    """The edits that rename something in the texts as an editor has them. Raises DoesNotCompile when it cannot be."""
    widgets, nodes = workspace.known().widgets, workspace.known().nodes
    found = rename(workspace.documents(), widgets, target, new, nodes)
    if isinstance(found, tuple):
        raise DoesNotCompile(found)
    with tempfile.TemporaryDirectory(prefix="dougong-rename-") as place:
        copies = [Path(shutil.copytree(folder, Path(place) / folder.name)) for folder in workspace.folders]
        for file, content in workspace.unsaved():
            _copy(file, copies).write_bytes(content)
        tuple(_written(found, copies))
        trial = compile_packs(copies, widgets, nodes)
    if len(trial.errors) > len(workspace.compilation().errors):
        raise DoesNotCompile(trial.diagnostics)
    return found


def _copy(file: str, folders: Sequence[Path]) -> Path:
    """Where a file of a diagnostic lies; its folder is made."""
    by_name = {folder.name: folder.parent for folder in folders}
    path = by_name[file.split("/", 1)[0]] / file
    path.parent.mkdir(exist_ok=True)
    return path


def _written(renaming: Renaming, folders: Sequence[Path]) -> Iterator[Path]:
    """Write the edits and move the files; each file that changed. Line ends and a byte order mark stay."""
    for file in renaming.edits:
        path = _copy(file, folders)
        text = path.read_bytes().decode("utf-8", "surrogatepass")
        mark = _MARK if text.startswith(_MARK) else ""
        changed = mark + renaming.applied(file, text.removeprefix(_MARK))
        path.write_bytes(changed.encode("utf-8", "surrogatepass"))
        yield path
    for old, moved in renaming.moves:
        target = _copy(moved, folders)
        _copy(old, folders).rename(target)
        yield target
