"""Duties: who has written what they write every day, and who is reminded because they have not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from engine.model.context import Context, Principal
from engine.model.duties import Duty
from engine.model.requests import AllOf, Condition, QueryRequest
from engine.runtime.identity.users import all_users
from engine.runtime.moments import last_moment, remember_moment
from engine.runtime.notices import tell
from engine.runtime.notifying.telling import Telling
from engine.runtime.organisation.contexts import Circumstances, context_in
from engine.runtime.organisation.members import memberships_on, seat_of
from engine.runtime.organisation.units import unit_tree
from engine.runtime.query.lists import count_records
from engine.runtime.work import Work, Workplace
from engine.runtime.workflow.calendar import calendar_of

LANGUAGE = "zh"


@dataclass(frozen=True, slots=True)
class Bound:
    """Somebody whom a duty binds on a day, the unit of their seat, and whether they have written."""

    user: int
    name: str
    unit: int
    written: bool


def is_bound_on(work: Work, duty: Duty, day: date) -> bool:
    """Whether the duty is done on that day: on working days, or on every one."""
    return not duty.workdays or calendar_of(work.session).works(day)


def bound_by(work: Work, duty: Duty, day: date, units: frozenset[int] | None = None) -> tuple[Bound, ...]:
    """Whom a duty binds on a day, in some units or all; whether they have written is read with the right of each."""
    session, tree = work.session, unit_tree(work.session, day)
    users = {one.id: one for one in all_users(session) if not one.disabled}
    seats: dict[int, int] = {}
    for one in sorted(memberships_on(session, day), key=lambda one: one.id):
        seat = seat_of(work.model, tree, one.unit, one.seat)
        inside = units is None or one.unit in units
        if inside and seat is not None and duty.roles & set(seat.roles) and one.user in users:
            seats.setdefault(one.user, one.unit)
    at = Circumstances(work.context.now, work.context.locale, work.context.zone)
    found = []
    for user, unit in seats.items():
        own = work.under(context_in(tree, session, work.model, users[user], at))
        found.append(Bound(user, users[user].called(work.context.language), unit, _has_written(own, duty, day)))
    return tuple(found)


def _has_written(own: Work, duty: Duty, day: date) -> bool:
    where = AllOf((Condition((duty.author,), "eq", own.context.principal.user_id), Condition((duty.day,), "eq", day)))
    return count_records(own, QueryRequest(duty.entity, (("id",),), where=where)) > 0


@dataclass(frozen=True, slots=True)
class DutyClock:
    """Reminds those who have not written, once a day, when the hour of a duty has come."""

    workplace: Workplace
    zone: str

    def look(self, now: datetime) -> int:
        """Remind whom it is time to remind; how many people were told."""
        context = Context(Principal(0, "duties", frozenset(), service="duties"), now, zone=self.zone, cause="duty")
        told = 0
        for duty in self.workplace.models.current().duties.values():
            missing = self.workplace.read(context, partial(self._missing, duty))
            if missing is not None:
                told += self.workplace.write(context, partial(self._remind, duty, missing))
        return told

    def _missing(self, duty: Duty, work: Work) -> tuple[int, ...] | None:
        """Who has not written; None where it is not time, or they were told."""
        if not self._is_time(duty, work):
            return None
        return tuple(one.user for one in bound_by(work, duty, work.context.today) if not one.written)

    def _remind(self, duty: Duty, missing: Iterable[int], work: Work) -> int:
        if not self._is_time(duty, work):
            return 0
        remember_moment(work.session, _name(duty), work.context.now)
        people = tuple(missing)
        tell(
            work, people, Telling("reminder", duty.reminder.text(LANGUAGE), "", duty.entity, 0, f"/r/{duty.entity}/new")
        )
        return len(people)

    def _is_time(self, duty: Duty, work: Work) -> bool:
        here, today = work.context.now.astimezone(ZoneInfo(self.zone)), work.context.today
        last = last_moment(work.session, _name(duty))
        done = last is not None and last.astimezone(ZoneInfo(self.zone)).date() >= today
        return not done and here.time() >= duty.remind_at and is_bound_on(work, duty, today)


def _name(duty: Duty) -> str:
    return f"duty:{duty.name}"
