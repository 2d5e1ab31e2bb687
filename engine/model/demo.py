"""Demo data as declared: units, people and seeded row generators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.model.formula import Formula
from engine.model.names import Label, Place


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """A unit of the demo organisation."""

    name: str
    kind: str
    label: Label
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A demo account that takes a seat in a unit; `roles` come from the seat, plus `extra_roles`."""

    name: str
    label: Label
    unit: str
    seat: str | None
    extra_roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Generator:
    """Rows to make: `count` rows of `entity`; each field has a recipe (see the language guide)."""

    id: str
    entity: str
    count: Mapping[str, object] | int
    fields: Mapping[str, Mapping[str, object]]
    place: Place
    children: tuple[Generator, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoFlows:
    """Runs of a flow when the demo begins: about the newest `count` records on which `when` holds.

    Each is started by the person at the end of the path `by`, else by the head of its unit, within the last `hours`.
    """

    entity: str
    flow: str
    when: Formula
    by: tuple[str, ...]
    count: int
    hours: int


@dataclass(frozen=True, slots=True)
class Demo:
    """One demo file; files run in order of `order`, then name."""

    name: str
    pack: str
    place: Place
    order: int
    units: tuple[DemoUnit, ...] = ()
    people: tuple[DemoPerson, ...] = ()
    rows: tuple[Generator, ...] = ()
    flows: tuple[DemoFlows, ...] = ()
