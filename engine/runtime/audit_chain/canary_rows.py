"""Canary rows: records that nobody has a reason to read. Whoever reads guarded fields of one makes an alarm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.context import Context, Principal
from engine.runtime.audit import CANARY, Act, append
from engine.runtime.database.protocol import Session
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.administrators import administrator_roles
from engine.runtime.instants import to_micros
from engine.runtime.notices import tell
from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.notifying.telling import Telling
from engine.runtime.organisation.standings import holders_of
from engine.runtime.rows import delete, insert, select
from engine.runtime.work import Work, Workplace

TRIPPED = "canary_read"
Row = tuple[str, int]
"""An entity and the identifier of a record."""


@dataclass(frozen=True, slots=True)
class CanaryRead:
    """That somebody read guarded fields of rows; `act` says who, when and from where."""

    act: Act
    rows: frozenset[Row]


def canaries(session: Session) -> frozenset[Row]:
    """The records that are canaries."""
    return frozenset((str(row[0]), int(str(row[1]))) for row in select(session, CANARY, ("entity", "record")))


def declare_canary(work: Work, entity: str, record: int) -> None:
    """Make a record a canary, and record that."""
    delete(work.session, CANARY, {"entity": entity, "record": record})
    insert(work.session, CANARY, {"entity": entity, "record": record, "at": to_micros(work.context.now)})
    _recorded(work, "canary", entity, record)


def withdraw_canary(work: Work, entity: str, record: int) -> bool:
    """Let a record be none; whether it was one."""
    gone = bool(delete(work.session, CANARY, {"entity": entity, "record": record}))
    if gone:
        _recorded(work, "canary_end", entity, record)
    return gone


def trip(workplace: Workplace, session: Session, reads: Sequence[CanaryRead]) -> int:
    """Record and tell every administrator of the canaries among what was read; how many were."""
    known = canaries(session)
    tripped = [(one.act, row) for one in reads for row in sorted(one.rows & known)] if known else []
    for act, (entity, record) in tripped:
        work = workplace.open(session, Context(Principal(0, "audit", frozenset(), service="audit"), act.at))
        subject = f"entity={entity} record={encode_id(record)}"
        told = Act(act.at, TRIPPED, act.actor, act.viewing_as, subject, "done", act.address, act.request)
        append(session, work.ids, told)
        tell(work, _administrators(work), _alarm(subject))
    return len(tripped)


def _recorded(work: Work, action: str, entity: str, record: int) -> None:
    subject = f"entity={entity} record={encode_id(record)}"
    append(work.session, work.ids, Act(work.context.now, action, subject=subject, address="console"))


def _administrators(work: Work) -> Iterable[int]:
    roles = administrator_roles(work.model)
    return sorted({user for role in roles for user in holders_of(work.session, work.model, work.context.today, role)})


def _alarm(subject: str) -> Telling:
    title = Message("警报：有人读取了金丝雀记录", "Alarm: somebody read a canary record")
    body = Message(f"{subject}。没有人有理由读它。", f"{subject}. Nobody has a reason to read it.")
    return Telling(
        kind=NoticeKind.ESCALATION,
        title=f"{title.zh} · {title.en}",
        body=f"{body.zh} {body.en}",
        entity="",
        record=0,
        link=f"/admin/audit?action={TRIPPED}",
    )
