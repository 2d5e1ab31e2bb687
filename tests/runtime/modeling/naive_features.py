"""Features worked out row by row in plain Python, of all that was known strictly before: the measure of the statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bills import Row, Rows

ZONE = ZoneInfo("Asia/Shanghai")
START, HISTORY, SETTLED = "start", "history", "settled_on"
LIVES = {
    ("client", "tier"): START,
    ("client", "region"): HISTORY,
    ("client", "credit"): HISTORY,
    ("bill", "client"): START,
    ("bill", "amount"): START,
    ("bill", "due_on"): START,
    ("bill", "issued_on"): START,
    ("bill", "kind"): HISTORY,
    ("bill", "note"): HISTORY,
    ("bill", "settled_on"): SETTLED,
    ("bill", "late"): SETTLED,
    ("visit", "client"): START,
    ("visit", "minutes"): HISTORY,
    ("visit", "topic"): START,
}
Get = Callable[[str], object]


def day(moment: object) -> date:
    if isinstance(moment, datetime):
        return moment.astimezone(ZONE).date()
    assert isinstance(moment, date)
    return moment


@dataclass(frozen=True)
class Naive:
    """All rows, and whether moments are compared by days or exactly."""

    rows: Rows
    exact: bool

    def time(self, moment: object) -> object:
        return moment if self.exact else day(moment)

    def living(self, entity: str) -> list[Row]:
        return [one for one in self.rows[entity] if not one.deleted]

    def known(self, entity: str, row: Row, name: str, at: object, strict: bool) -> object:
        """What a column held as it was known at a moment."""
        life = LIVES[entity, name]
        if life == SETTLED:
            told = row.values["settled_on"]
            if told is None or (day(told) >= at if strict else day(told) > at):
                return None
            return row.values[name]
        if life == HISTORY and self.time(row.created_at) > at:
            return None
        for when, before in row.changes:
            later = self.time(when) >= at if strict else self.time(when) > at
            if later and name in before:
                return before[name]
        return row.values[name]

    def getter(self, entity: str, row: Row, at: object, strict: bool) -> Get:
        def get(path: str) -> object:
            first, _, rest = path.partition(".")
            if not rest:
                return self.known(entity, row, first, at, strict)
            there = next(
                (one for one in self.living("client") if one.id == self.known(entity, row, first, at, strict)), None
            )
            return None if there is None else self.known("client", there, rest, at, strict)

        return get

    def facts(
        self, entity: str, client: object, known: str, where: Callable[[Get], object]
    ) -> list[tuple[object, int, Get]]:
        """The facts of a client that ever become known, in the order of time."""
        found = []
        for one in self.living(entity):
            told = one.values[known]
            if told is None or (client is not None and one.values["client"] != client):
                continue
            get = self.getter(entity, one, self.time(told), strict=False)
            if where(get) is True:
                found.append((self.time(told), one.id, get))
        return sorted(found, key=lambda one: (one[0], one[1]))

    def before(self, at: object, days: int) -> object:
        return at - timedelta(days=days)


def fold(function: str, values: list[tuple[object, object]], at: object, naive: Naive, days: int | None) -> object:
    """A fold of (time, value) of facts before `at`, of the last `days` where they are given."""
    window = [(t, v) for t, v in values if t < at and (days is None or t >= naive.before(at, days)) and v is not None]
    found = [v for _, v in window]
    match function:
        case "count":
            return float(len(found))
        case "sum":
            return float(sum(_exact(found), Decimal(0)))
        case "mean" | "share":
            return None if not found else _mean(found)
        case "min" | "max":
            return None if not found else float((min if function == "min" else max)(_exact(found)))
        case "distinct":
            return float(len(set(found)))
        case "last":
            return None if not found else _cell(found[-1])
        case "days_since":
            return None if not found else _days(window[-1][0], at)
        case _:
            half = (days or 0) // 2
            recent = sum(_exact([v for t, v in window if t >= naive.before(at, half)]), Decimal(0))
            earlier = sum(
                _exact([v for t, v in window if naive.before(at, 2 * half) <= t < naive.before(at, half)]),
                Decimal(0),
            )
            return float(recent - earlier)


def _mean(found: list[object]) -> float:
    numbers = _exact(found)
    places = max(-int(one.as_tuple().exponent) for one in numbers)
    return int(sum(numbers, Decimal(0)).scaleb(places)) / (len(numbers) * 10**places)


def _exact(found: list[object]) -> list[Decimal]:
    return [
        Decimal(one) if isinstance(one, bool | int) else one for one in found if isinstance(one, bool | int | Decimal)
    ]


def _cell(value: object) -> object:
    return float(value) if isinstance(value, bool | int | Decimal) else value


def _days(then: object, at: object) -> float:
    passed = at - then
    return passed / timedelta(days=1) if isinstance(at, datetime) else float(passed.days)


def utc(moment: object) -> datetime:
    """The decision time of a line as the table tells it."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    assert isinstance(moment, date)
    return datetime(moment.year, moment.month, moment.day, tzinfo=ZONE).astimezone(UTC)
