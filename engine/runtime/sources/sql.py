"""SQL as a source: a declared table or one SELECT, read only, from a SQLite file or a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from engine.diagnostics import Message
from engine.extensions import SECRET_NAME, ConnectorSpec, SourceFault, SourceObject, SourceReach, SourceRow
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.sources.files import INBOX_PATH
from engine.runtime.sources.postgres_rows import postgres_rows
from engine.runtime.sources.sql_objects import postgres_objects, sqlite_objects
from engine.runtime.sources.sqlite_rows import sqlite_rows

_NAME = {"type": "string", "minLength": 1, "maxLength": 128}
SQL_SETTINGS: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "path": {"type": "string", "minLength": 1, "x-titles": INBOX_PATH},
        "table": {**_NAME, "x-titles": {"zh": "表", "en": "Table"}},
        "query": {"type": "string", "minLength": 1, "x-titles": {"zh": "查询语句", "en": "Query"}},
        "database": {**_NAME, "x-titles": {"zh": "数据库", "en": "Database"}},
        "user": {**_NAME, "x-titles": {"zh": "账号", "en": "Account"}},
        "password": {"type": "string", "pattern": SECRET_NAME, "x-titles": {"zh": "密码", "en": "Password"}},
        "tls": {"enum": ["verify", "none"], "x-titles": {"zh": "加密", "en": "Encryption"}},
    },
}
FORBIDDEN = (exp.Into, exp.Lock, exp.DML, exp.DDL, exp.Command, exp.Placeholder, exp.Parameter)


class SqlConnector:
    """Rows of a query; `fields` name its columns. With a destination a PostgreSQL server is read, without one a file."""

    spec = ConnectorSpec(
        "sql",
        Label({"zh": "数据库", "en": "Database"}),
        "general",
        SQL_SETTINGS,
        remote=False,
        brings=Label({"zh": "PostgreSQL 或 SQLite 的表与视图", "en": "Tables and views of PostgreSQL or SQLite"}),
    )

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow]:
        dialect: Dialect = "sqlite" if reach.destination is None else "postgres"
        statement = reading_statement(source, dialect)
        if reach.destination is None:
            found = sqlite_rows(source, statement, reach)
        else:
            found = postgres_rows(source, statement, context, reach)
        for number, row in enumerate(found, start=1):
            yield SourceRow(
                Message(f"第 {number} 行", f"row {number}"),
                {name: row[column] for name, column in source.fields.items()},
            )

    def describe(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceObject]:
        if reach.destination is None:
            yield from sqlite_objects(source, reach)
        else:
            yield from postgres_objects(source, context, reach)


def reading_statement(source: Source, dialect: Dialect) -> Statement:
    """The statement of a source: one that only reads. Raises SourceFault."""
    table, query = source.settings.get("table"), source.settings.get("query")
    if isinstance(table, str) == isinstance(query, str):
        raise SourceFault("bad_settings", "table 与 query 须写一个", "One of table and query is needed, and only one")
    if isinstance(table, str):
        columns = [exp.column(name, quoted=True) for name in dict.fromkeys(source.fields.values())]
        parts = [exp.to_identifier(part, quoted=True) for part in table.split(".")]
        named = exp.Table(this=parts[-1], db=parts[-2] if len(parts) > 1 else None)
        return compile_statement(exp.select(*columns).from_(named), dialect)
    return compile_statement(_one_select(str(query), dialect), dialect)


def _one_select(text: str, dialect: Dialect) -> exp.Expr:
    try:
        trees = [one for one in sqlglot.parse(text, read=dialect) if one is not None]
    except SqlglotError as error:
        raise SourceFault("bad_query", "查询语句无法解析", "The query cannot be parsed") from error
    reads = len(trees) == 1 and isinstance(trees[0], exp.Select | exp.SetOperation)
    if not reads or any(isinstance(node, FORBIDDEN) for node in trees[0].walk()):
        raise SourceFault(
            "bad_query",
            "查询须是一条只读的 SELECT，且不带参数",
            "The query must be one SELECT that only reads, without parameters",
        )
    return trees[0]
