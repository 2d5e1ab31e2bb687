"""Spans: the day, week or month that a paper is of, as its address writes it."""

from __future__ import annotations

from datetime import date, timedelta

from engine.model.documents import DocumentPeriod
from engine.model.names import Label
from engine.widgets.periods import Period, add_months

DAYS = {DocumentPeriod.DAY: 1, DocumentPeriod.WEEK: 7}


def span_of(kind: DocumentPeriod, written: str, today: date) -> Period | None:
    """The span that holds the written day (2026-03-02, or 2026-03), else the last whole one before today."""
    if kind is DocumentPeriod.NONE:
        return None
    day = _day(written)
    if kind is DocumentPeriod.MONTH:
        first = (day or add_months(today.replace(day=1), -1)).replace(day=1)
        return Period("chosen", _month(first), first, add_months(first, 1) - timedelta(days=1))
    days = DAYS[kind]
    at = day or today - timedelta(days=days)
    first = at - timedelta(days=at.weekday()) if kind is DocumentPeriod.WEEK else at
    return Period("chosen", _days(first, days), first, first + timedelta(days=days - 1))


def before(kind: DocumentPeriod, span: Period) -> Period | None:
    """The span just before: a whole month before a month."""
    if span.since is None:
        return None
    if kind is DocumentPeriod.MONTH:
        return span_of(kind, add_months(span.since, -1).isoformat(), span.since)
    return span_of(kind, (span.since - timedelta(days=1)).isoformat(), span.since)


def written(kind: DocumentPeriod, span: Period | None) -> str:
    """A span as its address, and the input that chooses it, write it."""
    if span is None or span.since is None:
        return ""
    return span.since.strftime("%Y-%m") if kind is DocumentPeriod.MONTH else span.since.isoformat()


def _day(written_day: str) -> date | None:
    try:
        return date.fromisoformat(f"{written_day}-01" if len(written_day) == 7 else written_day)
    except ValueError:
        return None


def _month(first: date) -> Label:
    return Label({"zh": f"{first.year} 年 {first.month} 月", "en": f"{first:%B %Y}"})


def _days(first: date, days: int) -> Label:
    zh, en = f"{first.year} 年 {first.month} 月 {first.day} 日", f"{first.day} {first:%B %Y}"
    if days == 1:
        return Label({"zh": zh, "en": en})
    last = first + timedelta(days=days - 1)
    return Label({"zh": f"{zh} 至 {last.month} 月 {last.day} 日", "en": f"{en} to {last.day} {last:%B %Y}"})
