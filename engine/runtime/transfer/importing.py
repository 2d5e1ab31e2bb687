"""Importing: rows of a sheet into an entity: mapping, dry run with an error per row, upsert by key, relations by natural key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.diagnostics import DougongError, Message
from engine.model.entities import REFERENCE_KINDS, Entity, Field, FieldKind
from engine.model.errors import BadRequest, ValidationFailed
from engine.model.requests import AllOf, Condition, QueryRequest, Record
from engine.runtime.query.lists import list_records
from engine.runtime.query.picker import pick
from engine.runtime.records.writing import create, update
from engine.runtime.storage.json import parse_json
from engine.runtime.transfer.sheets import Sheet
from engine.runtime.work import Work

RowOutcome = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """How columns of a sheet fill fields: column name to field name; `key` fields find rows to update."""

    entity: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = ()
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one line of the sheet."""

    line: int
    column: str
    message: Message


@dataclass(slots=True)
class ImportReport:
    """What an import did or, on a dry run, would do; `unchanged` rows said what stands already."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def count(self, outcome: RowOutcome) -> None:
        """One more row that ended so."""
        match outcome:
            case "created":
                self.created += 1
            case "updated":
                self.updated += 1
            case "unchanged":
                self.unchanged += 1


def suggest_columns(entity: Entity, header: tuple[str, ...]) -> dict[str, str]:
    """The field for each column whose name is the field's name or one of its labels, letter case and spaces aside."""
    names: dict[str, str] = {}
    for one in entity.fields.values():
        for words in (one.name, *one.label.texts.values()):
            names.setdefault(_folded(words), one.name)
    return {column: names[_folded(column)] for column in header if _folded(column) in names}


def import_sheet(work: Work, plan: ImportPlan, sheet: Sheet) -> ImportReport:
    """Write the rows of a sheet with the caller's rights; one bad row does not keep the others out.

    On a dry run each row is written inside a savepoint that is rolled back.
    """
    entity = work.model.entities.get(plan.entity)
    if entity is None:
        raise BadRequest(Message(f"没有实体 {plan.entity}", f"There is no entity {plan.entity}"))
    _check_plan(entity, plan, sheet)
    report = ImportReport()
    for index, row in enumerate(sheet.rows):
        _import_row(work, entity, plan, dict(zip(sheet.header, row, strict=True)), sheet.line(index), report)
    return report


def _check_plan(entity: Entity, plan: ImportPlan, sheet: Sheet) -> None:
    missing = [column for column in plan.columns if column not in sheet.header]
    unknown = [name for name in (*plan.columns.values(), *plan.key) if name not in entity.fields]
    if missing:
        raise BadRequest(Message(f"表中没有列：{'、'.join(missing)}", f"The sheet has no column: {', '.join(missing)}"))
    if unknown:
        raise BadRequest(Message(f"没有字段：{'、'.join(unknown)}", f"There is no field: {', '.join(unknown)}"))


class _Rehearsed(Exception):
    """Leaves a savepoint after a rehearsal, so that nothing stays."""


def _import_row(
    work: Work, entity: Entity, plan: ImportPlan, row: Mapping[str, str], line: int, report: ImportReport
) -> None:
    by_field = {name: column for column, name in plan.columns.items()}
    outcome: RowOutcome = "created"
    try:
        with work.savepoint():
            values = {
                name: _value(work, entity, entity.fields[name], row[column].strip())
                for name, column in by_field.items()
            }
            existing = _existing(work, entity, plan.key, values)
            said = _said(entity, values)
            if existing is None:
                create(work, entity.name, said)
            else:
                changed = update(work, entity.name, existing.id, said).version != existing.version
                outcome = "updated" if changed else "unchanged"
            if plan.dry_run:
                raise _Rehearsed
    except _Rehearsed:
        pass
    except ValidationFailed as error:
        report.problems += [RowProblem(line, by_field.get(one.field, one.field), one.message) for one in error.problems]
        return
    except DougongError as error:
        report.problems.append(RowProblem(line, by_field.get(str(error.details.get("field", "")), ""), error.message))
        return
    report.count(outcome)


def _said(entity: Entity, values: Mapping[str, object]) -> dict[str, object]:
    """What a row says: an empty cell of a field with a default says nothing, so that a repetition changes nothing."""
    with_default = {
        name for name, one in entity.fields.items() if one.default is not None or one.default_formula is not None
    }
    return {name: value for name, value in values.items() if value is not None or name not in with_default}


def _existing(work: Work, entity: Entity, key: tuple[str, ...], values: Mapping[str, object]) -> Record | None:
    if not key or any(values.get(name) in (None, "") for name in key):
        return None
    sought = {name: parse_json(values[name], entity.fields[name], work.context.zone) for name in key}
    return _only_row(work, entity, key, sought)


def _only_row(work: Work, entity: Entity, key: tuple[str, ...], values: Mapping[str, object]) -> Record | None:
    """The one readable row with these values; more than one is a problem of the row."""
    request = QueryRequest(entity=entity.name, columns=((key[0],),), formula_filter=None, limit=2)
    conditions = tuple(Condition((name,), "eq", values[name]) for name in key)
    found = list_records(work, _where(request, conditions)).records
    if len(found) > 1:
        words = Message("有多行与此键相同", "Several rows have this key")
        raise BadRequest(words, field=key[0])
    return found[0] if found else None


def _where(request: QueryRequest, conditions: tuple[Condition, ...]) -> QueryRequest:
    first = conditions[0] if len(conditions) == 1 else None
    return QueryRequest(request.entity, request.columns, first or AllOf(conditions), limit=request.limit)


def _value(work: Work, entity: Entity, one: Field, text: str) -> object:
    """A cell's text as a field's input: choices by name or label, references by natural key or title."""
    if text == "":
        return None
    if one.kind in {FieldKind.CHOICE, FieldKind.STATE}:
        return next((c.name for c in one.choices if text in {c.name, *c.label.texts.values()}), text)
    if one.kind in REFERENCE_KINDS:
        return _reference(work, entity, one, text)
    if one.kind is FieldKind.PERCENT and text.endswith("%"):
        return str(_percent(text))
    return text


def _percent(text: str) -> str:
    digits = text.removesuffix("%").strip()
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    whole, _, part = digits.partition(".")
    padded = whole.rjust(3, "0")
    return f"{sign}{padded[:-2]}.{padded[-2:]}{part}"


def _reference(work: Work, entity: Entity, one: Field, text: str) -> object:
    if one.relation is not None:
        target = work.model.entities[one.relation.entity]
        keys = [name for name in target.natural_key if target.fields[name].relation is None][:1] or [target.title]
        for name in dict.fromkeys((*keys, target.title)):
            found = _only_row(work, target, (name,), {name: text})
            if found is not None:
                return found.id
    else:
        exact = [option for option in pick(work, entity.name, one.name, text, 10) if option.label == text]
        if len(exact) == 1:
            return exact[0].id
    label = one.label.text(work.context.language)
    raise BadRequest(
        Message(f"{label}：没有找到“{text[:60]}”", f"{label}: nothing is called “{text[:60]}”"), field=one.name
    )


def _folded(words: str) -> str:
    return "".join(words.lower().split())
