"""Changed formulas: once the formulas of an entity are others than its rows were worked out by, a job works all of them out.

What reads a row's value follows as after any write, whatever the order of the entities; a row that stays as it is gets no
version. Until the job is done, lists of the entity say that figures are being worked out.
"""

from __future__ import annotations

from hashlib import sha256

from engine.model.context import Context
from engine.model.entities import Entity
from engine.runtime.jobs import enqueue
from engine.runtime.records.computing import graph_of
from engine.runtime.records.postponing import RECOMPUTE
from engine.runtime.rows import delete, insert_first, select
from engine.runtime.schema.tables import Column, PhysicalKind, Table
from engine.runtime.work import Work, Workplace

FORMULAS = "dougong_formulas"
FORMULAS_TABLE = Table(
    FORMULAS,
    (Column("entity", PhysicalKind.TEXT, nullable=False), Column("fingerprint", PhysicalKind.TEXT, nullable=False)),
    primary_key=("entity",),
)
"""By which formulas the rows of each entity are worked out, or will be by a job."""


def catch_up(workplace: Workplace, context: Context) -> int:
    """Queue what is to be worked out anew under the served model; the number of entities."""
    return workplace.write(context, _queue) if workplace.read(context, _changed) else 0


def _changed(work: Work) -> list[tuple[Entity, str]]:
    """The entities whose formulas are others than those on record, with what is to be recorded."""
    known = {str(row[0]): str(row[1]) for row in select(work.session, FORMULAS, ("entity", "fingerprint"))}
    now = ((entity, _fingerprint(work, entity)) for entity in work.model.entities.values())
    return [(entity, told) for entity, told in now if known.get(entity.name, "") != told]


def _queue(work: Work) -> int:
    queued = 0
    for entity, told in _changed(work):
        delete(work.session, FORMULAS, {"entity": entity.name})
        insert_first(work.session, FORMULAS, {"entity": entity.name, "fingerprint": told})
        if told and select(work.session, entity.name, ("id",), limit=1):
            enqueue(work, RECOMPUTE, entity.name, {"all": True})
            queued += 1
    return queued


def _fingerprint(work: Work, entity: Entity) -> str:
    """Of the formulas that are stored with the rows; empty without any."""
    names = [name for level in graph_of(work.model).levels[entity.name] for name in level]
    told = sorted(
        f"{one.name} {one.kind} {one.scale} {one.formula.source if one.formula else ''}"
        for one in map(entity.fields.__getitem__, names)
    )
    return sha256("\n".join(told).encode()).hexdigest() if told else ""
