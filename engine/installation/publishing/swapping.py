"""Swapping texts: files and folders of packs put in the place of others so that it can be undone, also after a kill.

Before the first text is touched, a mark says what will be done and where the old texts are kept. It is taken away once
the database has recorded the version. Whoever finds a mark that nobody holds undoes what it names, unless the version is
recorded: then all of it was done.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from engine.runtime.backup.keys import write_private
from engine.runtime.backup.writing import synchronise_folder
from engine.runtime.stores import PUBLISHING

MARK = "under_way.json"


class Deed(StrEnum):
    """What is done to a place: a folder made or taken away whole, a file written or taken away."""

    MAKE_FOLDER = "make_folder"
    DROP_FOLDER = "drop_folder"
    PUT_FILE = "put_file"
    DROP_FILE = "drop_file"


@dataclass(frozen=True, slots=True)
class Swap:
    """One deed: where, from which staged copy, and where the old content is kept (empty: there was none)."""

    deed: Deed
    target: str
    staged: str = ""
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands while texts are swapped: the version that will be recorded, and all deeds in their order."""

    version: int
    swaps: tuple[Swap, ...]


def folder_of(data: Path) -> Path:
    """Where texts are staged and the mark stands."""
    return data / PUBLISHING


def mark_of(data: Path) -> Mark | None:
    """The mark of texts that are being swapped, or were when the process was killed."""
    try:
        written = json.loads((folder_of(data) / MARK).read_text("utf-8"))
    except FileNotFoundError:
        return None
    swaps = tuple(Swap(Deed(one["deed"]), one["target"], one["staged"], one["kept"]) for one in written["swaps"])
    return Mark(int(written["version"]), swaps)


def swap(data: Path, mark: Mark) -> None:
    """Keep what stands, write the mark, then put the staged texts in place. Raises OSError; then `swap_back` is due."""
    for one in mark.swaps:
        _keep(one)
    write_private(folder_of(data) / MARK, json.dumps(asdict(mark)).encode("utf-8"))
    for one in mark.swaps:
        _apply(one)


def swap_back(data: Path, mark: Mark) -> None:
    """Put the kept texts in their places again, as often as is needed, and take the mark away."""
    for one in reversed(mark.swaps):
        _undo(one)
    unmark(data)


def unmark(data: Path) -> None:
    """The swap is done, or undone: nothing of it is under way any more."""
    folder = folder_of(data)
    (folder / MARK).unlink(missing_ok=True)
    synchronise_folder(folder)


def forget_staged(data: Path) -> None:
    """Take away what was staged by a publication that was killed; nobody else publishes meanwhile."""
    for one in folder_of(data).iterdir():
        if one.is_dir():
            shutil.rmtree(one, ignore_errors=True)
        elif one.name != MARK:
            one.unlink(missing_ok=True)


def _keep(one: Swap) -> None:
    if not one.kept:
        return
    kept, target = Path(one.kept), Path(one.target)
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if one.deed is Deed.DROP_FOLDER:
        shutil.copytree(target, kept, dirs_exist_ok=True)
    else:
        shutil.copy2(target, kept)


def _apply(one: Swap) -> None:
    target = Path(one.target)
    match one.deed:
        case Deed.MAKE_FOLDER:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(one.staged, target)
        case Deed.DROP_FOLDER:
            shutil.rmtree(target)
        case Deed.PUT_FILE:
            _replace(Path(one.staged), target)
        case Deed.DROP_FILE:
            target.unlink()
    synchronise_folder(target.parent)


def _undo(one: Swap) -> None:
    target = Path(one.target)
    match one.deed:
        case Deed.MAKE_FOLDER:
            shutil.rmtree(target, ignore_errors=True)
        case Deed.DROP_FOLDER:
            shutil.copytree(one.kept, target, dirs_exist_ok=True)
        case Deed.PUT_FILE if not one.kept:
            target.unlink(missing_ok=True)
        case Deed.PUT_FILE | Deed.DROP_FILE:
            _replace(Path(one.kept), target)


def _replace(source: Path, target: Path) -> None:
    """The content of a file in the place of another, there whole or not at all; readers of packs pass over what comes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    coming = target.with_name(f".{target.name}.tmp")
    with coming.open("wb") as file:
        file.write(source.read_bytes())
        file.flush()
        os.fsync(file.fileno())
    if target.exists():
        shutil.copymode(target, coming)
    coming.replace(target)


def names_of(swaps: Sequence[Swap]) -> tuple[str, ...]:
    """The places that are touched."""
    return tuple(one.target for one in swaps)
