"""Tables of comments, and of what was changed in them."""

from __future__ import annotations

from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

COMMENT, TRACE = "dougong_comment", "dougong_comment_trace"


def _number(name: str, nullable: bool = False) -> Column:
    return Column(name, PhysicalKind.INTEGER, nullable)


def _text(name: str) -> Column:
    return Column(name, PhysicalKind.TEXT, nullable=False)


COMMENT_TABLES = (
    Table(
        COMMENT,
        (
            _number("id"),
            _text("entity"),
            _number("record"),
            _number("user_id"),
            _text("body"),
            _text("mentions"),
            _number("made_at"),
            _number("edited_at", True),
            _number("deleted_at", True),
        ),
        indexes=(
            Index("dougong_comment__record", ("entity", "record", "id")),
            Index("dougong_comment__user", ("user_id",)),
        ),
    ),
    Table(
        TRACE,
        (
            _number("id"),
            _number("comment"),
            _text("entity"),
            _number("record"),
            _number("user_id"),
            _text("body"),
            _number("at"),
        ),
        indexes=(
            Index("dougong_comment_trace__comment", ("comment", "id")),
            Index("dougong_comment_trace__record", ("record", "entity")),
        ),
    ),
)
