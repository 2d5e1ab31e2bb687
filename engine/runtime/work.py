"""Work: one synchronous unit of work in one thread hop, pinned to one model, one context and one database session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from engine.model.app import AppModel
from engine.model.context import Context
from engine.runtime.database.protocol import Database, Session
from engine.runtime.database.statements import StatementCache
from engine.runtime.identifiers import IdSource

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Work:
    """What every record service needs and nothing more. `key` seals cursors; `statements` is shared by all requests."""

    session: Session
    model: AppModel
    context: Context
    ids: IdSource
    statements: StatementCache
    key: bytes
    data_folder: Path

    def under(self, context: Context) -> Work:
        """The same work for another context (a caused write, another principal)."""
        return replace(self, context=context)


class ModelSource(Protocol):
    """Whoever holds the served model; a request asks once and keeps what it got."""

    def current(self) -> AppModel: ...


@dataclass(frozen=True, slots=True)
class Workplace:
    """Opens units of work. Held by the web layer and the command line; services see only `Work`."""

    database: Database
    models: ModelSource
    ids: IdSource
    statements: StatementCache
    key: bytes
    data_folder: Path

    def read(self, context: Context, act: Callable[[Work], Result]) -> Result:
        """Run `act` in one snapshot read transaction."""
        return self.database.read(lambda session: act(self.open(session, context)))

    def write(self, context: Context, act: Callable[[Work], Result]) -> Result:
        """Run `act` in one write transaction; its result is returned after the commit."""
        return self.database.write(lambda session: act(self.open(session, context)))

    def open(self, session: Session, context: Context) -> Work:
        """The work of one request inside an open session, pinned to the model served now."""
        return Work(session, self.models.current(), context, self.ids, self.statements, self.key, self.data_folder)
