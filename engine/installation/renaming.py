"""Renaming in the packs' files: edits applied, files moved, and the result compiled before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.dsl.compiler import compile_packs
from engine.dsl.refactor import rename
from engine.installation.served import WIDGETS, DoesNotCompile
from engine.widgets.registry import read_widgets


def rename_in_place(folders: Sequence[Path], target: str, new: str) -> list[Path]:
    """Rename an entity or field; the files that changed. Raises DoesNotCompile with the reason when it cannot be."""
    widgets = read_widgets(WIDGETS)
    compilation = compile_packs(folders, widgets)
    found = rename(compilation.documents, widgets, target, new)
    if isinstance(found, tuple):
        raise DoesNotCompile(found)
    by_name = {folder.name: folder.parent for folder in folders}
    changed = []
    for file in found.edits:
        path = by_name[file.split("/", 1)[0]] / file
        path.write_text(found.applied(file, path.read_text("utf-8")), "utf-8")
        changed.append(path)
    for old, moved in found.moves:
        root = by_name[old.split("/", 1)[0]]
        (root / old).rename(root / moved)
        changed.append(root / moved)
    return changed
