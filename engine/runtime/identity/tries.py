"""Tries: failures counted by subject (an account, an address, a second factor); too many close it for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.model.errors import TooManyRequests
from engine.runtime.database.protocol import Session
from engine.runtime.identity.tables import ATTEMPT
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert_first, select, update

TRIES, WINDOW = 8, timedelta(minutes=15)
TRIES_OF = {"address": 200, "second": 5}
"""Failures that close a subject of a kind: an address, behind which a whole office may sit, after many; a second factor,
whose codes are short, after few.
"""


def check_tries(session: Session, subject: str, now: datetime) -> None:
    """Raises TooManyRequests when there were too many failures for a subject (`kind:name`) of late."""
    rows = select(session, ATTEMPT, ("count", "window_start"), {"subject": subject})
    if not rows:
        return
    ends = from_micros(int(str(rows[0][1]))) + WINDOW
    if int(str(rows[0][0])) >= TRIES_OF.get(subject.partition(":")[0], TRIES) and now < ends:
        raise TooManyRequests(int((ends - now).total_seconds()) + 1)


def count_failure(session: Session, subject: str, now: datetime) -> None:
    """Remember a failed try."""
    update(session, ATTEMPT, {"subject": subject}, {"subject": subject})  # held until the commit, so that none is lost
    rows = select(session, ATTEMPT, ("count", "window_start"), {"subject": subject})
    fresh = not rows or now >= from_micros(int(str(rows[0][1]))) + WINDOW
    if not rows:
        insert_first(session, ATTEMPT, {"subject": subject, "count": 1, "window_start": to_micros(now)})
    elif fresh:
        update(session, ATTEMPT, {"count": 1, "window_start": to_micros(now)}, {"subject": subject})
    else:
        update(session, ATTEMPT, {"count": int(str(rows[0][0])) + 1}, {"subject": subject})


def forget_failures(session: Session, subject: str) -> None:
    delete(session, ATTEMPT, {"subject": subject})
