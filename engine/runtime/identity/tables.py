"""Tables of identity. Tokens and tickets stand only as hashes of random values; passwords as argon2id hashes; secrets of
second factors sealed under the installation's key.
"""

from __future__ import annotations

from engine.runtime.schema.tables import Column, ForeignKey, Index, PhysicalKind, Table

USER, USER_ROLE, SESSION, TOKEN, ATTEMPT = (
    "dougong_user",
    "dougong_user_role",
    "dougong_session",
    "dougong_token",
    "dougong_attempt",
)
TICKET, SECOND_FACTOR, RECOVERY_CODE = "dougong_ticket", "dougong_second_factor", "dougong_recovery_code"
_ID = Column("id", PhysicalKind.INTEGER, nullable=False)


def _text(name: str, nullable: bool = True) -> Column:
    return Column(name, PhysicalKind.TEXT, nullable)


def _number(name: str, nullable: bool = False) -> Column:
    return Column(name, PhysicalKind.INTEGER, nullable)


IDENTITY_TABLES = (
    Table(
        USER,
        (
            _ID,
            _text("account", False),
            _text("name", False),
            _text("name_en"),
            _text("password"),
            _text("locale"),
            _text("zone"),
            _number("epoch"),
            _number("disabled"),
            _number("demo"),
            _number("created_at"),
            _text("email"),
        ),
        indexes=(
            Index("dougong_user__account", ("account",), unique=True),
            Index("dougong_user__email", ("email",), unique=True),
        ),
    ),
    Table(
        USER_ROLE,
        (_number("user_id"), _text("role", False)),
        primary_key=("user_id", "role"),
        foreign_keys=(ForeignKey("user_id", USER),),
    ),
    Table(
        SESSION,
        (
            _text("token", False),
            _number("user_id"),
            _number("epoch"),
            _number("created_at"),
            _number("expires_at"),
            _text("view_as"),
            _text("device"),
            _number("seen_at", True),
            _text("provider"),
            _text("subject"),
            _text("provider_session"),
            _text("proof"),
            _number("strong", True),
        ),
        primary_key=("token",),
        foreign_keys=(ForeignKey("user_id", USER),),
        indexes=(
            Index("dougong_session__user", ("user_id",)),
            Index("dougong_session__subject", ("provider", "subject")),
        ),
    ),
    Table(
        TOKEN,
        (
            _ID,
            _text("token", False),
            _number("user_id"),
            _number("epoch"),
            _text("label", False),
            _text("scopes"),
            _number("created_at"),
            _number("expires_at"),
        ),
        foreign_keys=(ForeignKey("user_id", USER),),
        indexes=(Index("dougong_token__token", ("token",), unique=True), Index("dougong_token__user", ("user_id",))),
    ),
    Table(
        ATTEMPT,
        (_text("subject", False), _number("count"), _number("window_start")),
        primary_key=("subject",),
    ),
    Table(
        TICKET,
        (
            _text("ticket", False),
            _text("purpose", False),
            _number("user_id", True),
            _number("epoch", True),
            _number("created_at"),
            _number("expires_at"),
        ),
        primary_key=("ticket",),
        foreign_keys=(ForeignKey("user_id", USER),),
        indexes=(Index("dougong_ticket__user", ("user_id",)),),
    ),
    Table(
        SECOND_FACTOR,
        (
            _number("user_id"),
            _text("secret", False),
            _number("confirmed_at", True),
            _number("last_step"),
        ),
        primary_key=("user_id",),
        foreign_keys=(ForeignKey("user_id", USER),),
    ),
    Table(
        RECOVERY_CODE,
        (_number("user_id"), _text("code", False)),
        primary_key=("user_id", "code"),
        foreign_keys=(ForeignKey("user_id", USER),),
    ),
)
