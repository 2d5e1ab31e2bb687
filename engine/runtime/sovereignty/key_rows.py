"""Rows of keys: key-encryption keys, data keys by subject and version, index keys, and who has none any more. All wrapped."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqlglot import parse_one

from engine.runtime.database.protocol import NO_PARAMETERS, Parameters, Row, Session
from engine.runtime.database.statements import Dialect, Statement, compile_statement

_TABLES = (
    """CREATE TABLE IF NOT EXISTS dougong_key_fact (name TEXT NOT NULL PRIMARY KEY, content BLOB NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS dougong_kek (version BIGINT NOT NULL PRIMARY KEY, wrapped BLOB NOT NULL,
    made_at BIGINT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS dougong_dek (entity TEXT NOT NULL, record BIGINT NOT NULL, version BIGINT NOT NULL,
    kek BIGINT NOT NULL, wrapped BLOB NOT NULL, writes BIGINT NOT NULL, made_at BIGINT NOT NULL, former_since BIGINT, unused_since BIGINT,
    PRIMARY KEY (entity, record, version))""",
    """CREATE INDEX IF NOT EXISTS dougong_dek_kek ON dougong_dek (kek)""",
    """CREATE TABLE IF NOT EXISTS dougong_index_key (entity TEXT NOT NULL, field TEXT NOT NULL, version BIGINT NOT NULL,
    kek BIGINT NOT NULL, wrapped BLOB NOT NULL, made_at BIGINT NOT NULL, PRIMARY KEY (entity, field, version))""",
    """CREATE TABLE IF NOT EXISTS dougong_shredded (entity TEXT NOT NULL, record BIGINT NOT NULL,
    shredded_at BIGINT NOT NULL, PRIMARY KEY (entity, record))""",
    """CREATE TABLE IF NOT EXISTS dougong_key_copy (made_at BIGINT NOT NULL PRIMARY KEY, path TEXT NOT NULL,
    ends_at BIGINT NOT NULL)""",
)
_MEMBERS: Mapping[Dialect, str] = {
    "sqlite": "SELECT entity, record, version, kek, wrapped, former_since FROM dougong_dek WHERE entity = :entity"
    " AND record IN (SELECT value FROM json_each(:records))",
    "postgres": "SELECT entity, record, version, kek, wrapped, former_since FROM dougong_dek WHERE entity = %(entity)s"
    " AND record IN (SELECT value::bigint FROM json_array_elements_text(CAST(%(records)s AS json)))",
}
_SHREDDED: Mapping[Dialect, str] = {
    "sqlite": "SELECT entity, record FROM dougong_shredded WHERE entity = :entity"
    " AND record IN (SELECT value FROM json_each(:records))",
    "postgres": "SELECT entity, record FROM dougong_shredded WHERE entity = %(entity)s"
    " AND record IN (SELECT value::bigint FROM json_array_elements_text(CAST(%(records)s AS json)))",
}
_COPIED: Mapping[str, tuple[str, ...]] = {
    "dougong_key_fact": ("name", "content"),
    "dougong_kek": ("version", "wrapped", "made_at"),
    "dougong_dek": (
        "entity",
        "record",
        "version",
        "kek",
        "wrapped",
        "writes",
        "made_at",
        "former_since",
        "unused_since",
    ),
    "dougong_index_key": ("entity", "field", "version", "kek", "wrapped", "made_at"),
    "dougong_shredded": ("entity", "record", "shredded_at"),
}
_MAKING = 4_105_309
EPOCH = "epoch"


@dataclass(frozen=True, slots=True, order=True)
class SubjectRef:
    """Whose key seals a row: a record that is a data subject. Rows of nobody belong to the installation."""

    entity: str
    record: int


INSTALLATION = SubjectRef("", 0)


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it lies in its row. `kek` is the version of the key it is wrapped under; `former` after a newer one was made."""

    subject: SubjectRef
    version: int
    kek: int
    wrapped: bytes
    former: bool = False


@dataclass(frozen=True, slots=True)
class WrappedIndexKey:
    """The key of the blind index of a field, as it lies in its row."""

    entity: str
    field: str
    version: int
    kek: int
    wrapped: bytes


def make_tables(session: Session) -> None:
    """Create the tables that are not there."""
    if session.dialect == "postgres":  # two processes that start together would both create them, and one would fail
        session.execute(Statement(f"SELECT pg_advisory_xact_lock({_MAKING})", (), "postgres"))
    for text in _TABLES:
        session.execute(_statement(text, session.dialect))


def lock_keys(session: Session) -> None:
    """Before a unit of work reads anything: none that writes keys runs beside it."""
    session.execute(Statement("LOCK TABLE dougong_kek IN EXCLUSIVE MODE", (), session.dialect))


def fact(session: Session, name: str) -> bytes | None:
    """A lone value: the tenant, what is known of the root key, the epoch."""
    found = _rows(session, "SELECT content FROM dougong_key_fact WHERE name = :name", {"name": name})
    return _bytes(found[0][0]) if found else None


def set_fact(session: Session, name: str, content: bytes) -> None:
    """Keep a lone value in place of what was kept under its name."""
    text = "INSERT INTO dougong_key_fact (name, content) VALUES (:name, :content) ON CONFLICT (name) DO UPDATE SET content = excluded.content"
    _execute(session, text, {"name": name, "content": content})


def drop_fact(session: Session, name: str) -> None:
    _execute(session, "DELETE FROM dougong_key_fact WHERE name = :name", {"name": name})


def is_begun(session: Session) -> bool:
    """Whether there are keys at all."""
    return bool(_rows(session, "SELECT version FROM dougong_kek LIMIT 1"))


def all_rows(session: Session) -> dict[str, list[Row]]:
    """Every row that a copy of the keys holds, by table."""
    return {
        table: _rows(session, f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608
        for table, columns in _COPIED.items()
    }


def put_rows(session: Session, rows: Mapping[str, Sequence[Row]]) -> None:
    """Write the rows of a copy into empty tables; the epoch stays the store's own."""
    for table, columns in _COPIED.items():
        given = [row for row in rows[table] if row[0] != EPOCH]
        session.load(table, columns, given)


def stored_epoch(session: Session) -> bytes:
    """The epoch of a store whose processes share no memory."""
    return fact(session, EPOCH) or b""


def change_epoch(session: Session) -> None:
    set_fact(session, EPOCH, os.urandom(8))


def all_keks(session: Session) -> list[tuple[int, bytes]]:
    """Every key-encryption key with its version, oldest first."""
    rows = _rows(session, "SELECT version, wrapped FROM dougong_kek ORDER BY version")
    return [(_number(row[0]), _bytes(row[1])) for row in rows]


def add_kek(session: Session, version: int, wrapped: bytes, now: int) -> None:
    text = "INSERT INTO dougong_kek (version, wrapped, made_at) VALUES (:version, :wrapped, :made_at)"
    _execute(session, text, {"version": version, "wrapped": wrapped, "made_at": now})


def set_kek(session: Session, version: int, wrapped: bytes) -> None:
    text = "UPDATE dougong_kek SET wrapped = :wrapped WHERE version = :version"
    _execute(session, text, {"version": version, "wrapped": wrapped})


def remove_keks_below(session: Session, version: int) -> int:
    """Destroy key-encryption keys under which nothing is wrapped any more."""
    text = """DELETE FROM dougong_kek WHERE version < :version
    AND version NOT IN (SELECT kek FROM dougong_dek) AND version NOT IN (SELECT kek FROM dougong_index_key)"""
    return _execute(session, text, {"version": version})


def keys_of(session: Session, subjects: Iterable[SubjectRef]) -> list[WrappedKey]:
    """Every version of the data keys of subjects."""
    return [
        WrappedKey(
            SubjectRef(str(row[0]), _number(row[1])),
            _number(row[2]),
            _number(row[3]),
            _bytes(row[4]),
            row[5] is not None,
        )
        for given in _grouped(subjects)
        for row in session.rows(Statement(_MEMBERS[session.dialect], ("entity", "records"), session.dialect), given)
    ]


def shredded_among(session: Session, subjects: Iterable[SubjectRef]) -> set[SubjectRef]:
    """Those of some subjects whose keys were destroyed for good."""
    return {
        SubjectRef(str(row[0]), _number(row[1]))
        for given in _grouped(subjects)
        for row in session.rows(Statement(_SHREDDED[session.dialect], ("entity", "records"), session.dialect), given)
    }


def add_keys(session: Session, keys: Sequence[WrappedKey], writes: int, now: int) -> None:
    """Add new data keys for which `writes` sealings are set aside already."""
    text = """INSERT INTO dougong_dek (entity, record, version, kek, wrapped, writes, made_at)
    VALUES (:entity, :record, :version, :kek, :wrapped, :writes, :made_at)"""
    if keys:
        given = [
            {
                "entity": one.subject.entity,
                "record": one.subject.record,
                "version": one.version,
                "kek": one.kek,
                "wrapped": one.wrapped,
                "writes": writes,
                "made_at": now,
            }
            for one in keys
        ]
        session.execute_many(_statement(text, session.dialect), given)


def retire_keys_below(session: Session, subject: SubjectRef, version: int, now: int) -> None:
    """Nothing new is sealed under versions of a subject below this one."""
    text = """UPDATE dougong_dek SET former_since = :now
    WHERE entity = :entity AND record = :record AND version < :version AND former_since IS NULL"""
    _execute(session, text, {**_of(subject), "version": version, "now": now})


def set_aside_writes(session: Session, subject: SubjectRef, version: int, count: int, limit: int) -> bool:
    """Count sealings before they are done; False when a key would be used more than `limit` times."""
    text = """UPDATE dougong_dek SET writes = writes + :count
    WHERE entity = :entity AND record = :record AND version = :version AND writes + :count <= :limit"""
    return _execute(session, text, {**_of(subject), "version": version, "count": count, "limit": limit}) == 1


def destroy_keys(session: Session, subject: SubjectRef, version: int | None = None) -> int:
    """Destroy the data keys of a subject: one version, or all of them."""
    only = "" if version is None else " AND version = :version"
    text = f"DELETE FROM dougong_dek WHERE entity = :entity AND record = :record{only}"  # noqa: S608
    return _execute(session, text, _of(subject) if version is None else {**_of(subject), "version": version})


def mark_shredded(session: Session, subject: SubjectRef, now: int) -> None:
    """A subject gets no key again."""
    text = "INSERT INTO dougong_shredded (entity, record, shredded_at) VALUES (:entity, :record, :now) ON CONFLICT DO NOTHING"
    _execute(session, text, {**_of(subject), "now": now})


def keys_under_older(session: Session, kek: int, limit: int) -> tuple[list[WrappedKey], list[WrappedIndexKey]]:
    """Some of the keys that are wrapped under a key-encryption key before this one."""
    rows = _rows(
        session,
        "SELECT entity, record, version, kek, wrapped FROM dougong_dek WHERE kek < :kek LIMIT :most",
        {"kek": kek, "most": limit},
    )
    indexes = _rows(
        session,
        "SELECT entity, field, version, kek, wrapped FROM dougong_index_key WHERE kek < :kek LIMIT :most",
        {"kek": kek, "most": limit},
    )
    return (
        [
            WrappedKey(SubjectRef(str(row[0]), _number(row[1])), _number(row[2]), _number(row[3]), _bytes(row[4]))
            for row in rows
        ],
        [_index_key(row) for row in indexes],
    )


def rewrap(session: Session, keys: Sequence[WrappedKey], indexes: Sequence[WrappedIndexKey]) -> None:
    """Put keys as they are wrapped now in the place of the same keys as they were."""
    if keys:
        text = """UPDATE dougong_dek SET kek = :kek, wrapped = :wrapped
        WHERE entity = :entity AND record = :record AND version = :version"""
        given = [{**_of(one.subject), "version": one.version, "kek": one.kek, "wrapped": one.wrapped} for one in keys]
        session.execute_many(_statement(text, session.dialect), given)
    for one in indexes:
        text = """UPDATE dougong_index_key SET kek = :kek, wrapped = :wrapped
        WHERE entity = :entity AND field = :field AND version = :version"""
        values = {"entity": one.entity, "field": one.field, "version": one.version}
        _execute(session, text, {**values, "kek": one.kek, "wrapped": one.wrapped})


def index_keys_of(session: Session, entity: str, field: str) -> list[WrappedIndexKey]:
    """Every version of the key of a blind index, newest first."""
    text = """SELECT entity, field, version, kek, wrapped FROM dougong_index_key
    WHERE entity = :entity AND field = :field ORDER BY version DESC"""
    return [_index_key(row) for row in _rows(session, text, {"entity": entity, "field": field})]


def add_index_key(session: Session, key: WrappedIndexKey, now: int) -> bool:
    """Add a version of the key of a blind index; False when another process has done so."""
    text = """INSERT INTO dougong_index_key (entity, field, version, kek, wrapped, made_at)
    VALUES (:entity, :field, :version, :kek, :wrapped, :made_at) ON CONFLICT DO NOTHING"""
    values = {"entity": key.entity, "field": key.field, "version": key.version, "kek": key.kek}
    return _execute(session, text, {**values, "wrapped": key.wrapped, "made_at": now}) == 1


def subjects_after(session: Session, after: SubjectRef | None, limit: int) -> list[SubjectRef]:
    """Subjects that have a data key, in order, from behind one of them."""
    text = """SELECT DISTINCT entity, record FROM dougong_dek
    WHERE entity > :entity OR (entity = :entity AND record > :record) ORDER BY entity, record LIMIT :most"""
    where = {"entity": "", "record": -1} if after is None else _of(after)
    return [SubjectRef(str(row[0]), _number(row[1])) for row in _rows(session, text, {**where, "most": limit})]


@dataclass(frozen=True, slots=True)
class FormerKey:
    """A version under which nothing new is sealed, and since when no row was found under it: None while some may be."""

    subject: SubjectRef
    version: int
    since: int
    unused_since: int | None


def former_keys(session: Session) -> list[FormerKey]:
    """The former versions of all subjects."""
    text = """SELECT entity, record, version, former_since, unused_since FROM dougong_dek
    WHERE former_since IS NOT NULL ORDER BY entity, record, version"""
    return [
        FormerKey(
            SubjectRef(str(row[0]), _number(row[1])),
            _number(row[2]),
            _number(row[3]),
            None if row[4] is None else _number(row[4]),
        )
        for row in _rows(session, text)
    ]


def note_unused(session: Session, key: FormerKey, since: int | None) -> None:
    """Since when no row is sealed under a former version; None: some are."""
    text = """UPDATE dougong_dek SET unused_since = :since
    WHERE entity = :entity AND record = :record AND version = :version AND former_since IS NOT NULL"""
    _execute(session, text, {**_of(key.subject), "version": key.version, "since": since})


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How many keys there are. `most_writes` is the largest number of sealings set aside for one key."""

    subjects: int
    data_keys: int
    former: int
    keks: int
    index_keys: int
    shredded: int
    most_writes: int


def key_counts(session: Session) -> KeyCounts:
    """Counts of all keys; walks them once."""
    data = _rows(session, "SELECT COUNT(*), COUNT(former_since), COALESCE(MAX(writes), 0) FROM dougong_dek")[0]
    subjects = "SELECT COUNT(*) FROM (SELECT DISTINCT entity, record FROM dougong_dek) AS known"
    others = (
        subjects,
        "SELECT COUNT(*) FROM dougong_kek",
        "SELECT COUNT(*) FROM dougong_index_key",
        "SELECT COUNT(*) FROM dougong_shredded",
    )
    found = [_number(_rows(session, text)[0][0]) for text in others]
    return KeyCounts(found[0], _number(data[0]), _number(data[1]), found[1], found[2], found[3], _number(data[2]))


def remember_copy(session: Session, path: str, now: int, ends: int) -> None:
    """A copy of the keys was made, good until `ends`."""
    text = "INSERT INTO dougong_key_copy (made_at, path, ends_at) VALUES (:now, :path, :ends) ON CONFLICT DO NOTHING"
    _execute(session, text, {"now": now, "path": path, "ends": ends})


def copies(session: Session) -> list[tuple[int, str, int]]:
    """Copies of the keys that were made and not removed: when, where, until when."""
    rows = _rows(session, "SELECT made_at, path, ends_at FROM dougong_key_copy ORDER BY made_at")
    return [(_number(row[0]), str(row[1]), _number(row[2])) for row in rows]


def forget_copy(session: Session, made_at: int) -> None:
    _execute(session, "DELETE FROM dougong_key_copy WHERE made_at = :made_at", {"made_at": made_at})


def _index_key(row: Row) -> WrappedIndexKey:
    return WrappedIndexKey(str(row[0]), str(row[1]), _number(row[2]), _number(row[3]), _bytes(row[4]))


def _of(subject: SubjectRef) -> dict[str, object]:
    return {"entity": subject.entity, "record": subject.record}


def _grouped(subjects: Iterable[SubjectRef]) -> Iterator[dict[str, object]]:
    """One question for each entity."""
    records: dict[str, list[int]] = {}
    for one in subjects:
        records.setdefault(one.entity, []).append(one.record)
    for entity, numbers in records.items():
        yield {"entity": entity, "records": json.dumps(numbers)}


@cache
def _statement(text: str, dialect: Dialect) -> Statement:
    return compile_statement(parse_one(text, read=dialect), dialect)


def _rows(session: Session, text: str, parameters: Parameters = NO_PARAMETERS) -> list[Row]:
    return session.rows(_statement(text, session.dialect), parameters)


def _execute(session: Session, text: str, parameters: Parameters) -> int:
    return session.execute(_statement(text, session.dialect), parameters)


def _number(value: object) -> int:
    return int(str(value))


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else b""
