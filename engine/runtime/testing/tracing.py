"""Tracing: which tables a test reads and writes, seen by the statements that go through its session."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from engine.runtime.database.protocol import NO_PARAMETERS, Parameters, Row, Session
from engine.runtime.database.statements import Dialect, Statement

NAMED = re.compile(r'\b(?:FROM|JOIN|INTO|UPDATE)\s+"(\w+)"|,\s*"(\w+)"\s+AS\s', re.IGNORECASE)
"""What follows may be a table; a column that is taken for one makes a test touch more, never less."""


class TracedSession:
    """A session that notes what its statements say."""

    def __init__(self, session: Session, seen: set[str]) -> None:
        self._session = session
        self._seen = seen
        self._noted = True
        self.dialect: Dialect = session.dialect

    @contextmanager
    def unnoted(self) -> Iterator[None]:
        """What is said meanwhile is the same for every test, such as roll-ups of tables in which nothing stands."""
        self._noted = False
        try:
            yield
        finally:
            self._noted = True

    def _note(self, sql: str) -> None:
        if self._noted:
            self._seen.add(sql)

    def rows(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> list[Row]:
        self._note(statement.sql)
        return self._session.rows(statement, parameters)

    def row(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> Row | None:
        self._note(statement.sql)
        return self._session.row(statement, parameters)

    def execute(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> int:
        self._note(statement.sql)
        return self._session.execute(statement, parameters)

    def execute_many(self, statement: Statement, parameters: Sequence[Parameters]) -> None:
        self._note(statement.sql)
        self._session.execute_many(statement, parameters)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        self._note(f'INTO "{table}"')
        self._session.load(table, columns, rows)

    def stream(self, statement: Statement, parameters: Parameters = NO_PARAMETERS, size: int = 1000) -> Iterator[Row]:
        self._note(statement.sql)
        return self._session.stream(statement, parameters, size)

    def savepoint(self) -> AbstractContextManager[None]:
        return self._session.savepoint()

    def after_commit(self, act: Callable[[], None]) -> None:
        self._session.after_commit(act)


def tables_in(statements: Iterable[str]) -> frozenset[str]:
    """The tables that statements name, those of versions, search and roll-ups as the entity's whose they are."""
    found = (one or other for sql in statements for one, other in NAMED.findall(sql))
    return frozenset(name.partition("__")[0] for name in found)
