"""Sealing: one process at a time takes the entries that wait, in the order of their tickets, numbers and chains them.

Taking, numbering, chaining, signing and the new head are one transaction: killed anywhere, all of it happened or none. What
waits is a table and no place in a log, so an entry whose transaction commits late is taken in the next turn. The head row
names who seals until when, and counts up when that changes: whoever was overtaken finds another number and writes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from engine.diagnostics import DougongError, Message
from engine.runtime.audit import AUDIT, HEAD, SIGNED, TOLD, WAITING
from engine.runtime.audit_chain.earlier_part import EarlierPart, earlier_part
from engine.runtime.audit_chain.links import FIRST, RULE, commitment, seal_after
from engine.runtime.audit_chain.signing import SignedHead, head_of, sign_head
from engine.runtime.database.protocol import Database, Row, Session
from engine.runtime.instants import to_micros
from engine.runtime.rows import delete, insert, insert_first, insert_rows, select, update

BATCH = 1000
"""Entries that one transaction seals at most; so many at most go without a signed head that is kept."""
SIGN_EVERY = timedelta(seconds=60)
TERM = timedelta(seconds=10)
"""How long a process that has sealed is the one that seals, without saying so again."""
BRIDGE, WENT_ON = "audit_chain", "audit_went_on"
"""Acts of the sealer itself: the chain of an earlier release goes on under the present rule; it goes on behind an entry
that it has not sealed."""
COLUMNS = ("position", *TOLD, "previous", "seal", "rule", "digest", "salt", "commitment")
_HEAD = ("length", "seal", "signed", "holder", "leased_until", "fence", "anchored")


class Overtaken(DougongError):
    """Another process seals by now; what this one was about to write is rolled back."""

    code = "audit_overtaken"
    status = 409

    def __init__(self) -> None:
        super().__init__(Message("审计链已由另一进程封存", "Another process seals the audit log by now"))


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The head row: how long the chain is, its last seal, the line that signs both, who seals, what was anchored."""

    length: int = 0
    seal: str = FIRST
    signed: str = ""
    holder: str = ""
    leased_until: int = 0
    fence: int = 0
    anchored: int = 0


@dataclass(frozen=True, slots=True)
class Sealer:
    """Who seals: a name of its own, and the key that heads are signed with."""

    holder: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a turn did: how many entries it sealed, and whether more wait. `mine` is False while another process seals."""

    count: int = 0
    more: bool = False
    mine: bool = True


def read_head(session: Session, lock: bool = False) -> ChainHead | None:
    """The head row, None before the first entry was ever sealed."""
    rows = select(session, HEAD, _HEAD, {"id": 1}, lock=lock)
    if not rows:
        return None
    length, seal, signed, holder, until, fence, anchored = rows[0]
    numbers = [int(str(one)) if one is not None else 0 for one in (length, until, fence, anchored)]
    return ChainHead(numbers[0], str(seal), str(signed or ""), str(holder or ""), *numbers[1:])


def last_signed(session: Session) -> SignedHead | None:
    """The newest head that was signed to be kept."""
    rows = select(session, SIGNED, ("position", "seal", "at", "key", "signature"), order=("-position",), limit=1)
    return signed_head(rows[0]) if rows else None


def signed_head(row: Row) -> SignedHead:
    position, seal, at, key, signature = row
    return SignedHead(int(str(position)), str(seal), int(str(at)), str(key), str(signature))


def seal_turn(database: Database, sealer: Sealer, now: datetime, sign: bool = False) -> Sealed:
    """Seal what waits, up to `BATCH`; `sign` keeps a signed head though its time has not come. Raises Overtaken."""
    if not database.read(lambda session: _due(session, now, sign)):
        return Sealed(0)
    earlier = database.read(_unbridged)
    return database.write(partial(seal_within, sealer=sealer, now=now, sign=sign, earlier=earlier))


def seal_all(database: Database, sealer: Sealer, now: datetime) -> int:
    """Seal all that waits and sign the head; how many entries were sealed."""
    total, turn = 0, Sealed(more=True)
    while turn.more:
        turn = seal_turn(database, sealer, now, sign=True)
        total += turn.count
    return total


def release(session: Session, sealer: Sealer) -> None:
    """Let another process seal from now on."""
    update(session, HEAD, {"holder": "", "leased_until": 0}, {"id": 1, "holder": sealer.holder})


def seal_within(
    session: Session, sealer: Sealer, now: datetime, sign: bool = False, earlier: EarlierPart | None = None
) -> Sealed:
    """A turn inside of a transaction."""
    head = _held(session, sealer, now)
    if head is None:
        return Sealed(mine=False)
    waiting = select(session, WAITING, ("id", *TOLD, "digest"), order=("id",), limit=BATCH)
    found = [(*row[1:9], row[9]) for row in waiting]
    if not head.signed and head.length:
        found.insert(0, _bridge(session, earlier or earlier_part(session, sealer.key), head, now))
    head, jammed = _past_intruders(session, head, now)
    rows = _chained(head, [*jammed, *found])
    insert_rows(session, AUDIT, COLUMNS, [tuple(row[name] for name in COLUMNS) for row in rows])
    if waiting:
        delete(session, WAITING, {"id in": [int(str(row[0])) for row in waiting]})
    length, seal = (int(str(rows[-1]["position"])), str(rows[-1]["seal"])) if rows else (head.length, head.seal)
    signed = sign_head(sealer.key, length, seal, to_micros(now))
    _move_head(session, head.fence, {"length": length, "seal": seal, "signed": signed.line})
    if length and _sign_due(session, signed, now, sign):
        _keep(session, signed)
    return Sealed(len(waiting), len(waiting) == BATCH)


def _due(session: Session, now: datetime, sign: bool) -> bool:
    """Whether there is anything to do: entries wait, the chain of an earlier release stands, a head is to be signed."""
    if select(session, WAITING, ("id",), limit=1):
        return True
    head = read_head(session)
    if head is None or not head.length:
        return False
    signed = head_of(head.signed)
    return signed is None or _sign_due(session, signed, now, sign)


def _unbridged(session: Session) -> EarlierPart | None:
    """The chain of an earlier release that the present one has not gone on from: digested before others have to wait."""
    head = read_head(session)
    return earlier_part(session, None) if head is not None and head.length and not head.signed else None


def _held(session: Session, sealer: Sealer, now: datetime) -> ChainHead | None:
    """The head row, taken by this process for a while; None while another has it."""
    head = read_head(session, lock=True)
    if head is None:
        insert_first(session, HEAD, {"id": 1, "length": 0, "seal": FIRST, "fence": 0, "anchored": 0})
        head = ChainHead()
    at, until = to_micros(now), to_micros(now + TERM)
    alone = session.dialect == "sqlite"  # such a database has one process
    if not alone and head.holder not in {"", sealer.holder} and at < head.leased_until <= until:
        return None
    fence = head.fence + (head.holder != sealer.holder)
    _move_head(session, head.fence, {"holder": sealer.holder, "leased_until": until, "fence": fence})
    return ChainHead(head.length, head.seal, head.signed, sealer.holder, until, fence, head.anchored)


def _move_head(session: Session, fence: int, values: dict[str, object]) -> None:
    """Change the head row as the one who seals. Raises Overtaken."""
    if update(session, HEAD, values, {"id": 1, "fence": fence}):
        return
    if not update(session, HEAD, values, {"id": 1, "fence is null": None}):
        raise Overtaken


def _bridge(session: Session, earlier: EarlierPart, head: ChainHead, now: datetime) -> Row:
    """The first entry under the present rule: it binds all that an earlier release has chained."""
    now_known = earlier_part(session, None) if earlier.length != head.length else earlier
    subject = f"rule={RULE} earlier={now_known.length} seal={head.seal}"
    return (to_micros(now), None, None, BRIDGE, subject, "done", None, None, now_known.digest)


def _past_intruders(session: Session, head: ChainHead, now: datetime) -> tuple[ChainHead, list[Row]]:
    """The head behind entries that stand where the next ones should and that nobody sealed, with the act that says so."""
    last = select(session, AUDIT, ("position", "seal"), {"position >": head.length}, order=("-position",), limit=1)
    if not last:
        return head, []
    position, seal = int(str(last[0][0])), str(last[0][1])
    seal = seal if _is_seal(seal) else head.seal
    told: Row = (
        to_micros(now),
        None,
        None,
        WENT_ON,
        f"sealed={head.length} found={position}",
        "done",
        None,
        None,
        None,
    )
    return ChainHead(position, seal, head.signed, head.holder, head.leased_until, head.fence, head.anchored), [told]


def _is_seal(text: str) -> bool:
    return len(text) == len(FIRST) and not text.strip("0123456789abcdef")


def _chained(head: ChainHead, told: Sequence[Row]) -> list[dict[str, object]]:
    """The rows of entries, each sealed over the one before."""
    previous, rows = head.seal, list[dict[str, object]]()
    for position, values in enumerate(told, head.length + 1):
        salt = secrets.token_hex(16)
        row: dict[str, object] = {"position": position, **dict(zip((*TOLD, "digest"), values, strict=True))}
        row |= {"rule": RULE, "salt": salt, "commitment": commitment(salt, str(row["subject"])), "previous": previous}
        previous = seal_after(previous, row)
        rows.append(row | {"seal": previous})
    return rows


def _sign_due(session: Session, head: SignedHead, now: datetime, sign: bool) -> bool:
    """Whether a head is to be kept: it is the first, or another than the last, which is a minute or a thousand entries ago."""
    last = last_signed(session)
    if last is None or (sign and (last.position, last.key) != (head.position, head.key)):
        return True
    since, more = to_micros(now) - last.at, head.position - last.position
    return more > 0 and (more >= BATCH or not 0 <= since < SIGN_EVERY // timedelta(microseconds=1))


def _keep(session: Session, signed: SignedHead) -> None:
    """Keep a signed head; of two at one position the later stays, as after a restore under another key."""
    delete(session, SIGNED, {"position": signed.position})
    row = {"position": signed.position, "at": signed.at, "seal": signed.seal}
    insert(session, SIGNED, {**row, "key": signed.key, "signature": signed.signature})


def newest_head(session: Session) -> SignedHead | None:
    """The newest head, signed at the last turn."""
    head = read_head(session)
    return head_of(head.signed) if head is not None and head.signed else None
