"""The compiled model kept on disk between starts, by the content of everything it was made of.

The file is written and read by one installation: it is sealed with the installation's own key, kept from other users
of the machine, and even so only values of `engine.model` are made from it: no name in it can call anything else.
Whatever does not fit, the packs are compiled.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import io
import json
import os
import pickle
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import engine.dsl
import engine.model
import engine.widgets
from engine.dsl.annotations import ConnectorSpecs, NodeSpecs
from engine.model.app import AppModel
from engine.model.uncollected import uncollected
from engine.runtime.stores import MODEL

FILE = MODEL
SELDOM = ("suites", "demos", "knowledge")
"""Tables that serving does not need: they are made when they are first looked into."""
_SOURCES = tuple(Path(str(package.__file__)).parent for package in (engine.dsl, engine.model, engine.widgets))
_PLAIN = {f"{one.__module__}.{one.__name__}": one for one in (date, datetime, time, timedelta, Decimal, frozenset, set)}
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where an installation keeps its model, and the key that seals it."""

    folder: Path
    key: bytes

    def load(self, packs: bytes) -> AppModel | None:
        """The model that was kept for packs of this fingerprint; None when there is none, or when the file is not ours."""
        try:
            content = (self.folder / FILE).read_bytes()
        except OSError:
            return None
        seal, rest = content[:_DIGEST], content[_DIGEST:]
        if rest[:_DIGEST] != packs or not hmac.compare_digest(seal, self._seal(rest)):
            return None
        with uncollected(), contextlib.suppress(pickle.UnpicklingError):
            tables = cast(Mapping[str, object], _read(rest[_DIGEST:]))
            seldom = {name: _Seldom(cast(bytes, tables[name])) for name in SELDOM}
            return AppModel(**{**tables, **seldom})  # type: ignore[arg-type]
        return None

    def keep(self, packs: bytes, model: AppModel) -> None:
        """Keep the model of packs of this fingerprint for the next start. A folder that cannot be written keeps nothing."""
        tables = {one.name: getattr(model, one.name) for one in fields(AppModel) if one.init}
        with uncollected():
            tables |= {name: _written(tables[name]) for name in SELDOM}
            rest = packs + _written(tables)
        passing = self.folder / f"{FILE}.{os.getpid()}"
        with contextlib.suppress(OSError):
            descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._seal(rest) + rest)
            passing.replace(self.folder / FILE)

    def _seal(self, content: bytes) -> bytes:
        return hmac.digest(hmac.digest(self.key, FILE.encode(), "sha256"), content, "sha256")


def fingerprint(folders: Sequence[Path], nodes: NodeSpecs, connectors: ConnectorSpecs) -> bytes:
    """A digest of the packs' files, of the compiler that reads them, and of what the kinds of nodes and the connectors
    declare that it judges by: with the same one, the model is the same."""
    digest = hashlib.sha256(sys.version.encode() + Path(__file__).read_bytes())
    digest.update(json.dumps([nodes, connectors], default=_plain).encode())
    for folder in (*_SOURCES, *folders):
        for name, content in _files(str(folder)):
            digest.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
            digest.update(content)
    return digest.digest()


def _plain(value: object) -> object:
    """A part of a declaration as plain data: the same in every process, wherever it is written."""
    if is_dataclass(value):
        return [getattr(value, one.name) for one in fields(value)]
    if isinstance(value, Mapping):
        return dict(value)
    return sorted(value) if isinstance(value, frozenset) else repr(value)


def _files(folder: str) -> Iterator[tuple[str, bytes]]:
    """Names and content of all files below a folder, in name order; of what is no file, the name."""
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder, b""
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            if entry.name != "__pycache__":
                yield from _files(entry.path)
        elif entry.is_file(follow_symlinks=False):
            with contextlib.suppress(OSError):
                yield entry.path, Path(entry.path).read_bytes()
        else:
            yield entry.path, b"link"


class _Seldom(Mapping[str, object]):
    """A table that is read when it is first used."""

    __slots__ = ("_content", "_table")

    def __init__(self, content: bytes) -> None:
        self._content: bytes | None = content
        self._table: Mapping[str, object] = {}

    def _read(self) -> Mapping[str, object]:
        content = self._content
        if content is not None:
            with uncollected():
                self._table = cast(Mapping[str, object], _read(content))
            self._content = None
        return self._table

    def __getitem__(self, name: str) -> object:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


def frozen_map(values: dict[object, object]) -> Mapping[object, object]:
    """A map that nobody can change, made again."""
    return MappingProxyType(values)


class _Writer(pickle.Pickler):
    """Writes values of the model as calls of their classes; maps that nobody can change have no form of their own."""

    def reducer_override(self, value: object) -> Any:
        if isinstance(value, MappingProxyType):
            return frozen_map, (value.copy(),)
        kind: type = type(value)
        declared = _declared(kind)
        return NotImplemented if declared is None else (kind, _arguments(value, declared))


@cache
def _declared(kind: type) -> tuple[tuple[str, object], ...] | None:
    """The fields of a class of frozen values with their defaults; None for any other class."""
    return tuple((one.name, one.default) for one in fields(kind)) if is_dataclass(kind) else None


def _arguments(value: object, declared: tuple[tuple[str, object], ...]) -> tuple[object, ...]:
    """The values of a frozen value's fields, without those at the end that have their default."""
    given = [getattr(value, name) for name, _ in declared]
    while given and given[-1] is declared[len(given) - 1][1]:
        given.pop()
    return tuple(given)


class _Reader(pickle.Unpickler):
    """Makes values of the model and nothing else."""

    def find_class(self, module: str, name: str) -> object:
        found = _PLAIN.get(f"{module}.{name}")
        if found is not None:
            return found
        if (module, name) == (__name__, frozen_map.__name__):
            return MappingProxyType
        value = vars(sys.modules[module]).get(name) if module.startswith("engine.model.") else None
        if isinstance(value, type) and value.__module__ == module:
            return value
        raise pickle.UnpicklingError(f"{module}.{name}")


def _written(value: object) -> bytes:
    stream = io.BytesIO()
    _Writer(stream, 5).dump(value)
    return stream.getvalue()


def _read(content: bytes) -> object:
    return _Reader(io.BytesIO(content)).load()
