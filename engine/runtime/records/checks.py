"""Checks: what a written row must obey by formula, asked of the stored row in the write's own transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from engine.diagnostics import Message
from engine.model.access import Action, FieldRight
from engine.model.app import AppModel
from engine.model.entities import Entity
from engine.model.errors import FieldProblem, NotFound
from engine.model.formula import Formula
from engine.model.names import Label
from engine.runtime.database.statements import StatementCache
from engine.runtime.query import nodes
from engine.runtime.query.rights import StandingRight, check_new_row, field_rights, standing_right
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.query.stored_rows import ask_row, ask_rows
from engine.runtime.records.clashes import TAKEN
from engine.runtime.records.parsing import must_be_filled
from engine.runtime.records.stored import StoredRow, sought
from engine.runtime.rows import select
from engine.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Failed:
    """Checks that do not hold: problems that refuse the write, and warnings that do not."""

    problems: tuple[FieldProblem, ...]
    warnings: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One formula asked of the row: what it means when it comes out as `refused_by`."""

    formula: Formula
    refused_by: int
    fields: tuple[str, ...]
    code: str
    message: Message
    warns: bool = False


Answers = tuple[int, ...]
"""For each check of an entity what it comes out as on a row: 1 true, 0 false, -1 empty."""


def written_by_right(work: Work, entity: Entity, row: StoredRow, action: Action) -> Answers:
    """Ask for the right to a row as it was just written (CREATE, UPDATE), and in the same look what its checks come out as.

    Raises what `check_new_row` raises.
    """
    asked = _asked_of(work, entity)
    right = standing_right(work, entity.name, action)
    if right is not None and row.deleted_at is None:
        if right.everywhere:
            return _answers(work, entity, row, asked)
        shape = ("written", action, *(one.formula.source for one in asked))
        found = ask_row(work, entity, row.id, shape, lambda columns: [right.on(columns), *_conditions(columns, asked)])
        if found is not None and found[0] == 1:
            return tuple(int(str(one)) for one in found[1:])
    check_new_row(work, entity.name, row.id, action)
    return _answers(work, entity, row, asked)


def failed_of_many(
    work: Work, entity: Entity, rows: Sequence[StoredRow], action: Action | None
) -> dict[int, tuple[FieldProblem, ...] | None]:
    """Of many rows as they were just written those that may not stay: the problems that `failed_checks` tells, but for its
    unique rules; None for a row to which its writer has no right. Rows that may stay are left out. Without an action no
    right is asked: parts stand or fall with their wholes."""
    asked = tuple(one for one in _asked_of(work, entity) if not one.warns)
    owed: tuple[StandingRight, ...] = ()
    if action is not None:
        right = standing_right(work, entity.name, action)
        if right is None:
            return dict.fromkeys((row.id for row in rows), None)
        owed = () if right.everywhere else (right,)
    if not owed and not asked:
        return {}
    shape = ("written", action, bool(owed), *(one.formula.source for one in asked))

    def build(columns: StoredColumns) -> list[exp.Expression]:
        return [*(one.on(columns) for one in owed), *_conditions(columns, asked)]

    found = ask_rows(work, entity, [row.id for row in rows], shape, build)
    failed: dict[int, tuple[FieldProblem, ...] | None] = {}
    doubtful: dict[tuple[object, ...], bool] = {}
    for row in rows:
        answers = found[row.id]
        if answers not in doubtful:
            told = zip(asked, answers[len(owed) :], strict=True)
            doubtful[answers] = (bool(owed) and answers[0] != 1) or any(
                int(str(a)) == one.refused_by for one, a in told
            )
        if not doubtful[answers]:
            continue
        if owed and answers[0] != 1:
            failed[row.id] = None
            continue
        broken = [
            one for one, answer in zip(asked, answers[len(owed) :], strict=True) if _broken(row, one, int(str(answer)))
        ]
        if broken:
            failed[row.id] = tuple(problem for one in broken for problem in _problems(one))
    return failed


def failed_checks(work: Work, entity: Entity, row: StoredRow, known: Answers | None = None) -> Failed:
    """All checks, conditional requirements, rules and unit-wide unique rules that the row as it stands breaks; `known` is
    what its checks come out as, where that was asked before."""
    asked = _asked_of(work, entity)
    answers = _answers(work, entity, row, asked) if known is None else known
    broken = [one for one, answer in zip(asked, answers, strict=True) if _broken(row, one, answer)]
    problems = [problem for one in broken if not one.warns for problem in _problems(one)]
    problems += _unique_problems(work, entity, row)
    return Failed(tuple(problems), tuple(one.message for one in broken if one.warns))


def _asked_of(work: Work, entity: Entity) -> tuple[_Asked, ...]:
    return _ASKED.get((work.model.fingerprint, entity.name), lambda: tuple(_asked(work.model, entity)))


def _answers(work: Work, entity: Entity, row: StoredRow, asked: Sequence[_Asked]) -> Answers:
    return holding(work, entity, row.id, tuple(one.formula for one in asked), "checks")


def _conditions(columns: StoredColumns, asked: Sequence[_Asked]) -> list[exp.Expression]:
    return [_three_valued(columns.lower(one.formula)) for one in asked]


def holding(work: Work, entity: Entity, record: int, formulas: Sequence[Formula], purpose: str) -> tuple[int, ...]:
    """For each condition on the stored row: 1 true, 0 false, -1 empty; nothing for a row that is not there."""
    if not formulas:
        return ()
    shape = ("holding", purpose, *(one.source for one in formulas))
    row = ask_row(work, entity, record, shape, lambda columns: [_three_valued(columns.lower(one)) for one in formulas])
    return tuple(int(str(one)) for one in row) if row is not None else ()


def _three_valued(condition: exp.Expression) -> exp.Expression:
    wrapped = nodes.parens(condition)
    return nodes.case([(wrapped, nodes.number(1)), (exp.Not(this=wrapped.copy()), nodes.number(0))], nodes.number(-1))


def _asked(model: AppModel, entity: Entity) -> Iterator[_Asked]:
    for check in entity.checks:
        yield _Asked(check.expect, 0, check.fields, "check_failed", _words(check.message))
    for field in entity.fields.values():
        if field.required_when is not None:
            yield _Asked(field.required_when, 1, (field.name,), "required", must_be_filled(field))
    for rule in model.rules.values():
        if rule.entity == entity.name:
            yield _Asked(rule.when, 1, rule.fields, "rule", _words(rule.message), warns=rule.effect == "warn")


_ASKED = StatementCache()
"""What is asked of every row of an entity, by model and entity."""


def _broken(row: StoredRow, asked: _Asked, answer: int) -> bool:
    if answer != asked.refused_by:
        return False
    return asked.code != "required" or row.values.get(asked.fields[0]) is None


def _problems(asked: _Asked) -> Iterator[FieldProblem]:
    for name in asked.fields or ("",):
        yield FieldProblem(name, asked.code, asked.message)


def _unique_problems(work: Work, entity: Entity, row: StoredRow) -> Iterator[FieldProblem]:
    """Unique rules that hold within the owning unit, as far as the writer may read what the row clashes with."""
    for rule in entity.uniques:
        values = {name: row.values.get(name) for name in rule.fields}
        if rule.everywhere or None in values.values():
            continue
        unit: dict[str, object] = {"scope_unit" if row.scope_unit is not None else "scope_unit is null": row.scope_unit}
        others = {"id <>": row.id, "deleted_at is null": None}
        where = {**sought(work, entity, values), **unit, **others}
        alike = select(work.session, entity.name, ("id",), where)
        if any(_told(work, entity, int(str(one[0])), rule.fields) for one in alike):
            yield FieldProblem(rule.fields[-1], "not_unique", _words(rule.message) if rule.message.texts else TAKEN)


def _told(work: Work, entity: Entity, record: int, fields: Sequence[str]) -> bool:
    """Whether the writer may read these fields of a row."""
    try:
        rights = field_rights(work, entity.name, record)
    except NotFound:
        return False
    return all(rights[name] in (FieldRight.READ, FieldRight.WRITE) for name in fields)


def _words(label: Label) -> Message:
    return Message(label.text("zh"), label.text("en"))
