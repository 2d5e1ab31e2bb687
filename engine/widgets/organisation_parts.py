"""What a reader is shown of the organisation: units with their seats, and the units below them."""

from __future__ import annotations

from dataclasses import dataclass


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
