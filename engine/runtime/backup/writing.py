"""Writing a backup: a folder, a zip or a tar, made under a passing name and moved into place when it is whole."""

from __future__ import annotations

import os
import secrets
import shutil
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from engine.diagnostics import Message
from engine.runtime.backup.manifest import StoredFile
from engine.runtime.backup.measured import Measured, Writes
from engine.runtime.backup.problems import BackupImpossible

PASSING = ".part"
_IN_MEMORY = 8_000_000


class Container(Protocol):
    """A form of backup that takes entries one after another."""

    def entry(self, name: str) -> Iterator[Writes]: ...

    def close(self) -> None:
        """Put everything on the disk."""
        ...

    def abandon(self) -> None:
        """Let go of it as it is; it will be deleted."""
        ...


class ArchiveWriter:
    """Adds entries to a backup that is being made, and remembers what each was."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self.written: list[StoredFile] = []

    @contextmanager
    def entry(self, name: str) -> Iterator[Measured]:
        """The stream of a new entry; it is whole when the block ends."""
        with contextmanager(self._container.entry)(name) as target:
            measured = Measured(target)
            yield measured
        self.written.append(StoredFile(name, measured.size, measured.digest))


@contextmanager
def new_archive(path: Path) -> Iterator[ArchiveWriter]:
    """A backup at `path`, of the kind that its ending says; there is nothing at `path` until the block has ended well.

    Raises BackupImpossible when something stands there already.
    """
    _refuse_taken(path)
    passing = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PASSING}")
    container = _container(path.suffix, passing)
    try:
        yield ArchiveWriter(container)
        container.close()
        _refuse_taken(path)
        if path.is_dir():
            path.rmdir()  # an empty one
        passing.rename(path)
        synchronise_folder(path.parent)
    except BaseException:
        with suppress(OSError, ValueError):
            container.abandon()
        shutil.rmtree(passing) if passing.is_dir() else passing.unlink(missing_ok=True)
        raise


def synchronise_folder(folder: Path) -> None:
    """Put the names in a folder on the disk, where the system knows how."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_taken(path: Path) -> None:
    if path.is_dir() and not path.suffix and not any(path.iterdir()):
        return
    if path.exists() or path.is_symlink():
        raise BackupImpossible(Message(f"{path} 已存在；请另起一个名字", f"{path} is there already; give another name"))


def _container(suffix: str, passing: Path) -> Container:
    return _CONTAINERS.get(suffix.lower(), FolderContainer)(passing)


def _private_file(path: Path) -> BinaryIO:
    """A new file that only its owner reads: a backup holds everybody's data."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _synchronise(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


class FolderContainer:
    """Entries as files of a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.mkdir(mode=0o700)

    def entry(self, name: str) -> Iterator[Writes]:
        target = self._path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with _private_file(target) as file:
            yield file
            _synchronise(file)

    def close(self) -> None:
        for folder, _, _ in os.walk(self._path):
            synchronise_folder(Path(folder))

    def abandon(self) -> None:
        pass


class ZipContainer:
    """Entries of a zip, packed while they are written."""

    def __init__(self, path: Path) -> None:
        self._file = _private_file(path)
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=5)

    def entry(self, name: str) -> Iterator[Writes]:
        info = zipfile.ZipInfo(name, time.gmtime()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as target:
            yield target

    def close(self) -> None:
        self._zip.close()
        _synchronise(self._file)
        self._file.close()

    def abandon(self) -> None:
        with self._file:
            self._zip.close()


class TarContainer:
    """Entries of a tar, which must know a size before the bytes: each waits in a passing file beside."""

    def __init__(self, path: Path) -> None:
        self._folder = path.parent
        self._file = _private_file(path)
        self._tar = tarfile.TarFile(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)

    def entry(self, name: str) -> Iterator[Writes]:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self._folder)) as waiting:
            yield waiting
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = waiting.tell(), 0o600, int(time.time())
            waiting.seek(0)
            self._tar.addfile(info, waiting)

    def close(self) -> None:
        self._tar.close()
        _synchronise(self._file)
        self._file.close()

    def abandon(self) -> None:
        self._file.close()


_CONTAINERS: dict[str, Callable[[Path], Container]] = {".zip": ZipContainer, ".tar": TarContainer}
