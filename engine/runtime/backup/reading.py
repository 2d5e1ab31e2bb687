"""Reading a backup: whatever somebody hands us, so nothing in it is believed before it is measured.

No entry is ever unpacked by its own name or size: entries are streams that end where the manifest says, and nothing is
written anywhere until all of them were read once.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from engine.diagnostics import Message
from engine.runtime.backup.lines import LONGEST_LINE
from engine.runtime.backup.manifest import LARGEST_MANIFEST, MANIFEST, Manifest, StoredFile, read_manifest
from engine.runtime.backup.measured import Measured, parts
from engine.runtime.backup.names import is_expected
from engine.runtime.backup.problems import BackupDamaged
from engine.runtime.backup.progress import Tell

AHEAD = 1 << 16
"""Bytes that are unpacked at a time where lines are read: the archives' own readers find a line's end slowly."""
BOMB_RATIO, BOMB_SIZE = 250, 100_000_000
"""A zip that grows more than so many times, to more than so many bytes, is none of ours: rows pack to a tenth or so."""
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    KeyError,
)
"""What the readers of archives raise for bytes that are none."""


class Form(Protocol):
    """A form of backup: the sizes of its entries by name, and their streams."""

    def sizes(self) -> Mapping[str, int]: ...

    def open(self, name: str) -> BinaryIO: ...

    def close(self) -> None: ...


class Archive:
    """An opened backup with its manifest."""

    def __init__(self, form: Form, sizes: Mapping[str, int], manifest: Manifest) -> None:
        self._form = form
        self.sizes = sizes
        self.manifest = manifest

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """The stream of an entry. Raises BackupDamaged when its bytes cannot be unpacked."""
        try:
            with self._form.open(name) as stream:
                yield stream
        except _BROKEN:
            raise BackupDamaged(_unreadable(name)) from None

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of an entry. Raises BackupDamaged."""
        with self.open(name) as unpacking, io.BufferedReader(cast(io.RawIOBase, unpacking), AHEAD) as stream:
            while line := stream.readline(LONGEST_LINE):
                yield line

    def close(self) -> None:
        self._form.close()


@contextmanager
def opened_archive(path: Path) -> Iterator[Archive]:
    """A backup whose entries are those of its manifest, by name and size. Raises BackupDamaged, OSError."""
    form = _form(path)
    try:
        sizes = _listed(form)
        manifest = _manifest(form, sizes)
        problems = list(_mismatches(manifest, sizes))
        if problems:
            raise BackupDamaged(*problems)
        yield Archive(form, sizes, manifest)
    finally:
        form.close()


def refuse_damage(archive: Archive, tell: Tell) -> None:
    """Read every entry once. Raises BackupDamaged with all that are not what the manifest says."""
    found = tuple(_damage(archive, tell))
    if found:
        raise BackupDamaged(*found)


def _damage(archive: Archive, tell: Tell) -> Iterator[Message]:
    done, total = 0, sum(one.size for one in archive.manifest.entries.values())
    for one in archive.manifest.entries.values():
        tell(one.name, done, total)
        problem = _difference(archive, one)
        if problem is not None:
            yield problem
        done += one.size
    tell("", total, total)


def copy_entry(archive: Archive, entry: StoredFile, target: BinaryIO) -> None:
    """Write an entry out. Raises BackupDamaged when it is not what the manifest says."""
    measured = Measured(target)
    with archive.open(entry.name) as stream:
        for part in parts(stream):
            measured.write(part)
            if measured.size > entry.size:
                break
    if (measured.size, measured.digest) != (entry.size, entry.sha256):
        raise BackupDamaged(_changed(entry.name))


def _difference(archive: Archive, entry: StoredFile) -> Message | None:
    measured = Measured()
    try:
        with archive.open(entry.name) as stream:
            for part in parts(stream):
                measured.write(part)
    except BackupDamaged as error:
        return error.problems[0]
    if (measured.size, measured.digest) != (entry.size, entry.sha256):
        return _changed(entry.name)
    return None


def _manifest(form: Form, sizes: Mapping[str, int]) -> Manifest:
    if MANIFEST not in sizes:
        raise BackupDamaged(
            Message(
                "没有清单：这不是斗拱的备份，或只剩一部分", "There is no manifest: this is no backup, or a part of one"
            )
        )
    if sizes[MANIFEST] > LARGEST_MANIFEST:
        raise BackupDamaged(Message("清单过大", "The manifest is too large"))
    try:
        with form.open(MANIFEST) as stream:
            content = stream.read(sizes[MANIFEST] + 1)
    except _BROKEN:
        raise BackupDamaged(_unreadable(MANIFEST)) from None
    return read_manifest(content)


def _mismatches(manifest: Manifest, sizes: Mapping[str, int]) -> Iterator[Message]:
    entries = manifest.entries
    for name in sorted(entries):
        if not is_expected(name):
            yield _outside(name)
    for name in sorted(entries.keys() - sizes.keys()):
        yield Message(f"缺少 {name}", f"{name} is missing")
    for name in sorted(sizes.keys() - entries.keys() - {MANIFEST}):
        yield Message(f"清单中没有 {name}", f"{name} is not in the manifest")
    for name in sorted(entries.keys() & sizes.keys()):
        if sizes[name] != entries[name].size:
            yield Message(
                f"{name} 有 {sizes[name]} 字节，清单说 {entries[name].size}",
                f"{name} has {sizes[name]} bytes, the manifest says {entries[name].size}",
            )


def _listed(form: Form) -> Mapping[str, int]:
    try:
        sizes = form.sizes()
    except _BROKEN:
        raise BackupDamaged(
            Message(
                "压缩包不可读：它被截断，或不是备份", "The archive cannot be read: it was cut short, or is no backup"
            )
        ) from None
    unsafe = [name for name in sorted(sizes) if name != MANIFEST and not is_expected(name)]
    if unsafe:
        raise BackupDamaged(*map(_outside, unsafe))
    return sizes


def _outside(name: str) -> Message:
    shown = ascii(name)[1:-1][:200]
    return Message(
        f"条目 {shown} 不应在备份里：它的路径通向别处",
        f"Entry {shown} has no place in a backup: its path leads elsewhere",
    )


def _unreadable(name: str) -> Message:
    return Message(f"{name} 不可读：内容已损坏", f"{name} cannot be read: its bytes are damaged")


def _changed(name: str) -> Message:
    return Message(
        f"{name} 与清单不符：内容被改动或损坏", f"{name} does not fit the manifest: it was changed or damaged"
    )


def _form(path: Path) -> Form:
    if path.is_dir():
        return _FolderForm(path)
    with path.open("rb") as file:
        start = file.read(4)
    try:
        return _ZipForm(path) if start[:2] == b"PK" else _TarForm(path)
    except _BROKEN:
        raise BackupDamaged(
            Message(
                "压缩包不可读：它被截断，或不是备份", "The archive cannot be read: it was cut short, or is no backup"
            )
        ) from None


class _FolderForm:
    def __init__(self, path: Path) -> None:
        self._path = path

    def sizes(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for folder, folders, files in os.walk(self._path):
            for name in (*folders, *files):
                path = Path(folder, name)
                mode = path.lstat().st_mode
                if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                    raise BackupDamaged(_no_file(path.relative_to(self._path).as_posix()))
                if stat.S_ISREG(mode):
                    found[path.relative_to(self._path).as_posix()] = path.lstat().st_size
        return found

    def open(self, name: str) -> BinaryIO:
        return (self._path / name).open("rb")

    def close(self) -> None:
        pass


class _ZipForm:
    def __init__(self, path: Path) -> None:
        self._size = path.stat().st_size
        self._zip = zipfile.ZipFile(path)

    def sizes(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        packed = 0
        for info in self._zip.infolist():
            name = info.orig_filename
            if name in found:
                raise BackupDamaged(Message(f"{name} 出现两次", f"{name} is there twice"))
            if info.is_dir() or stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG} or info.flag_bits & 1:
                raise BackupDamaged(_no_file(name))
            if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise BackupDamaged(_unreadable(name))
            found[name], packed = info.file_size, packed + info.compress_size
        if packed > self._size:
            raise BackupDamaged(Message("压缩包的条目互相重叠", "Entries of the archive overlap"))
        if sum(found.values()) > max(BOMB_SIZE, BOMB_RATIO * packed):
            raise BackupDamaged(
                Message(
                    f"压缩包会展开到 {sum(found.values())} 字节，是其自身的 {BOMB_RATIO} 倍以上：拒绝展开",
                    f"The archive would unpack to {sum(found.values())} bytes, over {BOMB_RATIO} times its own: refused",
                )
            )
        return found

    def open(self, name: str) -> BinaryIO:
        return self._zip.open(name)  # type: ignore[return-value]

    def close(self) -> None:
        self._zip.close()


class _TarForm:
    def __init__(self, path: Path) -> None:
        self._size = path.stat().st_size
        self._tar = tarfile.TarFile(path, "r")
        self._members: dict[str, tarfile.TarInfo] = {}

    def sizes(self) -> Mapping[str, int]:
        for info in self._tar:
            if info.name in self._members:
                raise BackupDamaged(Message(f"{info.name} 出现两次", f"{info.name} is there twice"))
            if not info.isreg() or info.issparse():
                raise BackupDamaged(_no_file(info.name))
            self._members[info.name] = info
        if self._size % tarfile.RECORDSIZE:
            raise tarfile.ReadError("the end is missing")
        return {name: info.size for name, info in self._members.items()}

    def open(self, name: str) -> BinaryIO:
        stream = self._tar.extractfile(self._members[name])
        if stream is None:
            raise tarfile.ReadError("no file")
        return stream  # type: ignore[return-value]

    def close(self) -> None:
        self._tar.close()


def _no_file(name: str) -> Message:
    shown = ascii(name)[1:-1][:200]
    return Message(f"{shown} 不是普通文件", f"{shown} is no plain file")
