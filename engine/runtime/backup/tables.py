"""Standing tables: every table of a live database with the columns that it really has, retired ones too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from engine.diagnostics import Message
from engine.runtime.backup.problems import BackupImpossible
from engine.runtime.database.protocol import Session
from engine.runtime.schema.journal import JOURNAL_TABLES, SCHEMA_TABLE, migrations, recorded_schema
from engine.runtime.schema.live import LiveColumn, LiveTable, live_schema
from engine.runtime.schema.operations import TOMBSTONE, UNDONE
from engine.runtime.schema.tables import Column, PhysicalKind, Table
from engine.runtime.schema.tombstones import retired_by

_KIND_OF_TYPE = {
    "INTEGER": PhysicalKind.INTEGER,
    "BIGINT": PhysicalKind.INTEGER,
    "TEXT": PhysicalKind.TEXT,
    "BOOLEAN": PhysicalKind.BOOLEAN,
    "DATE": PhysicalKind.DATE,
    "BLOB": PhysicalKind.BYTES,
    "BYTEA": PhysicalKind.BYTES,
}
"""For retired columns that the journal no longer knows."""
Retired = Mapping[str, Column | Table]


@dataclass(frozen=True, slots=True)
class Standing:
    """The tables that a backup keeps, by name, and what stands beside them that is none of ours."""

    tables: tuple[Table, ...]
    left_out: tuple[str, ...]


def standing_tables(session: Session) -> Standing:
    """What stands in the database. In SQLite a session is needed that may ask the catalogue. Raises BackupImpossible."""
    live = live_schema(session)
    if SCHEMA_TABLE not in live:
        raise BackupImpossible(
            Message(
                "这里还没有安装：数据库没有迁移记录",
                "Nothing is installed here: the database has no record of migrations",
            )
        )
    retired = {name: was for migration in migrations(session) for name, was in retired_by(migration)}
    recorded = {**recorded_schema(session).tables, **{one.name: one for one in JOURNAL_TABLES}}
    missing = sorted(recorded.keys() - live.keys())
    if missing:
        raise BackupImpossible(
            Message(f"数据库缺少表：{'、'.join(missing)}", f"The database lacks tables: {', '.join(missing)}")
        )
    living = [_living(recorded[name], live[name], retired) for name in recorded]
    buried = [_buried(table, retired) for name, table in live.items() if _is_retired(name) and name not in recorded]
    tables = sorted([*living, *buried], key=lambda one: one.name)
    return Standing(tuple(tables), tuple(sorted(_strangers(live, {one.name: one for one in tables}))))


def _living(declared: Table, live: LiveTable, retired: Retired) -> Table:
    lacking = [one.name for one in declared.columns if live.column(one.name) is None]
    if lacking:
        names = ", ".join(f"{declared.name}.{name}" for name in lacking)
        raise BackupImpossible(Message(f"数据库缺少列：{names}", f"The database lacks columns: {names}"))
    if live.virtual:
        return declared
    loose = {one.name for one in live.columns if one.nullable}
    kept = tuple(replace(one, nullable=one.nullable or one.name in loose) for one in declared.columns)
    gone = (one for one in live.columns if declared.column(one.name) is None and _is_retired(one.name))
    return replace(declared, columns=(*kept, *(_column(one, retired.get(one.name)) for one in gone)))


def _buried(live: LiveTable, retired: Retired) -> Table:
    """A retired table under the name of its tombstone: its rows are kept, nothing points from it."""
    was = retired.get(live.name)
    known = was if isinstance(was, Table) else Table(live.name, (), live.primary_key, full_text=live.virtual)
    columns = tuple(_column(one, known.column(one.name) or retired.get(one.name)) for one in live.columns)
    return replace(known, name=live.name, columns=columns, foreign_keys=(), indexes=())


def _column(live: LiveColumn, was: Column | Table | None) -> Column:
    if isinstance(was, Column):
        return replace(was, name=live.name, nullable=live.nullable)
    return Column(live.name, _KIND_OF_TYPE.get(live.type.split(" ")[0], PhysicalKind.TEXT), live.nullable)


def _strangers(live: Mapping[str, LiveTable], kept: Mapping[str, Table]) -> Iterator[str]:
    for name, table in live.items():
        if name not in kept:
            yield name
        else:
            yield from (f"{name}.{one.name}" for one in table.columns if kept[name].column(one.name) is None)


def _is_retired(name: str) -> bool:
    return name.startswith((TOMBSTONE, UNDONE))
