"""Counting: on which days rows are made, how many, and how many a demonstration will come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from engine.model.demo import Generator


def days_of(today: date, given: object, beside: object = None) -> Iterator[date | None]:
    """Days from today: each, every n-th, `week` (Mondays) or `month` (firsts)."""
    if not isinstance(given, Mapping):
        yield None
        return
    every = given.get("every", beside if beside is not None else 1)
    step = every if isinstance(every, int) else 1
    for offset in range(int(str(given["from"])), int(str(given["to"])) + 1, step):
        day = today + timedelta(days=offset)
        if (every == "week" and day.weekday() != 0) or (every == "month" and day.day != 1):
            continue
        yield day


def season_factor(season: object, day: date | None) -> float:
    """How busy a day is: by weekday (Monday first) and by month."""
    if not isinstance(season, Mapping) or day is None:
        return 1.0
    weekdays, months = season.get("weekday"), season.get("month")
    factor = float(str(weekdays[day.weekday()])) if isinstance(weekdays, list | tuple) and len(weekdays) == 7 else 1.0
    if isinstance(months, Mapping):
        factor *= float(str(months.get(day.month, months.get(str(day.month), 1))))
    return factor


def counting(given: object, random: Random) -> Callable[[], int]:
    """What draws how many: a number, or one between two."""
    inner = given.get("number", given) if isinstance(given, Mapping) else given
    if not isinstance(inner, Mapping):
        fixed = round(Decimal(str(inner)))
        return lambda: fixed
    low, high = Decimal(str(inner.get("from", 0))), Decimal(str(inner.get("to", 1)))
    if low >= high:
        only = round(low)
        return lambda: only
    start, end, draw = float(low) - 0.499, float(high) + 0.499, random.uniform
    return lambda: round(draw(start, end))


def expected_rows(generators: Iterable[Generator], today: date) -> int:
    """About how many rows these come to: what is drawn counts as its mean, what a loop is over as what was expected of it."""
    counts: Counter[str] = Counter()
    for one in generators:
        _expect(one, _expected_turns(one, counts, today), counts)
    return counts.total()


def _expect(generator: Generator, count: int, counts: Counter[str]) -> None:
    counts[generator.entity] += count
    for child in generator.children:
        _expect(child, round(count * _mean(child.count)), counts)


def _expected_turns(generator: Generator, counts: Counter[str], today: date) -> int:
    count = generator.count
    if isinstance(count, int) or not {"per", "days"} & count.keys():
        return round(_mean(count))
    rows = counts[str(count["per"])] if "per" in count else 1
    days = days_of(today, count.get("days"), count.get("every"))
    return round(rows * _mean(count.get("each", 1)) * sum(season_factor(count.get("season"), day) for day in days))


def _mean(given: object) -> float:
    inner = given.get("number", given) if isinstance(given, Mapping) else given
    if not isinstance(inner, Mapping):
        return float(str(inner))
    return (float(str(inner.get("from", 0))) + float(str(inner.get("to", 1)))) / 2
