"""Owners by date: which unit a record that is handed over belonged to on each day. Records that never moved keep no rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from engine.model.entities import Entity
from engine.model.requests import Change
from engine.runtime.instants import from_micros
from engine.runtime.organisation.days import day_of, held_on, stored_day
from engine.runtime.organisation.tables import OWNERSHIP
from engine.runtime.rows import delete, insert, select, update
from engine.runtime.work import Work

COLUMNS = ("unit", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Owned:
    """A unit owned a record from a day until before another; None is no unit."""

    unit: int | None
    valid_from: date
    valid_to: date | None


class OwnershipSink:
    """Keeps the day on which a record came to another unit."""

    def accept(self, work: Work, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.before is None or change.after is None or not keeps_owners(work.model.entities[change.entity]):
                continue
            before, after = _number(change.before["scope_unit"]), _number(change.after["scope_unit"])
            if before != after:
                self._move(work, change, before, after)

    def _move(self, work: Work, change: Change, before: int | None, after: int | None) -> None:
        """End the ownership of before and begin that of after; within one day the last owner is the owner of the day."""
        day, key = work.context.today, {"entity": change.entity, "record": change.id}
        stored = stored_day(day, work.session.dialect)
        since = _created(work, change.entity, change.id)
        if not select(work.session, OWNERSHIP, ("id",), key, limit=1) and since < day:
            self._own(work, change, before, since)
        delete(work.session, OWNERSHIP, {**key, "valid_from": stored})
        update(work.session, OWNERSHIP, {"valid_to": stored}, {**key, "valid_to is null": None})
        self._own(work, change, after, day)

    def _own(self, work: Work, change: Change, unit: int | None, since: date) -> None:
        row = {"id": work.ids.next(), "entity": change.entity, "record": change.id, "unit": unit, "valid_to": None}
        insert(work.session, OWNERSHIP, {**row, "valid_from": stored_day(since, work.session.dialect)})


def keeps_owners(entity: Entity) -> bool:
    """Whether records are owned by themselves and change hands: customers, leads, to-dos."""
    return entity.hand_over is not None and entity.owned_by is not None and len(entity.owned_by) == 1


def owners_of(work: Work, entity: str, record: int) -> list[Owned]:
    """The owners of a record from its first day on, oldest first, without a gap. Empty for one that is not there."""
    rows = select(work.session, OWNERSHIP, COLUMNS, {"entity": entity, "record": record}, ("valid_from",))
    if rows:
        return [Owned(_number(unit), day_of(since) or date.min, day_of(until)) for unit, since, until in rows]
    found = select(work.session, entity, ("scope_unit",), {"id": record})
    return [Owned(_number(found[0][0]), _created(work, entity, record), None)] if found else []


def owner_on(work: Work, entity: str, record: int, day: date) -> int | None:
    """The unit that owned a record on a day; None before its first day."""
    return next((one.unit for one in owners_of(work, entity, record) if held_on(one, day)), None)


def _created(work: Work, entity: str, record: int) -> date:
    """The business day on which a record was made."""
    at = select(work.session, entity, ("created_at",), {"id": record})[0][0]
    return from_micros(int(str(at))).astimezone(ZoneInfo(work.context.zone)).date()


def _number(stored: object) -> int | None:
    return None if stored is None else int(str(stored))
