"""Transitions: the only writer of state fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.model.access import Action, FieldRight
from engine.model.entities import Entity, Field
from engine.model.errors import Conflict, FieldProblem, Forbidden, NotFound, ValidationFailed
from engine.model.requests import Clash, Outcome, TheirChange
from engine.model.workflows import Transition, Workflow
from engine.runtime.idempotency import once
from engine.runtime.query.rights import field_rights
from engine.runtime.records.assigning import assigned_values
from engine.runtime.records.changes import ChangeSet
from engine.runtime.records.checks import holding
from engine.runtime.records.merging import NOT_DECIDED, NOTHING, Merge, changes_since, compare_moving, merge_values
from engine.runtime.records.parsing import parse_values
from engine.runtime.records.stored import StoredRow, encoded, stored_row, update_row
from engine.runtime.records.writing import finish, row_to_change
from engine.runtime.work import Work
from engine.runtime.workflow.machine import Refused, Standing, decide_transition


def transition(
    work: Work,
    entity: str,
    record: int,
    move_id: str,
    values: Mapping[str, object] | None = None,
    expected_version: int | None = None,
    key: str | None = None,
) -> Outcome:
    """Take a transition, with values for fields that it requires. Raises Forbidden, Conflict or ValidationFailed with the reason."""
    declared, workflow = work.model.entities.get(entity), None
    if declared is not None:
        workflow = work.model.workflow_of(entity)
    move = workflow.transition(move_id) if workflow else None
    if declared is None or workflow is None or move is None:
        raise NotFound
    given = values or {}

    def act() -> Outcome:
        before, _ = row_to_change(work, declared, record, Action.TRANSITION, expected_version)
        changes = ChangeSet()
        stale = expected_version if expected_version != before.version else None
        since = changes_since(work, declared, before, stale) if stale is not None else NOTHING
        changes.touch(declared, record, before, "transition", stale)
        changes.rows[entity, record].move = move_id
        merge = Merge()
        filled = merge_values(
            merge, declared, before, _given_values(work, declared, record, given, move), since, NOT_DECIDED
        )
        compare_moving(merge, since, before, workflow.field, move.target)
        merge.check(work, declared, before)
        if filled:
            update_row(work, declared, record, encoded(work, declared, before, filled))
        _decide(work, declared, workflow, move, record)
        assigned = assigned_values(work, declared, record, move.assign)
        moved = {**assigned, workflow.field: move.target}
        standing = before._replace(values={**before.values, **filled})
        changes.write(work, declared, record, encoded(work, declared, standing, moved))
        return replace(finish(work, changes, declared, record, None), merged=merge.told(work, declared))

    return once(work, key, ("transition", entity, record, move_id, given), act)


def _given_values(
    work: Work, entity: Entity, record: int, given: Mapping[str, object], move: Transition
) -> Mapping[str, object]:
    """The values that came along: of fields that the transition requires, and of those that may be written anyway."""
    if not given:
        return {}
    rights = field_rights(work, entity.name, record)
    writable = frozenset(name for name, right in rights.items() if right is FieldRight.WRITE) | frozenset(
        name for name in move.requires if rights.get(name) in {FieldRight.READ, FieldRight.WRITE}
    )
    parsed = parse_values(work, entity, given, writable)
    if parsed.problems:
        raise ValidationFailed(parsed.problems)
    return parsed.values


def _decide(work: Work, entity: Entity, workflow: Workflow, move: Transition, record: int) -> None:
    row = stored_row(work, entity, record)
    guard = holding(work, entity, record, (move.guard,), f"guard {move.id}")[0] if move.guard is not None else 1
    standing = Standing(str(row.values.get(workflow.field)), row.values, work.context.principal.roles, guard)
    decision = decide_transition(workflow, entity, move, standing)
    if not isinstance(decision, Refused):
        return
    if decision.code == "wrong_role":
        raise Forbidden(decision.reason)
    if decision.code == "wrong_state":
        raise Conflict(_moved(work, entity, entity.fields[workflow.field], row, move.target), row.version)
    fields = decision.fields or ("",)
    raise ValidationFailed(tuple(FieldProblem(name, decision.code, decision.reason) for name in fields))


def _moved(work: Work, entity: Entity, state: Field, row: StoredRow, target: str) -> list[Clash]:
    """The state that a record is in instead, for who may read it."""
    if field_rights(work, entity.name, row.id).get(state.name) not in {FieldRight.READ, FieldRight.WRITE}:
        return []
    return [Clash(TheirChange(state.name, state, None, row.values.get(state.name), "", None), target, row.version)]
