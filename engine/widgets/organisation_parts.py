"""What a reader is shown of the organisation: units with their seats, and the units below them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class SeatBox:
    """A seat and who holds it; nobody is a vacancy."""

    label: str
    head: bool
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitBox:
    """A unit. `hidden` is how many units stand below it that are not shown here."""

    id: str
    label: str
    kind: str
    icon: str
    seats: tuple[SeatBox, ...] = ()
    children: tuple[UnitBox, ...] = ()
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """Part of the organisation: the units at its top, and the way up from there as (id, label), nearest last."""

    tops: tuple[UnitBox, ...]
    above: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a seat, since which day."""

    name: str
    since: date


@dataclass(frozen=True, slots=True)
class SeatHeld:
    """A seat of a unit with all who hold it; nobody is a vacancy."""

    label: str
    head: bool
    holders: tuple[Holder, ...]


@dataclass(frozen=True, slots=True)
class OwnUnit:
    """A unit in which the reader holds a seat."""

    label: str
    seats: tuple[SeatHeld, ...]
