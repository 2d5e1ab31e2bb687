"""The organisation kernel's declared part: kinds of units and their seats. The tree itself is rows, effective-dated."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.names import Label, Place


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in a unit that a member takes; it gives its roles within the unit. `head` marks the unit's manager."""

    name: str
    label: Label
    roles: tuple[str, ...]
    head: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class UnitKind:
    """A kind of unit (store, region, customer journey unit), under which kinds it may stand, and its seats."""

    name: str
    label: Label
    place: Place
    parents: tuple[str, ...] = ()
    seats: tuple[Seat, ...] = ()
    icon: str = "building"
