"""Backups changed by somebody who knows the format: rows, entries and manifests, digests made to fit, seals not."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from engine.runtime.backup.manifest import MANIFEST

Change = Callable[[dict[str, object]], None]


def forged(source: Path, target: Path, edits: dict[str, Callable[[bytes], bytes]]) -> Path:
    """A copy of a backup in a folder, with entries edited and its manifest made to fit them."""
    shutil.copytree(source, target)
    for name, edit in edits.items():
        path = target / name
        path.write_bytes(edit(path.read_bytes()))
    return refit(target)


def refit(folder: Path, change: Change = lambda manifest: None) -> Path:
    """Make a manifest fit the entries of its folder, then change it, and give it a digest that fits."""
    whole = json.loads((folder / MANIFEST).read_bytes())
    manifest = whole["manifest"]
    for one in manifest["files"]:
        one.update(measured(folder / one["name"]))
    for one in manifest["tables"]:
        path = folder / f"tables/{one['table']['name']}.jsonl"
        if path.exists():
            one.update(measured(path), rows=path.read_bytes().count(b"\n"))
    change(manifest)
    canonical = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    whole["digest"] = hashlib.sha256(canonical).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(whole, ensure_ascii=False), "utf-8")
    return folder


def measured(path: Path) -> dict[str, object]:
    content = path.read_bytes()
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def zipped(folder: Path, target: Path, *also: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    """The entries of a folder as a zip, and further ones."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            archive.write(path, path.relative_to(folder).as_posix())
        for info, content in also:
            archive.writestr(info, content)
    return target


def tarred(folder: Path, target: Path, *also: tarfile.TarInfo) -> Path:
    """The entries of a folder as a tar, and further ones without content."""
    with tarfile.open(target, "w") as archive:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            archive.add(path, path.relative_to(folder).as_posix())
        for info in also:
            archive.addfile(info)
    return target


def listed(folder: Path, name: str, content: bytes) -> Path:
    """Add an entry to a folder and to its manifest, honestly measured."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return refit(folder, lambda manifest: manifest["files"].append({"name": name, **measured(path)}))  # type: ignore[attr-defined]
