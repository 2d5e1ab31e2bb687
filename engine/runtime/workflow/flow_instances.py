"""Instances of flows as they are stored: the row with its state, its log, and the text that it began with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.model.flows import Flow
from engine.runtime.database.protocol import Session
from engine.runtime.instants import to_micros
from engine.runtime.rows import insert, insert_first, insert_many, select, update
from engine.runtime.work import Work
from engine.runtime.workflow.flow_codec import decode_event, decode_state, encode_event, encode_state
from engine.runtime.workflow.flow_events import FlowEvent
from engine.runtime.workflow.flow_state import FlowState
from engine.runtime.workflow.flow_tables import INSTANCE, LOG, TEXT

COLUMNS = (
    "id", "flow", "fingerprint", "entity", "record", "version", "title", "amount", "initiator", "trigger",
    "picked", "state", "events", "problem", "outcome", "parent", "parent_token", "parent_visit", "urged_at", "started_at",
    "ended_at",
)  # fmt: skip
LOG_COLUMNS = (
    "number", "at", "actor", "behalf", "kind", "step", "event", "comment", "version", "signature",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instance:
    """One run of a flow. Times are microseconds; `amount` has four digits after the point; `problem` is why it is stuck.

    `picked` are the people whom somebody chose for a step to come, by step.
    """

    id: int
    flow: str
    fingerprint: str
    entity: str
    record: int
    version: int
    title: str
    amount: int | None
    initiator: int
    trigger: str
    picked: Mapping[str, tuple[int, ...]]
    state: FlowState
    events: int
    problem: str | None
    outcome: str | None
    parent: int | None
    parent_token: int | None
    parent_visit: int | None
    urged_at: int | None
    started_at: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Something that happened to an instance, in order: by whom, for whom, at which step, with which words.

    `version` of the record was signed with `signature`. An entry without an event is a remark: comment, reminder, copy.
    """

    number: int
    at: int
    actor: int | None
    behalf: int | None
    kind: str
    step: str
    event: FlowEvent | None
    comment: str | None
    version: int | None
    signature: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """What is written beside an event: who did it, for whom, and their words and signature."""

    actor: int | None = None
    behalf: int | None = None
    step: str = ""
    comment: str | None = None
    version: int | None = None
    signature: str | None = None


def instance(session: Session, identity: int, lock: bool = False) -> Instance | None:
    """An instance by id; `lock` keeps it from others until the transaction ends."""
    rows = select(session, INSTANCE, COLUMNS, {"id": identity}, lock=lock)
    return _instance(rows[0]) if rows else None


def instances_of(session: Session, entity: str, record: int, limit: int = 100) -> list[Instance]:
    """The instances about a record, newest first."""
    return instances_page(session, {"record": record, "entity": entity}, limit)


def instances_page(session: Session, where: Mapping[str, object], limit: int) -> list[Instance]:
    """Instances that meet conditions, newest first."""
    return [_instance(row) for row in select(session, INSTANCE, COLUMNS, where, ("-started_at", "-id"), limit)]


def running_about(session: Session, entity: str, record: int, flow: str = "") -> list[int]:
    """The ids of the instances about a record that have not ended; those of one flow, or of all."""
    where = {"record": record, "entity": entity, "ended_at is null": None} | ({"flow": flow} if flow else {})
    return [int(str(row[0])) for row in select(session, INSTANCE, ("id",), where, order=("id",))]


def children_of(session: Session, parent: int) -> list[int]:
    """The sub-flows of an instance that have not ended."""
    where = {"parent": parent, "ended_at is null": None}
    return [int(str(row[0])) for row in select(session, INSTANCE, ("id",), where, order=("id",))]


def add_instance(session: Session, row: Instance) -> None:
    insert(session, INSTANCE, _row(row))


def save_instance(session: Session, row: Instance) -> None:
    """Store what changes while an instance runs."""
    stored = _row(row)
    changing = (
        "version",
        "title",
        "amount",
        "picked",
        "state",
        "events",
        "problem",
        "outcome",
        "urged_at",
        "ended_at",
        "fingerprint",
    )
    update(session, INSTANCE, {name: stored[name] for name in changing}, {"id": row.id})


def entry_row(work: Work, instance: int, number: int, happened: FlowEvent | str, note: Note) -> dict[str, object]:
    """An event, or a remark by its kind, as the log holds it."""
    remark = isinstance(happened, str)
    return {
        "instance": instance,
        "number": number,
        "at": to_micros(work.context.now),
        "actor": note.actor,
        "behalf": note.behalf,
        "kind": happened if remark else type(happened).__name__.lower(),
        "step": note.step,
        "event": "" if isinstance(happened, str) else _EVENT_ENCODER.encode(encode_event(happened)),
        "comment": note.comment,
        "version": note.version,
        "signature": note.signature,
    }


def add_entries(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Write entries into the log, at once."""
    insert_many(session, LOG, rows)


def log_of(session: Session, instance: int) -> list[LogEntry]:
    """Everything that happened to an instance, oldest first."""
    return [_entry(row) for row in select(session, LOG, LOG_COLUMNS, {"instance": instance}, order=("number",))]


def keep_text(work: Work, flow: Flow) -> None:
    """Keep the text of a flow, once for each of its versions."""
    key = {"flow": flow.name, "fingerprint": flow.fingerprint}
    if not select(work.session, TEXT, ("flow",), key):
        row = {**key, "source": flow.source, "kept_at": to_micros(work.context.now)}
        insert_first(work.session, TEXT, row)


def flow_of(work: Work, row: Instance) -> Flow | None:
    """The flow as it was when the instance began; None when its text no longer fits the application."""
    served = work.model.flows.get(row.flow)
    if served is not None and served.fingerprint == row.fingerprint:
        return served
    kept = select(work.session, TEXT, ("source",), {"flow": row.flow, "fingerprint": row.fingerprint})
    return work.earlier.flow(row.flow, str(kept[0][0])) if kept and work.earlier is not None else None


_EVENT_ENCODER = json.JSONEncoder(ensure_ascii=False)
_STATE_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _row(one: Instance) -> dict[str, object]:
    return {
        **{name: getattr(one, name) for name in COLUMNS},
        "picked": json.dumps(one.picked),
        "state": _STATE_ENCODER.encode(encode_state(one.state)),
    }


def _instance(row: Sequence[object]) -> Instance:
    found = dict(zip(COLUMNS, row, strict=True))
    numbers = {
        name: None if found[name] is None else int(str(found[name]))
        for name in ("amount", "parent", "parent_token", "parent_visit", "urged_at", "ended_at")
    }
    return Instance(
        id=int(str(found["id"])),
        flow=str(found["flow"]),
        fingerprint=str(found["fingerprint"]),
        entity=str(found["entity"]),
        record=int(str(found["record"])),
        version=int(str(found["version"])),
        title=str(found["title"]),
        initiator=int(str(found["initiator"])),
        trigger=str(found["trigger"]),
        picked={step: tuple(users) for step, users in json.loads(str(found["picked"])).items()},
        state=decode_state(json.loads(str(found["state"]))),
        events=int(str(found["events"])),
        problem=None if found["problem"] is None else str(found["problem"]),
        outcome=None if found["outcome"] is None else str(found["outcome"]),
        started_at=int(str(found["started_at"])),
        **numbers,
    )


def _entry(row: Sequence[object]) -> LogEntry:
    number, at, actor, behalf, kind, step, event, comment, version, signature = row
    return LogEntry(
        int(str(number)),
        int(str(at)),
        None if actor is None else int(str(actor)),
        None if behalf is None else int(str(behalf)),
        str(kind),
        str(step),
        decode_event(json.loads(str(event))) if event else None,
        None if comment is None else str(comment),
        None if version is None else int(str(version)),
        None if signature is None else str(signature),
    )
