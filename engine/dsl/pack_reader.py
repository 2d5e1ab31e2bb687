"""A pack's folder to documents: which files belong to it, and what is wrong with the others."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path as FilePath
from types import MappingProxyType

from engine.diagnostics import Diagnostic, Message, Span
from engine.dsl.diagnostics_catalogue import CATALOGUE
from engine.dsl.document import Document
from engine.dsl.kinds import FOLDERS, OTHER_FILES, OTHER_FOLDERS, PYTHON_FOLDERS, fits_name, is_reserved
from engine.dsl.limits import MOST_FILES
from engine.dsl.source import MAX_BYTES, read_source
from engine.dsl.suggestions import suggestion

SUFFIX = ".yaml"
PASSING_SUFFIXES = ("~", ".tmp", ".swp")
"""Files that editors write beside the one that is edited."""


Unsaved = Mapping[FilePath, bytes | None]
"""Contents that stand for those of files; None: as if there were no such file."""
NOTHING: Unsaved = MappingProxyType({})
"""No unsaved text."""


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file that is a resource: where it lies, its name in diagnostics, its kind and name."""

    location: FilePath
    file: str
    kind: str
    name: str
    pack: str


@dataclass(frozen=True, slots=True)
class PackFolder:
    """What a pack's folder holds: resource files, and problems with the rest."""

    name: str
    files: tuple[PackFile, ...]
    problems: tuple[Diagnostic, ...]


@dataclass(slots=True)
class DocumentCache:
    """Documents by pack, file and content: an unchanged file is not read twice."""

    entries: dict[tuple[str, str, str], tuple[Document, tuple[Diagnostic, ...]]] = field(default_factory=dict)

    def keep(self, used: set[tuple[str, str, str]]) -> None:
        self.entries = {key: entry for key, entry in self.entries.items() if key in used}


def list_pack(folder: FilePath, unsaved: Unsaved = NOTHING) -> PackFolder:
    """The resource files of the pack at `folder`, also those that an editor has not saved; its name is the folder's."""
    pack = folder.name
    if not folder.is_dir() and not any(folder in location.parents for location in unsaved):
        return PackFolder(pack, (), (_problem("E127", pack, name=str(folder)),))
    files: list[PackFile] = []
    problems: list[Diagnostic] = []
    if not fits_name("pack", pack):
        problems.append(_problem("E122", pack, name=pack))
    for found in _entries(folder, pack, problems) if folder.is_dir() else ():
        if found.is_dir():
            files += _kind_folder(folder / found.name, pack, problems)
        elif found.name == "pack.yaml" and found.is_file():
            files.append(PackFile(folder / found.name, f"{pack}/pack.yaml", "pack", pack, pack))
        elif found.name not in OTHER_FILES and not (pack in PYTHON_FOLDERS and found.name.endswith(".py")):
            problems.append(_problem("E121", f"{pack}/{found.name}", name=found.name))
    files = [one for one in files if unsaved.get(one.location, b"") is not None]
    files += _never_saved(folder, unsaved)
    if not any(file.kind == "pack" for file in files):
        problems.append(_problem("E125", f"{pack}/pack.yaml", name=pack))
    return PackFolder(pack, tuple(files), tuple(problems))


def _never_saved(folder: FilePath, unsaved: Unsaved) -> Iterator[PackFile]:
    """Files of an editor that do not stand on the disk yet, where a file of their name would be a resource."""
    for location, content in unsaved.items():
        found = None if content is None or location.exists() else resource_at(folder, location)
        if found is not None:
            yield found


def resource_at(folder: FilePath, location: FilePath) -> PackFile | None:
    """The resource that a file at `location` is or would be in the pack at `folder`; None where it would be none."""
    pack, kind, name = folder.name, location.parent.name, location.stem
    if location == folder / "pack.yaml":
        return PackFile(location, f"{pack}/pack.yaml", "pack", pack, pack)
    if location.parent.parent != folder or location.suffix != ".yaml" or kind not in FOLDERS:
        return None
    if not fits_name(kind, name) or is_reserved(kind, name):
        return None
    return PackFile(location, f"{pack}/{kind}/{location.name}", kind, name, pack)


def _kind_folder(folder: FilePath, pack: str, problems: list[Diagnostic]) -> Iterator[PackFile]:
    kind = folder.name
    if kind in OTHER_FOLDERS or (pack in PYTHON_FOLDERS and kind not in FOLDERS):
        return
    place = f"{pack}/{kind}"
    if kind not in FOLDERS:
        hint = suggestion(kind, FOLDERS)
        problems.append(_problem("E120", place, hint=hint, name=kind, allowed=", ".join(FOLDERS)))
        return
    for found in _entries(folder, place, problems):
        file = f"{place}/{found.name}"
        stem = found.name.removesuffix(SUFFIX)
        if not found.is_file() or not found.name.endswith(SUFFIX):
            problems.append(_problem("E121", file, name=found.name))
        elif not fits_name(kind, stem):
            problems.append(_problem("E122", file, name=stem))
        elif is_reserved(kind, stem):
            problems.append(_problem("E126", file, name=stem))
        else:
            yield PackFile(folder / found.name, file, kind, stem, pack)


def _entries(folder: FilePath, place: str, problems: list[Diagnostic]) -> Iterator[os.DirEntry[str]]:
    """Files and folders in name order; hidden and passing ones are skipped, links and names that differ in case refused."""
    try:
        with os.scandir(folder) as listed:
            found_paths = sorted(islice(listed, MOST_FILES + 1), key=lambda entry: entry.name)
    except OSError:
        problems.append(_problem("E127", place, name=folder.name))
        return
    if len(found_paths) > MOST_FILES:
        problems.append(too_large(place, Message(f"{MOST_FILES} 个文件", f"{MOST_FILES} files")))
        return
    seen: dict[str, str] = {}
    for found in found_paths:
        if found.name.startswith(".") or found.name.endswith(PASSING_SUFFIXES):
            continue
        other = seen.setdefault(found.name.lower(), found.name)
        if found.is_symlink():
            problems.append(_problem("E123", f"{place}/{found.name}", name=found.name))
        elif other != found.name:
            problems.append(_problem("E124", f"{place}/{found.name}", name=found.name, other=other))
        else:
            yield found


def read_document(
    file: PackFile, cache: DocumentCache, unsaved: Unsaved = NOTHING
) -> tuple[Document, tuple[Diagnostic, ...], str]:
    """The document of one file with its problems, and the hash under which the cache keeps it."""
    try:
        given = unsaved.get(file.location)
        content = _content(file.location) if given is None else given
    except OSError:
        document, _ = parse_document(file, b"", "")
        return replace(document, sound=False), (_problem("E127", file.file, name=file.location.name),), ""
    text_hash = hashlib.sha256(content).hexdigest()
    key = (file.pack, file.file, text_hash)
    if key not in cache.entries:
        cache.entries[key] = parse_document(file, content, text_hash)
    return (*cache.entries[key], text_hash)


def parse_document(file: PackFile, content: bytes, text_hash: str) -> tuple[Document, tuple[Diagnostic, ...]]:
    reading = read_source(file.file, content)
    data: Mapping[str, object] = reading.data if isinstance(reading.data, dict) else {}
    document = Document(
        file.kind, file.name, file.pack, data, reading.positions, (reading.source,), text_hash, not reading.problems
    )
    return document, reading.problems


def size_of(file: PackFile) -> int:
    """The bytes that reading the file takes."""
    try:
        return min(file.location.stat().st_size, MAX_BYTES + 1)
    except OSError:
        return 0


def _content(location: FilePath) -> bytes:
    """The bytes of a file, at most one more than may be read."""
    with location.open("rb", buffering=0) as stream:
        size = os.fstat(stream.fileno()).st_size
        return stream.readall() if size <= MAX_BYTES else stream.read(MAX_BYTES + 1) or b""


def too_large(file: str, what: Message) -> Diagnostic:
    """The diagnostic of a pack that holds too much."""
    return _problem("E119", file, what_zh=what.zh, what_en=what.en)


def _problem(code: str, file: str, hint: Message | None = None, **values: object) -> Diagnostic:
    shown = {key: _printable(value) if isinstance(value, str) else value for key, value in values.items()}
    return CATALOGUE.report(code, Span(_printable(file)), "", hint, **shown)


def _printable(name: str) -> str:
    """A file name as a terminal and JSON may show it: what cannot be printed as an escape."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)
