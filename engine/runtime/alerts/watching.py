"""Watching: once a day, when its hour has come, an alert judges the days before and writes down what is odd.

One that follows changes judges the last days again when rows of its figure were written since: what a till brings in late
is odd as late as it comes. What has been told stays told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from engine.diagnostics import Message
from engine.model.alerts import ALERT_FIELDS, Alert
from engine.model.context import Context, Principal
from engine.model.entities import REFERENCE_KINDS, Entity, Field
from engine.model.metrics import bases_of
from engine.model.names import Label
from engine.model.requests import AllOf, Condition, QueryRequest
from engine.model.twofold import twofold
from engine.runtime.alerts.judging import Finding, judged
from engine.runtime.events import EVENT
from engine.runtime.identifiers import encode_id, first_id_at
from engine.runtime.moments import last_moment, remember_moment
from engine.runtime.query.lists import count_records
from engine.runtime.records.writing import create
from engine.runtime.rows import select
from engine.runtime.work import Work, Workplace

LOOKS_BACK = 7
"""Days that are judged at most: at the first look, and after the server stood still."""
AGAIN, OVERLAP = timedelta(minutes=15), timedelta(minutes=1)
"""Between two looks at changes, and what the second looks at again: writes that were under way at the first."""
WEEKDAYS = tuple(
    Message(f"周{zh}", en)
    for zh, en in zip("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True)
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class AlertClock:
    """Judges what is over, each day once; a fact that has a row is never told again."""

    workplace: Workplace
    zone: str

    def look(self, now: datetime) -> int:
        """Judge what it is time for; how many rows were made."""
        made = 0
        for alert in self.workplace.models.current().alerts.values():
            principal = Principal(0, "alerts", alert.roles, service=f"alert:{alert.name}")
            context = Context(principal, now, zone=self.zone, cause=f"alert:{alert.name}")
            if self.workplace.read(context, partial(self._days, alert)):
                made += self.workplace.write(context, partial(self._write_down, alert))
        return made

    def _write_down(self, alert: Alert, work: Work) -> int:
        findings = [one for one in judged(work, alert, self._days(alert, work)) if not _stands(work, alert, one)]
        for one in findings:
            create(work, alert.into, _row(work, alert, one))
        remember_moment(work.session, _name(alert), work.context.now)
        return len(findings)

    def _days(self, alert: Alert, work: Work) -> Sequence[date]:
        """The days that are over and not judged yet; none before the alert's hour."""
        zone, today = ZoneInfo(self.zone), work.context.today
        last = last_moment(work.session, _name(alert))
        done = last.astimezone(zone).date() - timedelta(days=1) if last is not None else date.min
        if work.context.now.astimezone(zone).time() < alert.at:
            return ()
        days = [today - timedelta(days=back) for back in range(LOOKS_BACK, 0, -1)]
        left = [day for day in days if day > done]
        return left or (days if last is not None and _changed_since(work, alert, last) else ())


def _changed_since(work: Work, alert: Alert, last: datetime) -> bool:
    """Whether an alert that follows changes has any to look at: rows of its figure that were written since."""
    if not alert.follows or work.context.now - last < AGAIN:
        return False
    entities = {one.entity for one in bases_of(work.model.metrics, alert.metric) if one.entity is not None}
    since = first_id_at(last - OVERLAP)
    return any(select(work.session, EVENT, ("id",), {"entity": one, "id >=": since}, limit=1) for one in entities)


def _name(alert: Alert) -> str:
    return f"alert:{alert.name}"


def _stands(work: Work, alert: Alert, one: Finding) -> bool:
    """Whether the fact has a row, whatever became of it."""
    same = (("alert", alert.name), ("day", one.day), (alert.by, one.part))
    where = AllOf(tuple(Condition((name,), "eq", value) for name, value in same))
    return count_records(work, QueryRequest(alert.into, (("id",),), where=where)) > 0


def _row(work: Work, alert: Alert, one: Finding) -> dict[str, object]:
    """What is known of a finding, in the fields that the entity declares."""
    entity = work.model.entities[alert.into]
    label, low = work.model.metrics[alert.metric].label, one.standing.score < 0
    values: dict[str, object] = {
        "alert": alert.name,
        "metric": twofold(Message(label.text("zh"), label.text("en"))),
        "title": _title(one, label),
        "day": one.day.isoformat(),
        "value": one.value,
        "usual": one.standing.usual,
        "score": one.standing.score,
        "weeks": one.weeks,
        "direction": "low" if low else "high",
    }
    known = {name: _fitting(entity.fields[name], values[name]) for name in ALERT_FIELDS if name in entity.fields}
    return {**known, alert.by: _part(entity, alert.by, one.part)}


def _title(one: Finding, metric: Label) -> str:
    """What is odd, in both languages: where, when, which figure, what it was and what is usual."""
    low, day, weekday = one.standing.score < 0, one.day, WEEKDAYS[one.day.weekday()]
    zh, en = metric.text("zh"), metric.text("en")
    value, usual = (f"{number:,.2f}".rstrip("0").rstrip(".") for number in (one.value, one.standing.usual))
    return twofold(
        Message(
            f"{one.title} {day.month}月{day.day}日{weekday.zh}{zh}{'偏低' if low else '偏高'}：{value}，平常 {usual}",
            f"{one.title}, {weekday.en} {day.day} {MONTHS[day.month - 1]}: {en} {'low' if low else 'high'}, "
            f"{value} against a usual {usual}",
        )
    )


def _fitting(field: Field, value: object) -> object:
    """A number to the places of its field, a text as long as its field takes it."""
    if isinstance(value, float):
        return str(Decimal(value).quantize(Decimal(1).scaleb(-field.scale)))
    limit = field.bounds.max_length
    return value[:limit] if isinstance(value, str) and limit else value


def _part(entity: Entity, name: str, key: object) -> object:
    return encode_id(key) if entity.fields[name].kind in REFERENCE_KINDS and isinstance(key, int) else key
