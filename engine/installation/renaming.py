"""Renaming in the packs' files: tried on a copy first, and written only when the copy compiles."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.dsl.compiler import compile_packs
from engine.dsl.refactor import Renaming, rename
from engine.installation.served import WIDGETS, DoesNotCompile
from engine.widgets.registry import read_widgets


def rename_in_place(folders: Sequence[Path], target: str, new: str) -> list[Path]:
    """Rename an entity or field; the files that changed. Raises DoesNotCompile, with nothing written, when it cannot be."""
    widgets = read_widgets(WIDGETS)
    compilation = compile_packs(folders, widgets)
    found = rename(compilation.documents, widgets, target, new)
    if isinstance(found, tuple):
        raise DoesNotCompile(found)
    with tempfile.TemporaryDirectory(prefix="dougong-rename-") as place:
        copies = [Path(shutil.copytree(folder, Path(place) / folder.name)) for folder in folders]
        tuple(_written(found, copies))
        trial = compile_packs(copies, widgets)
        if len(trial.errors) > len(compilation.errors):
            raise DoesNotCompile(trial.diagnostics)
    return list(_written(found, folders))


def _written(renaming: Renaming, folders: Sequence[Path]) -> Iterator[Path]:
    """Write the edits and move the files; each file that changed."""
    by_name = {folder.name: folder.parent for folder in folders}
    for file in renaming.edits:
        path = by_name[file.split("/", 1)[0]] / file
        path.write_text(renaming.applied(file, path.read_text("utf-8")), "utf-8")
        yield path
    for old, moved in renaming.moves:
        root = by_name[old.split("/", 1)[0]]
        (root / old).rename(root / moved)
        yield root / moved
