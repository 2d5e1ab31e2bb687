"""Mutations of an audit log by somebody who may write every row, has the source, and for the worst kinds the key too."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from engine.runtime.audit import AUDIT, HEAD, SIGNED, Act, append
from engine.runtime.audit_chain.links import FIRST, commitment, seal_after
from engine.runtime.audit_chain.sealing import COLUMNS, Sealer, newest_head, seal_all
from engine.runtime.audit_chain.signing import SignedHead, sign_head
from engine.runtime.audit_chain.verifying import Proofs, verify_chain
from engine.runtime.database.protocol import Database, Session
from engine.runtime.identifiers import IdSource
from engine.runtime.rows import delete, insert, select, update

EDITABLE = (
    "at",
    "actor",
    "viewing_as",
    "action",
    "subject",
    "outcome",
    "address",
    "request",
    "seal",
    "previous",
    "digest",
)
Row = dict[str, object]
Mutation = Callable[["Scene", Session, random.Random], None]


class _Undone(Exception):
    """The mutation is rolled back."""


@dataclass
class Scene:
    """A log with heads anchored outside every few entries, the newest at its end."""

    database: Database
    ids: IdSource
    key: bytes
    now: datetime
    length: int = 0
    anchors: list[SignedHead] = field(default_factory=list)

    def fill(self, entries: int, every: int = 20) -> None:
        for first in range(0, entries, every):
            for one in range(first, min(first + every, entries)):
                act = Act(self.now, "export", 1 + one % 9, None, f"entity=customer rows={one}", address="10.0.0.1")
                self.database.write(partial(append, ids=self.ids, act=act))
            seal_all(self.database, Sealer("scene", self.key), self.now)
            head = self.database.read(newest_head)
            assert head is not None
            self.anchors.append(head)
        self.length = self.anchors[-1].position

    def position(self, chance: random.Random) -> int:
        return chance.randint(1, self.length)


def caught(scene: Scene, kind: str, chance: random.Random, anchored: bool = True) -> bool:
    """Whether a mutation, which is undone afterwards, is found."""
    found: list[bool] = []

    def act(session: Session) -> None:
        KINDS_OF_MUTATION[kind](scene, session, chance)
        anchors = tuple(scene.anchors) if anchored else ()
        found.append(verify_chain(session, Proofs(scene.key, anchors)).broken is not None)
        raise _Undone

    with contextlib.suppress(_Undone):
        scene.database.write(act)
    return found[-1]


def _edit(scene: Scene, session: Session, chance: random.Random) -> None:
    """One column of one entry; what it is about in half of the cases without its salt, as if it had been replaced."""
    position, column = scene.position(chance), chance.choice(EDITABLE)
    before = select(session, AUDIT, (column,), {"position": position})[0][0]
    values: Row = {column: (before + 1 if isinstance(before, int) else f"{before}x")}
    if column in {"seal", "previous"}:
        values = {column: ("1" if str(before)[0] == "0" else "0") + str(before)[1:]}
    if column == "actor" and before is None:
        values = {"actor": 7}
    if column == "subject" and chance.random() < 0.5:
        values["salt"] = None
    update(session, AUDIT, values, {"position": position})


def _delete(scene: Scene, session: Session, chance: random.Random) -> None:
    """An entry goes; in half of the cases all behind it move down and are chained anew."""
    at = scene.position(chance)
    if chance.random() < 0.5:
        delete(session, AUDIT, {"position": at})
        return
    rows = _rows(session)
    _rewrite(session, rows, [*rows[: at - 1], *rows[at:]], at)


def _insert(scene: Scene, session: Session, chance: random.Random) -> None:
    """An entry between others; all behind it move up and are chained anew, and the head with them."""
    at = scene.position(chance)
    rows = _rows(session)
    forged = {**rows[at - 1], "subject": "entity=customer rows=0", "action": "sign_in"}
    _rewrite(session, rows, [*rows[: at - 1], forged, *rows[at - 1 :]], at)


def _swap(scene: Scene, session: Session, chance: random.Random) -> None:
    """Two entries change places, with their seals or without, chained anew in half of the cases."""
    first, second = chance.sample(range(scene.length), 2)
    rows = _rows(session)
    swapped = [dict(row) for row in rows]
    swapped[first], swapped[second] = dict(rows[second]), dict(rows[first])
    if chance.random() < 0.5:
        _rewrite(session, rows, swapped, min(first, second) + 1)
        return
    for at in (first, second):
        told = {name: value for name, value in swapped[at].items() if name not in {"position", "seal", "previous"}}
        update(session, AUDIT, told, {"position": at + 1})


def _truncate(scene: Scene, session: Session, chance: random.Random) -> None:
    """The end is cut off, kept heads with it; the head is moved back and signed with the key."""
    _cut(scene, session, chance.randint(0, scene.length - 1))


def _fork(scene: Scene, session: Session, chance: random.Random) -> None:
    """Another history from some entry on, as long or longer, chained and signed with the key."""
    at, more = scene.position(chance), chance.randint(0, 5)
    rows = _rows(session)
    other = [{**row, "actor": 99} for row in rows[at - 1 :]] + [{**rows[-1], "actor": 99} for _ in range(more)]
    _rewrite(session, rows, [*rows[: at - 1], *other], at)
    _sign(scene, session)


def _rehash(scene: Scene, session: Session, chance: random.Random) -> None:
    """One entry is edited, the whole chain computed anew, the head and every kept head signed with the key."""
    position, rows = scene.position(chance), _rows(session)
    edited = [dict(row) for row in rows]
    edited[position - 1]["subject"] = f"entity=customer rows={chance.randint(1000, 9999)}"
    _rewrite(session, rows, edited, 1)
    _sign(scene, session)


def _cut(scene: Scene, session: Session, length: int) -> None:
    delete(session, AUDIT, {"position >": length})
    delete(session, SIGNED, {"position >": length})
    rows = _rows(session)
    seal = str(rows[-1]["seal"]) if rows else FIRST
    signed = sign_head(scene.key, length, seal, 0).line
    update(session, HEAD, {"length": length, "seal": seal, "signed": signed}, {"id": 1})


def _rows(session: Session) -> list[Row]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in select(session, AUDIT, COLUMNS, order=("position",))]


def _rewrite(session: Session, before: list[Row], after: list[Row], first: int) -> None:
    """Entries from a position on, numbered and chained as the sealer would, and the head moved; nothing is signed."""
    delete(session, AUDIT, {"position >=": first})
    previous = str(before[first - 2]["seal"]) if first > 1 else FIRST
    for position, given in enumerate(after[first - 1 :], first):
        salt = str(given["salt"])
        row = {
            **given,
            "position": position,
            "previous": previous,
            "commitment": commitment(salt, str(given["subject"])),
        }
        previous = seal_after(previous, row)
        insert(session, AUDIT, row | {"seal": previous})
    update(session, HEAD, {"length": len(after), "seal": previous}, {"id": 1})


def _sign(scene: Scene, session: Session) -> None:
    """The head and the kept heads, as whoever has the key signs them."""
    rows = _rows(session)
    update(session, HEAD, {"signed": sign_head(scene.key, len(rows), str(rows[-1]["seal"]), 0).line}, {"id": 1})
    for (position,) in select(session, SIGNED, ("position",)):
        head = sign_head(scene.key, int(str(position)), str(rows[int(str(position)) - 1]["seal"]), 0)
        values: Row = {"seal": head.seal, "at": 0, "signature": head.signature}
        update(session, SIGNED, values, {"position": position})


KINDS_OF_MUTATION: dict[str, Mutation] = {
    "edit": _edit,
    "delete": _delete,
    "insert": _insert,
    "swap": _swap,
    "truncate": _truncate,
    "fork": _fork,
    "rehash": _rehash,
}
