"""Demo data as declared: units, people and seeded row generators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

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
    """Rows to make: `count` rows of `entity`; each field has a recipe (see the language guide).

    A count and a recipe may say under `full` what is otherwise when the demonstration is made in its full size.
    """

    id: str
    entity: str
    count: Mapping[str, object] | int
    fields: Mapping[str, Mapping[str, object]]
    place: Place
    children: tuple[Generator, ...] = ()

    def sized(self, full: bool) -> Generator:
        """The generator as one size of the demonstration has it."""
        count = self.count if isinstance(self.count, int) else _counted(self.count, full)
        fields = {name: _drawn(recipe, full) for name, recipe in self.fields.items()}
        return replace(self, count=count, fields=fields, children=tuple(one.sized(full) for one in self.children))

    def walk(self) -> Iterator[Generator]:
        """The generator and those of its children, to any depth."""
        yield self
        for child in self.children:
            yield from child.walk()


def _counted(count: Mapping[str, object], full: bool) -> Mapping[str, object]:
    otherwise = count.get("full")
    small = {key: value for key, value in count.items() if key != "full"}
    return {**small, **otherwise} if full and isinstance(otherwise, Mapping) else small


def _drawn(recipe: Mapping[str, object], full: bool) -> Mapping[str, object]:
    otherwise = recipe.get("full")
    if full and isinstance(otherwise, Mapping):
        return otherwise
    return {key: value for key, value in recipe.items() if key != "full"}


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
