"""Decoding: from the exact numbers of a selected line to the floats and texts of a feature table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.model.feature_plans import DAY, Clock, FeaturePlan, Fold, Outcome, Raw
from engine.model.formula import EPOCH, Relation, scale_of
from engine.runtime.identifiers import encode_id

Cell = float | str | None
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CellReading:
    """How many parts of a line make a cell, and how. Quotients are worked out here, of exact numbers, so that every
    database gives the same float."""

    parts: int
    read: Callable[[Sequence[object]], Cell]


def reading_of(value: Raw | Fold, clock: Clock) -> CellReading:
    if isinstance(value, Raw):
        return CellReading(1, _category(value) if value.shape == "category" else _number(_raw_scale(value)))
    scale = scale_of(value.of.type) if value.of is not None else 0
    match value.function:
        case "mean" | "share":
            return CellReading(2, lambda parts: _quotient(parts[0], parts[1], scale))
        case "trend":
            return CellReading(2, lambda parts: (_whole(parts[0]) - _whole(parts[1])) / 10**scale)
        case "count" | "distinct":
            return CellReading(1, lambda parts: float(_whole(parts[0])))
        case "sum":
            return CellReading(1, lambda parts: _whole(parts[0]) / 10**scale)
        case "days_since":
            return CellReading(1, _number(0, 1 if clock == "day" else DAY))
        case "last" if value.of is not None and is_category(value):
            return CellReading(1, _category(value))
        case _:
            return CellReading(1, _number(scale))


def is_category(value: Raw | Fold) -> bool:
    """Whether a value is one of a list rather than a number."""
    if isinstance(value, Raw):
        return value.shape == "category"
    return value.function == "last" and value.of is not None and not _numeric(value)


def _numeric(fold: Fold) -> bool:
    return fold.of is not None and type(fold.of.type).__name__ in {"Decimal", "Money", "Boolean", "Duration"}


def _raw_scale(raw: Raw) -> int:
    return scale_of(raw.formula.type) if raw.shape == "number" else 0


def _category(value: Raw | Fold) -> Callable[[Sequence[object]], Cell]:
    formula = value.formula if isinstance(value, Raw) else value.of
    if formula is not None and isinstance(formula.type, Relation):
        return lambda parts: None if parts[0] is None else encode_id(_whole(parts[0]))
    return lambda parts: None if parts[0] is None else str(parts[0])


def _number(scale: int, unit: int = 1) -> Callable[[Sequence[object]], Cell]:
    over = 10**scale * unit
    return lambda parts: None if parts[0] is None else _whole(parts[0]) / over


def _quotient(total: object, number: object, scale: int) -> float | None:
    return None if not number else _whole(total) / (_whole(number) * 10**scale)


def _whole(stored: object) -> int:
    """An exact number of a line; PostgreSQL gives sums as decimals."""
    if stored is None:
        return 0
    if isinstance(stored, int | Decimal):
        return int(stored)
    raise TypeError(f"a line holds {type(stored).__name__} where a number belongs")


def moment_of(ticks: object, clock: Clock, zone: str) -> datetime:
    """The instant of a number of the clock: of a day its beginning by the clocks of the zone."""
    if clock == "instant":
        return _FIRST + timedelta(microseconds=_whole(ticks))
    day = EPOCH + timedelta(days=_whole(ticks))
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def ticks_of(moment: datetime, clock: Clock, zone: str) -> int:
    if clock == "instant":
        return (moment - _FIRST) // timedelta(microseconds=1)
    return (moment.astimezone(ZoneInfo(zone)).date() - EPOCH).days


@dataclass(frozen=True, slots=True)
class OutcomeReading:
    """The outcome of a line as it is known at `now`, a number of the clock; None where it is censored."""

    outcome: Outcome
    clock: Clock
    now: int

    @property
    def parts(self) -> int:
        value = self.outcome.value
        return reading_of(value, self.clock).parts if isinstance(value, Fold) else 2

    def read(self, at: object, parts: Sequence[object]) -> float | None:
        value = self.outcome.value
        if isinstance(value, Fold):
            over = _whole(at) + (value.days or 0) * self._day <= self.now
            found = reading_of(value, self.clock).read(parts)
            if not over or not isinstance(found, float):
                return None
            return float(found == 0) if self.outcome.event else found
        return self._judged(_whole(at), parts[0], parts[1])

    @property
    def _day(self) -> int:
        return 1 if self.clock == "day" else DAY

    def _judged(self, at: int, value: object, known: object) -> float | None:
        by = self.now if self.outcome.days is None else at + self.outcome.days * self._day
        if known is not None and value is not None and _whole(known) <= min(by, self.now):
            return _whole(value) / float(10**self._scale)
        if self.outcome.days is None or by >= self.now:
            return None
        return {"no": 0.0, "yes": 1.0}.get(self.outcome.beyond)

    @property
    def _scale(self) -> int:
        value = self.outcome.value
        return 0 if self.outcome.event or isinstance(value, Fold) else scale_of(value.type)


def readings(plan: FeaturePlan) -> tuple[CellReading, ...]:
    return tuple(reading_of(one.value, plan.clock) for one in plan.features)
