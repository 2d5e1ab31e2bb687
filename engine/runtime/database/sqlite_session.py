"""A session of SQLite, and the product's errors for its driver's."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from sqlglot import exp

from engine.diagnostics import Message
from engine.runtime.database.errors import (
    CheckViolation,
    ConstraintViolation,
    DatabaseBusy,
    DatabaseError,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnavailable,
    ForeignKeyViolation,
    SchemaChanged,
    TransactionLost,
    UniqueViolation,
)
from engine.runtime.database.protocol import NO_PARAMETERS, Parameters, Row
from engine.runtime.database.statements import Dialect, Statement


@dataclass
class SqliteSession:
    """A transaction on one connection."""

    connection: sqlite3.Connection
    dialect: Dialect = "sqlite"
    committed: list[Callable[[], None]] = field(default_factory=list)
    depth: int = 0

    def rows(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> list[Row]:
        cursor = self._run(statement, parameters)
        try:
            return cursor.fetchall()
        except sqlite3.Error as error:
            raise translated(error) from None

    def row(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> Row | None:
        cursor = self._run(statement, parameters)
        try:
            found: Row | None = cursor.fetchone()
        except sqlite3.Error as error:
            raise translated(error) from None
        cursor.close()
        return found

    def execute(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> int:
        return self._run(statement, parameters).rowcount

    def execute_many(self, statement: Statement, parameters: Sequence[Parameters]) -> None:
        self._check()
        try:
            self.connection.executemany(statement.sql, [one if type(one) is dict else dict(one) for one in parameters])
        except sqlite3.Error as error:
            raise translated(error) from None

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        self._check()
        try:
            self.connection.executemany(_insertion(table, tuple(columns)), rows)
        except sqlite3.Error as error:
            raise translated(error) from None

    def stream(self, statement: Statement, parameters: Parameters = NO_PARAMETERS, size: int = 1000) -> Iterator[Row]:
        cursor = self._run(statement, parameters)
        try:
            while part := cursor.fetchmany(size):
                yield from part
        except sqlite3.Error as error:
            raise translated(error) from None
        finally:
            cursor.close()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self._check()
        self.depth += 1
        name = f"part_{self.depth}"
        self.connection.execute(f"SAVEPOINT {name}")
        kept = len(self.committed)
        try:
            yield
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute(f"ROLLBACK TO {name}")
                self.connection.execute(f"RELEASE {name}")
            del self.committed[kept:]
            raise
        else:
            self._check()
            self.connection.execute(f"RELEASE {name}")
        finally:
            self.depth -= 1

    def after_commit(self, act: Callable[[], None]) -> None:
        self.committed.append(act)

    def _run(self, statement: Statement, parameters: Parameters) -> sqlite3.Cursor:
        if not self.connection.in_transaction:
            raise TransactionLost
        try:
            return self.connection.execute(statement.sql, parameters if type(parameters) is dict else dict(parameters))
        except sqlite3.Error as error:
            raise translated(error) from None

    def _check(self) -> None:
        """Outside a transaction every statement would commit by itself."""
        if not self.connection.in_transaction:
            raise TransactionLost


@lru_cache(maxsize=500)
def _insertion(table: str, columns: tuple[str, ...]) -> str:
    names = [exp.to_identifier(name, quoted=True) for name in columns]
    values = exp.Values(expressions=[exp.Tuple(expressions=[exp.Placeholder() for _ in columns])])
    target = exp.Schema(this=exp.Table(this=exp.to_identifier(table, quoted=True)), expressions=names)
    return exp.Insert(this=target, expression=values).sql(dialect="sqlite", identify=True)


_UNIQUE = re.compile(r"UNIQUE constraint failed: (?:index '(?P<index>[^']+)'|(?P<columns>.+))")
_CHECK = re.compile(r"(?:CHECK|NOT NULL) constraint failed: (?P<name>.+)")
_OTHER_TABLES = ("no such column", "no such table", "has no column named")
_UNAVAILABLE = ("unable to open", "disk I/O", "closed database")


def translated(error: sqlite3.Error) -> DatabaseError:
    """The product's error for one of the driver's. Raise it `from None`: the driver's text stays out of logs."""
    text = str(error)
    if unique := _UNIQUE.match(text):
        columns = tuple((unique["columns"] or "").split(", ")) if unique["columns"] else ()
        return UniqueViolation(unique["index"] or ",".join(columns), columns)
    if "FOREIGN KEY" in text:
        return ForeignKeyViolation("foreign_key")
    if check := _CHECK.match(text):
        return CheckViolation(check["name"])
    if isinstance(error, sqlite3.IntegrityError):
        return ConstraintViolation(text)
    if "disk is full" in text:
        return DatabaseFull()
    if "readonly" in text:
        return DatabaseReadOnly()
    if "locked" in text or "busy" in text:
        return DatabaseBusy()
    if any(words in text for words in _OTHER_TABLES):
        return SchemaChanged()
    if any(words in text for words in _UNAVAILABLE):
        return DatabaseUnavailable()
    return DatabaseError(Message("数据库操作失败", f"Database operation failed: {text}"))
