"""Work: one synchronous unit of work in one thread hop, pinned to one model, one context and one database session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar, cast

from sqlglot import exp

from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.flows import Flow
from engine.model.replacing import replaced
from engine.model.requests import Change
from engine.runtime.database.protocol import Database, Parameters, Row, Session
from engine.runtime.database.statements import StatementCache
from engine.runtime.identifiers import IdSource
from engine.runtime.sightings import Sighting
from engine.runtime.sovereignty.vault import Vault

Result = TypeVar("Result")


class FlowReader(Protocol):
    """Reads the text that a flow had earlier against the model served now; None where it no longer fits."""

    def flow(self, name: str, source: str) -> Flow | None: ...


class FactReader(Protocol):
    """Asks figures of a columnar copy of the rows. None where the database must answer: the copy is not of these rows, or has
    no exact word for the plan."""

    def rows(self, work: Work, question: FactQuestion) -> list[Row] | None: ...


@dataclass(frozen=True, slots=True)
class FactQuestion:
    """A plan of figures of an entity: what decides its text, how it is built, with the variables of the request that it
    binds, and its own values."""

    entity: str
    shape: tuple[object, ...]
    build: Callable[[], tuple[exp.Expr, frozenset[str]]]
    values: Parameters


@dataclass(frozen=True, slots=True)
class Work:
    """What every record service needs and nothing more. `key` seals cursors; `statements` is shared by all requests.

    `aftermath` are the Changes of this unit of work that flows have still to follow; `earlier` reads flows' old texts.
    `known` is what it has read once and for all its questions; `figures` those that the page being put together has asked
    for, None where what is written may change them. `facts` is where figures may be asked besides, None in what writes.
    `vault` seals and opens: without it sealed fields are neither read nor written.
    """

    session: Session
    model: AppModel
    context: Context
    ids: IdSource
    statements: StatementCache
    key: bytes
    data_folder: Path
    aftermath: list[Change] = field(default_factory=list)
    earlier: FlowReader | None = None
    known: dict[str, object] = field(default_factory=dict)
    figures: dict[object, object] | None = None
    facts: FactReader | None = None
    sightings: list[Sighting] = field(default_factory=list)
    vault: Vault | None = None

    def read_once(self, name: str, read: Callable[[Session], Result]) -> Result:
        """What `read` finds, asked of the database at the first call in this unit of work; no write of it may change it."""
        if name not in self.known:
            self.known[name] = read(self.session)
        return cast(Result, self.known[name])

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that can fail alone: an exception undoes what was written since, and no flow follows it."""
        kept = len(self.aftermath)
        try:
            with self.session.savepoint():
                yield
        except BaseException:
            del self.aftermath[kept:]
            raise

    def for_page(self) -> Work:
        """The same work for one page, which writes nothing while it is put together: a figure is read once."""
        return replaced(self, figures={})

    def under(self, context: Context) -> Work:
        """The same work for another context (a caused write, another principal)."""
        return replaced(self, context=context, figures=None if self.figures is None else {})


class ModelSource(Protocol):
    """Whoever holds the served model; a request asks once and keeps what it got."""

    def current(self) -> AppModel: ...


@dataclass(frozen=True, slots=True)
class OneModel:
    """Satisfies ModelSource: one model, for as long as it is asked for."""

    model: AppModel

    def current(self) -> AppModel:
        return self.model


def _nothing_follows(work: Work) -> None:
    """Where flows are not run: what they would follow is left."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Opens units of work. Held by the web layer and the command line; services see only `Work`.

    `follow` runs, in the same transaction, the flows that the changes of a unit of work start or carry on.
    """

    database: Database
    models: ModelSource
    ids: IdSource
    statements: StatementCache
    key: bytes
    data_folder: Path
    follow: Callable[[Work], None] = _nothing_follows
    earlier: FlowReader | None = None
    facts: FactReader | None = None
    vault: Vault | None = None

    def read(self, context: Context, act: Callable[[Work], Result]) -> Result:
        """Run `act` in one snapshot read transaction."""
        return self.database.read(lambda session: act(self.reading(session, context)))

    def write(self, context: Context, act: Callable[[Work], Result]) -> Result:
        """Run `act` in one write transaction; its result is returned after the commit."""
        return self.database.write(lambda session: self.act(session, context, act))

    def act(self, session: Session, context: Context, act: Callable[[Work], Result]) -> Result:
        """Run `act` in an open write transaction, then the flows that follow from what it wrote."""
        work = self.open(session, context)
        result = act(work)
        if work.aftermath:
            self.follow(work)
        return result

    def reading(self, session: Session, context: Context) -> Work:
        """The work of one request in a session that only reads: its figures may come from the copy of facts."""
        work = self.open(session, context)
        return work if self.facts is None else replaced(work, facts=self.facts)

    def open(self, session: Session, context: Context) -> Work:
        """The work of one request inside an open session, pinned to the model served now."""
        model = self.models.current()
        return Work(
            session,
            model,
            context,
            self.ids,
            self.statements,
            self.key,
            self.data_folder,
            earlier=self.earlier,
            vault=self.vault,
        )
