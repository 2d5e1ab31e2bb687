"""Tables of flows: instances, their log, the tasks they ask of people, what they wait for, the texts they began with."""

from __future__ import annotations

from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

INSTANCE, LOG, TASK = "dougong_flow", "dougong_flow_event", "dougong_flow_task"
WAITING, TEXT = "dougong_flow_waiting", "dougong_flow_text"

_ID = Column("id", PhysicalKind.INTEGER, nullable=False)


def _integer(name: str, nullable: bool = False) -> Column:
    return Column(name, PhysicalKind.INTEGER, nullable=nullable)


def _text(name: str, nullable: bool = False) -> Column:
    return Column(name, PhysicalKind.TEXT, nullable=nullable)


FLOW_TABLES = (
    Table(
        INSTANCE,
        (
            _ID,
            _text("flow"),
            _text("fingerprint"),
            _text("entity"),
            _integer("record"),
            _integer("version"),
            _text("title"),
            _integer("amount", nullable=True),
            _integer("initiator"),
            _text("trigger"),
            _text("picked"),
            _text("state"),
            _integer("events"),
            _text("problem", nullable=True),
            _text("outcome", nullable=True),
            _integer("parent", nullable=True),
            _integer("parent_token", nullable=True),
            _integer("parent_visit", nullable=True),
            _integer("urged_at", nullable=True),
            _integer("started_at"),
            _integer("ended_at", nullable=True),
        ),
        indexes=(
            Index("dougong_flow__record", ("record", "entity")),
            Index("dougong_flow__initiator", ("initiator", "started_at")),
            Index("dougong_flow__flow", ("flow", "ended_at", "started_at")),
            Index("dougong_flow__parent", ("parent",)),
            Index("dougong_flow__problem", ("problem", "started_at")),
        ),
    ),
    Table(
        LOG,
        (
            _integer("instance"),
            _integer("number"),
            _integer("at"),
            _integer("actor", nullable=True),
            _integer("behalf", nullable=True),
            _text("kind"),
            _text("step"),
            _text("event"),
            _text("comment", nullable=True),
            _integer("version", nullable=True),
            _text("signature", nullable=True),
        ),
        primary_key=("instance", "number"),
    ),
    Table(
        TASK,
        (
            _ID,
            _integer("instance"),
            _integer("token"),
            _integer("slot"),
            _integer("user_id"),
            _text("kind"),
            _text("flow"),
            _text("step"),
            _text("entity"),
            _integer("record"),
            _text("title"),
            _integer("amount", nullable=True),
            _integer("opened_at"),
            _integer("due_at", nullable=True),
            _integer("rank_at", nullable=True),
            _integer("read_at", nullable=True),
            _integer("closed_at", nullable=True),
            _text("outcome", nullable=True),
        ),
        indexes=(
            Index("dougong_flow_task__user", ("user_id", "closed_at", "due_at")),
            Index("dougong_flow_task__instance", ("instance", "token")),
            Index("dougong_flow_task__record", ("record", "entity")),
        ),
    ),
    Table(
        WAITING,
        (_integer("instance"), _integer("token"), _text("entity"), _integer("record")),
        primary_key=("instance", "token"),
        indexes=(Index("dougong_flow_waiting__record", ("record", "entity")),),
    ),
    Table(
        TEXT,
        (_text("flow"), _text("fingerprint"), _text("source"), _integer("kept_at")),
        primary_key=("flow", "fingerprint"),
    ),
)
