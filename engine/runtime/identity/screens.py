"""Screens: links for displays on a wall. Each opens one dashboard as one person, reading alone, until it ends.

The link's token stands only as its hash; a new password or a disabled account of the person ends it, too.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import User, user_by_id
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

SCREEN = "dougong_screen"
SCREEN_TABLE = Table(
    SCREEN,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("token", PhysicalKind.TEXT, nullable=False),
        Column("page", PhysicalKind.TEXT, nullable=False),
        Column("label", PhysicalKind.TEXT, nullable=False),
        Column("user_id", PhysicalKind.INTEGER, nullable=False),
        Column("role", PhysicalKind.TEXT, nullable=False),
        Column("epoch", PhysicalKind.INTEGER, nullable=False),
        Column("created_at", PhysicalKind.INTEGER, nullable=False),
        Column("expires_at", PhysicalKind.INTEGER, nullable=False),
        Column("seen_at", PhysicalKind.INTEGER),
    ),
    indexes=(Index("dougong_screen__token", ("token",), unique=True),),
)
COLUMNS = ("id", "page", "label", "user_id", "role", "epoch", "created_at", "expires_at", "seen_at")
SEEN = timedelta(minutes=5)
"""How often it is written down that a screen is looked at."""


@dataclass(frozen=True, slots=True)
class NewScreen:
    """A screen to make; `role` is the one of the person's that it has, empty for all of them."""

    id: int
    page: str
    label: str
    role: str
    life: timedelta


@dataclass(frozen=True, slots=True)
class KnownScreen:
    """A screen as administration sees it; `ended`: it opens nothing any more."""

    id: int
    page: str
    label: str
    user: int
    role: str
    created_at: datetime
    expires_at: datetime
    seen_at: datetime | None
    ended: bool


def make_screen(session: Session, user: User, screen: NewScreen, now: datetime) -> str:
    """A new screen link; its token is shown once."""
    text = f"ds_{secrets.token_urlsafe(32)}"
    row = {
        "id": screen.id,
        "token": _hashed(text),
        "page": screen.page,
        "label": screen.label,
        "user_id": user.id,
        "role": screen.role,
        "epoch": user.epoch,
        "created_at": to_micros(now),
        "expires_at": to_micros(now + screen.life),
        "seen_at": None,
    }
    insert(session, SCREEN, row)
    return text


def screen_of(session: Session, text: str, now: datetime) -> tuple[KnownScreen, User] | None:
    """The screen of a token and the person that it acts as, while it lasts."""
    for row in select(session, SCREEN, COLUMNS, {"token": _hashed(text)}):
        user = user_by_id(session, int(str(row[3])))
        known = _known(row, user, now)
        return (known, user) if user is not None and not known.ended else None
    return None


def all_screens(session: Session, now: datetime) -> list[KnownScreen]:
    """Every screen link, newest first."""
    rows = select(session, SCREEN, COLUMNS, order=("-created_at", "-id"))
    return [_known(row, user_by_id(session, int(str(row[3]))), now) for row in rows]


def end_screen(session: Session, screen: int) -> bool:
    """End a screen link; False where there is none."""
    return delete(session, SCREEN, {"id": screen}) > 0


def due_to_remember(screen: KnownScreen, now: datetime) -> bool:
    """Whether it is time to write down that the screen is looked at."""
    return screen.seen_at is None or now - screen.seen_at >= SEEN


def remember_screen(session: Session, screen: KnownScreen, now: datetime) -> None:
    """The screen was looked at."""
    update(session, SCREEN, {"seen_at": to_micros(now)}, {"id": screen.id})


def _known(row: tuple[object, ...], user: User | None, now: datetime) -> KnownScreen:
    identity, page, label, person, role, epoch, created, expires, seen = row
    until = from_micros(int(str(expires)))
    good = user is not None and not user.disabled and user.epoch == int(str(epoch)) and until > now
    return KnownScreen(
        int(str(identity)),
        str(page),
        str(label),
        int(str(person)),
        str(role),
        from_micros(int(str(created))),
        until,
        from_micros(int(str(seen))) if seen is not None else None,
        not good,
    )


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
