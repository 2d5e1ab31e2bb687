"""Sessions and API tokens: rows that hold the hash of a random token and the user's epoch, revocable at once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlglot import exp

from engine.diagnostics import DougongError, Message
from engine.runtime.database.protocol import Row, Session
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.identity.stamp import STAMP, stamp_of
from engine.runtime.identity.tables import SESSION, TOKEN, USER
from engine.runtime.identity.users import COLUMNS, HASHER, User, user_by_account, user_by_id, user_of_row, verify
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert, select, update

SESSION_LIFE = timedelta(days=14)
_NOBODY = HASHER.hash("somebody who does not exist")


class WrongCredentials(DougongError):
    """The account or the password is wrong; which one is not said."""

    code = "wrong_credentials"
    status = 401

    def __init__(self) -> None:
        super().__init__(Message("账号或密码不正确", "The account or the password is wrong"))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose session or token it is, and the stamp that holds now; `view_as` is a role that an administrator looks through."""

    user: User
    stamp: int | None
    view_as: str | None = None
    scopes: frozenset[str] | None = None


def check_credentials(session: Session, account: str, password: str) -> User | None:
    """The user whose credentials these are. Takes as long for an account that does not exist."""
    user = user_by_account(session, account)
    rows = select(session, USER, ("password",), {"id": user.id}) if user else []
    stored = str(rows[0][0]) if rows and rows[0][0] else _NOBODY
    fits = verify(stored, password)
    return user if user is not None and fits and not user.disabled else None


@dataclass(frozen=True, slots=True)
class ProvenElsewhere:
    """By whom a session was opened besides us: the provider, its subject and its session there; `proof` is the sealed ID
    token, `strong` tells that a second factor was asked for there.
    """

    provider: str
    subject: str
    session: str = ""
    proof: str = ""
    strong: bool = False


def start_session(
    session: Session, user: User, now: datetime, device: str = "", by: ProvenElsewhere | None = None
) -> str:
    """A new session on a device (see `devices`); the token is given to the browser and stands nowhere else."""
    token = secrets.token_urlsafe(32)
    row = {
        "token": _hashed(token),
        "user_id": user.id,
        "epoch": user.epoch,
        "created_at": to_micros(now),
        "expires_at": to_micros(now + SESSION_LIFE),
        "view_as": None,
        "device": device,
        "seen_at": to_micros(now),
        "provider": by.provider if by else None,
        "subject": by.subject if by else None,
        "provider_session": (by.session or None) if by else None,
        "proof": (by.proof or None) if by else None,
        "strong": int(by.strong) if by else None,
    }
    insert(session, SESSION, row)
    delete(session, SESSION, {"expires_at <": to_micros(now)})
    return token


def session_of(session: Session, token: str, now: datetime) -> SignedIn | None:
    """Whose session a token is, while it lasts and its user may sign in."""
    row = session.row(_opening(session.dialect), {"token": _hashed(token)})
    if row is None:
        return None
    epoch, expires, view_as, stamp = row[:4]
    user = user_of_row(row[4:])
    if user.disabled or user.epoch != epoch or int(str(expires)) <= to_micros(now):
        return None
    return SignedIn(user, int(str(stamp)) if stamp is not None else None, str(view_as) if view_as else None)


@cache
def _opening(dialect: Dialect) -> Statement:
    """A session with its user and the stamp of who may do what: all that a request must know first, in one statement."""
    kept, person = exp.to_table(SESSION, alias="s"), exp.to_table(USER, alias="u")
    stamp = exp.select("stamp").from_(STAMP).where(exp.column("id").eq(1)).subquery()
    read = [exp.column(name, table="s") for name in ("epoch", "expires_at", "view_as")]
    query = exp.select(*read, stamp, *(exp.column(name, table="u") for name in COLUMNS)).from_(kept)
    query = query.join(person, on=exp.column("id", table="u").eq(exp.column("user_id", table="s")))
    return compile_statement(query.where(exp.column("token", table="s").eq(exp.Placeholder(this="token"))), dialect)


def proven_elsewhere(session: Session, token: str) -> ProvenElsewhere | None:
    """By which provider a session was opened, None when it was by password."""
    names = ("provider", "subject", "provider_session", "proof", "strong")
    rows = select(session, SESSION, names, {"token": _hashed(token)})
    if not rows or rows[0][0] is None:
        return None
    provider, subject, there, proof, strong = rows[0]
    return ProvenElsewhere(str(provider), str(subject), str(there or ""), str(proof or ""), bool(strong))


def end_sessions_of_provider(session: Session, by: ProvenElsewhere, until: datetime) -> int:
    """End what was opened by a provider until an instant: of its session there, else all of the subject; how many ended."""
    where: dict[str, object] = {"provider": by.provider, "created_at <=": to_micros(until)}
    where |= {"subject": by.subject} if by.subject else {}
    where |= {"provider_session": by.session} if by.session else {}
    return delete(session, SESSION, where) if by.subject or by.session else 0


def end_session(session: Session, token: str) -> None:
    delete(session, SESSION, {"token": _hashed(token)})


def end_every_session(session: Session) -> None:
    """Everybody signs in again."""
    delete(session, SESSION, {"expires_at >=": 0})


def view_as(session: Session, token: str, role: str | None) -> None:
    """Look at the application through a role, or stop doing so."""
    update(session, SESSION, {"view_as": role}, {"token": _hashed(token)})


@dataclass(frozen=True, slots=True)
class NewToken:
    """An API token to make. `scopes` are `entity:action`, `entity:*` or `*:action`; empty gives all the user's rights."""

    id: int
    label: str
    scopes: tuple[str, ...]
    life: timedelta


def make_token(session: Session, user: User, token: NewToken, now: datetime) -> str:
    """A new API token; its text is shown once."""
    text = f"dg_{secrets.token_urlsafe(32)}"
    insert(
        session,
        TOKEN,
        {
            "id": token.id,
            "token": _hashed(text),
            "user_id": user.id,
            "epoch": user.epoch,
            "label": token.label,
            "scopes": " ".join(token.scopes) or None,
            "created_at": to_micros(now),
            "expires_at": to_micros(now + token.life),
        },
    )
    return text


def token_of(session: Session, text: str, now: datetime) -> SignedIn | None:
    """Whose API token it is, while it lasts."""
    rows = select(session, TOKEN, ("user_id", "epoch", "expires_at", "scopes"), {"token": _hashed(text)})
    if not rows:
        return None
    user_id, epoch, expires, scopes = rows[0]
    user = user_by_id(session, int(str(user_id)))
    if user is None or user.disabled or user.epoch != epoch or from_micros(int(str(expires))) <= now:
        return None
    return SignedIn(user, stamp_of(session), scopes=frozenset(str(scopes).split()) if scopes else None)


@dataclass(frozen=True, slots=True)
class KnownToken:
    """An API token as its owner sees it; its text is never seen again."""

    id: int
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime


def tokens_of_user(session: Session, user: User, now: datetime) -> list[KnownToken]:
    """The tokens of a user that still open something, newest first."""
    names = ("id", "label", "scopes", "created_at", "expires_at")
    where = {"user_id": user.id, "epoch": user.epoch, "expires_at >": to_micros(now)}
    return [_known_token(row) for row in select(session, TOKEN, names, where, ("-created_at", "-id"))]


@dataclass(frozen=True, slots=True)
class UserToken:
    """An API token of somebody, as administration sees it."""

    user: int
    known: KnownToken
    ended: bool


def all_tokens(session: Session, now: datetime) -> list[UserToken]:
    """Every API token, newest first; ended are those that time, a new password or a disabled owner has ended."""
    names = ("id", "label", "scopes", "created_at", "expires_at", "user_id", "epoch")
    good = {
        (int(str(user)), int(str(epoch))) for user, epoch in select(session, USER, ("id", "epoch"), {"disabled": 0})
    }
    return [
        UserToken(
            int(str(row[5])),
            _known_token(row),
            from_micros(int(str(row[4]))) <= now or (int(str(row[5])), int(str(row[6]))) not in good,
        )
        for row in select(session, TOKEN, names, order=("-created_at", "-id"))
    ]


def _known_token(row: Row) -> KnownToken:
    return KnownToken(
        int(str(row[0])),
        str(row[1]),
        tuple(str(row[2]).split()) if row[2] else (),
        from_micros(int(str(row[3]))),
        from_micros(int(str(row[4]))),
    )


def revoke_token(session: Session, user: int, token: int) -> bool:
    """End a token of a user; a token of somebody else is not found."""
    return delete(session, TOKEN, {"id": token, "user_id": user}) > 0


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
