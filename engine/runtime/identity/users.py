"""Users: accounts, their roles, their passwords."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.diagnostics import DougongError, Message
from engine.runtime.database.protocol import Session
from engine.runtime.identity import stamp
from engine.runtime.identity.tables import SESSION, TOKEN, USER, USER_ROLE
from engine.runtime.rows import delete, insert, select, update

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's argon2id parameters: 19 MiB, two passes, one lane."""

ACCOUNT = re.compile(r"^[a-z][a-z0-9_.-]{1,47}$")
EMAIL = re.compile(r"^[^\s@]{1,64}@[a-z0-9.-]{1,185}\.[a-z0-9-]{2,63}$")
SHORTEST_PASSWORD = 10
COLUMNS = ("id", "account", "name", "name_en", "locale", "zone", "epoch", "disabled", "demo", "email")


class BadAccount(DougongError):
    """An account or password that cannot be taken; the message says what would be."""

    code = "bad_account"
    status = 422


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in. `epoch` rises when everything given out before must end."""

    id: int
    account: str
    name: str
    name_en: str | None
    locale: str | None
    zone: str | None
    epoch: int
    disabled: bool
    demo: bool
    email: str | None = None

    def called(self, language: str) -> str:
        """The name as a reader of that language reads it."""
        return self.name_en if language == "en" and self.name_en else self.name

    @property
    def label(self) -> str:
        return self.name_en if self.locale == "en" and self.name_en else self.name


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to create; `password_hash` when it was hashed already."""

    id: int
    account: str
    name: str
    created_at: int
    password_hash: str | None = None
    name_en: str | None = None
    roles: tuple[str, ...] = ()
    demo: bool = False
    locale: str | None = None
    zone: str | None = None
    email: str | None = None


def hash_password(password: str) -> str:
    """The argon2id hash of a password. Raises BadAccount for one that is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadAccount(
            Message(f"密码至少 {SHORTEST_PASSWORD} 位", f"A password has at least {SHORTEST_PASSWORD} characters"),
            field="password",
        )
    return HASHER.hash(password)


def create_user(session: Session, user: NewUser) -> None:
    """Add a user. Raises BadAccount for a name that cannot be or is taken."""
    if not ACCOUNT.match(user.account):
        raise BadAccount(
            Message(
                "账号用小写字母、数字、点、横线，以字母开头",
                "An account is lower-case letters, digits, dots, dashes, led by a letter",
            ),
            field="account",
        )
    if user_by_account(session, user.account):
        raise BadAccount(
            Message(f"账号 {user.account} 已存在", f"The account {user.account} exists already"), field="account"
        )
    insert(
        session,
        USER,
        {
            "id": user.id,
            "account": user.account,
            "name": user.name,
            "name_en": user.name_en,
            "password": user.password_hash,
            "locale": user.locale,
            "zone": user.zone,
            "epoch": 1,
            "disabled": 0,
            "demo": int(user.demo),
            "created_at": user.created_at,
            "email": plain_email(session, user.email),
        },
    )
    set_roles(session, user.id, user.roles)


def set_roles(session: Session, user: int, roles: Sequence[str]) -> None:
    """Replace the roles that a user has besides those of seats."""
    stamp.delete(session, USER_ROLE, {"user_id": user})
    for role in dict.fromkeys(roles):
        stamp.insert(session, USER_ROLE, {"user_id": user, "role": role})


def set_password(session: Session, user: int, password_hash: str) -> None:
    """A new password: every session and token given out before ends."""
    row = select(session, USER, ("epoch",), {"id": user})[0]
    update(session, USER, {"password": password_hash, "epoch": int(str(row[0])) + 1}, {"id": user})
    delete(session, SESSION, {"user_id": user})
    delete(session, TOKEN, {"user_id": user})


def disable(session: Session, user: int, disabled: bool) -> None:
    """Keep a user out from now on, or let them in again; every session ends."""
    update(session, USER, {"disabled": int(disabled)}, {"id": user})
    delete(session, SESSION, {"user_id": user})


def set_preferences(session: Session, user: int, locale: str | None, zone: str | None) -> None:
    update(session, USER, {"locale": locale, "zone": zone}, {"id": user})


def check_password(session: Session, user: int, password: str) -> bool:
    """Whether a password is the user's."""
    rows = select(session, USER, ("password",), {"id": user})
    return bool(rows) and rows[0][0] is not None and verify(str(rows[0][0]), password)


def verify(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def user_by_account(session: Session, account: str) -> User | None:
    rows = select(session, USER, COLUMNS, {"account": account})
    return user_of_row(rows[0]) if rows else None


def user_by_email(session: Session, email: str) -> User | None:
    """Whose address it is, as administration has written it down."""
    rows = select(session, USER, COLUMNS, {"email": email.lower()})
    return user_of_row(rows[0]) if rows else None


def set_email(session: Session, user: int, email: str) -> None:
    """By which address providers know a person; an empty one takes it away. Raises BadAccount."""
    update(session, USER, {"email": plain_email(session, email, user)}, {"id": user})


def plain_email(session: Session, email: str | None, user: int | None = None) -> str | None:
    """An address as it is kept. Raises BadAccount for one that is none, or somebody else's."""
    plain = (email or "").strip().lower()
    if not plain:
        return None
    if not EMAIL.match(plain):
        raise BadAccount(Message("邮箱形如 li.wei@example.com", "An address is like li.wei@example.com"), field="email")
    other = user_by_email(session, plain)
    if other is not None and other.id != user:
        words = Message(f"这个邮箱是 {other.account} 的", f"This address is that of {other.account}")
        raise BadAccount(words, field="email")
    return plain


def user_by_id(session: Session, user: int) -> User | None:
    rows = select(session, USER, COLUMNS, {"id": user})
    return user_of_row(rows[0]) if rows else None


def vacant(session: Session, demo: bool) -> bool:
    """Whether nobody may sign in yet: there is no user, those of demonstrations left out unless this is one."""
    return not select(session, USER, ("id",), {} if demo else {"demo": 0}, limit=1)


def has_password(session: Session, user: int) -> bool:
    """Whether a password was ever chosen; somebody invited has none until then."""
    return bool(select(session, USER, ("id",), {"id": user, "password is not null": None}))


def users_without_password(session: Session) -> frozenset[int]:
    """Those who were invited and have not chosen a password yet."""
    return frozenset(int(str(row[0])) for row in select(session, USER, ("id",), {"password is null": None}))


def direct_roles(session: Session) -> dict[int, list[str]]:
    """The roles that each user has besides those of seats."""
    found: dict[int, list[str]] = {}
    for user, role in select(session, USER_ROLE, ("user_id", "role"), order=("role",)):
        found.setdefault(int(str(user)), []).append(str(role))
    return found


def users_with_role(session: Session, role: str) -> list[int]:
    """Those who have a role besides those of seats, by id."""
    return [int(str(row[0])) for row in select(session, USER_ROLE, ("user_id",), {"role": role}, ("user_id",))]


def may_sign_in(session: Session, user: int) -> bool:
    """Whether there is such a user who is not kept out."""
    return bool(select(session, USER, ("id",), {"id": user, "disabled": 0}))


def has_demo_users(session: Session) -> bool:
    return bool(select(session, USER, ("id",), {"demo": 1}, limit=1))


def all_users(session: Session) -> list[User]:
    return [user_of_row(row) for row in select(session, USER, COLUMNS, order=("account",))]


def people_to_choose(session: Session, limit: int) -> list[User]:
    """Users who can sign in, by name, so many at most."""
    return [user_of_row(row) for row in select(session, USER, COLUMNS, {"disabled": 0}, ("name", "id"), limit)]


def roles_of(session: Session, user: int) -> list[str]:
    """The roles that a user has besides those of seats."""
    return [str(row[0]) for row in select(session, USER_ROLE, ("role",), {"user_id": user}, ("role",))]


def user_of_row(row: Sequence[object]) -> User:
    texts = [str(one) if one is not None else None for one in row]
    return User(
        id=int(str(row[0])),
        account=str(row[1]),
        name=str(row[2]),
        name_en=texts[3],
        locale=texts[4],
        zone=texts[5],
        epoch=int(str(row[6])),
        disabled=bool(row[7]),
        demo=bool(row[8]),
        email=texts[9],
    )
