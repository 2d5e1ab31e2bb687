"""App tests: given rows, a role and a clock, when actions, then values, rights and messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.names import Label, Place, empty_map


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A row that stands before the test; `name` is how later steps refer to it (`@acme`)."""

    name: str
    entity: str
    values: Mapping[str, object]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class GivenUser:
    """A user of the test: name, roles through a seat in a unit."""

    name: str
    roles: tuple[str, ...]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class TestStep:
    """One act and what must follow. `act` is create, update, delete, restore, transition, get, list, metric, answer or later."""

    id: str
    act: str
    actor: str | None
    arguments: Mapping[str, object]
    expect: Mapping[str, object]
    place: Place

    __test__ = False


@dataclass(frozen=True, slots=True)
class AppTest:
    """One test of a pack."""

    id: str
    label: Label
    place: Place
    clock: str | None
    units: tuple[Mapping[str, object], ...]
    users: tuple[GivenUser, ...]
    rows: tuple[GivenRow, ...]
    steps: tuple[TestStep, ...]


@dataclass(frozen=True, slots=True)
class TestSuite:
    """All tests of one file."""

    name: str
    pack: str
    label: Label
    place: Place
    tests: tuple[AppTest, ...] = ()
    settings: Mapping[str, object] = field(default_factory=empty_map)

    __test__ = False
