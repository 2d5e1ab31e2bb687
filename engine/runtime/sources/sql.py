"""SQL as a source: a SQLite file, or a server of PostgreSQL, MySQL (MariaDB) or ClickHouse; read only, through the egress gate.

With `version` what changed since is asked for, in pages by version and key; without it all rows come, of a server that
answers whole in pages by key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlglot import exp

from engine.diagnostics import Message
from engine.extensions import SECRET_NAME, Checkpoint, ConnectorSpec, SourceFault, SourceObject, SourceReach, SourceRow
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from engine.runtime.database.statements import compile_statement
from engine.runtime.sources.clickhouse_rows import clickhouse_rows
from engine.runtime.sources.files import INBOX_PATH
from engine.runtime.sources.mysql_rows import mysql_rows
from engine.runtime.sources.postgres_rows import postgres_rows
from engine.runtime.sources.sql_objects import server_objects, sqlite_objects
from engine.runtime.sources.sql_statements import Paging, Row, columns_of, kept, page, reading, sortable
from engine.runtime.sources.sqlite_rows import sqlite_rows

_NAME = {"type": "string", "minLength": 1, "maxLength": 128}
PAGE = 5_000
MOST_BYTES = 500_000_000
"""Of the texts of all cells of a run."""
SINCE = "since"
SQL_SETTINGS: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "path": {"type": "string", "minLength": 1, "x-titles": INBOX_PATH},
        "table": {**_NAME, "x-titles": {"zh": "表", "en": "Table"}},
        "query": {"type": "string", "minLength": 1, "x-titles": {"zh": "查询语句", "en": "Query"}},
        "version": {**_NAME, "x-titles": {"zh": "变更列", "en": "Column of the change"}},
        "page_size": {
            "type": "integer",
            "minimum": 1,
            "maximum": 50_000,
            "x-titles": {"zh": "每页行数", "en": "Rows a page"},
        },
        "database": {**_NAME, "x-titles": {"zh": "数据库", "en": "Database"}},
        "user": {**_NAME, "x-titles": {"zh": "账号", "en": "Account"}},
        "password": {"type": "string", "pattern": SECRET_NAME, "x-titles": {"zh": "密码", "en": "Password"}},
        "tls": {"enum": ["verify", "none"], "x-titles": {"zh": "加密", "en": "Encryption"}},
    },
}
DIALECTS: Mapping[str, str] = {"postgresql": "postgres", "mysql": "mysql", "https": "clickhouse", "http": "clickhouse"}
"""What a server speaks, by the scheme of its destination."""
WHOLE = frozenset({"clickhouse"})
"""Servers whose answer comes whole, under the cap of the gate: they are always asked for pages."""


class SqlConnector:
    """Rows of a query; `fields` name its columns. With a destination a server is read, without one a file."""

    spec = ConnectorSpec(
        "sql",
        Label({"zh": "数据库", "en": "Database"}),
        "general",
        SQL_SETTINGS,
        remote=False,
        brings=Label(
            {
                "zh": "PostgreSQL、MySQL、ClickHouse 或 SQLite 的表与视图",
                "en": "Tables and views of PostgreSQL, MySQL, ClickHouse or SQLite",
            }
        ),
    )

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow | Checkpoint]:
        dialect = _dialect(reach)
        version = str(source.settings.get("version", ""))
        size = int(str(source.settings.get("page_size", PAGE)))
        paging = Paging(version, tuple(source.fields[name] for name in source.key if name in source.fields), size)
        paged = bool(version) or dialect in WHOLE
        columns = columns_of(source, paging if paged else None)
        whole = reading(source, dialect, columns)
        ask = _asking(source, dialect, context, reach)
        if paged:
            since = None if reach.cursor is None or not version else reach.cursor.get(SINCE)
            yield from _paged(source, lambda after: page(whole.copy(), columns, paging, after, since), paging, ask)
            return
        for number, row in enumerate(_capped(ask(whole)), start=1):
            yield _row(source, number, row)

    def describe(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceObject]:
        dialect = _dialect(reach)
        if dialect == "sqlite":
            yield from sqlite_objects(source, reach)
        else:
            yield from server_objects(
                source, dialect, lambda asked, tree: _asking(asked, dialect, context, reach)(tree)
            )


def _dialect(reach: SourceReach) -> str:
    """What the other side speaks. Raises SourceFault."""
    found = "sqlite" if reach.destination is None else DIALECTS.get(reach.destination.scheme, "")
    if not found:
        raise SourceFault("bad_settings", "这种去向不是数据库", "A destination of this scheme is no database")
    return found


Ask = Callable[[exp.Query], Iterator[Row]]


def _asking(source: Source, dialect: str, context: Context, reach: SourceReach) -> Ask:
    """Rows of a statement, by what reads from such a server."""
    match dialect:
        case "sqlite":
            return lambda tree: sqlite_rows(source, compile_statement(tree, "sqlite"), reach)
        case "postgres":
            return lambda tree: postgres_rows(source, compile_statement(tree, "postgres"), context, reach)
        case "mysql":
            return lambda tree: mysql_rows(source, tree.sql(dialect="mysql", identify=True), context, reach)
        case _:
            return lambda tree: clickhouse_rows(source, tree.sql(dialect="clickhouse", identify=True), reach)


def _paged(
    source: Source, tree: Callable[[tuple[object, ...]], exp.Query], paging: Paging, ask: Ask
) -> Iterator[SourceRow | Checkpoint]:
    """Page after page, each behind the last row of the one before; with a version each is a place to go on from."""
    number = 0
    for row in _capped(_pages(tree, paging, ask)):
        number += 1
        version = row.get(paging.version)
        yield _row(source, number, row, sortable(version) if paging.version else "")
        if paging.version and number % paging.size == 0:
            yield Checkpoint({SINCE: kept(version)})
    if paging.version and number:
        yield Checkpoint({SINCE: kept(version)})


def _pages(tree: Callable[[tuple[object, ...]], exp.Query], paging: Paging, ask: Ask) -> Iterator[Row]:
    """The rows of all pages. Raises SourceFault where the order does not tell two rows apart, and one would be lost."""
    after: tuple[object, ...] = ()
    if not paging.order:  # somebody looks at the first rows of what is no source yet
        yield from ask(tree(after))
        return
    while True:
        count = 0
        for row in ask(tree(after)):
            at = tuple(row[name] for name in paging.order)
            if at == after or any(one is None for one in at):
                raise SourceFault(
                    "bad_key",
                    "分页依据的列有空值或不唯一，请检查 key 与 version",
                    "The columns that pages follow are empty or the same in two rows: check key and version",
                )
            count += 1
            if count > paging.size:
                break
            after = at
            yield row
        if count <= paging.size:
            return


def _row(source: Source, number: int, row: Row, version: str = "") -> SourceRow:
    values = {name: row[column] for name, column in source.fields.items()}
    return SourceRow(Message(f"第 {number} 行", f"row {number}"), values, version)


def _capped(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows, until together they are more than a run may read."""
    left = MOST_BYTES
    for row in rows:
        left -= sum(len(value) if isinstance(value, str | bytes) else 8 for value in row.values())
        if left < 0:
            megabytes = MOST_BYTES // 1_000_000
            raise SourceFault("too_large", f"读取超过 {megabytes} MB", f"Over {megabytes} MB were read")
        yield row
