"""The packs that an editor has open: those below its folders, and those of the installation that they stand on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from engine.dsl.source import read_source

DEEPEST = 4
"""How far below an opened folder packs are looked for."""
PASSED_OVER = frozenset({"node_modules", "__pycache__", "build", "dist", "site-packages"})


def packs_open(roots: Iterable[Path], installed: Sequence[Path]) -> tuple[Path, ...]:
    """The packs below `roots`, each after those of `installed` that it requires or extends; a name counts once."""
    opened: dict[str, Path] = {}
    for root in roots:
        for found in _packs_below(root, 0):
            opened.setdefault(found.name, found)
    known = {folder.name: folder for folder in installed} | opened
    ordered: dict[str, Path] = {}
    for name in sorted(opened):
        _add(name, known, ordered, set())
    return tuple(ordered.values())


def _packs_below(folder: Path, depth: int) -> Iterator[Path]:
    """A folder with a pack.yaml; nothing is looked for inside it. An opened file's folder may lie inside a pack."""
    inside = next((one for one in (folder, *folder.parents[:2]) if (one / "pack.yaml").is_file()), None)
    if inside is not None and (depth == 0 or inside == folder):
        yield inside.resolve()
        return
    if depth == DEEPEST:
        return
    for name in _folders_in(folder):
        yield from _packs_below(folder / name, depth + 1)


def _folders_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as found:
            names = [one.name for one in found if one.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(name for name in names if not name.startswith(".") and name not in PASSED_OVER)


def _add(name: str, known: dict[str, Path], ordered: dict[str, Path], open_names: set[str]) -> None:
    folder = known.get(name)
    if folder is None or name in ordered or name in open_names:
        return
    for needed in _stands_on(folder):
        _add(needed, known, ordered, open_names | {name})
    ordered[name] = folder


def _stands_on(folder: Path) -> tuple[str, ...]:
    try:
        data = read_source(f"{folder.name}/pack.yaml", (folder / "pack.yaml").read_bytes()).data
    except OSError:
        return ()
    if not isinstance(data, dict):
        return ()
    required = data.get("requires")
    return tuple(str(one) for one in (*(required if isinstance(required, list) else ()), data.get("extends")) if one)
