"""The organisation as its chart shows it today: units, seats and their holders, so many levels down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.model.errors import NotFound
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.users import all_users
from engine.runtime.organisation.members import Membership, members_of
from engine.runtime.organisation.units import Unit, UnitTree, unit_tree
from engine.runtime.work import Work
from engine.widgets.contract import OrganisationTree
from engine.widgets.organisation_parts import Chart, SeatBox, UnitBox


def organisation_chart(work: Work, need: OrganisationTree) -> Chart:
    """The chart from the unit that is asked for, else from the top. Raises NotFound for a unit that is not there."""
    tree = unit_tree(work.session, work.context.today)
    drawing = _Drawing(
        work, tree, {user.id: user.called(work.context.language) for user in all_users(work.session)}, need.people
    )
    if not need.at:
        return Chart(tuple(drawing.box(tree.units[one], need.levels) for one in tree.children.get(None, ())))
    top = tree.units.get(decode_id(need.at))
    if top is None:
        raise NotFound
    above = [(encode_id(one.id), one.label(work.context.language)) for one in reversed(tree.above(top.parent))]
    return Chart((drawing.box(top, need.levels),), tuple(above))


@dataclass(frozen=True, slots=True)
class _Drawing:
    """One look at the organisation."""

    work: Work
    tree: UnitTree
    names: Mapping[int, str]
    people: bool

    def box(self, unit: Unit, levels: int) -> UnitBox:
        language, below = self.work.context.language, self.tree.children.get(unit.id, ())
        kind = self.work.model.unit_kinds.get(unit.kind)
        return UnitBox(
            id=encode_id(unit.id),
            label=unit.label(language),
            kind=kind.label.text(language) if kind else unit.kind,
            icon=kind.icon if kind else "building",
            seats=self._seats(unit) if self.people else (),
            children=tuple(self.box(self.tree.units[one], levels - 1) for one in below) if levels > 1 else (),
            hidden=len(self.tree.below(frozenset({unit.id}))) - 1 if levels <= 1 else 0,
        )

    def _seats(self, unit: Unit) -> tuple[SeatBox, ...]:
        """The seats of a unit that are held, and those that should be: of its head, of a fixed number."""
        kind = self.work.model.unit_kinds.get(unit.kind)
        held = members_of(self.work.session, unit.id, self.work.context.today)
        boxes = [
            SeatBox(seat.label.text(self.work.context.language), seat.head, self._holders(held, seat.name))
            for seat in (kind.seats if kind else ())
            if seat.head or seat.count is not None or any(one.seat == seat.name for one in held)
        ]
        return tuple(sorted(boxes, key=lambda one: not one.head))

    def _holders(self, held: Sequence[Membership], seat: str) -> tuple[str, ...]:
        return tuple(self.names.get(one.user, "—") for one in held if one.seat == seat)
