"""Tables of subject operations: requests with their frozen plans, how far each store is, legal holds. Codes and ids, no value."""

from __future__ import annotations

from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

REQUEST, STEP, HOLD, LEDGER = (
    "dougong_subject_request",
    "dougong_subject_step",
    "dougong_legal_hold",
    "dougong_erase_ledger",
)


def _number(name: str, nullable: bool = False) -> Column:
    return Column(name, PhysicalKind.INTEGER, nullable)


def _text(name: str, nullable: bool = False) -> Column:
    return Column(name, PhysicalKind.TEXT, nullable)


SUBJECT_TABLES = (
    Table(
        REQUEST,
        (
            _number("id"),
            _text("entity"),
            _number("record"),
            _text("state"),
            _text("basis"),
            _text("identity"),
            _text("authority"),
            _number("created_at"),
            _number("created_by", True),
            _number("clock_from"),
            _number("warned"),
            _number("planned_at", True),
            _text("plan", True),
            _text("digest", True),
            _number("approved_at", True),
            _number("approved_by", True),
            _number("begun_at", True),
            _number("ended_at", True),
            _text("problem", True),
            _text("control", True),
            _text("certificate", True),
        ),
        indexes=(Index("dougong_subject_request__subject", ("entity", "record")),),
    ),
    Table(
        STEP,
        (_number("request"), _text("store"), _text("state"), _number("rows"), _number("at")),
        primary_key=("request", "store"),
    ),
    Table(
        HOLD,
        (
            _number("id"),
            _text("case_number"),
            _text("entity"),
            _number("record", True),
            _text("covers", True),
            _text("valid_from", True),
            _text("valid_to", True),
            _number("owner"),
            _text("review_on"),
            _number("placed_at"),
            _number("placed_by", True),
            _number("released_at", True),
            _number("released_by", True),
        ),
        indexes=(Index("dougong_legal_hold__subject", ("entity", "record")),),
    ),
    Table(LEDGER, (_number("id"), _text("ledger"), _number("since"))),
)
