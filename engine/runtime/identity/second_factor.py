"""The second factor: time-based one-time passwords (RFC 6238) and recovery codes.

A secret stands sealed under the installation's key, bound to its user. A time step is taken once: whoever sees a code
being typed cannot use it again. Recovery codes stand as keyed hashes and go when they are used.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from engine.diagnostics import DougongError, Message
from engine.runtime.database.protocol import Session
from engine.runtime.identity.tables import RECOVERY_CODE, SECOND_FACTOR
from engine.runtime.identity.tickets import plain_code, spoken_code
from engine.runtime.instants import to_micros
from engine.runtime.rows import delete, insert, select, update

STEP, DIGITS, DRIFT = 30, 6, 1
"""Seconds of a step, digits of a code, and steps that a phone's clock may be ahead or behind."""
RECOVERY_CODES = 10
_NONCE = 12


class SecretUnreadable(DougongError):
    """The stored secret was sealed under another key, or altered."""

    code = "second_factor_unreadable"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Message(
                "两步验证的密钥无法读取，请联系管理员为你重置",
                "The secret of the second factor cannot be read; ask an administrator to reset it",
            )
        )


@dataclass(frozen=True, slots=True)
class Setup:
    """A secret that is being set up: as text to type, and as the address that a QR code holds."""

    text: str
    address: str


def is_on(session: Session, user: int) -> bool:
    """Whether signing in asks the user for a second factor."""
    rows = select(session, SECOND_FACTOR, ("confirmed_at",), {"user_id": user})
    return bool(rows) and rows[0][0] is not None


def users_with_second_factor(session: Session) -> frozenset[int]:
    rows = select(session, SECOND_FACTOR, ("user_id",), {"confirmed_at is not null": None})
    return frozenset(int(str(row[0])) for row in rows)


def begin(session: Session, key: bytes, user: int) -> None:
    """A new secret, not asked for until a code of it confirms it. One that is on stays as it is."""
    if is_on(session, user):
        return
    switch_off(session, user)
    row = {"user_id": user, "secret": _sealed(key, user, secrets.token_bytes(20)), "confirmed_at": None, "last_step": 0}
    insert(session, SECOND_FACTOR, row)


def being_set_up(session: Session, key: bytes, user: int, account: str, issuer: str) -> Setup | None:
    """The secret that waits for its confirmation, None when there is none."""
    rows = select(session, SECOND_FACTOR, ("secret",), {"user_id": user, "confirmed_at is null": None})
    if not rows:
        return None
    secret = _opened(key, user, str(rows[0][0]))
    text = base64.b32encode(secret).decode("ascii")
    return Setup(
        " ".join(text[at : at + 4] for at in range(0, len(text), 4)),
        _totp(secret).get_provisioning_uri(account, issuer),
    )


def confirm(session: Session, key: bytes, user: int, typed: str, now: datetime) -> tuple[str, ...] | None:
    """Switch the second factor on by a code of the waiting secret; the recovery codes, None for a wrong code."""
    if is_on(session, user) or not _takes(session, key, user, typed, now):
        return None
    update(session, SECOND_FACTOR, {"confirmed_at": to_micros(now)}, {"user_id": user})
    return new_recovery_codes(session, key, user)


def take_turns(session: Session, user: int) -> None:
    """Let the tries of one user wait for each other until the commit, so that each sees the failures before it."""
    update(session, SECOND_FACTOR, {"user_id": user}, {"user_id": user})


def passes(session: Session, key: bytes, user: int, typed: str, now: datetime) -> bool:
    """Whether a code of the phone, or a recovery code, is right now; it will not be again."""
    if not is_on(session, user):
        return False
    return _takes(session, key, user, typed, now) or _takes_recovery_code(session, key, user, typed)


def new_recovery_codes(session: Session, key: bytes, user: int) -> tuple[str, ...]:
    """Ten codes that each stand in once for the phone; earlier ones end. Their texts stand nowhere else."""
    delete(session, RECOVERY_CODE, {"user_id": user})
    codes = tuple(spoken_code() for _ in range(RECOVERY_CODES))
    for code in codes:
        insert(session, RECOVERY_CODE, {"user_id": user, "code": _recovery_hash(key, user, code)})
    return codes


def recovery_codes_left(session: Session, user: int) -> int:
    return len(select(session, RECOVERY_CODE, ("code",), {"user_id": user}))


def switch_off(session: Session, user: int) -> None:
    """Take the second factor and its recovery codes away."""
    delete(session, RECOVERY_CODE, {"user_id": user})
    delete(session, SECOND_FACTOR, {"user_id": user})


def _takes(session: Session, key: bytes, user: int, typed: str, now: datetime) -> bool:
    """Whether a code belongs to a step about now that none was taken of yet; the step is taken then."""
    code = "".join(typed.split())
    if len(code) != DIGITS or not code.isascii() or not code.isdigit():
        return False
    rows = select(session, SECOND_FACTOR, ("secret",), {"user_id": user})
    if not rows:
        return False
    totp, current = _totp(_opened(key, user, str(rows[0][0]))), int(now.timestamp()) // STEP
    for step in range(current - DRIFT, current + DRIFT + 1):
        if hmac.compare_digest(totp.generate(step * STEP), code.encode()):
            return update(session, SECOND_FACTOR, {"last_step": step}, {"user_id": user, "last_step <": step}) == 1
    return False


def _takes_recovery_code(session: Session, key: bytes, user: int, typed: str) -> bool:
    return delete(session, RECOVERY_CODE, {"user_id": user, "code": _recovery_hash(key, user, typed)}) == 1


def _recovery_hash(key: bytes, user: int, typed: str) -> str:
    own = hmac.digest(key, b"dougong recovery code", "sha256")
    return hmac.new(own, f"{user}:{plain_code(typed)}".encode(), hashlib.sha256).hexdigest()


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP)  # SHA-1 is what every authenticator speaks; HMAC stands on it safely


def _sealed(key: bytes, user: int, secret: bytes) -> str:
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(_derived(key)).encrypt(nonce, secret, str(user).encode())
    return base64.b64encode(nonce + sealed).decode("ascii")


def _opened(key: bytes, user: int, stored: str) -> bytes:
    sealed = base64.b64decode(stored)
    try:
        return AESGCM(_derived(key)).decrypt(sealed[:_NONCE], sealed[_NONCE:], str(user).encode())
    except InvalidTag:
        raise SecretUnreadable from None


def _derived(key: bytes) -> bytes:
    return hmac.digest(key, b"dougong second factor", "sha256")
