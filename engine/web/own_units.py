"""The reader's own units: their seats with who holds them today, since when, and those that are vacant."""

from __future__ import annotations

from collections.abc import Mapping

from engine.runtime.identity.users import all_users
from engine.runtime.organisation.members import members_of
from engine.runtime.organisation.units import Unit, unit_tree
from engine.runtime.work import Work
from engine.widgets.organisation_parts import Holder, OwnUnit, SeatHeld

MOST = 6
"""Units told at once: who holds seats in more looks at the organisation chart."""


def own_units(work: Work) -> tuple[OwnUnit, ...]:
    """The units in which the reader holds a seat, in the order of the seats."""
    tree = unit_tree(work.session, work.context.today)
    mine = [one for one in dict.fromkeys(seat.unit for seat in work.context.seats) if one in tree.units]
    names = {user.id: user.called(work.context.language) for user in all_users(work.session)} if mine else {}
    return tuple(_own(work, tree.units[one], names) for one in mine[:MOST])


def _own(work: Work, unit: Unit, names: Mapping[int, str]) -> OwnUnit:
    kind, language = work.model.unit_kinds.get(unit.kind), work.context.language
    held = members_of(work.session, unit.id, work.context.today)
    seats = tuple(
        SeatHeld(
            seat.label.text(language),
            seat.head,
            tuple(Holder(names.get(one.user, "—"), one.valid_from) for one in held if one.seat == seat.name),
        )
        for seat in (kind.seats if kind else ())
    )
    return OwnUnit(unit.label(language), seats)
