"""What is planted into the serving process, by name, before it starts: a slow network, and faults that the trials must catch."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.runtime import idempotency
from engine.runtime.database.postgres import PostgresDatabase
from engine.runtime.database.sqlite import SqliteDatabase
from engine.runtime.jobs import Job
from engine.runtime.work import Work
from engine.runtime.workflow import flow_calls
from engine.runtime.workflow.flow_calls import Calling, FlowCaller
from engine.runtime.workflow.flow_events import Completed
from engine.runtime.workflow.flow_instances import Note, add_entries, entry_row, save_instance

SLOW = 0.02
"""Seconds that a planted slow disk takes."""
Unit = Callable[[Any], Any]
Submit = Callable[[Any, Unit], "Future[Any]"]


def answer_late() -> None:
    """No fault but a slow network: the answer leaves a while after the commit, so that kills fall in between."""

    def late(committed: Submit, database: Any, work: Unit) -> Future[Any]:
        answered: Future[Any] = Future()

        def hand_on(done: Future[Any]) -> None:
            error = done.exception()
            answered.set_exception(error) if error is not None else answered.set_result(done.result())

        committed(database, work).add_done_callback(lambda done: threading.Timer(SLOW, hand_on, (done,)).start())
        return answered

    _submitting(late)


def answer_before_the_commit() -> None:
    """Acknowledge a write when it has run, not when it is committed."""

    def early(committed: Submit, database: Any, work: Unit) -> Future[Any]:
        answered: Future[Any] = Future()

        def unit(session: Any) -> None:
            result = work(session)
            if not answered.done():
                answered.set_result(result)
            threading.Event().wait(SLOW)

        def tell(done: Future[Any]) -> None:
            if not answered.done():
                answered.set_exception(done.exception() or RuntimeError())

        committed(database, unit).add_done_callback(tell)
        return answered

    _submitting(early)


def keep_keys_in_a_transaction_of_their_own() -> None:
    """The write commits first, its idempotency key afterwards."""
    insert, here = idempotency.insert_first, threading.local()

    def set_aside(session: Any, table: str, row: dict[str, object]) -> None:
        here.row = row

    def apart(committed: Submit, database: Any, work: Unit) -> Future[Any]:
        answered: Future[Any] = Future()

        def unit(session: Any) -> tuple[Any, dict[str, object] | None]:
            here.row = None
            return work(session), here.row

        def save(done: Future[Any]) -> None:
            if (error := done.exception()) is not None:
                answered.set_exception(error)
                return
            result, row = done.result()
            saved = committed(database, lambda session: row and insert(session, idempotency.KEY, row))
            saved.add_done_callback(lambda _: answered.set_result(result))

        committed(database, unit).add_done_callback(save)
        return answered

    idempotency.insert_first = set_aside  # type: ignore[assignment]
    _submitting(apart)


def _submitting(way: Callable[[Submit, Any, Unit], Future[Any]]) -> None:
    """Both databases take units in this way."""
    for kind in (SqliteDatabase, PostgresDatabase):
        committed: Any = kind.submit
        setattr(kind, "submit", lambda database, work, committed=committed: way(committed, database, work))  # noqa: B010


def answer_slowly() -> None:
    """No fault: every write takes half a second after its commit to be answered."""
    global SLOW  # noqa: PLW0603
    SLOW = 0.5
    answer_late()


def new_keys_at_every_try() -> None:
    """A call of a flow comes under another key each time it is tried."""
    real = flow_calls.FlowCaller._answer

    def salted(caller: FlowCaller, calling: Calling, now: datetime) -> object:
        return real(caller, replace(calling, key=f"{calling.key}{secrets.token_hex(4)}"), now)

    flow_calls.FlowCaller._answer = salted


def effects_beside_the_transaction() -> None:
    """The end of a call is written in a transaction of its own before the flow goes on, and then once more."""
    real = flow_calls._take

    def twice(work: Work, job: Job, answer: object) -> None:
        real(work, job, answer)
        row = flow_calls.instance(work.session, int(str(job.payload["instance"])))
        assert row is not None
        note = Note(step="book")
        event = Completed(int(str(job.payload["token"])), int(str(job.payload["visit"])))
        add_entries(work.session, (entry_row(work, row.id, row.events + 1, event, note),))
        save_instance(work.session, replace(row, events=row.events + 1))

    flow_calls._take = twice
