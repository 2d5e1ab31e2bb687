"""The two databases of the yardstick: how a read and a write get their transaction."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, Protocol

import psycopg

from bench.yardstick.duties import Connection
from bench.yardstick.statements import postgres

Act = Callable[[Connection], Any]
GROUP = 64
THREADS = 4


class Store(Protocol):
    """A database that acts run in."""

    def read(self, act: Act) -> Future[Any]: ...

    def write(self, act: Act) -> Future[Any]: ...


@dataclass(slots=True)
class Ids:
    """Ids in the order of time, apart from those of other processes."""

    numbers: count[int] = field(default_factory=lambda: count((time.time_ns() // 1_000) << 10))

    def next(self) -> int:
        return next(self.numbers)


@dataclass(frozen=True, slots=True)
class SqliteConnection:
    raw: sqlite3.Connection
    ids: Ids

    def one(self, statement: str, parameters: Sequence[object]) -> Any:
        return self.raw.execute(statement, parameters).fetchone()

    def all(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        return self.raw.execute(statement, parameters).fetchall()

    def do(self, statement: str, parameters: Sequence[object]) -> None:
        self.raw.execute(statement, parameters)

    def next_id(self) -> int:
        return self.ids.next()


class SqliteStore:
    """One reading thread, one writing thread whose waiting acts are committed together."""

    def __init__(self, path: str) -> None:
        self._path, self._ids = path, Ids()
        self._reading = ThreadPoolExecutor(1)
        self._local = threading.local()
        self._queue: queue.SimpleQueue[tuple[Act, Future[Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._loop, daemon=True).start()

    def read(self, act: Act) -> Future[Any]:
        return self._reading.submit(self._read, act)

    def write(self, act: Act) -> Future[Any]:
        future: Future[Any] = Future()
        self._queue.put((act, future))
        return future

    def _connect(self) -> SqliteConnection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, cached_statements=256)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -32000")
        return SqliteConnection(connection, self._ids)

    def _read(self, act: Act) -> Any:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        connection.raw.execute("BEGIN")
        try:
            return act(connection)
        finally:
            connection.raw.execute("COMMIT")

    def _loop(self) -> None:
        connection = self._connect()
        raw = connection.raw
        raw.execute("PRAGMA synchronous = FULL")
        while True:
            group = [self._queue.get()]
            while len(group) < GROUP and not self._queue.empty():
                group.append(self._queue.get())
            raw.execute("BEGIN IMMEDIATE")
            ended: list[Callable[[], None]] = []
            for act, future in group:
                raw.execute("SAVEPOINT unit")
                try:
                    ended.append(partial(future.set_result, act(connection)))
                except Exception as error:
                    raw.execute("ROLLBACK TO unit")
                    ended.append(partial(future.set_exception, error))
                raw.execute("RELEASE unit")
            raw.execute("COMMIT")
            for settle in ended:
                settle()


@dataclass(frozen=True, slots=True)
class PostgresConnection:
    raw: psycopg.Connection[Any]
    ids: Ids

    def one(self, statement: str, parameters: Sequence[object]) -> Any:
        return self._run(statement, parameters).fetchone()

    def all(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        return self._run(statement, parameters).fetchall()

    def do(self, statement: str, parameters: Sequence[object]) -> None:
        self._run(statement, parameters)

    def next_id(self) -> int:
        return self.ids.next()

    def _run(self, statement: str, parameters: Sequence[object]) -> psycopg.Cursor[Any]:
        text, places = postgres(statement)
        return self.raw.execute(text.encode(), [parameters[place] for place in places], prepare=True)


class PostgresStore:
    """Four threads with a connection each; a write that two others wait for in a circle runs again."""

    def __init__(self, address: str) -> None:
        self._address, self._ids, self._local = address, Ids(), threading.local()
        self._threads = ThreadPoolExecutor(THREADS)

    def read(self, act: Act) -> Future[Any]:
        return self._threads.submit(self._run, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", act)

    def write(self, act: Act) -> Future[Any]:
        return self._threads.submit(self._run, "BEGIN", act)

    def _run(self, begin: str, act: Act) -> Any:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            raw = psycopg.connect(self._address, autocommit=True)
            connection = self._local.connection = PostgresConnection(raw, self._ids)
        while True:
            try:
                connection.raw.execute(begin, prepare=False)
                result = act(connection)
                connection.raw.execute("COMMIT", prepare=False)
            except psycopg.errors.DeadlockDetected:
                connection.raw.execute("ROLLBACK", prepare=False)
            except BaseException:
                connection.raw.execute("ROLLBACK", prepare=False)
                raise
            else:
                return result


def store_of(address: str) -> Store:
    return PostgresStore(address) if address.startswith("postgres") else SqliteStore(address)
