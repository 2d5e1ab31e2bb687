"""To whom somebody may pass a task on, and whom they may ask: as far as the step reaches."""

from __future__ import annotations

from collections.abc import Sequence

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.model.flows import Reach
from engine.runtime.identity.users import may_sign_in, people_to_choose, users_with_role
from engine.runtime.organisation.members import memberships_on, seat_of
from engine.runtime.organisation.standings import standing_of
from engine.runtime.organisation.units import UnitTree, unit_tree
from engine.runtime.work import Work
from engine.runtime.workflow.flow_refusals import FlowRefused

MOST_PEOPLE = 50
MOST_OFFERED = 200


def check_reach(work: Work, reach: Reach, people: Sequence[int]) -> tuple[int, ...]:
    """The people chosen. Raises FlowRefused when one is out of reach, BadRequest for nobody or somebody who is gone."""
    chosen = known_people(work, people)
    within = _units(work, reach, unit_tree(work.session, work.context.today))
    for person in chosen:
        standing = standing_of(work.session, work.model, person, work.context.today)
        if reach.roles and not reach.roles & standing.roles:
            raise FlowRefused("out_of_reach")
        if within is not None and not within & {seat.unit for seat in standing.seats}:
            raise FlowRefused("out_of_reach")
    return chosen


def known_people(work: Work, people: Sequence[int]) -> tuple[int, ...]:
    """The people chosen, each once. Raises BadRequest for nobody, too many, or somebody who cannot sign in."""
    chosen = tuple(dict.fromkeys(people))
    if not chosen or len(chosen) > MOST_PEOPLE:
        raise BadRequest(Message(f"请选择 1 到 {MOST_PEOPLE} 人", f"Choose 1 to {MOST_PEOPLE} people"), field="people")
    if not all(may_sign_in(work.session, one) for one in chosen):
        raise BadRequest(Message("所选的人不能登录", "Somebody chosen cannot sign in"), field="people")
    return chosen


def people_in_reach(work: Work, reach: Reach) -> tuple[int, ...]:
    """Whom a step's people may choose, themselves left out; the first `MOST_OFFERED` by seat."""
    tree = unit_tree(work.session, work.context.today)
    within = _units(work, reach, tree)
    if not reach.roles and within is None:
        found = [one.id for one in people_to_choose(work.session, MOST_OFFERED + 1)]
    else:
        found = [
            one.user
            for one in memberships_on(work.session, work.context.today)
            if (within is None or one.unit in within)
            and (
                not reach.roles
                or ((seat := seat_of(work.model, tree, one.unit, one.seat)) and reach.roles & set(seat.roles))
            )
        ]
        if within is None:
            direct = (user for role in sorted(reach.roles) for user in users_with_role(work.session, role))
            found += [user for user in direct if may_sign_in(work.session, user)]
    me = work.context.principal.user_id
    return tuple(dict.fromkeys(one for one in found if one != me))[:MOST_OFFERED]


def _units(work: Work, reach: Reach, tree: UnitTree) -> frozenset[int] | None:
    """The units that a step reaches from the seats of its person; None for all."""
    mine = frozenset(one.unit for one in work.context.seats)
    if reach.within == "unit":
        return mine
    if reach.within == "line":
        return frozenset(unit.id for one in mine for unit in tree.above(one)) | tree.below(mine)
    return None
