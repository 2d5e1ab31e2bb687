"""Idempotency: a key's outcome is kept with the write itself; a repeat gets the ids and reads again with its own rights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from engine.diagnostics import Message
from engine.model.errors import BadRequest, KeyReused
from engine.model.requests import Outcome
from engine.runtime.instants import to_micros
from engine.runtime.rows import insert_first, select
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table
from engine.runtime.sealing.rows import vault_of
from engine.runtime.sealing.set_aside import holds_sealed
from engine.runtime.work import Work

KEY = "dougong_idempotency"
LONGEST = 200
IDEMPOTENCY_TABLE = Table(
    KEY,
    (
        Column("user_id", PhysicalKind.INTEGER, nullable=False),
        Column("key", PhysicalKind.TEXT, nullable=False),
        Column("request", PhysicalKind.TEXT, nullable=False),
        Column("entity", PhysicalKind.TEXT, nullable=False),
        Column("record", PhysicalKind.INTEGER, nullable=False),
        Column("version", PhysicalKind.INTEGER, nullable=False),
        Column("created_at", PhysicalKind.INTEGER, nullable=False),
    ),
    primary_key=("user_id", "key"),
    indexes=(Index("dougong_idempotency__created", ("created_at",)),),
)


def once(work: Work, key: str | None, request: tuple[object, ...], act: Callable[[], Outcome]) -> Outcome:
    """`act` done once for a key of this user; a repeat answers the first outcome. Raises KeyReused for another request."""
    if key is None:
        return act()
    if not 0 < len(key) <= LONGEST:
        raise BadRequest(
            Message(f"幂等键应为 1 到 {LONGEST} 个字符", f"An idempotency key has 1 to {LONGEST} characters")
        )
    user, digest = work.context.principal.user_id, _digest(work, request)
    found = select(work.session, KEY, ("request", "entity", "record", "version"), {"user_id": user, "key": key})
    if found:
        if found[0][0] != digest:
            raise KeyReused
        return Outcome(str(found[0][1]), int(str(found[0][2])), int(str(found[0][3])), replayed=True)
    outcome = act()
    row = {
        "user_id": user,
        "key": key,
        "request": digest,
        "entity": outcome.entity,
        "record": outcome.id,
        "version": outcome.version,
        "created_at": to_micros(work.context.now),
    }
    insert_first(work.session, KEY, row)
    return outcome


def _digest(work: Work, request: tuple[object, ...]) -> str:
    """What tells a request from another; keyed where it holds what is sealed, so that nobody can try values against it."""
    text = json.dumps(request, sort_keys=True, default=_text)
    entity = str(request[1])
    if holds_sealed(work.model, entity):
        return vault_of(work).index(entity, KEY, text).hex()
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value: object) -> object:
    if isinstance(value, Decimal | date | datetime):
        return str(value)
    if isinstance(value, frozenset | set | tuple):
        return sorted(map(str, value))
    return repr(type(value))
