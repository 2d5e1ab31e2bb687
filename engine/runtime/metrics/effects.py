"""Effects: what an event did to a metric, from the rows that the reader may see and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from engine.model.effects import (
    LEAST_BEFORE,
    LEAST_DAYS,
    ControlUnit,
    Effect,
    EffectDay,
    EffectRequest,
    Lack,
    MetricEffect,
    Side,
)
from engine.model.requests import AggregateRequest, AllOf, Condition, QueryRequest, Record
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.metrics.baselines import Daily, Days, enough, estimate, expected_on, quantile_of
from engine.runtime.query.lists import list_records
from engine.runtime.work import Work

MOST_EVENTS, MOST_CONTROLS = 200, 200
TRIAL_DAYS = 7
"""The last days before the event, by which it is tried whether the control moved as the unit did."""
CENT = Decimal("0.01")


def effect_of(work: Work, request: EffectRequest) -> Effect:
    """The effect of an event on its two metrics. Raises what `aggregate` and `list_records` raise."""
    return _Study(work, request).effect()


@dataclass(frozen=True)
class _Study:
    """One event looked at: its days, the events beside it, the units to hold it against."""

    work: Work
    request: EffectRequest

    def effect(self) -> Effect:
        asked = self.request
        lacking = self._lacking()
        metrics = {} if lacking else {name: self._metric_effect(name) for name in asked.metrics}
        gain = metrics.get(asked.metrics[1])
        return Effect(
            metrics=metrics,
            actual={name: _money(sum(self._own[name].get(day, 0.0) for day in self._window)) for name in asked.metrics},
            controls=self.controls,
            days=self._days(told=gain is not None),
            baseline=self._baseline,
            seen_until=self._yesterday,
            later_until=self._later[-1] if self._later else None,
            lacks=(*lacking, *self._reservations(told=gain is not None)),
            quantile=quantile_of(gain.net.freedom) if gain is not None else 0.0,
        )

    def _lacking(self) -> tuple[Lack, ...]:
        found = (Lack.FEW_DAYS,) if len(self._window) < LEAST_DAYS else ()
        short = len(self._baseline) < LEAST_BEFORE or not enough(self._baseline, (*self._window, *self._later))
        return (*found, Lack.SHORT_BEFORE) if short else found

    def _reservations(self, told: bool) -> tuple[Lack, ...]:
        """What can be said only with a pinch of salt."""
        found = []
        if not self._used:
            found.append(Lack.NO_CONTROL)
        if any(_overlaps(one, self._window) for one in self._own_spans):
            found.append(Lack.OTHER_EVENT)
        if told and self._apart_before():
            found.append(Lack.APART_BEFORE)
        if self._later_cut:
            found.append(Lack.AFTER_EVENT)
        elif len(self._later) < self.request.after:
            found.append(Lack.AFTER_OPEN)
        return tuple(found)

    def _apart_before(self) -> bool:
        """Whether the days right before the event were no longer what the earlier ones and the control had them be."""
        trial, earlier = self._baseline[-TRIAL_DAYS:], self._baseline[:-TRIAL_DAYS]
        if not self._used or len(earlier) < LEAST_BEFORE or not enough(earlier, trial):
            return False
        gain = self.request.metrics[1]
        tried = estimate(self._own[gain], self._control(gain), earlier, [trial])
        low, high = tried.within(quantile_of(tried.freedom))
        return low > 0 or high < 0

    def _metric_effect(self, name: str) -> MetricEffect:
        own, control, days = self._own[name], self._control(name), self._baseline
        direct = estimate(own, control, days, [self._window])
        later = estimate(own, control, days, [self._later]) if self._later else None
        both = estimate(own, control, days, [self._window, self._later]) if self._later else direct
        if self._rest is None:
            return MetricEffect(direct, None, later, both)
        beside = self._control_rest[name] if self._control_rest is not None else None
        rest = estimate(self._rest[name], beside, days, [self._window])
        net = replace(
            both,
            actual=both.actual + rest.actual,
            expected=both.expected + rest.expected,
            error=(both.error**2 + rest.error**2) ** 0.5,
        )
        return MetricEffect(direct, rest, later, net)

    def _days(self, told: bool) -> tuple[EffectDay, ...]:
        gain = self.request.metrics[1]
        own = self._own[gain]
        expected: dict[date, float] = {}
        if told:
            for window in (self._window, self._later):
                expected.update(expected_on(own, self._control(gain), self._baseline, window) if window else {})
        shown = [day for day in _between(self._first, self._last) if day <= self._yesterday]
        return tuple(
            EffectDay(day, _money(own.get(day, 0.0)), _money(expected[day]) if day in expected else None)
            for day in shown
        )

    @cached_property
    def _yesterday(self) -> date:
        """The last whole day: a day that still runs would look like a bad one."""
        return self.work.context.today - timedelta(days=1)

    @cached_property
    def _first(self) -> date:
        return self.request.since - timedelta(days=self.request.before)

    @cached_property
    def _last(self) -> date:
        return self.request.until + timedelta(days=self.request.after)

    @cached_property
    def _window(self) -> Days:
        return _between(self.request.since, min(self.request.until, self._yesterday))

    @cached_property
    def _baseline(self) -> tuple[date, ...]:
        """The days before the event on which no other one ran in the unit."""
        days = _between(self._first, self.request.since - timedelta(days=1))
        return tuple(day for day in days if not any(since <= day <= until for since, until in self._own_spans))

    @cached_property
    def _later(self) -> Days:
        """The days after the event, as far as they have been and no other event ran."""
        first = self.request.until + timedelta(days=1)
        days = _between(first, min(self._last, self._yesterday))
        starts = [since for since, until in self._own_spans if until >= first]
        return tuple(day for day in days if not any(since <= day for since in starts))

    @cached_property
    def _later_cut(self) -> bool:
        return any(since <= self._last and until > self.request.until for since, until in self._own_spans)

    @cached_property
    def _events(self) -> tuple[Record, ...]:
        """The other events that the reader sees from the first day looked at until the last, about the same part."""
        asked = self.request
        since, until = asked.span
        sides = [asked.unit.path, *([asked.scope.path] if asked.scope else [])]
        found = list_records(
            self.work,
            QueryRequest(
                asked.entity,
                (since, until, *sides),
                AllOf((Condition(since, "le", self._last), Condition(until, "ge", self._first))),
                formula_filter=asked.counts,
                limit=MOST_EVENTS,
            ),
        )
        return tuple(one for one in found.records if one.id != asked.record and self._concerns(one))

    def _concerns(self, event: Record) -> bool:
        """Whether another event is about the same part of its unit, or about all of it."""
        scope = self.request.scope
        return scope is None or _cell(event, scope) in {None, scope.key}

    @cached_property
    def _own_spans(self) -> tuple[tuple[date, date], ...]:
        asked = self.request
        spans = [_span(one, asked) for one in self._events if _cell(one, asked.unit) == asked.unit.key]
        return tuple(span for span in spans if span is not None)

    @cached_property
    def controls(self) -> tuple[ControlUnit, ...]:
        """The other units that the reader sees with figures on these days."""
        asked = self.request
        ran = {_cell(one, asked.unit) for one in self._events}
        rows = aggregate(
            self.work,
            AggregateRequest(
                asked.metrics[:1],
                (asked.unit.dimension,),
                self._where(asked.scope),
                self._first,
                self._last,
                limit=MOST_CONTROLS,
            ),
        )
        return tuple(
            ControlUnit(row.keys[0], row.titles[0] or str(row.keys[0]), row.keys[0] not in ran)
            for row in rows
            if row.keys[0] not in {asked.unit.key, None}
        )

    @cached_property
    def _used(self) -> tuple[object, ...]:
        return tuple(one.key for one in self.controls if one.used)

    @cached_property
    def _own(self) -> Mapping[str, Daily]:
        return self._daily(self._where(self.request.unit, self.request.scope))

    @cached_property
    def _rest(self) -> Mapping[str, Daily] | None:
        """What else the unit sold: where an event is about a part of it, the other parts."""
        return self._outside(self._where(self.request.unit))

    @cached_property
    def _beside(self) -> Mapping[str, Daily] | None:
        return self._daily((*self._among(), *self._where(self.request.scope))) if self._used else None

    @cached_property
    def _control_rest(self) -> Mapping[str, Daily] | None:
        return self._outside(self._among()) if self._used else None

    def _control(self, name: str) -> Daily | None:
        return self._beside[name] if self._beside is not None else None

    def _outside(self, where: tuple[Condition, ...]) -> Mapping[str, Daily] | None:
        scope = self.request.scope
        if scope is None:
            return None
        return self._daily((*where, Condition(_path(scope), "ne", scope.key)))

    def _among(self) -> tuple[Condition, ...]:
        return (Condition(_path(self.request.unit), "in", self._used),)

    def _where(self, *sides: Side | None) -> tuple[Condition, ...]:
        return tuple(Condition(_path(side), "eq", side.key) for side in sides if side is not None)

    def _daily(self, where: tuple[Condition, ...]) -> Mapping[str, Daily]:
        asked = self.request
        rows = aggregate(
            self.work, AggregateRequest(asked.metrics, (), where, self._first, self._last, "day", limit=1000)
        )
        days = {row.keys[0]: row for row in rows if isinstance(row.keys[0], date)}
        return {
            name: {day: float(str(row.values.get(name) or 0)) for day, row in days.items()} for name in asked.metrics
        }


def _path(side: Side) -> tuple[str, ...]:
    """A dimension as a figure's condition names it."""
    return tuple(side.dimension.split("."))


def _cell(record: Record, side: Side) -> object:
    return record.cells.get(".".join(side.path))


def _span(record: Record, request: EffectRequest) -> tuple[date, date] | None:
    since, until = (record.cells.get(".".join(path)) for path in request.span)
    return (since, until) if isinstance(since, date) and isinstance(until, date) else None


def _between(first: date, last: date) -> tuple[date, ...]:
    return tuple(first + timedelta(days=at) for at in range((last - first).days + 1))


def _overlaps(span: tuple[date, date], days: Sequence[date]) -> bool:
    return bool(days) and span[0] <= days[-1] and span[1] >= days[0]


def _money(value: float) -> Decimal:
    return Decimal(str(value)).quantize(CENT)
