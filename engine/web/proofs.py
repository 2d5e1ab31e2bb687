"""Proofs that it is the person themselves who changes how they sign in: the password, a code of the second factor.

A wrong one is counted and answered, never thrown: the count must stay.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from engine.diagnostics import Message
from engine.runtime.database.protocol import Session
from engine.runtime.identity.second_factor import take_turns
from engine.runtime.identity.tries import check_tries, count_failure, forget_failures
from engine.runtime.identity.users import check_password
from engine.runtime.work import Work
from engine.web.calls import Call

Result = TypeVar("Result")
WRONG_PASSWORD = Message("当前密码不正确", "The current password is wrong")
WRONG_CODE = Message("验证码不正确或已用过", "The code is wrong or was used already")


def password_fits(work: Work, call: Call) -> bool:
    """Whether the form holds the caller's password; for `prepare`, because hashing takes its time. Raises TooManyRequests."""
    user = work.context.principal.user_id
    check_tries(work.session, f"proof:{user}", work.context.now)
    return check_password(work.session, user, call.form_first().get("current", "")[:1000])


def count_password(work: Work, fitted: bool) -> bool:
    """Keep count of what `password_fits` found; it is handed through."""
    subject = f"proof:{work.context.principal.user_id}"
    if fitted:
        forget_failures(work.session, subject)
    else:
        count_failure(work.session, subject, work.context.now)
    return fitted


def code_fits(
    work: Work, user: int, typed: str, check: Callable[[Session, bytes, int, str, datetime], Result]
) -> Result:
    """What a check makes of a typed code; something false is counted. Raises TooManyRequests after a few."""
    subject, now = f"second:{user}", work.context.now
    take_turns(work.session, user)
    check_tries(work.session, subject, now)
    found = check(work.session, work.key, user, typed[:40], now)
    if found:
        forget_failures(work.session, subject)
    else:
        count_failure(work.session, subject, now)
    return found
