"""The Protocols of a database and of a session in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from engine.runtime.database.statements import Dialect, Statement

Result = TypeVar("Result")
Row = tuple[object, ...]
Parameters = Mapping[str, object]
NO_PARAMETERS: Parameters = {}


class Session(Protocol):
    """One transaction. Everything is synchronous: a request is one unit of work in one thread hop."""

    dialect: Dialect

    def rows(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> list[Row]:
        """All rows of a statement."""
        ...

    def row(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> Row | None:
        """The first row, or None."""
        ...

    def execute(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> int:
        """Run a statement; the number of rows that it changed."""
        ...

    def execute_many(self, statement: Statement, parameters: Sequence[Parameters]) -> None:
        """Run a statement once for each set of parameters."""
        ...

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Add rows as they come, the fast way of the database; values are as the columns hold them."""
        ...

    def stream(self, statement: Statement, parameters: Parameters = NO_PARAMETERS, size: int = 1000) -> Iterator[Row]:
        """Rows as they come, `size` fetched at a time."""
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """A part that can fail alone: an exception undoes what was done since, and goes on."""
        ...

    def after_commit(self, act: Callable[[], None]) -> None:
        """Run `act` once the transaction is committed; not at all when it is rolled back."""
        ...


@dataclass(frozen=True, slots=True)
class Uncleansed:
    """Words for what cleansing could not do: what another try may do, and what is the server's own administrator's."""

    again: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


class Database(Protocol):
    """A database that units of work run in."""

    dialect: Dialect

    def read(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in one snapshot read transaction on this thread."""
        ...

    def write(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in one write transaction; returns after the commit. May run `work` again after a conflict."""
        ...

    def submit(self, work: Callable[[Session], Result]) -> Future[Result]:
        """Run `work` as `write` does without holding the caller's thread; done once it is committed."""
        ...

    def alter(self, work: Callable[[Session], Result]) -> Result:
        """Run `work`, which changes tables, in one write transaction of its own; foreign keys hold again at its commit."""
        ...

    def reserve(self, size: int) -> bool:
        """Keep `size` bytes of the disk for the day on which it is full; False when there is not so much."""
        ...

    def reclaim(self, work: Callable[[Session], Result]) -> Result:
        """Run `work`, which gives room back (erasing, pruning), as `write` does; room kept for a full disk is used for it.

        What is erased is written over first: erase in parts of which each takes less than that room.
        """
        ...

    def cleanse(self, tables: Sequence[str], full_text: Sequence[str]) -> Uncleansed:
        """Leave nothing in the files of what was deleted: free pages, logs, segments of full-text tables, statistics.

        `tables` are those that were deleted from. Never inside a unit of work; takes as long as a copy.
        """
        ...

    def close(self) -> None:
        """End all connections."""
        ...
