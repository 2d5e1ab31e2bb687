"""The chain of earlier releases: each entry sealed with HMAC-SHA-256 under the installation's key, inside its writer's
transaction. Nothing is added to it any more but in a database that has not been brought up to date, as a restore of an
earlier release's backup fills it. What stands of it stays verifiable by its own rule."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator

from engine.runtime.audit import AUDIT, HEAD, TOLD, WAITING, Act, act_of, append, newest
from engine.runtime.database.protocol import Row, Session
from engine.runtime.identifiers import IdSource
from engine.runtime.instants import to_micros
from engine.runtime.rows import insert, insert_first, select, update
from engine.runtime.schema.live import table_names

COLUMNS = ("position", *TOLD, "previous", "seal")
FIRST = "0" * 64
PAGE = 500


def is_earlier(session: Session) -> bool:
    """Whether the database is of a release whose writers chained their entries themselves."""
    return WAITING not in table_names(session)


def record(session: Session, ids: IdSource, key: bytes, act: Act) -> None:
    """Record an act in a database of this release or of an earlier one."""
    if is_earlier(session):
        append_earlier(session, key, act)
    else:
        append(session, ids, act)


def newest_act(session: Session) -> Act | None:
    """What was recorded last in a database of this release or of an earlier one."""
    if not is_earlier(session):
        entries = newest(session, limit=1)
        return entries[0].act if entries else None
    rows = select(session, AUDIT, TOLD, order=("-position",), limit=1)
    return act_of(rows[0]) if rows else None


def append_earlier(session: Session, key: bytes, act: Act) -> None:
    """Record an act in such a database."""
    if not update(session, HEAD, {"id": 1}, {"id": 1}):
        insert_first(session, HEAD, {"id": 1, "length": 0, "seal": FIRST})
    length, previous = select(session, HEAD, ("length", "seal"), {"id": 1})[0]
    told = (
        to_micros(act.at),
        act.actor,
        act.viewing_as,
        act.action,
        act.subject,
        act.outcome,
        act.address,
        act.request,
    )
    fields = (int(str(length)) + 1, *told, str(previous))
    seal = earlier_seal(key, fields)
    insert(session, AUDIT, dict(zip(COLUMNS, (*fields, seal), strict=True)))
    update(session, HEAD, {"length": fields[0], "seal": seal}, {"id": 1})


def first_broken_earlier(session: Session, key: bytes | None) -> int | None:
    """The position from which the chain does not hold, None when all of it does. Without the key only its links are seen."""
    expected, previous = 1, FIRST
    for row in _rows(session):
        linked = row[0] == expected and row[9] == previous
        if not linked or (key is not None and row[10] != earlier_seal(key, tuple(row[:10]))):
            return expected
        expected, previous = expected + 1, str(row[10])
    head = select(session, HEAD, ("length", "seal"), {"id": 1})
    length, seal = (int(str(head[0][0])), str(head[0][1])) if head else (0, FIRST)
    return None if (length, seal) == (expected - 1, previous) else expected


def seal_anew(session: Session, key: bytes) -> None:
    """Seal such a chain under another key, for an installation whose own key is lost. Who does so says it in an act."""
    previous = FIRST
    for row in _rows(session):
        seal = earlier_seal(key, (*row[:9], previous))
        update(session, AUDIT, {"previous": previous, "seal": seal}, {"position": row[0]})
        previous = seal
    go_on(session)


def go_on(session: Session) -> None:
    """Let the chain go on after the last entry that stands, when the head says otherwise. Who does so says it in an act."""
    last = select(session, AUDIT, ("position", "seal"), order=("-position",), limit=1)
    length, seal = last[0] if last else (0, FIRST)
    if not update(session, HEAD, {"length": length, "seal": seal}, {"id": 1}):
        insert(session, HEAD, {"id": 1, "length": length, "seal": seal})


def earlier_seal(key: bytes, fields: tuple[object, ...]) -> str:
    """The seal of an entry: position, what it tells, the seal before."""
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    own = hmac.digest(key, b"dougong audit", "sha256")
    return hmac.new(own, text.encode(), hashlib.sha256).hexdigest()


def _rows(session: Session) -> Iterator[Row]:
    last = 0
    while True:
        found = select(session, AUDIT, COLUMNS, {"position >": last}, order=("position",), limit=PAGE)
        yield from found
        if len(found) < PAGE:
            return
        last = int(str(found[-1][0]))
