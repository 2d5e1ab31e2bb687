"""Keys: what proves that rows are ours, kept apart from the rows. A backup never holds them; a file of keys holds nothing else."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path

from engine.diagnostics import Message
from engine.runtime.backup.problems import BackupImpossible, WrongKeys
from engine.runtime.backup.writing import synchronise_folder
from engine.runtime.stores import Saving, entries_saved

FORMAT = 1
ESSENTIAL = "cursor.key"
"""The key that every installation has; others are there where they are needed."""
LARGEST = 1_000_000
Keys = Mapping[str, bytes]
"""The keys of an installation by the name of their file in the data folder."""


def installed_keys(folder: Path) -> Keys:
    """The keys that stand in a data folder."""
    paths = (folder / name for name in entries_saved(Saving.KEY))
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def write_keys(path: Path, keys: Keys) -> None:
    """Write keys to a new file that only its owner reads. Raises BackupImpossible when it is there already."""
    refuse_taken(path)
    text = {name: base64.b64encode(key).decode("ascii") for name, key in keys.items()}
    write_private(path, json.dumps({"format": FORMAT, "keys": text}, indent=1).encode("ascii"))


def read_keys(path: Path) -> Keys:
    """The keys that `write_keys` wrote. Raises WrongKeys, OSError."""
    with path.open("rb") as file:
        content = file.read(LARGEST)
    try:
        found = json.loads(content)
        keys = {str(name): base64.b64decode(text, validate=True) for name, text in found["keys"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        keys = {}
    if ESSENTIAL not in keys or keys.keys() - set(entries_saved(Saving.KEY)) or not all(keys.values()):
        raise WrongKeys(
            Message(
                f"{path} 不是 dougong backup --keys 写的文件", f"{path} is no file that dougong backup --keys wrote"
            )
        )
    return keys


def refuse_taken(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise BackupImpossible(Message(f"{path} 已存在；请另起一个名字", f"{path} is there already; give another name"))


def passing_name(name: str) -> str:
    """What a private file is called until it is whole."""
    return f".{name}.part"


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads: old or new, never half, and on the disk when this returns."""
    passing = path.with_name(passing_name(path.name))
    passing.unlink(missing_ok=True)
    descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    passing.replace(path)
    synchronise_folder(path.parent)
