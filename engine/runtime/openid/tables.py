"""Tables of providers: how each is asked, and which of its subjects is which person here."""

from __future__ import annotations

from engine.runtime.identity.tables import USER
from engine.runtime.schema.tables import Column, ForeignKey, Index, PhysicalKind, Table

PROVIDER, PROVIDER_PERSON = "dougong_provider", "dougong_provider_person"
OPENID_TABLES = (
    Table(
        PROVIDER,
        (
            Column("name", PhysicalKind.TEXT, nullable=False),
            Column("settings", PhysicalKind.TEXT, nullable=False),
            Column("changed_at", PhysicalKind.INTEGER, nullable=False),
            Column("changed_by", PhysicalKind.INTEGER),
        ),
        primary_key=("name",),
    ),
    Table(
        PROVIDER_PERSON,
        (
            Column("provider", PhysicalKind.TEXT, nullable=False),
            Column("subject", PhysicalKind.TEXT, nullable=False),
            Column("user_id", PhysicalKind.INTEGER, nullable=False),
            Column("since", PhysicalKind.INTEGER, nullable=False),
        ),
        primary_key=("provider", "subject"),
        foreign_keys=(ForeignKey("user_id", USER),),
        indexes=(Index("dougong_provider_person__user", ("user_id",)),),
    ),
)
