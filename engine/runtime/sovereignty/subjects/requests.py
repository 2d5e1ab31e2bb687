"""Requests of data subjects as rows: who asked for what, how far it is, and the clock that runs from the day it came."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from engine.diagnostics import DougongError, Message
from engine.model.errors import NotFound
from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert, select, update
from engine.runtime.sovereignty.subjects.tables import REQUEST, STEP, SUBJECT_TABLES

CLOCK = timedelta(hours=24)
WARNINGS = (timedelta(hours=12), timedelta(hours=18), timedelta(hours=22))
"""When those who answer requests are told that the clock runs out."""
COLUMNS = tuple(one.name for one in SUBJECT_TABLES[0].columns)


class RequestState(StrEnum):
    """How a request stands."""

    PLANNING = "planning"
    PLANNED = "planned"
    HELD = "held"
    APPROVED = "approved"
    RUNNING = "running"
    DONE = "done"
    UNPROVED = "unproved"
    WITHDRAWN = "withdrawn"


FROZEN = (RequestState.APPROVED, RequestState.RUNNING)
"""While a request is one of these nothing of its subject is written or exported."""
OPEN = (RequestState.PLANNING, RequestState.PLANNED, RequestState.HELD, *FROZEN)
BASES = ("withdrawn_consent", "purpose_fulfilled", "unlawful", "contract_ended", "other_law")
"""Why personal data have to be deleted: the five cases, as codes."""
IDENTITIES = ("document", "known_channel", "signed_letter", "in_person")
AUTHORITIES = ("self", "guardian", "representative", "company_mandate")


class RequestRefused(DougongError):
    """A step of a request that cannot be taken as it stands; the message says why and what to do."""

    code = "subject_request_refused"
    status = 409


@dataclass(frozen=True, slots=True)
class SubjectRequest:
    """A request to erase what is held of one subject."""

    id: int
    entity: str
    record: int
    state: RequestState
    basis: str
    identity: str
    authority: str
    created_at: datetime
    created_by: int | None
    clock_from: datetime
    warned: int
    planned_at: datetime | None
    plan: str | None
    digest: str | None
    approved_at: datetime | None
    approved_by: int | None
    begun_at: datetime | None
    ended_at: datetime | None
    problem: str | None
    control: str | None
    certificate: str | None

    @property
    def due_at(self) -> datetime:
        return self.clock_from + CLOCK


@dataclass(frozen=True, slots=True)
class StoreStep:
    """How far one store of a request is: what was done to how many rows, and when."""

    store: str
    state: str
    rows: int
    at: datetime


def add_request(session: Session, request: SubjectRequest) -> None:
    """A new request. Raises RequestRefused while another one about the subject is open."""
    for state in OPEN:
        if select(session, REQUEST, ("id",), {"entity": request.entity, "record": request.record, "state": state}):
            raise RequestRefused(
                Message("这位主体已有一个进行中的请求", "A request about this subject is under way already")
            )
    insert(session, REQUEST, _stored(request))


def request_of(session: Session, request: int) -> SubjectRequest:
    """Raises NotFound."""
    rows = select(session, REQUEST, COLUMNS, {"id": request})
    if not rows:
        raise NotFound
    return _request(rows[0])


def requests_of(session: Session, most: int = 200) -> list[SubjectRequest]:
    """The newest first."""
    return [_request(row) for row in select(session, REQUEST, COLUMNS, {}, ("-id",), most)]


def requests_in(session: Session, states: Collection[RequestState]) -> list[SubjectRequest]:
    found = [_request(row) for one in states for row in select(session, REQUEST, COLUMNS, {"state": one.value})]
    return sorted(found, key=lambda one: one.id)


def change_request(session: Session, request: int, values: Mapping[str, object], held: RequestState) -> bool:
    """Change a request that still stands as `held`; False when somebody else has carried it on."""
    stored = {name: _plain(value) for name, value in values.items()}
    return update(session, REQUEST, stored, {"id": request, "state": held.value}) > 0


def note_step(session: Session, request: int, step: StoreStep) -> None:
    """Note how far a store is."""
    delete(session, STEP, {"request": request, "store": step.store})
    row = {"request": request, "store": step.store, "state": step.state, "rows": step.rows}
    insert(session, STEP, row | {"at": to_micros(step.at)})


def steps_of(session: Session, request: int) -> list[StoreStep]:
    rows = select(session, STEP, ("store", "state", "rows", "at"), {"request": request}, ("store",))
    return [StoreStep(str(a), str(b), int(str(c)), from_micros(int(str(d)))) for a, b, c, d in rows]


def frozen_rows(session: Session) -> Mapping[str, frozenset[int]]:
    """The rows, by entity, of subjects that are being erased; empty nearly always."""
    found: dict[str, frozenset[int]] = {}
    for (plan,) in select(session, REQUEST, ("plan",), {"state in texts": [one.value for one in FROZEN]}):
        for entity, ids in json.loads(str(plan))["rows"].items():
            found[entity] = found.get(entity, frozenset()) | frozenset(ids)
    return found


def _plain(value: object) -> object:
    return to_micros(value) if isinstance(value, datetime) else value.value if isinstance(value, StrEnum) else value


def _stored(request: SubjectRequest) -> dict[str, object]:
    return {name: _plain(getattr(request, name)) for name in COLUMNS}


def _request(row: Row) -> SubjectRequest:
    cells = dict(zip(COLUMNS, row, strict=True))

    def number(name: str) -> int | None:
        return None if cells[name] is None else int(str(cells[name]))

    def text(name: str) -> str | None:
        return None if cells[name] is None else str(cells[name])

    def instant(name: str) -> datetime | None:
        found = number(name)
        return None if found is None else from_micros(found)

    return SubjectRequest(
        id=int(str(cells["id"])),
        entity=str(cells["entity"]),
        record=int(str(cells["record"])),
        state=RequestState(str(cells["state"])),
        basis=str(cells["basis"]),
        identity=str(cells["identity"]),
        authority=str(cells["authority"]),
        created_at=from_micros(int(str(cells["created_at"]))),
        created_by=number("created_by"),
        clock_from=from_micros(int(str(cells["clock_from"]))),
        warned=int(str(cells["warned"])),
        planned_at=instant("planned_at"),
        plan=text("plan"),
        digest=text("digest"),
        approved_at=instant("approved_at"),
        approved_by=number("approved_by"),
        begun_at=instant("begun_at"),
        ended_at=instant("ended_at"),
        problem=text("problem"),
        control=text("control"),
        certificate=text("certificate"),
    )
