"""Staging: the packs as they will be, beside those that are served, compiled there before anything is touched."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.dsl.pack_reader import list_pack
from engine.installation.publishing.swapping import Deed, Swap
from engine.installation.served import IGNORED, is_shipped, own_packs_folder, shipped_folder
from engine.runtime.settings import Settings
from engine.runtime.stores import REPLACED

Texts = Mapping[str, str | None]
"""Texts of files by their names (`pack/kind/name.yaml`); None: the file goes."""


class CannotPublish(DougongError):
    """The texts cannot be made live; the message says why and what helps."""

    code = "cannot_publish"
    status = 409


@dataclass(frozen=True, slots=True)
class Staged:
    """The packs as they will be: the folders to compile now, those to serve afterwards, the deeds that lead there, and the
    shipped packs that are copied."""

    compiled: tuple[Path, ...]
    served: tuple[Path, ...]
    swaps: tuple[Swap, ...]
    copied: tuple[str, ...] = ()


def live_texts(folders: Sequence[Path]) -> dict[str, str]:
    """The texts of all definition files of packs, by their names; what is no UTF-8 is replaced."""
    return {
        one.file: one.location.read_bytes().decode("utf-8", "replace")
        for folder in folders
        for one in list_pack(folder).files
    }


def stage(place: Path, settings: Settings, folders: Sequence[Path], texts: Texts, version: int) -> Staged:
    """Write the packs that `texts` change to a place of their own. A pack that comes with the product is copied whole to the
    installation's own packs, another is changed where it lies. Raises CannotPublish, OSError."""
    kept = settings.data / REPLACED / str(version)
    known = {folder.name: folder for folder in folders}
    changed = list(dict.fromkeys(file.partition("/")[0] for file in texts))
    compiled, served, swaps = dict(known), dict(known), list[Swap]()
    for pack in changed:
        inside = {file.partition("/")[2]: text for file, text in texts.items() if file.partition("/")[0] == pack}
        live = known.get(pack)
        made = _staged_pack(place / pack, live, inside)
        target = _target(settings, pack, live)
        if made is None:
            compiled.pop(pack, None)
            served.pop(pack, None)
        else:
            compiled[pack], served[pack] = made, target
        swaps += _swaps(pack, inside, _Way(live, target, made, kept))
    _refuse_unwritable(swaps)
    copied = tuple(name for name, folder in known.items() if name in served and served[name] != folder)
    return Staged(tuple(compiled.values()), tuple(served.values()), tuple(swaps), copied)


def _staged_pack(place: Path, live: Path | None, inside: Texts) -> Path | None:
    """The whole pack with its changes; None when nothing of it is left."""
    if live is not None:
        shutil.copytree(live, place, ignore=IGNORED)
    for file, text in inside.items():
        path = place / file
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return place if list_pack(place).files else None


def _target(settings: Settings, pack: str, live: Path | None) -> Path:
    kept = live is not None and not is_shipped(live, shipped_folder(settings))
    return live if live is not None and kept else own_packs_folder(settings.data) / pack


@dataclass(frozen=True, slots=True)
class _Way:
    """A pack on its way: where it lies, where it will lie, where it is staged, where what it replaces is kept."""

    live: Path | None
    target: Path
    made: Path | None
    kept: Path


def _swaps(pack: str, inside: Texts, way: _Way) -> list[Swap]:
    if way.live != way.target:
        if way.target.exists():
            kept = str(way.kept / pack)
            gone = [Swap(Deed.DROP_FOLDER, str(way.target), kept=kept)]
        else:
            gone = []
        return gone + ([Swap(Deed.MAKE_FOLDER, str(way.target), str(way.made))] if way.made is not None else [])
    if way.made is None:
        return [Swap(Deed.DROP_FOLDER, str(way.target), kept=str(way.kept / pack))]
    found = []
    for file, text in inside.items():
        target, kept = way.target / file, str(way.kept / pack / file)
        if text is None and target.exists():
            found.append(Swap(Deed.DROP_FILE, str(target), kept=kept))
        elif text is not None:
            there = kept if target.exists() else ""
            found.append(Swap(Deed.PUT_FILE, str(target), str(way.made / file), there))
    return found


def _refuse_unwritable(swaps: Sequence[Swap]) -> None:
    for one in swaps:
        target = Path(one.target)
        nearest = next(folder for folder in target.parents if folder.exists())
        if not _writable(nearest):
            raise CannotPublish(
                Message(
                    f"不能写入 {nearest}；请让运行服务的账号可以写这个文件夹",
                    f"{nearest} cannot be written to; let the account that runs the server write there",
                )
            )


def _writable(folder: Path) -> bool:
    probe = folder / ".dougong.tmp"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError:
        return False
    return True
