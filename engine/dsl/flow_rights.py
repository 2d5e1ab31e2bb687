"""The right that a flow acts with: what its definition names, as grants of a role that no person can hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from engine.model.access import Action, EntityAccess, FieldRight, FieldRule, Grant
from engine.model.entities import ANSWER_FIELDS, FLOW_ANSWERS, Entity
from engine.model.flows import Approval, Call, Create, Flow, HandingOver, Move, Step, Task, TriggerKind, Write
from engine.model.workflows import Workflow


@dataclass(frozen=True, slots=True)
class _Right:
    """What a flow may do with rows of an entity, which fields it writes, and which it reads by name."""

    entity: str
    action: Action
    fields: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()


def with_flow_rights(
    access: Mapping[str, EntityAccess], flows: Iterable[Flow], entities: Mapping[str, Entity]
) -> dict[str, EntityAccess]:
    """The access of all entities with what flows may do."""
    found = dict(access)
    for flow in flows:
        for entity, rights in _by_entity(flow, entities).items():
            if entity in entities:
                known = found.get(entity, EntityAccess(entity))
                found[entity] = _with(known, flow, entities[entity], rights)
    return found


def with_flow_moves(workflows: Mapping[str, Workflow], flows: Iterable[Flow]) -> dict[str, Workflow]:
    """The lives of records with the transitions that flows take open to them."""
    taken: dict[tuple[str, str], set[str]] = {}
    for flow in flows:
        for step in flow.every_step():
            if isinstance(step.action, Move):
                taken.setdefault((flow.entity, step.action.transition), set()).add(flow.role)
    return {
        name: replace(
            life,
            transitions=tuple(
                replace(move, roles=move.roles | taken.get((life.entity, move.id), set())) for move in life.transitions
            ),
        )
        for name, life in workflows.items()
    }


def _with(access: EntityAccess, flow: Flow, entity: Entity, rights: list[_Right]) -> EntityAccess:
    role = frozenset({flow.role})
    actions = frozenset(right.action for right in rights) | {Action.READ}
    grant = Grant(flow.role, entity.name, role, actions, None, flow.place)
    written = access.guarded_fields() & frozenset(name for right in rights for name in right.fields)
    shown = (access.guarded_fields() & frozenset(name for right in rights for name in right.titles)) - written
    rules = tuple(
        FieldRule(flow.role, entity.name, tuple(sorted(names)), role, how, None, flow.place)
        for names, how in ((written, FieldRight.WRITE), (shown, FieldRight.READ))
        if names
    )
    grants = access.grants if entity.part_of is not None else (*access.grants, grant)
    return replace(access, grants=grants, field_rules=(*access.field_rules, *rules))


def _by_entity(flow: Flow, entities: Mapping[str, Entity]) -> dict[str, list[_Right]]:
    found: dict[str, list[_Right]] = {flow.entity: [_Right(flow.entity, Action.READ)]}
    steps = (right for step in flow.every_step() for right in _of_step(flow, step, entities))
    for right in (*_of_triggers(flow), *steps, *_of_answers(flow, entities)):
        for one in (right, *_pointed_at(right, entities)):
            for whole in (one, *_of_wholes(one, entities)):
                found.setdefault(whole.entity, []).append(whole)
    return found


def _pointed_at(right: _Right, entities: Mapping[str, Entity]) -> Iterator[_Right]:
    """What the references that a flow writes point at: it must know that the row is there."""
    entity = entities.get(right.entity)
    for name in sorted(right.fields):
        field = entity.fields.get(name) if entity is not None else None
        target = entities.get(field.relation.entity) if field is not None and field.relation is not None else None
        if target is not None:
            yield _Right(target.name, Action.READ, titles=frozenset((target.title,)) if target.title else frozenset())


def _of_wholes(right: _Right, entities: Mapping[str, Entity]) -> Iterator[_Right]:
    """What must be allowed on the wholes of a part to do something to it."""
    entity, seen = entities.get(right.entity), {right.entity}
    while entity is not None and entity.part_of is not None:
        relation = entity.fields[entity.part_of].relation if entity.part_of in entity.fields else None
        if relation is None or relation.entity in seen:
            return
        seen.add(relation.entity)
        yield _Right(relation.entity, Action.READ if right.action is Action.READ else Action.UPDATE)
        entity = entities.get(relation.entity)


def _of_triggers(flow: Flow) -> Iterator[_Right]:
    """A webhook makes the record that its flow is about."""
    for trigger in flow.triggers:
        if trigger.kind is TriggerKind.WEBHOOK:
            yield _Right(flow.entity, Action.CREATE, frozenset(trigger.values))


def _of_answers(flow: Flow, entities: Mapping[str, Entity]) -> Iterator[_Right]:
    """Every flow writes down how it was answered, where an entity collects that, with a link to its record."""
    for entity in entities.values():
        if entity.collects == FLOW_ANSWERS:
            yield _Right(entity.name, Action.CREATE, frozenset(ANSWER_FIELDS.keys() & entity.fields.keys()))
            if flow.entity in entities:
                yield _Right(flow.entity, Action.READ, titles=frozenset((entities[flow.entity].title,)))


def _of_step(flow: Flow, step: Step, entities: Mapping[str, Entity]) -> Iterator[_Right]:
    match step.action:
        case Write(_, entity, values):
            yield _Right(entity, Action.UPDATE, frozenset(values))
        case Create(entity, values):
            yield _Right(entity, Action.CREATE, frozenset(values))
        case HandingOver(entity=entity) if entity in entities:
            yield _Right(entity, Action.UPDATE, _handed(entities[entity]))
        case Move():
            yield _Right(flow.entity, Action.TRANSITION)
        case Approval() | Task() as asking:
            fields = frozenset((*asking.write, *asking.require))
            if fields:
                yield _Right(flow.entity, Action.UPDATE, fields)
        case Call(take=take) if take:
            yield _Right(flow.entity, Action.UPDATE, frozenset(take))
        case _:
            pass


def _handed(entity: Entity) -> frozenset[str]:
    """The fields that change when a record is handed over: its unit, and who answers for it."""
    answering = entity.hand_over.fields if entity.hand_over is not None else ()
    return frozenset((*(entity.owned_by or ())[:1], *answering))
