"""People: whom a step of a flow asks, found in the organisation of the business day on which it begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.model.flows import People, PeopleKind
from engine.model.formula import Formula
from engine.runtime.identity.users import may_sign_in, user_by_account, users_with_role
from engine.runtime.organisation.members import (
    Membership,
    heads_of,
    manager_levels,
    members_of,
    memberships_on,
    seat_of,
)
from engine.runtime.organisation.units import UnitTree, unit_tree
from engine.runtime.records.evaluating import evaluated, reference_of
from engine.runtime.work import Work

OWNER = ("scope_unit",)


@dataclass(frozen=True, slots=True)
class Asked:
    """What people are looked up for: the record, who started the flow, and those who were picked for this step."""

    entity: str
    record: int
    initiator: int
    picked: tuple[int, ...] = ()


def resolve(work: Work, sources: Sequence[People], about: Asked) -> tuple[int, ...]:
    """The users whom sources name on the work's business day, in the order of the sources and of their seats, each once.

    Only people who may sign in are named; a source that finds nobody adds nothing.
    """
    search = _Search(work, about)
    found = dict.fromkeys(user for one in sources for user in search.people(one))
    return tuple(user for user in found if may_sign_in(work.session, user))


@dataclass(frozen=True)
class _Search:
    """One look into the organisation of a day."""

    work: Work
    about: Asked

    @cached_property
    def tree(self) -> UnitTree:
        """The units of the day, read where a source needs them."""
        return unit_tree(self.work.session, self.work.context.today)

    def people(self, source: People) -> Iterable[int]:
        match source.kind:
            case PeopleKind.INITIATOR:
                return (self.about.initiator,)
            case PeopleKind.INITIATOR_PICKS | PeopleKind.PREVIOUS_PICKS:
                return self.about.picked
            case PeopleKind.USERS:
                return self._named(source.users)
            case PeopleKind.MEMBER:
                return self._person(source)
            case PeopleKind.FORMULA:
                return self._calculated(source.formula)
            case PeopleKind.MANAGER:
                return [head for level in self._managers(source)[source.levels - 1 :][:1] for head in level]
            case PeopleKind.MANAGERS:
                return [head for level in self._managers(source)[: source.levels] for head in level]
            case _:
                return self._of_unit(source)

    def _named(self, accounts: Sequence[str]) -> list[int]:
        found = [user_by_account(self.work.session, one) for one in accounts]
        return [user.id for user in found if user is not None]

    def _person(self, source: People) -> tuple[int, ...]:
        """The user at the end of a path, the initiator where there is none."""
        if not source.path:
            return (self.about.initiator,)
        found = self._stored(source.path)
        return () if found is None else (found,)

    def _calculated(self, formula: Formula | None) -> tuple[int, ...]:
        if formula is None:
            return ()
        entity = self.work.model.entities[self.about.entity]
        found = evaluated(self.work, entity, self.about.record, {"person": formula}).get("person")
        return (found,) if isinstance(found, int) else ()

    def _managers(self, source: People) -> list[list[int]]:
        work, day = self.work, self.work.context.today
        return [
            level
            for user in self._person(source)
            for level in manager_levels(work.session, work.model, self.tree, user, day)
        ]

    def _of_unit(self, source: People) -> list[int]:
        """The head, a seat or the holders of roles of the unit at the end of a path, or of one `above` it."""
        unit = self._stored(source.path or OWNER)
        line = [one.id for one in self.tree.above(unit)][source.above :]
        if source.kind is PeopleKind.ROLE:
            return self._holders(line, source.roles)
        if not line:
            return []
        work, day = self.work, self.work.context.today
        if source.kind is PeopleKind.HEAD:
            return heads_of(work.session, work.model, self.tree, line[0], day)
        return [one.user for one in members_of(work.session, line[0], day) if one.seat == source.seat]

    def _holders(self, line: Sequence[int], roles: frozenset[str]) -> list[int]:
        """The holders of roles nearest to a unit: in it, above it, else in the least part of the tree that has any, else anywhere."""
        session, day = self.work.session, self.work.context.today
        direct = [user for role in sorted(roles) for user in users_with_role(session, role)]
        for unit in line:
            found = self._with_roles(members_of(session, unit, day), roles, direct)
            if found:
                return found
        everybody = sorted(memberships_on(session, day), key=lambda one: one.id)
        for unit in line:
            below = self.tree.below(frozenset({unit}))
            found = self._with_roles([one for one in everybody if one.unit in below], roles, direct)
            if found:
                return found
        return [*self._with_roles(everybody, roles, direct), *direct]

    def _with_roles(self, members: Sequence[Membership], roles: frozenset[str], direct: Sequence[int]) -> list[int]:
        model = self.work.model
        return [
            one.user
            for one in members
            if one.user in direct
            or ((seat := seat_of(model, self.tree, one.unit, one.seat)) is not None and roles & set(seat.roles))
        ]

    def _stored(self, path: tuple[str, ...]) -> int | None:
        return reference_of(self.work, self.about.entity, self.about.record, path)
