"""The desk of facts: keeps a copy up to date and asks figures of it, or says why the database must answer."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from threading import RLock

import structlog

from engine.extensions import Clock
from engine.runtime.database.protocol import Database, Row, Session
from engine.runtime.database.statements import StatementCache
from engine.runtime.events import EVENT
from engine.runtime.facts.declared import FactTables, fact_tables
from engine.runtime.facts.engines import EngineFailure, FactEngine, FactStatement, Inexpressible, open_engine
from engine.runtime.facts.epoch import epoch_of
from engine.runtime.facts.feeding import Reading, begin, catch_up, scan_next
from engine.runtime.facts.state import CopyState, read_state
from engine.runtime.query.variables import variable_values
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.stores import FACTS
from engine.runtime.work import FactQuestion, ModelSource, Work

AT_ONCE = 2_000
"""Events that a reader waits for; more are left to the keeper."""
A_STEP = 5_000
log = structlog.get_logger("dougong.facts")


class Reason(StrEnum):
    """Why a figure came from the database."""

    MISSING = "missing"
    FAILED = "failed"
    BUILDING = "building"
    BEHIND = "behind"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class FactSettings:
    """Which engine, which entities (all that metrics measure where none is named), how many seconds old figures may be, and
    how much memory the engine may take, in megabytes."""

    engine: str
    entities: frozenset[str] = frozenset()
    lag: int = 0
    memory: int = 1_000


@dataclass(frozen=True, slots=True)
class FactStanding:
    """How a copy stands: `fresh` seconds ago it had read all that there was (None: never yet); how many plans it answered,
    and how many were left to the database, by reason."""

    engine: str
    built: bool
    fresh: float | None
    answered: int
    left: Mapping[str, int]
    problem: str


class FactDesk:
    """Satisfies engine.runtime.work.FactReader. One a process; `keep` is for one thread, `rows` for any."""

    def __init__(
        self, settings: FactSettings, database: Database, models: ModelSource, clock: Clock, folder: Path
    ) -> None:
        self._settings = settings
        self._database = database
        self._models = models
        self._clock = clock
        self._folder = folder / FACTS
        self._lock = RLock()
        self._engine: FactEngine | None = None
        self._reading: Reading | None = None
        self._fresh: float | None = None
        self._problem: Reason | None = None
        self._turn = 0
        self._statements = StatementCache(2_000)
        self._answered = 0
        self._left: Counter[str] = Counter()

    def keep(self) -> bool:
        """Open the copy, make it, or bring it further by a step; whether there is more to do at once."""
        if self._problem is Reason.MISSING:
            return False
        tables = fact_tables(self._models.current(), self._settings.entities)
        with self._lock:
            try:
                engine = self._working() or self._open()
                return self._database.read(lambda session: self._keep(session, engine, tables))
            except ImportError:
                self._problem = Reason.MISSING
                log.warning("fact engine is not installed", engine=self._settings.engine)
            except EngineFailure as error:
                self._failed(error)
                self._let_go()
            return False

    def rows(self, work: Work, question: FactQuestion) -> list[Row] | None:
        """What the copy says to a plan of figures; None where the database must answer."""
        tables = fact_tables(work.model, self._settings.entities)
        if question.entity not in tables.measured:
            return None
        found = self._asked(work, question, tables)
        if isinstance(found, Reason):
            self._left[found] += 1
            return None
        self._answered, self._problem = self._answered + 1, None
        return found

    def standing(self) -> FactStanding:
        reading = self._reading
        built = reading is not None and reading.state.is_built
        fresh = None if self._fresh is None else self._clock.monotonic() - self._fresh
        problem = self._problem.value if self._problem is not None else ""
        return FactStanding(self._settings.engine, built, fresh, self._answered, dict(self._left), problem)

    def drop(self) -> None:
        """Let the copy go with its files; it is made anew from the rows."""
        with self._lock:
            self._let_go()
            shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Let the copy go."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        engine, self._engine, self._reading = self._engine, None, None
        if engine is not None:
            with suppress(EngineFailure):
                engine.close()

    def _working(self) -> FactEngine | None:
        """The open engine; one that failed a question has to say what it noted. Raises EngineFailure where it cannot."""
        if self._engine is not None and self._problem is Reason.FAILED:
            self._engine.state()
        return self._engine

    def _open(self) -> FactEngine:
        self._folder.mkdir(parents=True, exist_ok=True)
        engine = open_engine(self._settings.engine, self._folder, self._settings.memory)
        state = read_state(engine.state())
        self._reading = None if state is None else Reading(state)
        if state is not None and not self._database.read(lambda session: _is_of_this_log(session, state)):
            self._reading = None
        self._engine, self._problem = engine, None
        return engine

    def _keep(self, session: Session, engine: FactEngine, tables: FactTables) -> bool:
        reading = self._reading
        if reading is None or not _is_of(reading.state, tables, epoch_of(session)):
            self._turn, self._fresh = self._turn + 1, None
            self._reading = Reading(begin(session, engine, tables))
            return True
        if not reading.state.is_built:
            self._reading = replace(reading, state=scan_next(session, engine, tables, reading.state, self._folder))
            return True
        further = catch_up(session, engine, tables, reading, self._folder, A_STEP, whole=False)
        return not self._noted(further)

    def _noted(self, further: Reading) -> bool:
        """Whether the copy says now what the session sees. Between a step that came to no end and the next one it says nothing."""
        self._reading = further
        if further.at_end:
            self._fresh = self._clock.monotonic()
        elif not further.state.whole:
            self._turn += 1
        return further.at_end

    def _reading_now(self) -> Reading:
        if self._reading is None:
            raise EngineFailure("the copy was let go")
        return self._reading

    def _asked(self, work: Work, question: FactQuestion, tables: FactTables) -> list[Row] | Reason:
        engine = self._engine
        if engine is None:
            return self._problem or Reason.BUILDING
        try:
            turn = work.read_once("copy of facts", lambda session: self._turn_of(session, engine, tables))
            if isinstance(turn, Reason):
                return turn
            prepared = self._prepared(work, engine, question, tables)
            if isinstance(prepared, Reason):
                return prepared
            statement, variables = prepared
            values = {**question.values, **variable_values(work.context, variables, "postgres")}
            found = engine.rows(statement, values)
        except EngineFailure as error:
            return self._failed(error)
        with self._lock:
            return found if self._turn == turn else Reason.BEHIND

    def _turn_of(self, session: Session, engine: FactEngine, tables: FactTables) -> int | Reason:
        """The turn in which the copy says what the session sees, or said so as little while ago as the setting allows."""
        reading = self._reading
        if reading is None or not (reading.state.is_built and _is_of(reading.state, tables, epoch_of(session))):
            return Reason.BUILDING
        with self._lock:
            reading = self._reading_now()
            further = catch_up(session, engine, tables, reading, self._folder, AT_ONCE, whole=True)
            if self._noted(further) or self._is_allowed(further.state):
                return self._turn
            return Reason.BEHIND

    def _is_allowed(self, state: CopyState) -> bool:
        if self._settings.lag == 0 or not state.whole or self._fresh is None:
            return False
        return self._clock.monotonic() - self._fresh <= self._settings.lag

    def _prepared(
        self, work: Work, engine: FactEngine, question: FactQuestion, tables: FactTables
    ) -> tuple[FactStatement, frozenset[str]] | Reason:
        principal = work.context.principal
        key = (
            (engine.name, work.model.fingerprint, tables.fingerprint),
            (principal.roles, principal.token_scopes, work.context.language),
            question.shape,
        )

        def make() -> tuple[FactStatement, frozenset[str]] | Reason:
            tree, variables = question.build()
            try:
                return engine.compile(tree, tables.tables), variables
            except Inexpressible as error:
                log.info("plan is left to the database", engine=engine.name, needs=str(error))
                return Reason.PLAN

        return self._statements.get(key, make)

    def _failed(self, error: EngineFailure) -> Reason:
        log.warning("fact engine failed", engine=self._settings.engine, error=str(error)[:500])
        self._problem = Reason.FAILED
        return Reason.FAILED


def fact_desk(settings: Settings, database: Database, models: ModelSource, clock: Clock) -> FactDesk | None:
    """The desk that the settings ask for, which opens nothing yet."""
    if not settings.facts:
        return None
    asked = FactSettings(settings.facts, settings.measured_in_facts, settings.fact_lag, settings.fact_memory)
    return FactDesk(asked, database, models, clock, settings.data)


def _is_of(state: CopyState, tables: FactTables, epoch: int) -> bool:
    return state.tables == tables.fingerprint and state.epoch == epoch


def _is_of_this_log(session: Session, state: CopyState) -> bool:
    """Whether the log still has what the copy read last: a restored or emptied one has not."""
    return bool(select(session, EVENT, ("id",), {"id": state.anchor}))
