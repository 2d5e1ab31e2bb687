"""Bulk: many operations in one unit of work, each with its own result; one that fails undoes only itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest
from engine.model.requests import Outcome
from engine.runtime.records.removal import delete, restore
from engine.runtime.records.transitions import transition
from engine.runtime.records.undoing import undo_update
from engine.runtime.records.writing import create, update
from engine.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Operation:
    """One act: `action` is create, update, delete, restore, transition, or undo of the update that made a version."""

    action: str
    record: int | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    expected_version: int | None = None
    transition: str | None = None


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one operation."""

    outcome: Outcome | None = None
    error: DougongError | None = None


def bulk(work: Work, entity: str, operations: Sequence[Operation]) -> list[BulkResult]:
    """Do the operations in order."""
    results = []
    for operation in operations:
        try:
            with work.savepoint():
                results.append(BulkResult(outcome=_do(work, entity, operation)))
        except DougongError as error:
            if error.status >= 500:
                raise  # the database's own: the whole is tried again or fails as one
            results.append(BulkResult(error=error))
    return results


def _do(work: Work, entity: str, operation: Operation) -> Outcome:
    if operation.action == "create":
        return create(work, entity, operation.values)
    if operation.record is None:
        raise BadRequest(Message("缺少记录的 id", "The id of the record is missing"))
    if operation.action == "update":
        return update(work, entity, operation.record, operation.values, operation.expected_version)
    if operation.action == "delete":
        return delete(work, entity, operation.record, operation.expected_version)
    if operation.action == "restore":
        return restore(work, entity, operation.record)
    if operation.action == "transition" and operation.transition:
        return transition(
            work, entity, operation.record, operation.transition, operation.values, operation.expected_version
        )
    if operation.action == "undo" and operation.expected_version is not None:
        return undo_update(work, entity, operation.record, operation.expected_version)
    known = "create, update, delete, restore, transition, undo"
    raise BadRequest(Message(f"操作应为 {known} 之一", f"An action is one of {known}"))
