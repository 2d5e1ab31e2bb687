"""Phrases: the words that somebody often says to what they decide, to be put in with a tap."""

from __future__ import annotations

from engine.diagnostics import Message
from engine.model.errors import FieldProblem, ValidationFailed
from engine.runtime.database.protocol import Session
from engine.runtime.rows import delete, insert_many, select
from engine.runtime.schema.tables import Column, PhysicalKind, Table
from engine.runtime.work import Work

PHRASE = "dougong_phrase"
PHRASE_TABLE = Table(
    PHRASE,
    (
        Column("user_id", PhysicalKind.INTEGER, nullable=False),
        Column("number", PhysicalKind.INTEGER, nullable=False),
        Column("words", PhysicalKind.TEXT, nullable=False),
    ),
    primary_key=("user_id", "number"),
)
MOST, LONGEST = 12, 60
AT_FIRST = (
    Message("同意", "Agreed"),
    Message("已核实", "Checked"),
    Message("请补充材料", "Please add documents"),
    Message("价格需再谈", "The price needs another talk"),
)
"""What stands there for who has written none of their own."""


def phrases_of(session: Session, user: int, language: str) -> tuple[str, ...]:
    """Somebody's phrases in their order."""
    own = select(session, PHRASE, ("words",), {"user_id": user}, order=("number",))
    return tuple(str(row[0]) for row in own) or tuple(one.text(language) for one in AT_FIRST)


def keep_phrases(work: Work, text: str) -> None:
    """Keep the caller's phrases, one a line; none gives back those at first. Raises ValidationFailed."""
    lines = tuple(dict.fromkeys(words for line in text.splitlines() if (words := line.strip())))
    if len(lines) > MOST or any(len(one) > LONGEST for one in lines):
        told = Message(f"最多 {MOST} 句，每句不超过 {LONGEST} 字", f"At most {MOST} lines of {LONGEST} characters")
        raise ValidationFailed((FieldProblem("phrases", "too_long", told),))
    user = work.context.principal.user_id
    delete(work.session, PHRASE, {"user_id": user})
    insert_many(work.session, PHRASE, [{"user_id": user, "number": at, "words": one} for at, one in enumerate(lines)])
