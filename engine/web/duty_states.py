"""Duty states: who in the units that the reader heads has written today what is written every day."""

from __future__ import annotations

from engine.runtime.duties import bound_by, is_bound_on
from engine.runtime.organisation.units import unit_tree
from engine.runtime.work import Work
from engine.widgets.contract import DutyState


def duty_state(work: Work, name: str) -> DutyState | None:
    """How a duty stands today in the units that the reader heads, and below; None for who heads none."""
    duty, today = work.model.duties.get(name), work.context.today
    headed = frozenset(seat.unit for seat in work.context.seats if seat.head)
    if duty is None or not headed:
        return None
    if not is_bound_on(work, duty, today):
        return DutyState(0, (), rests=True)
    tree = unit_tree(work.session, today)
    bound = bound_by(work, duty, today, tree.below(headed))
    missing: dict[int, list[str]] = {}
    for one in bound:
        if not one.written:
            missing.setdefault(one.unit, []).append(one.name)
    english = work.context.language == "en"
    return DutyState(
        sum(one.written for one in bound),
        tuple(
            ((tree.units[unit].name_en if english else None) or tree.units[unit].name, tuple(names))
            for unit, names in missing.items()
        ),
    )
