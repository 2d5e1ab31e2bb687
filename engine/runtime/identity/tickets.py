"""Tickets: random values that open one thing once, until a time: the set-up, a link to choose a password, the second step
of signing in. Only their hash is stored.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from engine.runtime.database.protocol import Session
from engine.runtime.identity.tables import TICKET
from engine.runtime.identity.users import User, user_by_id
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert, select

LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""What codes for people are written in: nothing that looks like something else."""


class Purpose(StrEnum):
    """What a ticket opens."""

    SET_UP = "set_up"
    INVITATION = "invitation"
    RESET = "reset"
    SECOND_STEP = "second_step"


LIFE = {
    Purpose.SET_UP: timedelta(days=7),
    Purpose.INVITATION: timedelta(days=7),
    Purpose.RESET: timedelta(hours=24),
    Purpose.SECOND_STEP: timedelta(minutes=5),
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that still opens something; `user` is whose it is, None for the set-up."""

    purpose: Purpose
    user: User | None
    expires_at: datetime


def make_ticket(session: Session, purpose: Purpose, user: User | None, now: datetime) -> str:
    """A new ticket; earlier links of the same purpose and user end. Its text stands nowhere else."""
    if user is not None and purpose is not Purpose.SECOND_STEP:
        delete(session, TICKET, {"purpose": purpose.value, "user_id": user.id})
    text = secrets.token_urlsafe(32)
    _keep(session, purpose, user, text, now)
    return text


def make_set_up_code(session: Session, now: datetime) -> str:
    """A new code for the set-up, to be read from a terminal and typed."""
    code = spoken_code()
    _keep(session, Purpose.SET_UP, None, plain_code(code), now)
    return code


def find_ticket(session: Session, purposes: frozenset[Purpose], text: str, now: datetime) -> Ticket | None:
    """What a text opens, None when it was used, has ended, or its user was disabled or given a new password since."""
    rows = select(session, TICKET, ("purpose", "user_id", "epoch", "expires_at"), {"ticket": _hashed(text)})
    if not rows:
        return None
    purpose, user_id, epoch, expires = Purpose(str(rows[0][0])), rows[0][1], rows[0][2], rows[0][3]
    user = user_by_id(session, int(str(user_id))) if user_id is not None else None
    ends = from_micros(int(str(expires)))
    if purpose not in purposes or ends <= now:
        return None
    if user_id is not None and (user is None or user.disabled or user.epoch != epoch):
        return None
    return Ticket(purpose, user, ends)


def use_ticket(session: Session, text: str) -> bool:
    """End a ticket; False when somebody else has used it meanwhile."""
    return delete(session, TICKET, {"ticket": _hashed(text)}) == 1


def end_tickets(session: Session, purpose: Purpose, user: int | None = None) -> None:
    """End every ticket of a purpose, or those of one user."""
    delete(session, TICKET, {"purpose": purpose.value} | ({"user_id": user} if user is not None else {}))


def open_invitations(session: Session, now: datetime) -> dict[int, datetime]:
    """Until when the invitations of users last that nobody has taken up."""
    where = {"purpose": Purpose.INVITATION.value, "expires_at >": to_micros(now)}
    rows = select(session, TICKET, ("user_id", "expires_at"), where)
    return {int(str(user)): from_micros(int(str(ends))) for user, ends in rows}


def spoken_code() -> str:
    """Sixty bits in three groups of four letters and digits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def plain_code(typed: str) -> str:
    """A code as it is hashed: without what people put between its parts."""
    return "".join(one for one in typed.upper() if one.isalnum())[:64]


def _keep(session: Session, purpose: Purpose, user: User | None, text: str, now: datetime) -> None:
    delete(session, TICKET, {"expires_at <=": to_micros(now)})
    row = {
        "ticket": _hashed(text),
        "purpose": purpose.value,
        "user_id": user.id if user else None,
        "epoch": user.epoch if user else None,
        "created_at": to_micros(now),
        "expires_at": to_micros(now + LIFE[purpose]),
    }
    insert(session, TICKET, row)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
