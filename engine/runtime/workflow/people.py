"""People of a step: what its definition says of them, looked up in the organisation of the day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from engine.model.flows import People, PeopleKind
from engine.model.names import empty_map
from engine.runtime.identity.users import all_users, roles_of, user_by_account, user_by_id
from engine.runtime.organisation.members import heads_of, managers_of, members_of, memberships_on, seat_of
from engine.runtime.organisation.units import Unit, UnitTree, unit_tree
from engine.runtime.records.evaluating import evaluated
from engine.runtime.records.pointing import reference_of
from engine.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Asking:
    """For what people are looked up: the record, who started the flow, who acted last, whom they picked by step."""

    entity: str
    record: int
    initiator: int
    previous: int = 0
    picked: Mapping[str, tuple[int, ...]] = field(default_factory=empty_map)
    step: str = ""


@dataclass(frozen=True)
class Directory:
    """The organisation as it stands on the work's day, looked at once for all the people of a step."""

    work: Work

    @cached_property
    def tree(self) -> UnitTree:
        return unit_tree(self.work.session, self.work.context.today)

    def find(self, sources: Sequence[People], asking: Asking) -> tuple[int, ...]:
        """The people of all sources, each once, in the order of the text; only those who may sign in."""
        found = dict.fromkeys(one for source in sources for one in _FINDERS[source.kind](self, source, asking))
        return tuple(one for one in found if self._active(one))

    def administrators(self) -> tuple[int, ...]:
        """Those who administer the platform: whom a step falls to that finds nobody."""
        names = {name for name, role in self.work.model.roles.items() if role.administers}
        return tuple(one for one in self.holders(names, self.tree.units) if self._active(one))

    def manager(self, user: int, levels: int = 1) -> tuple[int, ...]:
        """The n-th manager of somebody, or the highest there is below that."""
        line = managers_of(self.work.session, self.work.model, user, self.work.context.today)
        return tuple(line[levels - 1 : levels] or line[-1:])

    def managers(self, user: int, levels: int) -> tuple[int, ...]:
        return tuple(managers_of(self.work.session, self.work.model, user, self.work.context.today)[:levels])

    def heads(self, unit: int) -> tuple[int, ...]:
        return tuple(heads_of(self.work.session, self.work.model, self.tree, unit, self.work.context.today))

    def line(self, unit: int | None) -> list[Unit]:
        """A unit and those above it, nearest first."""
        return self.tree.above(unit)

    def seated(self, unit: int, seat: str) -> tuple[int, ...]:
        held = members_of(self.work.session, unit, self.work.context.today)
        return tuple(one.user for one in held if one.seat == seat)

    def holders(self, roles: Iterable[str], units: Iterable[int]) -> tuple[int, ...]:
        """Those who hold one of the roles by a seat in one of the units; and those who were given it directly, anywhere."""
        wanted, within = frozenset(roles), frozenset(units)
        found: dict[int, None] = {}
        for one in memberships_on(self.work.session, self.work.context.today):
            seat = seat_of(self.work.model, self.tree, one.unit, one.seat) if one.unit in within else None
            if seat is not None and wanted & set(seat.roles):
                found[one.user] = None
        return tuple(sorted(found))

    def directly(self, roles: Iterable[str]) -> tuple[int, ...]:
        """Those who were given one of the roles without a seat."""
        wanted = frozenset(roles)
        return tuple(
            one.id for one in all_users(self.work.session) if wanted & frozenset(roles_of(self.work.session, one.id))
        )

    def _active(self, user: int) -> bool:
        found = user_by_id(self.work.session, user)
        return found is not None and not found.disabled


def _person(directory: Directory, source: People, asking: Asking) -> int | None:
    """The person that a source starts from: along its path, else the initiator."""
    return reference_of(directory.work, asking.entity, asking.record, source.path) if source.path else asking.initiator


def _unit(directory: Directory, source: People, asking: Asking) -> int | None:
    """The unit that a source starts from, so many levels above."""
    path = source.path or ("scope_unit",)
    line = directory.line(reference_of(directory.work, asking.entity, asking.record, path))
    return line[source.above].id if source.above < len(line) else line[-1].id if line else None


def _manager(directory: Directory, source: People, asking: Asking) -> Iterable[int]:
    person = _person(directory, source, asking)
    return directory.manager(person, source.levels) if person else ()


def _managers(directory: Directory, source: People, asking: Asking) -> Iterable[int]:
    person = _person(directory, source, asking)
    return directory.managers(person, source.levels) if person else ()


def _head(directory: Directory, source: People, asking: Asking) -> Iterable[int]:
    """The head of the unit; of the nearest one above that has a head where it has none."""
    for unit in directory.line(_unit(directory, source, asking)):
        heads = directory.heads(unit.id)
        if heads:
            return heads
    return ()


def _seat(directory: Directory, source: People, asking: Asking) -> Iterable[int]:
    for unit in directory.line(_unit(directory, source, asking)):
        seated = directory.seated(unit.id, source.seat)
        if seated:
            return seated
    return ()


def _role(directory: Directory, source: People, asking: Asking) -> Iterable[int]:
    """Holders of a role nearest to the unit: in it, else in the units above, else beside them, else anywhere."""
    line = directory.line(_unit(directory, source, asking))
    for unit in line:
        found = directory.holders(source.roles, {unit.id})
        if found:
            return found
    for unit in line:
        found = directory.holders(source.roles, directory.tree.below(frozenset({unit.id})))
        if found:
            return found
    return directory.holders(source.roles, directory.tree.units) or directory.directly(source.roles)


def _member(directory: Directory, source: People, asking: Asking) -> Iterable[int]:
    person = reference_of(directory.work, asking.entity, asking.record, source.path) if source.path else None
    return (person,) if person else ()


def _initiator(directory: Directory, source: People, asking: Asking) -> Iterable[int]:
    return (asking.initiator,) if asking.initiator else ()


def _picked(directory: Directory, source: People, asking: Asking) -> Iterable[int]:
    return asking.picked.get(asking.step, ())


def _formula(directory: Directory, source: People, asking: Asking) -> Iterable[int]:
    if source.formula is None:
        return ()
    entity = directory.work.model.entities[asking.entity]
    found = evaluated(directory.work, entity, asking.record, {"person": source.formula}).get("person")
    return (found,) if isinstance(found, int) else ()


def _users(directory: Directory, source: People, asking: Asking) -> Iterable[int]:
    return tuple(user.id for account in source.users if (user := user_by_account(directory.work.session, account)))


Finder = Callable[[Directory, People, Asking], Iterable[int]]
_FINDERS: Mapping[PeopleKind, Finder] = {
    PeopleKind.MANAGER: _manager,
    PeopleKind.MANAGERS: _managers,
    PeopleKind.HEAD: _head,
    PeopleKind.SEAT: _seat,
    PeopleKind.ROLE: _role,
    PeopleKind.MEMBER: _member,
    PeopleKind.INITIATOR: _initiator,
    PeopleKind.INITIATOR_PICKS: _picked,
    PeopleKind.PREVIOUS_PICKS: _picked,
    PeopleKind.FORMULA: _formula,
    PeopleKind.USERS: _users,
}
