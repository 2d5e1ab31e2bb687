"""Clashes: a row that the database refuses because of another, told in words, and only to who may write the row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.entities import Entity
from engine.model.errors import FieldProblem, ValidationFailed
from engine.runtime.database.errors import ForeignKeyViolation, UniqueViolation
from engine.runtime.instants import to_micros
from engine.runtime.query.rights import check_new_row
from engine.runtime.storage.tables import unique_columns
from engine.runtime.work import Work

TAKEN = Message("已有相同的记录", "There is one like this already")
NO_SUCH_RECORD = Message("引用的记录不存在", "A row that is pointed at does not exist")


def guarded(act: Callable[[], None]) -> None:
    """Constraint errors as problems for people."""
    try:
        _referring(act)
    except UniqueViolation as error:
        raise _taken(error) from error


def write_alone(
    work: Work, entity: Entity, record: int, write: Callable[[Mapping[str, object]], None], action: Action
) -> None:
    """Write a row that may be like another one. `write` takes columns to set besides its own.

    A row that clashes is written as a deleted one, which clashes with nothing, to find out whether its writer may write
    it: who may not is told that, and learns nothing of the other row. Nothing of it stays, because either way raises.
    """
    try:
        with work.savepoint():
            _referring(lambda: write({}))
    except UniqueViolation as error:
        write({"deleted_at": to_micros(work.context.now)})
        check_new_row(work, entity.name, record, action, deleted=True)
        raise _taken(error) from error


def _referring(act: Callable[[], None]) -> None:
    """A reference to a row that is not there as a problem for people."""
    try:
        act()
    except ForeignKeyViolation as error:
        raise ValidationFailed((FieldProblem("", "no_such_record", NO_SUCH_RECORD),)) from error


def may_clash(entity: Entity, names: Iterable[str]) -> bool:
    """Whether values of these fields, given by hand, may be those of another row."""
    given = set(names)
    return any(given.intersection(columns) for columns in unique_columns(entity))


def _taken(error: UniqueViolation) -> ValidationFailed:
    return ValidationFailed((FieldProblem(_field_of(error), "not_unique", TAKEN),))


def _field_of(error: UniqueViolation) -> str:
    """The field to mark: the last column of the index, as far as the database says."""
    return error.columns[-1].rpartition(".")[2].strip('"') if error.columns else ""
