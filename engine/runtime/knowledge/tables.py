"""What an installation has changed in the graphs of its packs: one row for each node or edge, and the steps that led there."""

from __future__ import annotations

from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

EDIT, STEP = "dougong_knowledge_edit", "dougong_knowledge_step"
KNOWLEDGE_TABLES = (
    Table(
        EDIT,
        (
            Column("graph", PhysicalKind.TEXT, nullable=False),
            Column("item", PhysicalKind.TEXT, nullable=False),
            Column("version", PhysicalKind.INTEGER, nullable=False),
            Column("body", PhysicalKind.TEXT, nullable=False),
            Column("changed_at", PhysicalKind.INTEGER, nullable=False),
            Column("changed_by", PhysicalKind.INTEGER, nullable=False),
        ),
        primary_key=("graph", "item"),
    ),
    Table(
        STEP,
        (
            Column("id", PhysicalKind.INTEGER, nullable=False),
            Column("graph", PhysicalKind.TEXT, nullable=False),
            Column("item", PhysicalKind.TEXT, nullable=False),
            Column("act", PhysicalKind.TEXT, nullable=False),
            Column("before", PhysicalKind.TEXT, nullable=False),
            Column("version", PhysicalKind.INTEGER, nullable=False),
            Column("changed_at", PhysicalKind.INTEGER, nullable=False),
            Column("changed_by", PhysicalKind.INTEGER, nullable=False),
            Column("undone", PhysicalKind.INTEGER, nullable=False),
        ),
        indexes=(Index("dougong_knowledge_step__author", ("graph", "changed_by", "id")),),
    ),
)
