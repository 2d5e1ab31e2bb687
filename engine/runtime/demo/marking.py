"""The mark of a demonstration: while an installation holds made-up rows, everything that leaves it says so."""

from __future__ import annotations

from datetime import datetime

from engine.diagnostics import Message
from engine.runtime.database.protocol import Session
from engine.runtime.moments import forget_moment, last_moment, remember_moment

DEMONSTRATION = "demonstration"
MARK = Message("演示数据", "Demo data")
"""What pages, papers, sheets and letters bear."""


def mark(session: Session, at: datetime) -> None:
    """A demonstration was made here."""
    remember_moment(session, DEMONSTRATION, at)


def unmark(session: Session) -> None:
    """It was taken away."""
    forget_moment(session, DEMONSTRATION)


def made_at(session: Session) -> datetime | None:
    """When the demonstration that stands here was made; None without one."""
    return last_moment(session, DEMONSTRATION)


def is_marked(session: Session) -> bool:
    """Whether made-up rows stand here."""
    return made_at(session) is not None


def mark_of(session: Session, language: str) -> str:
    """The mark in a language; empty where nothing is made up."""
    return MARK.text(language) if is_marked(session) else ""
