"""Concerns: whom and what a difference touches: roles and people, entities and rows, flows and open tasks, pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from designer.differences.editions import Edition
from designer.differences.resources import resource_words
from designer.differences.rights import decision_of, shifts
from designer.differences.said import Difference, Effect
from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.names import ResourceName
from engine.runtime.access.decisions import Allow
from engine.runtime.database.protocol import Session
from engine.runtime.measuring import count_rows
from engine.runtime.organisation.standings import people_with
from engine.runtime.rows import select
from engine.runtime.schema.live import table_names
from engine.runtime.workflow.flow_tables import TASK

PAGES = frozenset({"pages", "dashboards"})
READ_BY = frozenset({"entities", "forms", "rules", "workflows"})
"""Kinds whose changes concern everybody who reads their entity."""


@dataclass(frozen=True, slots=True)
class Concern:
    """What a difference touches, by name: roles, entities, flows, pages."""

    roles: tuple[str, ...]
    entities: tuple[str, ...]
    flows: tuple[str, ...]
    pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Affected:
    """A concern with its numbers as they are now."""

    roles: tuple[Message, ...]
    people: int
    rows: tuple[tuple[Message, int], ...]
    tasks: tuple[tuple[Message, int], ...]
    pages: tuple[Message, ...]


def concern_of(before: Edition, after: Edition, found: Difference) -> Concern:
    """Whom and what a difference touches. What is new touches nobody until somebody may use it."""
    changed = [one.resource for one in found.resources if one.effect is not Effect.ADDED]
    entities = {name for one in changed for name in _entities(before.model, one)}
    flows = {one.name for one in changed if one.kind == "workflows" and one.name in before.model.flows}
    pages = {one.name for one in changed if one.kind in PAGES}
    for one in changed:
        if one.kind in {"entities", "metrics"}:
            pages |= {user.name for user in before.users_of(one) if user.kind in PAGES}
    roles = set(_roles(before.model, changed, entities, pages))
    roles |= {one.role for one in shifts(before.model, after.model) if one.role in before.model.roles}
    return Concern(*(tuple(sorted(names)) for names in (roles, entities, flows, pages)))


def _entities(model: AppModel, resource: ResourceName) -> Iterator[str]:
    """The entities that a resource is about."""
    if resource.kind in {"access", "entities"}:
        yield resource.name
    elif resource.kind in READ_BY:
        for table in (model.forms, model.rules, model.workflows, model.flows):
            found = table.get(resource.name)
            if found is not None:
                yield str(getattr(found, "entity", ""))


def _roles(
    model: AppModel, changed: Iterable[ResourceName], entities: Iterable[str], pages: Iterable[str]
) -> Iterator[str]:
    listed = list(changed)
    yield from (one.name for one in listed if one.kind == "roles" and one.name in model.roles)
    for name in pages:
        yield from model.pages[name].roles if name in model.pages else ()
    for name in (one.name for one in listed if one.kind == "metrics"):
        yield from model.metrics[name].roles if name in model.metrics else ()
    told = {name for one in listed if one.kind in READ_BY for name in _entities(model, one)}
    for entity in told.intersection(entities):
        for role in model.roles:
            if isinstance(decision_of(model, frozenset({role}), entity, Action.READ), Allow):
                yield role


def affected(session: Session, model: AppModel, concern: Concern, today: date) -> Affected:
    """The numbers of a concern: people with a role, rows of entities, tasks that are open in flows, on a day."""
    standing = set(table_names(session))
    rows = [(name, count_rows(session, name)) for name in concern.entities if name in standing]
    open_tasks = [
        (name, len(select(session, TASK, ("id",), {"flow": name, "closed_at is null": None}, limit=10_001)))
        for name in concern.flows
    ]
    return Affected(
        tuple(resource_words(model, ResourceName("roles", name)) for name in concern.roles),
        people_with(session, model, today, frozenset(concern.roles)),
        tuple((resource_words(model, ResourceName("entities", name)), count) for name, count in rows),
        tuple((resource_words(model, ResourceName("workflows", name)), count) for name, count in open_tasks if count),
        tuple(resource_words(model, ResourceName("pages", name)) for name in concern.pages),
    )
