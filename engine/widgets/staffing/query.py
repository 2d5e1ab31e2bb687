"""Staffing: what is sold in an hour of the week for each hour worked then, and where too few or too many are at work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from engine.model.metrics import Metric
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AggregateRow
from engine.widgets.contract import Aggregates, Need, Scene
from engine.widgets.dimension_words import dimension_field
from engine.widgets.drill_links import drill_into
from engine.widgets.figures import as_decimal, figure_text
from engine.widgets.formats import format_number
from engine.widgets.periods import Period
from engine.widgets.properties import number, text
from engine.widgets.unanswered import unanswered

LEAST = 8
MOST = 2000
BUSY, IDLE = Decimal("1.5"), Decimal("0.5")
"""Against the mean of the week: above it there are too few at work, below it too many."""
NAMED = 6
"""Cells of each kind that are named below the table."""

Place = tuple[object, int]


@dataclass(frozen=True, slots=True)
class StaffCell:
    """One hour of one weekday: sales for each hour worked in words, `few`, `many`, `alone` (sales and nobody planned), or neither."""

    words: str = ""
    kind: str = ""
    link: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class _Hour:
    """What stood in a cell: demand, how many sales, hours worked, and the row of the demand."""

    place: Place
    demand: Decimal
    count: Decimal
    worked: Decimal
    row: AggregateRow | None

    @property
    def rate(self) -> Decimal | None:
        return self.demand / self.worked if self.worked else None


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    metrics = scene.model.metrics
    if any(text(item, name) not in metrics for name in ("metric", "counts", "shifts")):
        return {}
    return {"demand": Aggregates(_demand(item, scene)), "shifts": Aggregates(_shifts(item, scene))}


def _demand(item: Item, scene: Scene) -> AggregateRequest:
    names = (text(item, "metric"), text(item, "counts"))
    split = (text(item, "weekday", "weekday"), text(item, "hour", "hour_slot"))
    return _over_the_period(AggregateRequest(names, split, limit=MOST), scene)


def _shifts(item: Item, scene: Scene) -> AggregateRequest:
    split = (
        text(item, "weekday", "weekday"),
        text(item, "first", "first_hour"),
        text(item, "last", "last_hour"),
    )
    return _over_the_period(AggregateRequest((text(item, "shifts"),), split, limit=MOST), scene)


def _over_the_period(request: AggregateRequest, scene: Scene) -> AggregateRequest:
    """Up to today: shifts to come sell nothing yet."""
    period = scene.filters.get("period")
    since, until = (period.since, period.until) if isinstance(period, Period) else (None, None)
    last = min(until, scene.today) if until is not None else scene.today
    return AggregateRequest(request.metrics, request.dimensions, since=since, until=last, limit=request.limit)


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    metric = scene.model.metrics.get(text(item, "metric"))
    label = scene.words(item.label) or (scene.words(metric.label) if metric else "")
    demand, shifts = found.get("demand"), found.get("shifts")
    if metric is None or not isinstance(demand, tuple) or not isinstance(shifts, tuple):
        return unanswered(label, demand, shifts)
    hours = _hours(item, demand, shifts)
    worked, sold = sum(one.worked for one in hours.values()), sum(one.demand for one in hours.values())
    if not worked or not sold:
        return {"state": "empty", "label": label, "period": ""}
    table = _Table(item, scene, metric, hours, sold / worked)
    period = scene.filters.get("period")
    return {
        "state": "rows",
        "label": label,
        "period": scene.words(period.label) if isinstance(period, Period) else "",
        "mean": figure_text(metric, sold / worked, scene.language),
        "worked": format_number(worked, scene.language, 0),
        "columns": [table.weekday(one) for one in table.weekdays],
        "lines": [(f"{hour}–{hour + 1}", [table.cell(day, hour) for day in table.weekdays]) for hour in table.span],
        "few": table.named("few"),
        "many": table.named("many"),
        "alone": table.named("alone"),
        "least": table.least,
    }


def _hours(item: Item, demand: tuple[object, ...], shifts: tuple[object, ...]) -> Mapping[Place, _Hour]:
    """Every hour of the week in which something was sold or somebody planned."""
    worked: dict[Place, Decimal] = defaultdict(Decimal)
    for row in _rows(shifts):
        day, first, last = row.keys[:3]
        if isinstance(first, int) and isinstance(last, int):
            for hour in range(first, last + 1):
                worked[day, hour] += as_decimal(row.values.get(text(item, "shifts"))) or 0
    sold = {(row.keys[0], row.keys[1]): row for row in _rows(demand) if isinstance(row.keys[1], int)}
    places: set[Place] = {*worked, *((day, hour) for day, hour in sold if isinstance(hour, int))}
    return {place: _hour(item, place, sold.get(place), worked.get(place, Decimal(0))) for place in places}


def _hour(item: Item, place: Place, row: AggregateRow | None, worked: Decimal) -> _Hour:
    def amount(name: str) -> Decimal:
        return (as_decimal(row.values.get(text(item, name))) if row else None) or Decimal(0)

    return _Hour(place, amount("metric"), amount("counts"), worked, row)


def _rows(found: tuple[object, ...]) -> Iterator[AggregateRow]:
    return (row for row in found if isinstance(row, AggregateRow))


@dataclass(frozen=True, slots=True)
class _Table:
    """The hours by weekday, judged against the mean of the week."""

    item: Item
    scene: Scene
    metric: Metric
    hours: Mapping[Place, _Hour]
    mean: Decimal

    @property
    def least(self) -> int:
        return number(self.item, "least", LEAST)

    @property
    def weekdays(self) -> list[object]:
        field = dimension_field(self.scene, self.metric, text(self.item, "weekday", "weekday"))
        met = {day for day, _ in self.hours if day is not None}
        declared = [choice.name for choice in field.choices] if field is not None else []
        return [one for one in declared if one in met] or sorted(met, key=str)

    @property
    def span(self) -> range:
        found = [hour for _, hour in self.hours]
        return range(min(found), max(found) + 1)

    def weekday(self, day: object) -> str:
        field = dimension_field(self.scene, self.metric, text(self.item, "weekday", "weekday"))
        choice = field.choice(str(day)) if field is not None else None
        return self.scene.words(choice.label) if choice is not None else str(day)

    def kind(self, one: _Hour) -> str:
        if one.count < self.least:
            return "many" if one.rate is not None and self._quiet(one) else ""
        if one.rate is None:
            return "alone"
        return "few" if one.rate > BUSY * self.mean else "many" if one.rate < IDLE * self.mean else ""

    def _quiet(self, one: _Hour) -> bool:
        """Hours in which so many were at work that the mean would have been sold often, and next to nothing was."""
        return one.worked >= self.least and one.rate is not None and one.rate < IDLE * self.mean

    def cell(self, day: object, hour: int) -> StaffCell:
        one = self.hours.get((day, hour))
        if one is None:
            return StaffCell()
        kind = self.kind(one)
        link = drill_into(self.scene, self.metric, _demand(self.item, self.scene)).group(one.row) if one.row else ""
        if one.rate is None:
            words = "!" if kind == "alone" else "·"
        else:
            words = format_number(one.rate, self.scene.language, 0) if one.count >= self.least or kind else "·"
        return StaffCell(words, kind, link, f"{self.weekday(day)} {hour}–{hour + 1}")

    def named(self, kind: str) -> list[Mapping[str, str]]:
        """The cells of a kind, the furthest from the mean first."""
        found = [one for one in self.hours.values() if self.kind(one) == kind]
        found.sort(key=lambda one: (-abs((one.rate or self.mean * 9) - self.mean), str(one.place[0]), one.place[1]))
        return [self._told(one) for one in found[:NAMED]]

    def _told(self, one: _Hour) -> Mapping[str, str]:
        day, hour = one.place
        times = format_number((one.rate or Decimal(0)) / self.mean, self.scene.language, 1)
        rate = figure_text(self.metric, one.rate, self.scene.language) if one.rate is not None else "—"
        count = format_number(one.count, self.scene.language, 0)
        return {"when": f"{self.weekday(day)} {hour}–{hour + 1}", "rate": rate, "times": times, "count": count}
