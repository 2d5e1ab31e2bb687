"""The least organisation to begin with: three journey units, proposed with people for their seats, as planned changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.errors import NotFound
from engine.model.organisation import Seat, UnitKind
from engine.runtime.identity.users import User, all_users, direct_roles
from engine.runtime.organisation.members import memberships_on
from engine.runtime.organisation.units import Unit, UnitTree, unit_tree
from engine.runtime.records.owners import keeps_owners
from engine.runtime.work import Work

UNITS = (
    ("strategic", Message("战略客户单元", "Strategic unit")),
    ("long_tail", Message("长尾客户单元", "Long-tail unit")),
    ("trial", Message("试用转化单元", "Trial unit")),
)


@dataclass(frozen=True, slots=True)
class ProposedUnit:
    """A unit that is not there yet, and by account who would take each of its seats; empty where nobody is free."""

    code: str
    name: Message
    people: tuple[tuple[Seat, str], ...]


@dataclass(frozen=True, slots=True)
class Beginning:
    """Three units of one kind; `above` are the units that they may stand under, none where they stand at the top."""

    kind: UnitKind
    above: tuple[Unit, ...]
    units: tuple[ProposedUnit, ...]


def beginning(work: Work) -> Beginning:
    """Three units with their seats, offered in turn to people without a seat; roles, flows and desks come with the seats.

    Raises NotFound where no kind of unit owns customers, or no unit stands above it.
    """
    tree = unit_tree(work.session, work.context.today)
    kind = _owning_kind(work)
    above = tuple(one for one in tree.units.values() if kind and one.kind in kind.parents)
    if kind is None or (kind.parents and not above):
        raise NotFound
    return Beginning(kind, above, tuple(_proposed(work, tree, kind)))


def minimal_units(work: Work) -> str:
    """The same as the text of a plan. Raises NotFound."""
    return "\n".join(_lines(beginning(work), work.context.language))


def free_people(work: Work) -> list[User]:
    """People without a seat who do not administer the platform: they have no business in a unit."""
    seated = {one.user for one in memberships_on(work.session, work.context.today)}
    roles = {name for name, role in work.model.roles.items() if role.administers}
    seated |= {user for user, held in direct_roles(work.session).items() if roles & set(held)}
    return [one for one in all_users(work.session) if not one.disabled and one.id not in seated]


def _proposed(work: Work, tree: UnitTree, kind: UnitKind) -> Iterator[ProposedUnit]:
    taken, free = {one.code for one in tree.units.values()}, iter(free_people(work))
    for name, label in UNITS:
        code = next(one for one in _codes(kind.name, name) if one not in taken)
        people = ((seat, next(free, None)) for seat in kind.seats)
        yield ProposedUnit(code, label, tuple((seat, one.account if one else "") for seat, one in people))


def _lines(found: Beginning, language: str) -> Iterator[str]:
    zh = language == "zh"
    for unit in found.units:
        named = f"类型 {found.kind.name} 名称 {unit.name.zh}" if zh else f"kind {found.kind.name} name {unit.name.en}"
        line = f"{'新建' if zh else 'add'} {unit.code} {named}"
        yield f"{line} {'上级' if zh else 'under'} {found.above[0].code}" if found.above else line
        for seat, person in unit.people:
            if person:
                seated = f"任 {seat.name} 于" if zh else f"seat {seat.name} in"
                yield f"{'就座' if zh else 'give'} {person} {seated} {unit.code}"


def _codes(kind: str, name: str) -> Iterator[str]:
    yield f"{kind}_{name}"
    for number in range(2, 1000):
        yield f"{kind}_{name}_{number}"


def _owning_kind(work: Work) -> UnitKind | None:
    """The kind of unit with the most seats that records which are handed over must belong to."""
    names = {
        kind
        for entity in work.model.entities.values()
        if keeps_owners(entity) and entity.owned_by
        for kind in entity.fields[entity.owned_by[0]].unit_kinds
    }
    kinds = [work.model.unit_kinds[name] for name in sorted(names)]
    return max(kinds, key=lambda one: len(one.seats), default=None)
