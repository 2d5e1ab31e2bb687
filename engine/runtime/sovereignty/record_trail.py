"""The trail of a record: who or what wrote each field last, and where the record has gone since: flows, decisions, models,
exports. All of it is read from what is kept anyway: row versions, runs, decisions, training manifests, the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.model.access import Action
from engine.model.entities import Entity
from engine.runtime.access.rights import allowed_actions
from engine.runtime.audit import newest
from engine.runtime.instants import from_micros
from engine.runtime.modeling.model_files import FileAltered, learnt_from
from engine.runtime.modeling.model_tables import ModelVersion, versions_of
from engine.runtime.negotiation.decision_tables import KeptDecision
from engine.runtime.negotiation.decisions import decisions_of
from engine.runtime.rows import select
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work

MOST_VERSIONS, MOST_EXPORTS, MOST_FLOWS = 500, 500, 50
_VERSION = ("version", "valid_from", "action", "actor", "run", "cause", "changed")


@dataclass(frozen=True, slots=True)
class Hand:
    """Who or what wrote a version: a user by id (None: nobody), what had it written, in which run."""

    version: int
    at: datetime
    action: str
    actor: int | None
    cause: str
    run: str


@dataclass(frozen=True, slots=True)
class FlowTaken:
    """A flow that has run about the record."""

    id: int
    flow: str
    started_at: datetime
    ended: bool


@dataclass(frozen=True, slots=True)
class Trail:
    """Where a record comes from and where it has gone. `last` is the hand that wrote a field last; one that is missing was
    written before what is kept."""

    made: Hand | None
    last: Mapping[str, Hand]
    flows: tuple[FlowTaken, ...]
    decisions: tuple[tuple[str, KeptDecision], ...]
    models: tuple[ModelVersion, ...]
    exports: tuple[datetime, ...]


def record_trail(work: Work, entity: Entity, record: int) -> Trail:
    """The trail of a record that the reader may read; exports for who may export its kind alone."""
    made, last = _hands(work, entity, record)
    exports = Action.EXPORT in allowed_actions(work.model, work.context, entity.name)
    return Trail(
        made=made,
        last=last,
        flows=tuple(_flows(work, entity, record)),
        decisions=tuple(_decisions(work, entity, record)),
        models=tuple(_models(work, entity, record)),
        exports=tuple(_exports(work, entity, made)) if exports else (),
    )


def _hands(work: Work, entity: Entity, record: int) -> tuple[Hand | None, Mapping[str, Hand]]:
    table = version_table_name(entity.name)
    rows = select(work.session, table, _VERSION, {"record": record}, ("-version",), MOST_VERSIONS)
    last: dict[str, Hand] = {}
    made: Hand | None = None
    for version, at, action, actor, run, cause, changed in rows:
        user = int(str(actor)) if actor is not None else None
        hand = Hand(int(str(version)), from_micros(int(str(at))), str(action), user, str(cause or ""), str(run or ""))
        names = json.loads(str(changed)) or (entity.fields if hand.action == "create" else ())
        for name in names:
            last.setdefault(str(name), hand)
        if hand.action == "create":
            made = hand
            for name in entity.fields:
                last.setdefault(name, hand)
    return made, last


def _flows(work: Work, entity: Entity, record: int) -> Iterator[FlowTaken]:
    columns = ("id", "flow", "started_at", "ended_at")
    where = {"record": record, "entity": entity.name}
    for identity, flow, started, ended in select(work.session, "dougong_flow", columns, where, ("-id",), MOST_FLOWS):
        yield FlowTaken(int(str(identity)), str(flow), from_micros(int(str(started))), ended is not None)


def _decisions(work: Work, entity: Entity, record: int) -> Iterator[tuple[str, KeptDecision]]:
    for negotiation in work.model.negotiations.values():
        if negotiation.entity == entity.name:
            yield from ((negotiation.name, one) for one in decisions_of(work, negotiation, record))


def _models(work: Work, entity: Entity, record: int) -> Iterator[ModelVersion]:
    """The versions whose training manifest has the record; one whose manifest is not to be read counts as having it."""
    for version in versions_of(work.session):
        if version.entity != entity.name:
            continue
        try:
            held = learnt_from(work.data_folder, version.content_hash, record)
        except FileAltered:
            held = True
        if held:
            yield version


def _exports(work: Work, entity: Entity, made: Hand | None) -> Iterator[datetime]:
    """When rows of the entity were exported since the record was made: it may have been among them."""
    for one in newest(work.session, limit=MOST_EXPORTS, where={"action": "export"}):
        named = f"entity={entity.name}" in one.act.subject.split()
        if named and (made is None or one.act.at >= made.at):
            yield one.act.at
