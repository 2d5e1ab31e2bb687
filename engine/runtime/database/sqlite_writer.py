"""The writer of a SQLite database: one thread, a queue of units, units that wait together are committed together."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.runtime.database.errors import DatabaseUnavailable, ForeignKeyViolation, TransactionLost
from engine.runtime.database.protocol import Session
from engine.runtime.database.sqlite_session import SqliteSession, translated

Result = TypeVar("Result")
GROUP = 64
"""Units committed together at most; a longer queue is the next group."""


@dataclass
class Unit:
    """A unit of work that waits for its commit. `alone` ones are altering: no group, foreign keys checked at the end; `bare`
    ones are alone and get the connection itself, outside a transaction.

    The future of a `submitted` one gets its result when the acts after its commit are done, that of any other gets the
    result with these acts.
    """

    work: Callable[[Any], Any]
    alone: bool = False
    bare: bool = False
    submitted: bool = False
    future: Future[Any] = field(default_factory=Future)


@dataclass
class _Outcome:
    """How a unit ended inside a transaction that is not committed yet."""

    unit: Unit
    result: Any = None
    committed: list[Callable[[], None]] = field(default_factory=list)
    error: BaseException | None = None

    def settle(self) -> None:
        future = self.unit.future
        if self.error is not None:
            future.set_exception(self.error)
        elif not self.unit.submitted:
            future.set_result((self.result, self.committed))
        else:
            try:
                for act in self.committed:
                    act()
                future.set_result(self.result)
            except BaseException as error:
                future.set_exception(error)


class Writer:
    """Runs units on one connection in one thread, in the order in which they came."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._queue: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._loop, args=(opened,), name="sqlite-writer", daemon=True)
        self._thread.start()
        opened.result()

    def run(self, work: Callable[[Session], Result], alone: bool = False) -> Result:
        """Queue a unit and wait for its commit; its acts after the commit run in the thread that asked."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a unit of work opened another one inside itself")
        found: tuple[Result, list[Callable[[], None]]] = self._queued(Unit(work, alone)).result()
        result, committed = found
        for act in committed:
            act()
        return result

    def run_bare(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run what no transaction may hold, on the writer's connection, between two groups."""
        result: Result = self._queued(Unit(work, alone=True, bare=True)).result()
        return result

    def submit(self, work: Callable[[Session], Result]) -> Future[Result]:
        """Queue a unit; its acts after the commit run in this writer's thread."""
        return self._queued(Unit(work, submitted=True))

    def _queued(self, unit: Unit) -> Future[Any]:
        with self._lock:
            if self._closed:
                raise DatabaseUnavailable
            self._queue.put(unit)
        return unit.future

    def close(self) -> None:
        """Commit what waits, then end."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _loop(self, opened: Future[None]) -> None:
        try:
            connection = self._connect()
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error as error:
            opened.set_exception(translated(error))
            return
        except BaseException as error:
            opened.set_exception(error)
            return
        opened.set_result(None)
        waiting: Unit | None = None
        while (first := waiting or self._queue.get()) is not None:
            group, waiting, ended = self._gather(first)
            if first.bare:
                _run_bare(connection, first)
            elif first.alone:
                commit_alone(connection, first)
            else:
                commit_group(connection, group)
            if ended:
                break
        with suppress(sqlite3.Error):  # the disk may be full
            connection.execute("PRAGMA optimize")
        connection.close()

    def _gather(self, first: Unit) -> tuple[list[Unit], Unit | None, bool]:
        """The units committed together with `first`, a unit that was taken and must wait, and whether the end was seen."""
        group = [first]
        while len(group) < GROUP and not first.alone:
            try:
                unit = self._queue.get_nowait()
            except queue.Empty:
                break
            if unit is None:
                return group, None, True
            if unit.alone:
                return group, unit, False
            group.append(unit)
        return group, None, False


def commit_group(connection: sqlite3.Connection, group: list[Unit]) -> None:
    """Run units one after another, each in a savepoint, and commit them together; a failing one undoes only itself.

    When SQLite undoes the whole transaction by itself, the unit that brought it about fails and the others run again.
    """
    units = list(group)
    while units:
        outcomes: list[_Outcome] = []
        try:
            connection.execute("BEGIN IMMEDIATE")
            culprit = _run_all(connection, units, outcomes)
            if culprit is None:
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            _abandon(connection, units, error)
            return
        if culprit is None:
            for outcome in outcomes:
                outcome.settle()
            return
        culprit.settle()
        units = [unit for unit in units if unit is not culprit.unit]


def _run_all(connection: sqlite3.Connection, units: list[Unit], outcomes: list[_Outcome]) -> _Outcome | None:
    """Run units inside the open transaction; the one under which the transaction was lost, if any."""
    for unit in units:
        outcome = _run_one(connection, unit)
        if not connection.in_transaction:
            outcome.error = outcome.error or TransactionLost()
            return outcome
        outcomes.append(outcome)
    return None


def _run_one(connection: sqlite3.Connection, unit: Unit) -> _Outcome:
    session = SqliteSession(connection)
    outcome = _Outcome(unit, committed=session.committed)
    try:
        with session.savepoint():
            outcome.result = unit.work(session)
    except BaseException as error:
        outcome.error = error
    return outcome


def commit_alone(connection: sqlite3.Connection, unit: Unit) -> None:
    """Run one altering unit: foreign keys are not enforced while tables are rebuilt, and checked whole before the commit."""
    connection.execute("PRAGMA foreign_keys = OFF")  # without effect inside a transaction
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcome = _run_one(connection, unit)
        if outcome.error is None and (broken := connection.execute("PRAGMA foreign_key_check").fetchone()):
            outcome.error = ForeignKeyViolation(str(broken[0]))
        if connection.in_transaction:
            connection.execute("COMMIT" if outcome.error is None else "ROLLBACK")
        elif outcome.error is None:
            outcome.error = TransactionLost()
        outcome.settle()
    except sqlite3.Error as error:
        _abandon(connection, [unit], error)
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def _run_bare(connection: sqlite3.Connection, unit: Unit) -> None:
    try:
        unit.future.set_result(unit.work(connection))
    except sqlite3.Error as error:
        unit.future.set_exception(translated(error))
    except BaseException as error:
        unit.future.set_exception(error)


def _abandon(connection: sqlite3.Connection, units: list[Unit], error: sqlite3.Error) -> None:
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
    for unit in units:
        if not unit.future.done():
            unit.future.set_exception(translated(error))
