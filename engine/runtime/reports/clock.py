"""The clock of reports: tells people of those whose time has come, once for each slot, whoever looks and whatever breaks off.

A slot is taken in the transaction that leaves the notice and its letters; the letters are composed when they leave, with
the rights that their reader has then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from engine.model.context import Context, Principal
from engine.model.pages import Page
from engine.model.reports import Every, ReportSchedule
from engine.runtime.identity.users import User, all_users, user_by_id
from engine.runtime.moments import last_moment, remember_moment
from engine.runtime.notices import tell
from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.notifying.readers import context_of_reader
from engine.runtime.notifying.telling import Telling
from engine.runtime.reports.slots import last_slot
from engine.runtime.reports.subscriptions import Subscription, left, subscriptions, take_slot
from engine.runtime.work import Work, Workplace
from engine.runtime.workflow.calendar import calendar_of

WORDS = {
    Every.DAY: ("日报", "daily"),
    Every.WORKDAY: ("日报", "daily"),
    Every.WEEK: ("周报", "weekly"),
    Every.MONTH: ("月报", "monthly"),
}


def name_of(page: Page, schedule: ReportSchedule) -> str:
    """A declared report by name."""
    return f"report:{page.name}:{schedule.id}"


def report_link(page: str, query: str) -> str:
    return f"/app/{page}?{query}" if query else f"/app/{page}"


@dataclass(frozen=True, slots=True)
class ReportClock:
    """Looks now and then for reports whose time has come."""

    workplace: Workplace
    zone: str

    def look(self, now: datetime) -> int:
        """Tell of what has come; how many people were told."""
        context = Context(Principal(0, "reports", frozenset(), service="reports"), now, zone=self.zone, cause="report")
        told = 0
        for one, slot in self.workplace.read(context, self._own_due):
            told += self.workplace.write(context, partial(self._tell_own, one, slot))
        for page, schedule in self.workplace.read(context, self._declared_due):
            told += self.workplace.write(context, partial(self._tell_all, page, schedule))
        return told

    def _own_due(self, work: Work) -> list[tuple[Subscription, date]]:
        works = calendar_of(work.session).works
        found = []
        for one in subscriptions(work.session):
            person = user_by_id(work.session, one.user)
            here = work.context.now.astimezone(ZoneInfo((person.zone if person else None) or self.zone))
            slot = last_slot(one.rhythm, here, works)
            if slot is not None and (one.last is None or one.last < slot):
                found.append((one, slot))
        return found

    def _tell_own(self, one: Subscription, slot: date, work: Work) -> int:
        page, person = work.model.pages.get(one.page), user_by_id(work.session, one.user)
        if not take_slot(work.session, one.id, slot) or page is None or person is None:
            return 0
        return _tell(work, page, one.rhythm.every, one.query, [person])

    def _declared_due(self, work: Work) -> list[tuple[Page, ReportSchedule]]:
        every = ((page, one) for page in work.model.pages.values() for one in page.reports)
        return [(page, one) for page, one in every if self._is_due(work, page, one)]

    def _is_due(self, work: Work, page: Page, schedule: ReportSchedule) -> bool:
        here = work.context.now.astimezone(ZoneInfo(self.zone))
        slot = last_slot(schedule.rhythm, here, calendar_of(work.session).works)
        if slot is None:
            return False
        last = last_moment(work.session, name_of(page, schedule))
        return last is None or last < datetime.combine(slot, schedule.rhythm.at, here.tzinfo)

    def _tell_all(self, page: Page, schedule: ReportSchedule, work: Work) -> int:
        if not self._is_due(work, page, schedule):
            return 0
        name = name_of(page, schedule)
        first = last_moment(work.session, name) is None
        remember_moment(work.session, name, work.context.now)
        if first:  # declared since the slot before: it comes from the next one on
            return 0
        gone = left(work.session, name)
        people = [one for one in all_users(work.session) if not one.disabled and one.id not in gone]
        meant = [one for one in people if context_of_reader(work, one).principal.roles & schedule.roles]
        return _tell(work, page, schedule.rhythm.every, "", meant)


def _tell(work: Work, page: Page, every: Every, query: str, people: Iterable[User]) -> int:
    """Tell those who may open the page."""
    told = 0
    for one in people:
        context = context_of_reader(work, one)
        if one.disabled or not page.roles & context.principal.roles:
            continue
        zh, en = WORDS[every]
        label = page.label.text(context.language)
        title = f"{label} · {zh}" if context.language == "zh" else f"{label}, {en}"
        tell(work, (one.id,), Telling(NoticeKind.REPORT.value, title, "", "", 0, report_link(page.name, query)))
        told += 1
    return told
