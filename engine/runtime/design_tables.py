"""Tables of the designer: the draft of definitions, its journal, the texts that both name by their hash, and which edition of a
shipped pack a changed copy of it comes from."""

from __future__ import annotations

from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

DESIGN_HEAD = "dougong_design_head"
DESIGN_DRAFT = "dougong_design_draft"
DESIGN_TEXT = "dougong_design_text"
DESIGN_JOURNAL = "dougong_design_journal"
DESIGN_EDITION = "dougong_design_edition"
PACK_BASE = "dougong_pack_base"

DESIGN_TABLES = (
    Table(
        DESIGN_HEAD,
        (
            Column("id", PhysicalKind.INTEGER, nullable=False),
            Column("rev", PhysicalKind.INTEGER, nullable=False),
        ),
    ),
    Table(
        DESIGN_DRAFT,
        (
            Column("file", PhysicalKind.TEXT, nullable=False),
            Column("base", PhysicalKind.TEXT),
            Column("hash", PhysicalKind.TEXT),
            Column("conflicts", PhysicalKind.TEXT),
            Column("rev", PhysicalKind.INTEGER, nullable=False),
            Column("changed_at", PhysicalKind.INTEGER, nullable=False),
            Column("changed_by", PhysicalKind.INTEGER),
        ),
        primary_key=("file",),
    ),
    Table(
        DESIGN_TEXT,
        (
            Column("hash", PhysicalKind.TEXT, nullable=False),
            Column("text", PhysicalKind.TEXT, nullable=False),
        ),
        primary_key=("hash",),
    ),
    Table(
        DESIGN_JOURNAL,
        (
            Column("seq", PhysicalKind.INTEGER, nullable=False),
            Column("at", PhysicalKind.INTEGER, nullable=False),
            Column("author", PhysicalKind.INTEGER),
            Column("sort", PhysicalKind.TEXT, nullable=False),
            Column("label_zh", PhysicalKind.TEXT, nullable=False),
            Column("label_en", PhysicalKind.TEXT, nullable=False),
            Column("command", PhysicalKind.TEXT, nullable=False),
            Column("inverse", PhysicalKind.TEXT, nullable=False),
            Column("files", PhysicalKind.TEXT, nullable=False),
            Column("undoes", PhysicalKind.INTEGER),
            Column("undone", PhysicalKind.INTEGER),
        ),
        primary_key=("seq",),
        indexes=(Index("dougong_design_journal__author", ("author", "seq")),),
    ),
    Table(
        DESIGN_EDITION,
        (
            Column("pack", PhysicalKind.TEXT, nullable=False),
            Column("edition", PhysicalKind.TEXT, nullable=False),
        ),
        primary_key=("pack",),
    ),
    Table(
        PACK_BASE,
        (
            Column("version", PhysicalKind.INTEGER, nullable=False),
            Column("pack", PhysicalKind.TEXT, nullable=False),
            Column("edition", PhysicalKind.TEXT, nullable=False),
        ),
        primary_key=("version", "pack"),
    ),
)
