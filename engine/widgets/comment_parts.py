"""What a thread of comments is made of, as a widget gets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CommentView:
    """One comment: its text in parts, each with whether it names somebody. One that was taken away has none."""

    id: int
    author: str
    made_at: datetime
    edited_at: datetime | None
    deleted: bool
    body: str
    parts: tuple[tuple[str, bool], ...]
    changeable: bool
    earlier: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    """Comments, newest first. `key` makes a repeated sending harmless."""

    comments: tuple[CommentView, ...]
    more: bool
    writable: bool
    key: str
