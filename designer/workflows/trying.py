"""A workflow of the draft tried by the engine that runs those that are served; nothing of it stays.

A stored record is tried where it is, with its people, and all is undone. Values that are typed are tried in an empty place
of the draft's own, with one unit of each kind and one person in each seat: that goes before anything is published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from designer.refusals import bad
from designer.workflows.guards import Guard, guards_of_flow, guards_of_life
from designer.workflows.knowing import refuse_unreadable
from designer.workflows.sample import RecordMaking, Typed, practise_organisation
from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.entities import Entity
from engine.model.flows import Create, Flow, HandingOver, Subflow, Write
from engine.model.names import empty_map
from engine.model.workflows import Workflow
from engine.runtime.database.statements import StatementCache
from engine.runtime.identity.users import User, all_users, user_by_id
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.query.records import get_record
from engine.runtime.query.rights import check_permitted
from engine.runtime.rows import select
from engine.runtime.storage.tables import entity_tables
from engine.runtime.work import Work
from engine.runtime.workflow.flow_simulation import Answer, Simulation, Trial, simulate
from engine.runtime.workflow.machine import Standing, TransitionDecision, decide_transition

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to try: on a record or on values, started by somebody of a role, with answers by step."""

    record: int | None = None
    values: Mapping[str, object] = field(default_factory=empty_map)
    role: str = ""
    state: str = ""
    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=empty_map)


@dataclass(frozen=True, slots=True)
class Course:
    """A flow that was tried: what happens, its conditions with their values, what people are called, who started it."""

    simulation: Simulation
    guards: tuple[Guard, ...]
    names: Mapping[int, str]
    starter: str
    practised: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A transition out of the state of a record: whether it may be taken, and why not."""

    transition: str
    decision: TransitionDecision


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where a record stands and what leads away from there."""

    state: str
    steps: tuple[Step, ...]
    guards: tuple[Guard, ...]
    starter: str
    practised: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """One trial of the draft `model`: of a record in the work of whoever tries, of values in work in an empty place."""

    work: Work
    model: AppModel
    wish: Wish

    def flow(self, flow: Flow) -> Course:
        """Run a flow. Raises what refuses the new record, NotFound, Forbidden, BadCommand."""

        def act(work: Work, asker: Work, record: int, practised: bool) -> Course:
            guards = tuple(guards_of_flow(asker, flow, record))
            found = simulate(work, Trial(flow, work.context, record, answers=self.wish.answers))
            names = {one.id: one.label for one in all_users(work.session)}
            return Course(found, guards, names, work.context.principal.name, practised)

        return replace(self, wish=self._begun(flow))._tried(flow.entity, self._touched(flow), act, flow)

    def life(self, life: Workflow) -> Crossing:
        """What leads away from the state of a record."""

        def act(work: Work, asker: Work, record: int, practised: bool) -> Crossing:
            entity = self.model.entities[life.entity]
            looked_at = {life.field, *(name for move in life.transitions for name in move.requires)}
            cells = get_record(asker, life.entity, record, tuple((name,) for name in sorted(looked_at))).cells
            state = self.wish.state or str(cells.get(life.field) or life.initial)
            guards = tuple(guards_of_life(asker, life, state, record))
            held = {one.part: one.held for one in guards}
            steps = tuple(
                Step(
                    move.id,
                    decide_transition(
                        life,
                        entity,
                        move,
                        Standing(state, cells, work.context.principal.roles, 1 if held.get(move.id, True) else 0),
                    ),
                )
                for move in life.leaving(state)
            )
            return Crossing(state, steps, guards, work.context.principal.name, practised)

        return self._tried(life.entity, frozenset({life.entity}), act)

    def _begun(self, flow: Flow) -> Wish:
        """The wish, where a record is made up in the state that the flow begins with: a transition may have started it."""
        life = self.model.workflow_of(flow.entity)
        moves = [life.transition(one.transition) for one in flow.triggers if one.transition] if life is not None else []
        state = next((one.target for one in moves if one is not None), "")
        return replace(self.wish, state=self.wish.state or state)

    def _tried(
        self,
        entity: str,
        touched: frozenset[str],
        act: Callable[[Work, Work, int, bool], Result],
        flow: Flow | None = None,
    ) -> Result:
        record = self.wish.record
        if record is None:
            return self._practised(self.work, entity, act)
        check_permitted(self.work, entity, record, Action.READ)
        if not fits(self.work.model, self.model, touched):
            raise bad(
                "这里改动了还没有发布的字段，不能用已有记录试跑，请改为填写数值",
                "Fields are changed that are not published yet: no stored record can be tried, type values instead",
            )
        refuse_unreadable(self.work, self.model, touched, entity, record, flow)
        work = replace(self.work, model=self.model, statements=StatementCache(), aftermath=[], known={}, earlier=None)
        return act(work.under(self._starter(work, entity)), work, record, False)

    def _practised(self, work: Work, entity: str, act: Callable[[Work, Work, int, bool], Result]) -> Result:
        """In an empty place, with people and a record that are made for it."""
        units = practise_organisation(work)
        starter = self._starter(work, entity)
        own = work.under(starter)
        making = RecordMaking(own, starter.principal.user_id, units)
        record = making.record(self.model.entities[entity], Typed(self.wish.values, self.wish.state))
        return act(own, own, record, True)

    def _starter(self, work: Work, entity: str) -> Context:
        """Who starts it: somebody of the role; else whoever made the record, or somebody who may make one. Raises BadCommand."""
        now = work.context
        at = Circumstances(now.now, now.locale, now.zone)
        made = select(work.session, entity, ("created_by",), {"id": self.wish.record}) if self.wish.record else []
        maker = user_by_id(work.session, int(str(made[0][0]))) if made and made[0][0] is not None else None
        if maker is not None and not self.wish.role:
            return self._context(work, maker, at)
        roles = frozenset({self.wish.role}) if self.wish.role else self._makers(entity)
        contexts = (self._context(work, one, at) for one in all_users(work.session) if not one.disabled)
        found = next((one for one in contexts if roles & one.principal.roles), None)
        if found is None:
            names = ", ".join(sorted(roles)) or "—"
            raise bad(f"没有人担任角色 {names}", f"Nobody has the role {names}")
        return found

    def _makers(self, entity: str) -> frozenset[str]:
        """The roles that may make records of an entity; any role where none may."""
        access = self.model.access.get(entity)
        grants = access.grants if access is not None else ()
        makers = {
            role for one in grants if Action.CREATE in one.actions for role in one.roles if role in self.model.roles
        }
        return frozenset(makers or self.model.roles)

    def _context(self, work: Work, user: User, at: Circumstances) -> Context:
        return context_for(work.session, self.model, user, at)

    def _touched(self, flow: Flow) -> frozenset[str]:
        """The entities whose rows a flow reads and writes."""
        return frozenset(_touched(self.model, flow, set()))


def _touched(model: AppModel, flow: Flow, seen: set[str]) -> Iterator[str]:
    if flow.name in seen:
        return
    seen.add(flow.name)
    yield flow.entity
    for step in flow.every_step():
        match step.action:
            case Create(entity=entity) | Write(entity=entity) | HandingOver(entity=entity) if entity:
                yield entity
            case Subflow(flow=name) if name in model.flows:
                yield from _touched(model, model.flows[name], seen)
            case _:
                pass


def fits(live: AppModel, draft: AppModel, touched: frozenset[str]) -> bool:
    """Does the database that serves `live` have the tables that the draft needs for these entities and what they point at?"""
    names = {*touched, *(other for one in touched for other in _beside(draft.entities[one]))}
    return all(_columns(live, name) == _columns(draft, name) for name in names)


def _beside(entity: Entity) -> Iterator[str]:
    yield from (one.relation.entity for one in entity.fields.values() if one.relation is not None)
    yield from (one.entity for one in entity.collections.values())


def _columns(model: AppModel, entity: str) -> frozenset[object] | None:
    """What the table of an entity's rows holds; None where there is none."""
    table = next((one for one in entity_tables(model) if one.name == entity), None)
    return None if table is None else frozenset((one.name, one.kind) for one in table.columns)
