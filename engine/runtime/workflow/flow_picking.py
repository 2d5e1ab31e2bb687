"""Picking: steps whose people somebody chooses, who that is, and among whom."""

from __future__ import annotations

from collections.abc import Sequence

from engine.model.flows import Approval, People, PeopleKind, Reach, Step, Task
from engine.runtime.work import Work
from engine.runtime.workflow.flow_instances import Instance
from engine.runtime.workflow.reaching import check_reach, people_in_reach

PICKS = frozenset({PeopleKind.INITIATOR_PICKS, PeopleKind.PREVIOUS_PICKS})


def picked_sources(step: Step | None) -> tuple[People, ...]:
    """The sources of a step that somebody chooses."""
    action = step.action if step is not None else None
    sources = action.approvers if isinstance(action, Approval) else action.people if isinstance(action, Task) else ()
    return tuple(one for one in sources if one.kind in PICKS)


def pickers(step: Step | None, row: Instance) -> tuple[int, ...]:
    """Who chooses the people of a step: whoever approved last, or the initiator, also where nobody has approved."""
    kinds = {one.kind for one in picked_sources(step)}
    if not kinds:
        return ()
    last = next((one.approved_by for one in reversed(row.state.finished) if one.approved_by), ())
    return last if kinds == {PeopleKind.PREVIOUS_PICKS} and last else (row.initiator,)


def pickable(work: Work, step: Step | None) -> tuple[int, ...]:
    """Among whom the caller chooses, themselves left out."""
    return people_in_reach(work, _reach(step))


def checked_picks(work: Work, step: Step | None, people: Sequence[int]) -> tuple[int, ...]:
    """The people chosen for a step. Raises BadRequest for nobody, FlowRefused for somebody without the role for it."""
    return check_reach(work, _reach(step), people)


def _reach(step: Step | None) -> Reach:
    """Holders of the roles that the sources name; anybody where one names none."""
    sources = picked_sources(step)
    open_to_all = any(not one.roles for one in sources)
    return Reach(frozenset() if open_to_all else frozenset(role for one in sources for role in one.roles))
