"""Freezing: while a subject is being erased nothing of it is written, commented, attached to, or exported."""

from __future__ import annotations

from collections.abc import Sequence

from engine.diagnostics import DougongError, Message
from engine.model.requests import Change
from engine.runtime.sovereignty.subjects.requests import frozen_rows
from engine.runtime.work import Work


class SubjectFrozen(DougongError):
    """The row belongs to a subject whose erasure was approved."""

    code = "subject_frozen"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Message(
                "这条记录所属的主体正在清除，暂时不能修改或导出",
                "The subject of this record is being erased; it can be neither changed nor exported",
            )
        )


class FreezeSink:
    """The first to hear of a write: refuses those to rows of a frozen subject, and new rows that point at them."""

    def accept(self, work: Work, changes: Sequence[Change]) -> None:
        """Raises SubjectFrozen."""
        frozen = work.read_once("frozen", frozen_rows)
        if not frozen or work.context.cause == "erasure":
            return
        for change in changes:
            if change.id in frozen.get(change.entity, ()):
                raise SubjectFrozen
            entity, after = work.model.entities.get(change.entity), change.after or {}
            for field in entity.fields.values() if entity is not None else ():
                if field.relation is not None and after.get(field.name) in frozen.get(field.relation.entity, ()):
                    raise SubjectFrozen


def refuse_frozen(work: Work, entity: str, record: int | None = None) -> None:
    """Raises SubjectFrozen for a row of a frozen subject; without a record, for any export of its entity."""
    found = work.read_once("frozen", frozen_rows).get(entity)
    if found and (record is None or record in found):
        raise SubjectFrozen
