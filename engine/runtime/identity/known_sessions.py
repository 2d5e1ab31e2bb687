"""Sessions as people see them: on which device, since when, when seen last, which one is this; ended one by one."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.runtime.database.protocol import Session
from engine.runtime.identity.tables import SESSION, USER
from engine.runtime.identity.users import User
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, select, update

HANDLE = 16
EVERY = timedelta(minutes=5)
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A session that still opens something; `handle` names it on pages, the token stays with the browser."""

    handle: str
    device: str | None
    created_at: datetime
    seen_at: datetime
    this: bool


def sessions_of_user(session: Session, user: User, now: datetime, token: str = "") -> list[KnownSession]:
    """The sessions of a user, the one of `token` first, then the ones seen last."""
    names = ("token", "device", "created_at", "seen_at")
    where = {"user_id": user.id, "epoch": user.epoch, "expires_at >": to_micros(now)}
    own = _hashed(token)
    found = [
        KnownSession(
            str(row[0])[:HANDLE],
            str(row[1]) if row[1] else None,
            from_micros(int(str(row[2]))),
            from_micros(int(str(row[3] if row[3] is not None else row[2]))),
            row[0] == own,
        )
        for row in select(session, SESSION, names, where, ("-created_at",))
    ]
    return sorted(found, key=lambda one: (one.this, one.seen_at), reverse=True)


@dataclass(frozen=True, slots=True)
class UserSession:
    """A session of somebody, as administration sees it."""

    user: int
    known: KnownSession
    expires_at: datetime
    view_as: str | None


def all_sessions(session: Session, now: datetime, token: str = "") -> list[UserSession]:
    """Every session that still opens something, the ones seen last first; `this` is the one of `token`."""
    names = ("token", "user_id", "epoch", "device", "created_at", "seen_at", "expires_at", "view_as")
    good = {
        (int(str(user)), int(str(epoch))) for user, epoch in select(session, USER, ("id", "epoch"), {"disabled": 0})
    }
    own = _hashed(token)
    found = [
        UserSession(
            int(str(user)),
            KnownSession(
                str(handle)[:HANDLE],
                str(device) if device else None,
                from_micros(int(str(created))),
                from_micros(int(str(seen if seen is not None else created))),
                handle == own,
            ),
            from_micros(int(str(expires))),
            str(role) if role else None,
        )
        for handle, user, epoch, device, created, seen, expires, role in select(
            session, SESSION, names, {"expires_at >": to_micros(now)}
        )
        if (int(str(user)), int(str(epoch))) in good
    ]
    return sorted(found, key=lambda one: one.known.seen_at, reverse=True)


def end_all_sessions(session: Session, but: str) -> int:
    """Sign everybody out but in the browser that holds the token `but`; how many sessions ended."""
    return delete(session, SESSION, {"token <>": _hashed(but)})


def end_session_of(session: Session, user: int, handle: str) -> bool:
    """End a session of a user by its handle; one of somebody else is not found."""
    for row in select(session, SESSION, ("token",), {"user_id": user}):
        if str(row[0])[:HANDLE] == handle:
            return delete(session, SESSION, {"token": row[0]}) > 0
    return False


def end_sessions(session: Session, user: int, but: str | None = None) -> None:
    """Sign a user out everywhere, or everywhere but in the browser that holds the token `but`; API tokens stay."""
    delete(session, SESSION, {"user_id": user} | ({"token <>": _hashed(but)} if but else {}))


def seen_last(session: Session, now: datetime) -> dict[int, datetime]:
    """When each user was seen last in a session that still lasts."""
    found: dict[int, int] = {}
    for user, seen in select(session, SESSION, ("user_id", "seen_at"), {"expires_at >": to_micros(now)}):
        found[int(str(user))] = max(found.get(int(str(user)), 0), int(str(seen or 0)))
    return {user: from_micros(seen) for user, seen in found.items() if seen}


def remember_seen(session: Session, token: str, now: datetime) -> None:
    """The session was used."""
    update(session, SESSION, {"seen_at": to_micros(now)}, {"token": _hashed(token)})


class Sightings:
    """When this process last wrote down that a session was used: at most once in five minutes each, safe for threads."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, datetime] = OrderedDict()
        self._lock = threading.Lock()

    def due(self, token: str, now: datetime) -> bool:
        """Whether it is time to write it down; it counts as written from now on."""
        key = _hashed(token)
        with self._lock:
            last = self._last.get(key)
            if last is not None and now - last < EVERY:
                return False
            self._last[key] = now
            self._last.move_to_end(key)
            while len(self._last) > REMEMBERED:
                self._last.popitem(last=False)
            return True


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
