"""Findings: what a changed organisation breaks, looked for before anybody has to live with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.entities import Entity
from engine.model.flows import Approval, Flow, People, PeopleKind, Step, Task
from engine.runtime.identity.users import all_users
from engine.runtime.organisation.members import Membership, memberships_on
from engine.runtime.organisation.standings import Standing, standing_of
from engine.runtime.organisation.units import UnitTree, unit_tree
from engine.runtime.records.checks import holding
from engine.runtime.records.owners import keeps_owners
from engine.runtime.rows import select
from engine.runtime.work import Work
from engine.runtime.workflow.flow_tables import TASK
from engine.runtime.workflow.people import Asked, resolve

PICKED = frozenset({PeopleKind.INITIATOR_PICKS, PeopleKind.PREVIOUS_PICKS})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that must not be: kind is flow, task, record or unit; `about` says where, in words."""

    kind: str
    words: Message
    count: int = 1


@dataclass(frozen=True, slots=True)
class RightsChange:
    """What a person gains and loses: roles by name, units that they see by id."""

    user: int
    gained: frozenset[str]
    lost: frozenset[str]
    units_gained: frozenset[int]
    units_lost: frozenset[int]


@dataclass(frozen=True, slots=True)
class Standpoint:
    """The organisation at one moment, as far as it is compared: tree, seats, everybody's standing, steps that find nobody."""

    tree: UnitTree
    seats: frozenset[tuple[int, int]]
    standings: Mapping[int, Standing]
    unanswered: frozenset[tuple[str, str, int]]


def standpoint_of(work: Work) -> Standpoint:
    """Look at the organisation as it stands in this transaction."""
    day = work.context.today
    members = memberships_on(work.session, day)
    active = {user.id for user in all_users(work.session) if not user.disabled}
    return Standpoint(
        unit_tree(work.session, day),
        frozenset((one.user, one.unit) for one in members),
        {one: standing_of(work.session, work.model, one, day) for one in sorted(active & _seated(members))},
        frozenset(_unanswered(work)),
    )


def problems_of(work: Work, before: Standpoint) -> list[Problem]:
    """What is broken now that was not before."""
    after = standpoint_of(work)
    return [
        *_broken_flows(work, before, after),
        *_tasks_without_holder(work, before),
        *_records_without_holder(work, before, after),
        *_records_without_unit(work, before, after),
    ]


def rights_changed(before: Standpoint, after: Standpoint) -> list[RightsChange]:
    """Whose roles or units change, by user."""
    found = []
    for user in sorted(before.standings.keys() | after.standings.keys()):
        old, new = before.standings.get(user), after.standings.get(user)
        roles = (old.roles if old else frozenset[str](), new.roles if new else frozenset[str]())
        units = (_units(old), _units(new))
        change = RightsChange(user, roles[1] - roles[0], roles[0] - roles[1], units[1] - units[0], units[0] - units[1])
        if change.gained or change.lost or change.units_gained or change.units_lost:
            found.append(change)
    return found


def _units(standing: Standing | None) -> frozenset[int]:
    return standing.scopes["user.subtree"] if standing else frozenset()


def _seated(members: Sequence[Membership]) -> set[int]:
    return {one.user for one in members}


def _unanswered(work: Work) -> Iterator[tuple[str, str, int]]:
    """(flow, step, unit) of every step that finds nobody, tried on one record of each unit that has any."""
    for flow in work.model.flows.values():
        asking = [(step, sources) for step in flow.every_step() if (sources := _sources(step))]
        for unit, record, initiator in _examples(work, flow) if asking else ():
            about = Asked(flow.entity, record, initiator)
            for step, sources in asking:
                if not resolve(work, sources, about):
                    yield flow.name, step.id, unit


def _sources(step: Step) -> Sequence[People]:
    """Whom a step asks; nobody where that is somebody's choice."""
    if not isinstance(step.action, Approval | Task):
        return ()
    sources = step.action.approvers if isinstance(step.action, Approval) else step.action.people
    return () if any(one.kind in PICKED for one in sources) else sources


def _examples(work: Work, flow: Flow) -> Iterator[tuple[int, int, int]]:
    """(unit, record, whoever made it) of one living record a unit."""
    for unit in unit_tree(work.session, work.context.today).units:
        where = {"scope_unit": unit, "deleted_at is null": None}
        for record, maker in select(work.session, flow.entity, ("id", "created_by"), where, ("id",), limit=1):
            yield unit, int(str(record)), int(str(maker or 0))


def _broken_flows(work: Work, before: Standpoint, after: Standpoint) -> Iterator[Problem]:
    lost = Counter((flow, step) for flow, step, _ in after.unanswered - before.unanswered)
    for (flow, step), count in sorted(lost.items()):
        declared = work.model.flows[flow]
        label = next(one.label for one in declared.every_step() if one.id == step)
        zh = f"流程“{declared.label.text('zh')}”的步骤“{label.text('zh') or step}”找不到人"
        en = f"Step {label.text('en') or step} of the flow {declared.label.text('en')} finds nobody"
        yield Problem("flow", Message(zh, en), count)


def _tasks_without_holder(work: Work, before: Standpoint) -> Iterator[Problem]:
    """Open tasks of people who had roles before and have none any more."""
    waiting = Counter(int(str(row[0])) for row in select(work.session, TASK, ("user_id",), {"closed_at is null": None}))
    for user, standing in before.standings.items():
        if waiting[user] and standing.roles and not _standing(work, user).roles:
            yield Problem(
                "task", _of_person(work, user, "流程待办的负责人已无席位：", "Tasks of flows wait for"), waiting[user]
            )


def _standing(work: Work, user: int) -> Standing:
    return standing_of(work.session, work.model, user, work.context.today)


def _records_without_holder(work: Work, before: Standpoint, after: Standpoint) -> Iterator[Problem]:
    """Open records of a unit that somebody answers for who has no seat there any more."""
    for user, unit in sorted(before.seats - after.seats):
        for entity in work.model.entities.values():
            count = held_records(work, entity, user, unit)
            if count:
                label = entity.label
                words = _of_person(
                    work, user, f"{label.text('zh')}的负责人已不在该单元：", f"{label.text('en')} still in the hands of"
                )
                yield Problem("record", words, count)


def held_records(work: Work, entity: Entity, user: int, unit: int) -> int:
    """How many open records of a unit somebody answers for."""
    rule, found = entity.hand_over, set[int]()
    for name in rule.fields if rule else ():
        where = {"scope_unit": unit, name: user, "deleted_at is null": None}
        found.update(int(str(row[0])) for row in select(work.session, entity.name, ("id",), where))
    if rule is None or rule.when is None:
        return len(found)
    return sum(holding(work, entity, one, (rule.when,), "hand_over") == (1,) for one in found)


def _records_without_unit(work: Work, before: Standpoint, after: Standpoint) -> Iterator[Problem]:
    """Records that belong to a unit that is closed."""
    for unit in sorted(before.tree.units.keys() - after.tree.units.keys()):
        for entity in work.model.entities.values():
            if not keeps_owners(entity):
                continue
            where = {"scope_unit": unit, "deleted_at is null": None}
            count = len(select(work.session, entity.name, ("id",), where))
            if count:
                closed = before.tree.units[unit]
                zh = f"{entity.label.text('zh')}还归已关闭的单元“{closed.label('zh')}”"
                en = f"{entity.label.text('en')} still of the closed unit {closed.label('en')}"
                yield Problem("unit", Message(zh, en), count)


def _of_person(work: Work, user: int, zh: str, en: str) -> Message:
    name = next((one.name for one in all_users(work.session) if one.id == user), "—")
    return Message(f"{zh}{name}", f"{en} {name}")
