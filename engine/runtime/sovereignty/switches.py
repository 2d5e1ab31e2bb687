"""Switches: the breakers of an installation as rows, one for each destination, purpose and level, and one over everything.

A row that is not there is a closed breaker. All processes read the same rows at every attempt, so what opens one is in
force everywhere at the next attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.model.sources import Destination
from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert_first, select, update
from engine.runtime.schema.tables import Column, PhysicalKind, Table
from engine.runtime.sovereignty.breaker import Event, Standing, State, after

BREAKER = "dougong_breaker"
BREAKER_TABLE = Table(
    BREAKER,
    (
        Column("destination", PhysicalKind.TEXT, nullable=False),
        Column("purpose", PhysicalKind.TEXT, nullable=False),
        Column("level", PhysicalKind.TEXT, nullable=False),
        Column("state", PhysicalKind.TEXT, nullable=False),
        Column("reason", PhysicalKind.TEXT, nullable=False),
        Column("strikes", PhysicalKind.INTEGER, nullable=False),
        Column("asked_by", PhysicalKind.INTEGER, nullable=False),
        Column("approved_by", PhysicalKind.TEXT, nullable=False),
        Column("reviews", PhysicalKind.INTEGER, nullable=False),
        Column("probes", PhysicalKind.INTEGER, nullable=False),
        Column("endpoint", PhysicalKind.TEXT, nullable=False),
        Column("grounds", PhysicalKind.TEXT, nullable=False),
        Column("changed_at", PhysicalKind.INTEGER, nullable=False),
    ),
    primary_key=("destination", "purpose", "level"),
)
ANY = "*"
_KEY = ("destination", "purpose", "level")
_STANDING = ("state", "reason", "strikes", "asked_by", "approved_by", "reviews", "probes")


@dataclass(frozen=True, slots=True, order=True)
class Circuit:
    """What a breaker stands in: a destination with a purpose and a level, all of a destination, or everything."""

    destination: str
    purpose: str = ANY
    level: str = ANY

    @property
    def key(self) -> dict[str, object]:
        return {"destination": self.destination, "purpose": self.purpose, "level": self.level}


EVERYTHING = Circuit(ANY)
"""The kill switch."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A breaker as it stands, since when, and on what grounds somebody asked to close it."""

    circuit: Circuit
    standing: Standing
    changed_at: datetime
    grounds: str


def circuit_of(destination: str, purpose: str, level: str) -> Circuit:
    """The breaker of a request."""
    return Circuit(destination[:48], purpose[:48], level[:2])


def endpoint_of(destination: Destination | None) -> str:
    """Where a destination is, whatever it is called: a breaker follows the address when the name changes."""
    if destination is None:
        return ""
    return f"{destination.host.lower().rstrip('.')}:{destination.port}" if destination.host else destination.folder


def blocking(session: Session, circuit: Circuit, endpoint: str = "") -> Switch | None:
    """The breaker that keeps a request of this circuit from leaving: the one over everything first, then those of the
    destination, then those of another name of the same endpoint."""
    places = (
        {"destination": ANY},
        {"destination": circuit.destination},
        *([{"endpoint": endpoint}] if endpoint else []),
    )
    for place in places:
        rows = select(session, BREAKER, _COLUMNS, {**place, "state <>": State.CLOSED.value})
        for one in sorted(map(_switch, rows), key=lambda one: one.circuit):
            if one.circuit.purpose in {ANY, circuit.purpose} and one.circuit.level in {ANY, circuit.level}:
                return one
    return None


def switches(session: Session) -> list[Switch]:
    """All breakers that ever moved, those that are not closed first."""
    found = [_switch(row) for row in select(session, BREAKER, _COLUMNS)]
    return sorted(found, key=lambda one: (one.standing.state is State.CLOSED, one.circuit))


def switch_of(session: Session, circuit: Circuit, lock: bool = False) -> Switch | None:
    """The row of a breaker, None where it never moved."""
    rows = select(session, BREAKER, _COLUMNS, circuit.key, lock=lock)
    return _switch(rows[0]) if rows else None


def move(
    session: Session, circuit: Circuit, event: Event, now: datetime, grounds: str = "", endpoint: str = ""
) -> tuple[Standing, Standing]:
    """Let an event happen to a breaker; how it stood and how it stands. `grounds` is what somebody gave for asking."""
    found = switch_of(session, circuit, lock=True)
    before = found.standing if found is not None else Standing()
    standing = after(before, event)
    if standing == before:
        return before, standing
    kept = grounds or (found.grounds if found is not None and standing.asked_by else "")
    values = {**_values(standing), "grounds": kept, "changed_at": to_micros(now)}
    if found is None:
        insert_first(session, BREAKER, {**circuit.key, **values, "endpoint": endpoint[:300]})
    else:
        update(session, BREAKER, values, circuit.key)
    return before, standing


def forget(session: Session, circuit: Circuit) -> None:
    """Take the breaker of a drill away: nothing ever went that way."""
    delete(session, BREAKER, circuit.key)


_COLUMNS = (*_KEY, *_STANDING, "grounds", "changed_at")


def _values(standing: Standing) -> dict[str, object]:
    return {
        "state": standing.state.value,
        "reason": standing.reason,
        "strikes": standing.strikes,
        "asked_by": standing.asked_by,
        "approved_by": " ".join(map(str, sorted(standing.approved_by))),
        "reviews": standing.reviews,
        "probes": standing.probes,
    }


def _switch(row: Row) -> Switch:
    destination, purpose, level, state, reason, strikes, asked, approved, reviews, probes, grounds, changed = row
    standing = Standing(
        state=State(str(state)),
        reason=str(reason),
        strikes=int(str(strikes)),
        asked_by=int(str(asked)),
        approved_by=frozenset(int(one) for one in str(approved).split()),
        reviews=int(str(reviews)),
        probes=int(str(probes)),
    )
    circuit = Circuit(str(destination), str(purpose), str(level))
    return Switch(circuit, standing, from_micros(int(str(changed))), str(grounds))
