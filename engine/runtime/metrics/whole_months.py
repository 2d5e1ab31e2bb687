"""Whole months: the part of a period that cells of months can answer, and the days before and after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from engine.runtime.database.statements import Dialect
from engine.runtime.metrics.buckets import MONTH, QUARTER, YEAR, bucket_end, bucket_start
from engine.runtime.query import nodes
from engine.runtime.storage.fields import encode_date

BEGIN, FIRST, AFTER, END = "period_begin", "months_first", "months_after", "period_end"


@dataclass(frozen=True, slots=True)
class WholeMonths:
    """A period as days, months, days: it begins on `begin`, its months on `first`; they end before `after`, it before `end`.

    A period without a beginning has neither `begin` nor `first`, one without an end neither `after` nor `end`.
    """

    begin: date | None = None
    first: date | None = None
    after: date | None = None
    end: date | None = None

    def shape(self) -> tuple[bool, ...]:
        """What decides a statement's text: which bounds there are, and on which sides single days are left."""
        return (self.first is not None, self.after is not None, self.begin != self.first, self.after != self.end)

    def months(self, time: exp.Expression) -> exp.Expression:
        """Whether the month that begins at `time` lies in the period whole."""
        bounds = [nodes.compare(exp.GTE, time, nodes.parameter(FIRST))] if self.first is not None else []
        bounds += [nodes.compare(exp.LT, time, nodes.parameter(AFTER))] if self.after is not None else []
        return nodes.all_of(bounds)

    def days(self, time: exp.Expression) -> Iterator[exp.Expression]:
        """For each side that has them: whether a day is one before or after the whole months."""
        if self.begin != self.first:
            yield _within(time, BEGIN, FIRST)
        if self.after != self.end:
            yield _within(time, AFTER, END)

    def values(self, dialect: Dialect) -> Mapping[str, object]:
        """The bounds as parameters."""
        named = {BEGIN: self.begin, FIRST: self.first, AFTER: self.after, END: self.end}
        return {name: encode_date(day, dialect) for name, day in named.items()}


def whole_months(since: object, until: object, bucket: str | None) -> WholeMonths | None:
    """The whole months of a period with inclusive bounds; None where it has none, or is split by something shorter."""
    if bucket not in (None, MONTH, QUARTER, YEAR):
        return None
    begin = since if isinstance(since, date) else None
    end = until + timedelta(days=1) if isinstance(until, date) else None
    first = _month_on(begin - timedelta(days=1)) if begin is not None else None
    after = bucket_start(end, MONTH) if end is not None else None
    if first is not None and after is not None and first >= after:
        return None
    return WholeMonths(begin, first, after, end)


def _month_on(day: date) -> date:
    """The first day of the month after the one of `day`."""
    return bucket_end(bucket_start(day, MONTH), MONTH) + timedelta(days=1)


def _within(time: exp.Expression, low: str, high: str) -> exp.Expression:
    at_least = nodes.compare(exp.GTE, time, nodes.parameter(low))
    return nodes.all_of([at_least, nodes.compare(exp.LT, time, nodes.parameter(high))])
