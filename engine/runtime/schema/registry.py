"""The store registry: everything that holds anything, what it may hold, and how one subject leaves it.

Each owner module declares its stores; a check compares them with the database and the data folder, so that nothing holds
values of people without saying so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

from engine.diagnostics import Message
from engine.runtime.schema.journal import MIGRATION_TABLE, SCHEMA_TABLE
from engine.runtime.schema.live import LiveTable
from engine.runtime.schema.operations import TOMBSTONE, UNDONE
from engine.runtime.schema.tables import Table


class StoreKind(StrEnum):
    """What a store is: a table, files of the data folder, or something in memory."""

    TABLE = "table"
    FILE = "file"
    CACHE = "cache"


class SubjectExit(StrEnum):
    """How one subject leaves a store: its rows go, its values are masked, its key goes, or it holds nothing of a subject."""

    DELETE = "delete"
    MASK = "mask"
    KEY = "key"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Store:
    """A store. `name` is a table's name or a pattern (`*`) of names, or of paths below the data folder with `/`.

    `holds` are the levels that may stand in it, empty when it never holds a value of a record.
    """

    name: str
    kind: StoreKind
    owner: str
    holds: frozenset[str]
    subject_exit: SubjectExit


class BadStore(ValueError):
    """A store is declared twice, or in a way that contradicts itself."""


def collect(*stores: Store) -> tuple[Store, ...]:
    """All stores, checked one against the other. Raises BadStore: that is a mistake of ours, told at the start."""
    seen: dict[tuple[StoreKind, str], Store] = {}
    for store in stores:
        if (store.kind, store.name) in seen:
            raise BadStore(
                f"{store.kind} {store.name} is declared by {seen[store.kind, store.name].owner} and {store.owner}"
            )
        if store.holds and store.subject_exit is SubjectExit.NONE:
            raise BadStore(f"{store.kind} {store.name} holds {sorted(store.holds)} and no subject could leave it")
        seen[store.kind, store.name] = store
    return tuple(stores)


def table_stores(
    tables: Iterable[Table], owner: str, holds: Iterable[str], subject_exit: SubjectExit
) -> tuple[Store, ...]:
    """One store for each of an owner's tables."""
    levels = frozenset(holds)
    return tuple(Store(table.name, StoreKind.TABLE, owner, levels, subject_exit) for table in tables)


def database_stores(database_file: str = "dougong.sqlite3") -> tuple[Store, ...]:
    """What the database layer and the migrations keep themselves. Tombstones hold what their columns held."""
    layer, migrating = "engine.runtime.database", "engine.runtime.schema"
    nothing: frozenset[str] = frozenset()
    everything = frozenset({"G1", "G2", "G3", "G4"})
    files = (
        Store(database_file + suffix, StoreKind.FILE, layer, held, way)
        for suffix, held, way in (
            ("", everything, SubjectExit.DELETE),
            ("-wal", everything, SubjectExit.DELETE),
            ("-shm", nothing, SubjectExit.NONE),
            (".lock", nothing, SubjectExit.NONE),
            (".lock-journal", nothing, SubjectExit.NONE),
            (".ballast", nothing, SubjectExit.NONE),
        )
    )
    return (
        *files,
        Store(SCHEMA_TABLE, StoreKind.TABLE, migrating, nothing, SubjectExit.NONE),
        Store(MIGRATION_TABLE, StoreKind.TABLE, migrating, nothing, SubjectExit.NONE),
        Store(f"{TOMBSTONE}*", StoreKind.TABLE, migrating, everything, SubjectExit.DELETE),
        Store(f"{UNDONE}*", StoreKind.TABLE, migrating, everything, SubjectExit.DELETE),
    )


def check(
    stores: Iterable[Store], live: Mapping[str, LiveTable], data_folder: Path | None = None
) -> tuple[Message, ...]:
    """What stands in the database or the data folder and is no declared store, and declared tables that are not there."""
    declared = tuple(stores)
    tables = [one.name for one in declared if one.kind is StoreKind.TABLE]
    files = [one.name for one in declared if one.kind is StoreKind.FILE]
    missing = sorted(name for name in tables if "*" not in name and name not in live)
    return (
        *(Message(f"表 {name} 未登记", f"Table {name} is not a declared store") for name in _strange(live, tables)),
        *(Message(f"已登记的表 {name} 不存在", f"Declared table {name} is not there") for name in missing),
        *(
            Message(f"文件 {name} 未登记", f"File {name} is not a declared store")
            for name in _strange(_paths(data_folder), files)
        ),
    )


def _paths(folder: Path | None) -> Iterator[str]:
    if folder is not None:
        yield from (one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


def _strange(names: Iterable[str], patterns: list[str]) -> list[str]:
    return sorted(name for name in names if not any(fnmatchcase(name, pattern) for pattern in patterns))
