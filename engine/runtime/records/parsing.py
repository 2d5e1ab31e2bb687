"""Parsing: what a caller sent for an entity, as Python values, with every problem at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.entities import REFERENCE_KINDS, Entity, Field, FieldKind
from engine.model.errors import FieldProblem, UnknownField, ValidationFailed
from engine.runtime.access.rights import readable_fields
from engine.runtime.identifiers import encode_id
from engine.runtime.query.picker import pick, pick_record
from engine.runtime.storage.bounds import bounds_problems
from engine.runtime.storage.json import parse_json
from engine.runtime.work import Work

NO_SUCH = Message("所选记录不存在或你无权查看", "There is no such record, or you may not see it")


@dataclass(frozen=True, slots=True)
class Parsed:
    """Values by field, and what is wrong with the others."""

    values: Mapping[str, object]
    problems: tuple[FieldProblem, ...]


def parse_values(
    work: Work, entity: Entity, given: Mapping[str, object], writable: frozenset[str], prefix: str = ""
) -> Parsed:
    """Values of writable fields. A name that the caller may not know raises UnknownField; one not writable is a problem."""
    known = readable_fields(work.model, work.context, entity.name) | writable
    values: dict[str, object] = {}
    problems: list[FieldProblem] = []
    for name, raw in given.items():
        if name not in entity.fields or name not in known:
            raise UnknownField(f"{prefix}{name}")
        field = entity.fields[name]
        if name not in writable:
            problems.append(FieldProblem(f"{prefix}{name}", "not_writable", cannot_write(field)))
            continue
        try:
            value = parse_json(raw, field, work.context.zone)
        except ValidationFailed as error:
            problems += [FieldProblem(f"{prefix}{name}", one.code, one.message) for one in error.problems]
            continue
        found = [*bounds_problems(field, value, prefix), *_reference_problems(work, entity, field, value, prefix)]
        problems += found
        if not found:
            values[name] = value
    return Parsed(values, tuple(problems))


def required_problems(entity: Entity, values: Mapping[str, object], prefix: str = "") -> Iterator[FieldProblem]:
    """Fields that must be filled and are not."""
    for field in entity.fields.values():
        if field.required and not field.computed and values.get(field.name) in (None, ()):
            yield FieldProblem(f"{prefix}{field.name}", "required", must_be_filled(field))


def must_be_filled(field: Field) -> Message:
    zh, en = field.label.text("zh") or field.name, field.label.text("en") or field.name
    return Message(f"请填写{zh}", f"{en} is required")


def _reference_problems(work: Work, entity: Entity, field: Field, value: object, prefix: str) -> Iterator[FieldProblem]:
    """A reference must point at a living row that the writer may read."""
    if field.kind not in REFERENCE_KINDS or not isinstance(value, int):
        return
    if not pick(work, entity.name, field.name, "", 1, only=encode_id(value)):
        yield FieldProblem(f"{prefix}{field.name}", "no_such_record", NO_SUCH)


def unseen_references(work: Work, entity: Entity, given: Mapping[str, object]) -> Iterator[FieldProblem]:
    """References among what somebody sent that they themselves may not see, where another right does the writing."""
    for name, raw in given.items():
        field = entity.fields.get(name)
        if field is None or field.relation is None or not isinstance(raw, str) or not raw:
            continue
        if not pick_record(work, field.relation.entity, "", 1, only=parse_json(raw, field)):
            yield FieldProblem(name, "no_such_record", NO_SUCH)


def cannot_write(field: Field) -> Message:
    """Why a field is not written by hand."""
    if field.kind is FieldKind.STATE:
        return Message("状态只能通过流转改变", "A state changes by transitions only")
    if field.computed:
        return Message("该字段由公式计算", "This field is computed")
    return Message("你不能修改该字段", "You may not change this field")
