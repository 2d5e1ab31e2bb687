"""Duplicates: records of one thing that were written twice, as far as whoever writes may know of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.diagnostics import DougongError, Message
from engine.model.access import READABLE
from engine.model.entities import DuplicateRule, Entity
from engine.model.errors import FieldProblem, NotFound, ValidationFailed
from engine.runtime.identifiers import encode_id
from engine.runtime.query.picker import pick_record
from engine.runtime.query.rights import field_rights
from engine.runtime.records.stored import StoredRow
from engine.runtime.rows import select
from engine.runtime.search.likeness import marked_alike, marks_of
from engine.runtime.work import Work

MOST_ALIKE = 20
"""Records that are looked at for one rule."""
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Alike:
    """Records of an entity that a rule says are of the same thing: (id, title) of those that the writer may read, and how many others
    the rule lets them know of."""

    entity: str
    rule: DuplicateRule
    records: tuple[tuple[int, str], ...]
    hidden: int

    @property
    def words(self) -> Message:
        titles, many = [title for _, title in self.records[:MOST_SHOWN]], self.hidden
        zh, en = self.rule.message.text("zh") or "可能重复", self.rule.message.text("en") or "May be there already"
        beyond_zh, beyond_en = f"另有 {many} 条你无权查看", f"{many} more that are not yours to see"
        return Message(
            f"{zh}：{'、'.join([*titles, *([beyond_zh] if many else [])])}",
            f"{en}: {', '.join([*titles, *([beyond_en] if many else [])])}",
        )


class PossibleDuplicate(DougongError):
    """There are records of what may be the same thing; whoever writes has not yet said that it is another one."""

    code = "possible_duplicate"
    status = 409

    def __init__(self, alike: tuple[Alike, ...]) -> None:
        super().__init__(Message("可能已经录入过，请确认", "It may be there already; please confirm"))
        self.alike = alike

    @property
    def confirmation(self) -> str:
        return confirmation(self.alike)


def confirmation(alike: Iterable[Alike]) -> str:
    """What says that these records were seen and that this is another one."""
    return "-".join(
        f"{one.rule.id}:{'+'.join(encode_id(record) for record, _ in one.records)}:{one.hidden}" for one in alike
    )


def alike_records(work: Work, entity: Entity, values: Mapping[str, object], own: int | None) -> tuple[Alike, ...]:
    """What the rules of an entity find for a record with these values, `own` left out."""
    return _found(work, entity, marks_of(entity, values), own)


def _found(work: Work, entity: Entity, marks: Mapping[str, str], own: int | None) -> tuple[Alike, ...]:
    rules = [rule for rule in entity.duplicates if rule.id in marks]
    found = [_alike(work, entity, rule, marks[rule.id], own) for rule in rules]
    return tuple(one for one in found if one.records or one.hidden)


def _alike(work: Work, entity: Entity, rule: DuplicateRule, mark: str, own: int | None) -> Alike:
    ids = marked_alike(work.session, entity.name, rule.id, mark, MOST_ALIKE + 1)
    where = {"id in": [record for record in ids if record != own], "deleted_at is null": None}
    living = [int(str(row[0])) for row in select(work.session, entity.name, ("id",), where, ("id",))] if ids else []
    told = {record: title for record in living if (title := _title(work, entity, rule, record)) is not None}
    return Alike(entity.name, rule, tuple(told.items()), len(living) - len(told) if rule.reveals else 0)


def _title(work: Work, entity: Entity, rule: DuplicateRule, record: int) -> str | None:
    """The title of a record of which the writer may read what the rule compares; None for any other."""
    try:
        rights = field_rights(work, entity.name, record)
    except NotFound:
        return None
    if not all(rights[name] in READABLE for name in rule.fields):
        return None
    picked = pick_record(work, entity.name, "", 1, only=record)
    return picked[0].label if picked else None


def check_duplicates(work: Work, written: Sequence[tuple[Entity, StoredRow | None, StoredRow]]) -> tuple[Message, ...]:
    """What is to be said of rows as they were before and are now, to whom nothing was confirmed; a row whose compared fields
    stay is not asked about.

    Raises ValidationFailed for what is refused and PossibleDuplicate for what somebody must confirm and has not.
    """
    found = [
        (one, entity)
        for entity, before, after in written
        if entity.duplicates
        for one in _new(work, entity, before, after)
    ]
    problems = [FieldProblem(one.rule.fields[-1], "duplicate", one.words) for one, _ in found if one.rule.refuses]
    if problems:
        raise ValidationFailed(tuple(problems))
    asked = tuple(one for one, _ in found)
    if work.context.confirmed is None:
        return tuple(one.words for one in asked)
    if asked and work.context.confirmed != confirmation(asked):
        raise PossibleDuplicate(asked)
    return ()


def _new(work: Work, entity: Entity, before: StoredRow | None, after: StoredRow) -> tuple[Alike, ...]:
    """What is found by the marks that the row has now and had not before."""
    earlier = marks_of(entity, before.values) if before is not None else {}
    marks = {rule: mark for rule, mark in marks_of(entity, after.values).items() if earlier.get(rule) != mark}
    return _found(work, entity, marks, after.id)
