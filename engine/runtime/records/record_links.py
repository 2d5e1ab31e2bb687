"""Record links: a field that points at a record of any entity takes only what its writer may point at."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Message
from engine.model.entities import Entity, FieldKind
from engine.model.errors import FieldProblem
from engine.runtime.query.names import TITLE
from engine.runtime.query.records import find_record
from engine.runtime.records.stored import StoredRow
from engine.runtime.work import Work
from engine.runtime.written import link_of, wrote

NOT_WRITTEN = Message("只能选你今天写下的记录", "Only what you have written today can be chosen")
NOT_THERE = Message("所选记录不存在或你无权查看", "There is no such record, or you may not see it")


def record_link_problems(
    work: Work, entity: Entity, before: StoredRow | None, row: StoredRow
) -> Iterator[FieldProblem]:
    """What is wrong with the links that a write has set; one that stood there before stays as it is."""
    for field in entity.fields.values():
        value = row.values.get(field.name) if field.kind is FieldKind.RECORD else None
        if value is None or (before is not None and before.values.get(field.name) == value):
            continue
        link = link_of(work.model, value)
        if link is None or find_record(work, link.entity, link.record, ((TITLE,),)) is None:
            yield FieldProblem(field.name, "no_such_record", NOT_THERE)
        elif field.offers == "written" and not wrote(work, link, work.context.today):
            yield FieldProblem(field.name, "not_written_today", NOT_WRITTEN)
