"""The chart of the organisation as it is drawn: a unit with its seats and the units right below it, and what is found by words.

Nothing below a unit is read before it is opened, so that ten thousand people cost no more than those who are looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.diagnostics import Message
from engine.model.names import Label
from engine.model.organisation import Seat
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import User, all_users
from engine.runtime.organisation.members import Membership, memberships_on, seat_of
from engine.runtime.organisation.units import Unit, UnitTree, unit_tree
from engine.runtime.search.initials import initials_of
from engine.runtime.work import Work

MOST_FOUND = 30
Json = Mapping[str, object]


@dataclass(frozen=True)
class Chart:
    """The organisation on the work's business day."""

    work: Work

    @cached_property
    def tree(self) -> UnitTree:
        return unit_tree(self.work.session, self.work.context.today)

    @cached_property
    def held(self) -> list[Membership]:
        return memberships_on(self.work.session, self.work.context.today)

    @cached_property
    def users(self) -> Mapping[int, User]:
        return {one.id: one for one in all_users(self.work.session)}

    @cached_property
    def _sizes(self) -> Counter[int]:
        """How many people sit in each unit."""
        return Counter(one.unit for one in self.held)

    def top(self) -> Json:
        """The units that stand under none, kinds of units with their seats, roles that seats give, how many there are of all."""
        roots = [self.tree.units[one] for one in self.tree.children.get(None, ())]
        return {
            "roots": [self.line(one) for one in roots],
            "kinds": [self._kind(name) for name in self.work.model.unit_kinds],
            "units": len(self.tree.units),
            "people": len({one.user for one in self.held}),
        }

    def line(self, unit: Unit) -> Json:
        """A unit as a line: what it is called, how many stand below it and sit there, who heads it, how many head seats are vacant."""
        kind = self.work.model.unit_kinds.get(unit.kind)
        heads = [seat for seat in kind.seats if seat.head] if kind else []
        below = self.tree.below(frozenset({unit.id}))
        sitting = self._of_unit.get(unit.id, [])
        return {
            "id": encode_id(unit.id),
            "code": unit.code,
            "kind": unit.kind,
            "icon": kind.icon if kind else "building",
            "name": unit.name,
            "name_en": unit.name_en,
            "parent": encode_id(unit.parent) if unit.parent is not None else None,
            "children": len(self.tree.children.get(unit.id, ())),
            "units": len(below) - 1,
            "people": sum(self._sizes[one] for one in below),
            "own": self._sizes[unit.id],
            "heads": [self.person(one) for one in sitting if any(one.seat == seat.name for seat in heads)],
            "vacant": sum(not any(one.seat == seat.name for one in sitting) for seat in heads),
        }

    @cached_property
    def _of_unit(self) -> Mapping[int, list[Membership]]:
        found: dict[int, list[Membership]] = {}
        for one in self.held:
            found.setdefault(one.unit, []).append(one)
        return found

    def opened(self, unit: Unit) -> Json:
        """A unit with its seats, who sits there, and the units right below it."""
        kind = self.work.model.unit_kinds.get(unit.kind)
        sitting = self._of_unit.get(unit.id, [])
        return {
            **self.line(unit),
            "above": [encode_id(one.id) for one in reversed(self.tree.above(unit.parent))],
            "seats": [
                {**seat_body(self.work, seat), "people": [self.person(one) for one in sitting if one.seat == seat.name]}
                for seat in (kind.seats if kind else ())
            ],
            "below": [self.line(self.tree.units[one]) for one in self.tree.children.get(unit.id, ())],
        }

    def person(self, one: Membership) -> Json:
        """Somebody on a seat."""
        user = self.users.get(one.user)
        return {
            "membership": encode_id(one.id),
            "user": encode_id(one.user),
            "name": words(Message(user.called("zh"), user.called("en"))) if user else None,
            "account": user.account if user else "",
            "unit": encode_id(one.unit),
            "seat": one.seat,
            "since": one.valid_from.isoformat(),
        }

    def found(self, query: str) -> Json:
        """Units and people whose name, initials, code or account has what is asked for; people with a seat stand before those without."""
        wanted = query.strip().lower()
        units = [one for one in self.tree.units.values() if _has(wanted, one.name, one.name_en or "", one.code)]
        users = [
            one
            for one in self.users.values()
            if not one.disabled and _has(wanted, one.name, one.name_en or "", one.account)
        ]
        seats: dict[int, list[Membership]] = {}
        for one in self.held:
            seats.setdefault(one.user, []).append(one)
        users.sort(key=lambda one: (one.id not in seats, one.name))
        return {
            "units": [self._found_unit(one) for one in units[:MOST_FOUND]],
            "people": [
                {
                    "user": encode_id(one.id),
                    "name": words(Message(one.called("zh"), one.called("en"))),
                    "account": one.account,
                    "seats": [{**self.person(seat), **self._where(seat)} for seat in seats.get(one.id, ())],
                }
                for one in users[:MOST_FOUND]
            ],
        }

    def _found_unit(self, unit: Unit) -> Json:
        above = [encode_id(one.id) for one in reversed(self.tree.above(unit.parent))]
        return {**self.line(unit), "above": above, "within": self._within(unit.parent)}

    def _where(self, one: Membership) -> Json:
        seat = seat_of(self.work.model, self.tree, one.unit, one.seat)
        return {"seat_label": label(seat.label) if seat else None, "within": self._within(one.unit)}

    def _within(self, unit: int | None) -> Json:
        """The units from the top to one, in words."""
        line = list(reversed(self.tree.above(unit)))
        return words(Message(" / ".join(one.label("zh") for one in line), " / ".join(one.label("en") for one in line)))

    def _kind(self, name: str) -> Json:
        kind = self.work.model.unit_kinds[name]
        return {
            "name": name,
            "label": label(kind.label),
            "icon": kind.icon,
            "parents": list(kind.parents),
            "seats": [seat_body(self.work, one) for one in kind.seats],
            "file": kind.place.file,
        }


def seat_body(work: Work, seat: Seat) -> dict[str, object]:
    """A declared seat and the roles that it gives."""
    roles = [work.model.roles[one] for one in seat.roles if one in work.model.roles]
    return {
        "seat": seat.name,
        "label": label(seat.label),
        "head": seat.head,
        "count": seat.count,
        "roles": [{"name": one.name, "label": label(one.label)} for one in roles],
    }


def label(one: Label) -> Json:
    return {"zh": one.text("zh"), "en": one.text("en")}


def words(one: Message) -> Json:
    return {"zh": one.zh, "en": one.en}


def _has(wanted: str, *texts: str) -> bool:
    return any(wanted in text.lower() or _abbreviated(wanted, text) for text in texts if text)


def _abbreviated(wanted: str, text: str) -> bool:
    return wanted.isascii() and any(wanted in one for one in _initials(text))


def _initials(text: str) -> Iterable[str]:
    return initials_of(text) if not text.isascii() else ()
