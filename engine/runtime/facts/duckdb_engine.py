"""DuckDB: a copy in one file, of which a process holds its own. Rows and state are put in one transaction.

It reads nothing but its own folder, loads no extension, and asks nothing of any host.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import duckdb
from sqlglot import exp

from engine.runtime.database.protocol import Row
from engine.runtime.facts.declared import FactTable
from engine.runtime.facts.duckdb_words import in_duckdb
from engine.runtime.facts.engines import EngineFailure, FactStatement, Part
from engine.runtime.facts.lines import NULL
from engine.runtime.facts.rewriting import each, plain
from engine.runtime.query import nodes
from engine.runtime.schema.tables import PhysicalKind

Result = TypeVar("Result")
MOST_PROCESSES = 64
LONGEST_LINE = 16_000_000
STATE = "dougong_copy"
"""The table that holds the state, in a column of the same name."""
_KINDS = {
    PhysicalKind.INTEGER: "BIGINT",
    PhysicalKind.INSTANT: "BIGINT",
    PhysicalKind.TEXT: "VARCHAR",
    PhysicalKind.BOOLEAN: "BOOLEAN",
    PhysicalKind.DATE: "DATE",
}


class DuckDBEngine:
    """A copy in a folder. Satisfies engine.runtime.facts.engines.FactEngine."""

    name = "duckdb"

    def __init__(self, folder: Path, memory: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._connection = _opened(folder, memory)
        self._run(lambda: _closed_in(self._connection, folder))

    def state(self) -> str | None:
        noted = exp.Select(expressions=[exp.column(STATE, quoted=True)]).from_(nodes.bare_table(STATE))
        rows = self.rows(_statement(noted), {})
        return str(rows[0][0]) if rows else None

    def begin(self, tables: Sequence[FactTable], state: str) -> None:
        def act() -> None:
            for (name,) in self._connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                if name != STATE:
                    self._do(exp.Drop(this=nodes.bare_table(str(name)), kind="TABLE"), {})
            for table in tables:
                self._do(_making(table), {})
            self._note(state)

        self._transaction(act)

    def put(self, parts: Sequence[Part], state: str) -> None:
        def act() -> None:
            for part in parts:
                self._put(part)
            self._note(state)

        self._transaction(act)

    def compile(self, tree: exp.Expr, tables: Mapping[str, FactTable]) -> FactStatement:
        own = each(plain(tree, tables), in_duckdb)
        return _statement(own)

    def rows(self, statement: FactStatement, values: Mapping[str, object]) -> list[Row]:
        bound = {name: values[name] for name in statement.parameters}
        return self._run(lambda: self._connection.cursor().execute(statement.sql, bound).fetchall())

    def close(self) -> None:
        self._run(self._connection.close)

    def _put(self, part: Part) -> None:
        if part.gone:
            self._do(_taking_away(part.table), {"gone": list(part.gone)})
        if part.lines is not None:
            columns = {column: _KINDS[kind] for column, kind in part.table.columns}
            self._do(_bringing_in(part.table), {"lines": str(part.lines), "null": NULL, "columns": columns})

    def _note(self, state: str) -> None:
        self._do(exp.Delete(this=nodes.bare_table(STATE)), {})
        noted = exp.Values(expressions=[exp.Tuple(expressions=[nodes.parameter("state")])])
        self._do(exp.Insert(this=nodes.bare_table(STATE), expression=noted), {"state": state})

    def _do(self, tree: exp.Expr, values: Mapping[str, object]) -> None:
        self._connection.execute(tree.sql(dialect="duckdb"), values or None)

    def _transaction(self, act: Callable[[], None]) -> None:
        def whole() -> None:
            self._connection.begin()
            try:
                act()
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                raise

        self._run(whole)

    def _run(self, act: Callable[[], Result]) -> Result:
        try:
            return act()
        except (duckdb.Error, OSError) as error:
            raise EngineFailure(str(error)) from error


def _opened(folder: Path, memory: int) -> duckdb.DuckDBPyConnection:
    """The first copy of the folder that no other process holds."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": f"{memory}MB",
        "temp_directory": str(folder / "spilled"),
    }
    failure = "no copy is free"
    for number in range(1, MOST_PROCESSES + 1):
        try:
            return duckdb.connect(str(folder / f"{number}.duckdb"), config=settings)
        except duckdb.IOException as error:
            failure = str(error)
    raise EngineFailure(failure)


def _closed_in(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """From here on it reads and writes in its folder alone, and no statement changes that."""
    making = exp.Create(this=_columns(STATE, [(STATE, "VARCHAR")]), kind="TABLE", exists=True)
    connection.execute(making.sql(dialect="duckdb"))
    connection.execute("SET allowed_directories = $folders", {"folders": [str(folder)]})
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _statement(tree: exp.Expr) -> FactStatement:
    names = frozenset(str(one.this) for one in tree.find_all(exp.Placeholder))
    return FactStatement(tree, tree.sql(dialect="duckdb", identify=True), names)


def _columns(table: str, columns: Sequence[tuple[str, str]]) -> exp.Schema:
    defined = [
        exp.ColumnDef(this=exp.to_identifier(name, quoted=True), kind=exp.DataType.build(kind, dialect="duckdb"))
        for name, kind in columns
    ]
    return exp.Schema(this=nodes.bare_table(table), expressions=defined)


def _making(table: FactTable) -> exp.Create:
    columns = [(name, _KINDS[kind]) for name, kind in table.columns]
    return exp.Create(this=_columns(table.name, columns), kind="TABLE")


def _taking_away(table: FactTable) -> exp.Delete:
    listed = exp.Cast(this=nodes.parameter("gone"), to=exp.DataType.build("BIGINT[]", dialect="duckdb"))
    ids = exp.Select(expressions=[nodes.call("unnest", listed)])
    gone = exp.In(this=exp.column("id", quoted=True), query=exp.Subquery(this=ids))
    return exp.Delete(this=nodes.bare_table(table.name), where=exp.Where(this=gone))


def _bringing_in(table: FactTable) -> exp.Insert:
    """Rows of lines in the form of engine.runtime.facts.lines."""
    settings: Mapping[str, exp.Expression] = {
        "header": exp.false(),
        "auto_detect": exp.false(),
        "delim": nodes.text(","),
        "quote": nodes.text('"'),
        "escape": nodes.text('"'),
        "nullstr": nodes.parameter("null"),
        "allow_quoted_nulls": exp.false(),
        "parallel": exp.false(),
        "max_line_size": nodes.number(LONGEST_LINE),
        "columns": nodes.parameter("columns"),
    }
    named = [exp.EQ(this=exp.column(name), expression=value) for name, value in settings.items()]
    reading = exp.Table(this=nodes.call("read_csv", nodes.parameter("lines"), *named))
    rows = exp.Select(expressions=[exp.Star()]).from_(reading)
    return exp.Insert(this=nodes.bare_table(table.name), expression=rows)
