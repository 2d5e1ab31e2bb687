"""Periods: the spans of business dates that lists and dashboards select by, named or from one day to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from engine.model.names import Label
from engine.widgets.formats import short_date

BETWEEN = ".."
"""Stands between the days of a span in an address: `2026-03-02..2026-03-09`; a side that is open has none."""
FROM, TO = "@from", "@to"
"""What the inputs of a span put behind the name of its parameter."""


@dataclass(frozen=True, slots=True)
class Period:
    """A named span; `since` and `until` are inclusive business dates, None is open."""

    name: str
    label: Label
    since: date | None
    until: date | None

    def previous(self) -> Period:
        """The span of the same length just before; calendar months, quarters and years step by calendar."""
        if self.since is None or self.until is None:
            return self
        months = _WHOLE_MONTHS.get(self.name)
        if months:
            since = add_months(self.since, -months)
            return Period(self.name, self.label, since, since + (self.until - self.since))
        length = self.until - self.since + timedelta(days=1)
        return Period(self.name, self.label, self.since - length, self.until - length)


_WHOLE_MONTHS = {"this_month": 1, "last_month": 1, "this_quarter": 3, "this_year": 12}

PERIOD_LABELS = {
    "today": Label({"zh": "今天", "en": "Today"}),
    "yesterday": Label({"zh": "昨天", "en": "Yesterday"}),
    "this_week": Label({"zh": "本周", "en": "This week"}),
    "this_month": Label({"zh": "本月", "en": "This month"}),
    "last_month": Label({"zh": "上月", "en": "Last month"}),
    "this_quarter": Label({"zh": "本季度", "en": "This quarter"}),
    "this_year": Label({"zh": "今年", "en": "This year"}),
    "last_7_days": Label({"zh": "近 7 天", "en": "Last 7 days"}),
    "last_30_days": Label({"zh": "近 30 天", "en": "Last 30 days"}),
    "last_90_days": Label({"zh": "近 90 天", "en": "Last 90 days"}),
    "last_12_months": Label({"zh": "近 12 个月", "en": "Last 12 months"}),
    "all": Label({"zh": "全部", "en": "All time"}),
}


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    following = date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    return first + timedelta(days=min(day.day, (following - first).days) - 1)


def with_spans(parameters: Mapping[str, str]) -> Mapping[str, str]:
    """The parameters of an address with each span that was entered by its two days in one; a period by its name goes before."""
    entered = dict.fromkeys(
        name.removesuffix(end)
        for name, text in parameters.items()
        for end in (FROM, TO)
        if name.endswith(end) and text and name.removesuffix(end) not in parameters
    )
    spans = {name: f"{parameters.get(name + FROM, '')}{BETWEEN}{parameters.get(name + TO, '')}" for name in entered}
    return {name: text for name, text in parameters.items() if not name.endswith((FROM, TO))} | spans


def resolve_period(name: str, today: date) -> Period:
    """The span that a period's name means today, or that lies between two days; an unknown name means this month."""
    if BETWEEN in name:
        return _between(name, today)
    known = name if name in PERIOD_LABELS else "this_month"
    since, until = _span(known, today)
    return Period(known, PERIOD_LABELS[known], since, until)


def whole_period(name: str, today: date) -> Period:
    """The same with the days of a week, month, quarter or year that are still to come: of what is planned they count."""
    period = resolve_period(name, today)
    if period.since is None:
        return period
    if name == "this_week":
        return replace(period, until=period.since + timedelta(days=6))
    months = {"this_month": 1, "this_quarter": 3, "this_year": 12}.get(name)
    return replace(period, until=add_months(period.since, months) - timedelta(days=1)) if months else period


def _between(name: str, today: date) -> Period:
    """A span of two days, whichever comes first; what is no day leaves its side open."""
    first, last = (_day(text) for text in name.split(BETWEEN, 1))
    if first is not None and last is not None and last < first:
        first, last = last, first
    written = BETWEEN.join(one.isoformat() if one else "" for one in (first, last))
    label = Label({language: _words(first, last, language, today) for language in ("zh", "en")})
    return Period(written if first or last else "all", label, first, last)


def _words(first: date | None, last: date | None, language: str, today: date) -> str:
    since, until = (short_date(one, language, today) if one else "" for one in (first, last))
    if since and until:
        return since if first == last else f"{since} – {until}"
    if since:
        return f"{since}起" if language == "zh" else f"from {since}"
    if until:
        return f"{until}止" if language == "zh" else f"until {until}"
    return PERIOD_LABELS["all"].text(language)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _span(name: str, today: date) -> tuple[date | None, date | None]:
    month = today.replace(day=1)
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    spans: dict[str, tuple[date | None, date | None]] = {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "this_week": (today - timedelta(days=today.weekday()), today),
        "this_month": (month, today),
        "last_month": (add_months(month, -1), month - timedelta(days=1)),
        "this_quarter": (quarter, today),
        "this_year": (date(today.year, 1, 1), today),
        "last_7_days": (today - timedelta(days=6), today),
        "last_30_days": (today - timedelta(days=29), today),
        "last_90_days": (today - timedelta(days=89), today),
        "last_12_months": (add_months(month, -11), today),
        "all": (None, None),
    }
    return spans[name]
