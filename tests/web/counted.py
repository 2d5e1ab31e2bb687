"""A database that counts: the statements of each unit of work, and the CPU that they took."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeVar

from engine.runtime.database.protocol import NO_PARAMETERS, Database, Parameters, Row, Session, Uncleansed
from engine.runtime.database.statements import Dialect, Statement

Result = TypeVar("Result")
CREW = "work-"
"""How the threads that answer requests are named."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement with what was bound to it."""

    statement: Statement
    parameters: Parameters


@dataclass
class Count:
    """Statements of the units since it was emptied, and their seconds of CPU in the thread that asked."""

    asked: list[Asked] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def statements(self) -> list[str]:
        return [one.statement.sql for one in self.asked]

    def empty(self) -> None:
        self.asked.clear()
        self.seconds = 0.0


@dataclass
class CountedSession:
    """A session whose statements are counted."""

    inner: Session
    count: Count

    @property
    def dialect(self) -> Dialect:
        return self.inner.dialect

    def rows(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> list[Row]:
        return self._counted(statement, parameters, lambda: self.inner.rows(statement, parameters))

    def row(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> Row | None:
        return self._counted(statement, parameters, lambda: self.inner.row(statement, parameters))

    def execute(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> int:
        return self._counted(statement, parameters, lambda: self.inner.execute(statement, parameters))

    def execute_many(self, statement: Statement, parameters: Sequence[Parameters]) -> None:
        self._counted(statement, NO_PARAMETERS, lambda: self.inner.execute_many(statement, parameters))

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        self.inner.load(table, columns, rows)

    def stream(self, statement: Statement, parameters: Parameters = NO_PARAMETERS, size: int = 1000) -> Iterator[Row]:
        return self._counted(statement, parameters, lambda: iter(list(self.inner.stream(statement, parameters, size))))

    def savepoint(self) -> AbstractContextManager[None]:
        return self.inner.savepoint()

    def after_commit(self, act: Callable[[], None]) -> None:
        self.inner.after_commit(act)

    def _counted(self, statement: Statement, parameters: Parameters, act: Callable[[], Result]) -> Result:
        self.count.asked.append(Asked(statement, parameters))
        before = time.thread_time()
        try:
            return act()
        finally:
            self.count.seconds += time.thread_time() - before


@dataclass
class CountedDatabase:
    """A database that counts what requests read: their units run in the crew's threads, those of jobs elsewhere."""

    inner: Database
    count: Count

    @property
    def dialect(self) -> Dialect:
        return self.inner.dialect

    def read(self, work: Callable[[Session], Result]) -> Result:
        if not threading.current_thread().name.startswith(CREW):
            return self.inner.read(work)
        return self.inner.read(lambda session: work(CountedSession(session, self.count)))

    def write(self, work: Callable[[Session], Result]) -> Result:
        return self.inner.write(work)

    def submit(self, work: Callable[[Session], Result]) -> Future[Result]:
        return self.inner.submit(work)

    def alter(self, work: Callable[[Session], Result]) -> Result:
        return self.inner.alter(work)

    def reserve(self, size: int) -> bool:
        return self.inner.reserve(size)

    def cleanse(self, tables: Sequence[str], full_text: Sequence[str]) -> Uncleansed:
        return self.inner.cleanse(tables, full_text)

    def reclaim(self, work: Callable[[Session], Result]) -> Result:
        return self.inner.reclaim(work)

    def close(self) -> None:
        self.inner.close()
