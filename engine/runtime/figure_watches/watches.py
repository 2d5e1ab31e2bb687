"""Watches: a person's bound on a figure of theirs over a period, and whether it was passed when it was looked at last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from engine.runtime.database.protocol import Session
from engine.runtime.instants import to_micros
from engine.runtime.rows import delete, insert, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table
from engine.runtime.work import Work

WATCH = "dougong_figure_watch"
WATCH_TABLE = Table(
    WATCH,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("user_id", PhysicalKind.INTEGER, nullable=False),
        Column("metric", PhysicalKind.TEXT, nullable=False),
        Column("period", PhysicalKind.TEXT, nullable=False),
        Column("side", PhysicalKind.TEXT, nullable=False),
        Column("bound", PhysicalKind.TEXT, nullable=False),
        Column("passed_in", PhysicalKind.TEXT, nullable=False),
        Column("looked_at", PhysicalKind.INTEGER, nullable=False),
    ),
    indexes=(Index(f"{WATCH}__user", ("user_id", "id")), Index(f"{WATCH}__looked", ("looked_at", "id"))),
)
COLUMNS = ("id", "user_id", "metric", "period", "side", "bound", "passed_in")
MOST = 50
"""Watches of one person."""


class Side(StrEnum):
    """Which side of the bound is told."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Bound:
    """What is watched for: `metric` over `period`, strictly above or below `value`."""

    metric: str
    period: str
    side: Side
    value: Decimal

    def passed_by(self, figure: Decimal) -> bool:
        return figure > self.value if self.side is Side.ABOVE else figure < self.value


@dataclass(frozen=True, slots=True)
class FigureWatch:
    """Somebody's bound; `passed_in` is the span in which it was passed when it was last looked at, empty when it was not."""

    id: int
    user: int
    bound: Bound
    passed_in: str


def watch(work: Work, bound: Bound) -> None:
    """A bound for the work's principal, looked at from now on."""
    row = {
        "id": work.ids.next(),
        "user_id": work.context.principal.user_id,
        "metric": bound.metric,
        "period": bound.period,
        "side": bound.side.value,
        "bound": str(bound.value),
        "passed_in": "",
        "looked_at": 0,
    }
    insert(work.session, WATCH, row)


def watches_of(session: Session, user: int) -> list[FigureWatch]:
    """A person's bounds, oldest first."""
    return [_watch(row) for row in select(session, WATCH, COLUMNS, {"user_id": user}, ("id",))]


def watches_due(session: Session, before: datetime, most: int) -> list[FigureWatch]:
    """Bounds that were not looked at since, those that wait longest first."""
    found = select(session, WATCH, COLUMNS, {"looked_at <": to_micros(before)}, ("looked_at", "id"), limit=most)
    return [_watch(row) for row in found]


def looked_at(session: Session, found: Sequence[FigureWatch], now: datetime) -> None:
    """They were looked at."""
    update(session, WATCH, {"looked_at": to_micros(now)}, {"id in": [one.id for one in found]})


def turn(session: Session, found: FigureWatch, passed_in: str) -> bool:
    """Whether it is this look that sees the bound passed in that span, or not passed any more."""
    return update(session, WATCH, {"passed_in": passed_in}, {"id": found.id, "passed_in": found.passed_in}) > 0


def unwatch(session: Session, user: int, identity: int) -> bool:
    """End a watch of a person; one of somebody else is not found."""
    return delete(session, WATCH, {"id": identity, "user_id": user}) > 0


def _watch(row: tuple[object, ...]) -> FigureWatch:
    identity, user, metric, period, side, bound, passed_in = row
    return FigureWatch(
        int(str(identity)),
        int(str(user)),
        Bound(str(metric), str(period), Side(str(side)), Decimal(str(bound))),
        str(passed_in),
    )
