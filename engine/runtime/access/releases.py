"""Releases: what a definition tells a role beyond the rows and cells that the role may read. Everything else is told to nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from engine.model.access import Action, Role
from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.model.entities import Collection, Entity, Field, FieldKind, OnDelete
from engine.model.names import Place
from engine.model.requests import Path
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import ALWAYS, Allow, FieldDecision, Whole
from engine.runtime.storage.tables import unique_columns


class Released(StrEnum):
    """What kind of definition releases."""

    METRIC = "metric"
    COMPUTED = "computed"
    OWNER = "owner"
    CHECK = "check"
    NUMBER = "number"
    UNIQUE = "unique"
    REFERENCE = "reference"
    GAP = "gap"
    ORDER = "order"
    PROPOSED = "proposed"


@dataclass(frozen=True, slots=True)
class Release:
    """One release: `roles` are told what stands in `reads`, paths from the entity of `name`, beyond their own rights."""

    kind: Released
    name: str
    place: Place
    roles: tuple[str, ...]
    reads: tuple[str, ...] = ()


def releases(model: AppModel) -> tuple[Release, ...]:
    """Everything that definitions release, in the order of `Released`.

    Metrics with roles count all rows; a computed field or an owning unit tells of rows and cells that it is made of; a
    refused write of what its checks read; a document number of how many rows there are; values that must be unique
    everywhere, a relation that refuses a delete, and a map whose gaps have records, of rows that are there; a row proposed
    by words of the sentences that it was learnt from; the place in an inbox of what
    its flow puts in order.
    """
    return (
        *_metrics(model),
        *(one for entity in model.entities.values() for one in _computed(model, entity)),
        *(one for entity in model.entities.values() for one in _owners(model, entity)),
        *(one for entity in model.entities.values() for one in _checks(model, entity)),
        *(one for entity in model.entities.values() for one in _numbers(model, entity)),
        *(one for entity in model.entities.values() for one in _uniques(model, entity)),
        *(one for entity in model.entities.values() for one in _references(model, entity)),
        *_gaps(model),
        *_orders(model),
        *(one for entity in model.entities.values() for one in _proposals(model, entity)),
    )


def _metrics(model: AppModel) -> Iterator[Release]:
    for one in model.metrics.values():
        if one.roles:
            yield Release(Released.METRIC, one.name, one.place, tuple(sorted(one.roles)))


def _computed(model: AppModel, entity: Entity) -> Iterator[Release]:
    for field in entity.computed_fields:
        paths = [tuple(path.split(".")) for path in sorted(field.formula.references)] if field.formula else []
        yield from _made_of(model, Released.COMPUTED, entity, field.name, field.place, paths)


def _owners(model: AppModel, entity: Entity) -> Iterator[Release]:
    path = entity.owned_by or ((entity.part_of, "scope_unit") if entity.part_of else None)
    if path is not None:
        yield from _made_of(model, Released.OWNER, entity, "scope_unit", entity.place, [path])


def _checks(model: AppModel, entity: Entity) -> Iterator[Release]:
    """Conditions on a row whose outcome its writer is told: checks, rules, requirements, guards of transitions."""
    flow = model.workflow_of(entity.name)
    conditions = [
        *((one.id, one.expect, one.place) for one in entity.checks),
        *((one.name, one.required_when, one.place) for one in entity.fields.values() if one.required_when),
        *((one.name, one.when, one.place) for one in model.rules.values() if one.entity == entity.name),
        *((one.id, one.guard, one.place) for one in (flow.transitions if flow else ()) if one.guard),
    ]
    for name, formula, place in conditions:
        paths = [tuple(path.split(".")) for path in sorted(formula.references)]
        told = {one.name: _told(model, one, entity, paths) for one in model.roles.values()}
        yield from _release(Released.CHECK, f"{entity.name}.{name}", place, told)


def _told(model: AppModel, role: Role, entity: Entity, paths: list[Path]) -> set[str]:
    """Those of the paths of a condition that lead beyond what a writer with the role may read."""
    writes = (Action.CREATE, Action.UPDATE, Action.TRANSITION)
    if all(_access(model, role, entity, one) is None for one in writes):
        return set()
    return _unreadable(model, role, entity, paths)


def _orders(model: AppModel) -> Iterator[Release]:
    """By when the inbox counts what a flow asks: whoever is asked learns of it, and anybody can be, whatever they read."""
    for flow in model.flows.values():
        if flow.order is not None:
            entity = model.entities[flow.entity]
            paths = [tuple(path.split(".")) for path in sorted(flow.order.references)]
            told = {one.name: _unreadable(model, one, entity, paths) for one in model.roles.values()}
            yield from _release(Released.ORDER, flow.name, flow.place, told)


def _unreadable(model: AppModel, role: Role, entity: Entity, paths: list[Path]) -> set[str]:
    """Those of the paths that lead beyond what the role may read."""
    access = _access(model, role, entity, Action.READ)
    if access is None:
        return {".".join(path) for path in paths}
    return {".".join(path) for path in paths if _beyond(model, role, access, None, path)}


def _made_of(
    model: AppModel, kind: Released, entity: Entity, name: str, place: Place, paths: list[Path]
) -> Iterator[Release]:
    """A stored value that is made of others, for the roles that may read it and not all of those."""
    told: dict[str, set[str]] = {}
    for role in model.roles.values():
        access = _access(model, role, entity, Action.READ)
        if access is not None and not access.field(name).hidden:
            own = access.field(name)
            told[role.name] = {".".join(path) for path in paths if _beyond(model, role, access, own, path)}
    yield from _release(kind, f"{entity.name}.{name}", place, told)


def _release(kind: Released, name: str, place: Place, told: Mapping[str, set[str]]) -> Iterator[Release]:
    """The release of what each role is told, if there is a role that is told anything."""
    roles = tuple(role for role, beyond in told.items() if beyond)
    if roles:
        yield Release(kind, name, place, roles, tuple(sorted({path for role in roles for path in told[role]})))


def _beyond(model: AppModel, role: Role, access: Allow, own: FieldDecision | None, path: Path) -> bool:
    """Whether a path leads to something that not everybody may read who has the role, and reads the value made of it."""
    holder = model.entities[access.entity]
    for index, name in enumerate(path):
        field, collection = holder.fields.get(name), holder.collections.get(name)
        if field is not None or collection is None:
            same = index == 0 and own is not None and _covers(access.field(name), own)
            if not (same or access.field(name).plain):
                return True
        following = _next(model, role, holder, field, None if field else collection)
        if following is None:
            leads_on = field is not None and field.relation is not None and index < len(path) - 1
            return leads_on or (field is None and collection is not None)
        access = following
        holder = model.entities[access.entity]
    return False


def _next(
    model: AppModel, role: Role, holder: Entity, field: Field | None, collection: Collection | None
) -> Allow | None:
    """The access of a role to the rows that a step leads to, when it reaches all of them; else None."""
    if collection is not None:
        part = model.entities[collection.entity]
        found = _access(model, role, part, Action.READ)
        if found is None or not found.field(collection.by).plain:
            return None
        return found if found.rows == ALWAYS or part.part_of == collection.by else None
    if field is None or field.relation is None:
        return None
    found = _access(model, role, model.entities[field.relation.entity], Action.READ)
    return found if found is not None and (found.rows == ALWAYS or holder.part_of == field.name) else None


def _covers(one: FieldDecision, other: FieldDecision) -> bool:
    """Whether whoever reads a cell under `other` reads the cell of the same row under `one`."""
    return one.plain or (one.readable == other.readable and one.masked == other.masked)


def _numbers(model: AppModel, entity: Entity) -> Iterator[Release]:
    for field in entity.fields.values():
        if field.kind is FieldKind.NUMBER_CODE and field.number is not None:
            yield from _told_of_rows(model, Released.NUMBER, entity, f"{entity.name}.{field.name}", field.place)


def _uniques(model: AppModel, entity: Entity) -> Iterator[Release]:
    """Values that no two rows may have, whoever reads them: a writer learns that there is another."""
    places = {rule.fields: rule.place for rule in entity.uniques}
    roles = tuple(
        one.name for one in model.roles.values() if _writes(model, one, entity) and not _reads_all(model, one, entity)
    )
    for fields in dict.fromkeys(unique_columns(entity)) if roles else ():
        place = entity.fields[fields[0]].place if len(fields) == 1 else places.get(fields, entity.place)
        yield Release(Released.UNIQUE, f"{entity.name}.{fields[-1]}", place, roles, fields)


def _writes(model: AppModel, role: Role, entity: Entity) -> bool:
    return any(_access(model, role, entity, one) is not None for one in (Action.CREATE, Action.UPDATE))


def _told_of_rows(model: AppModel, kind: Released, entity: Entity, name: str, place: Place) -> Iterator[Release]:
    """Something that counts rows, for the roles that read some of them and not all."""
    found = {one.name: _access(model, one, entity, Action.READ) for one in model.roles.values()}
    roles = tuple(name for name, access in found.items() if access is not None and access.rows != ALWAYS)
    if roles:
        yield Release(kind, name, place, roles)


def _references(model: AppModel, entity: Entity) -> Iterator[Release]:
    for field in entity.fields.values():
        relation = field.relation
        if relation is None or relation.on_delete is not OnDelete.REFUSE:
            continue
        target = model.entities[relation.entity]
        roles = tuple(
            one.name
            for one in model.roles.values()
            if _access(model, one, target, Action.DELETE) is not None and not _reads_all(model, one, entity)
        )
        if roles:
            yield Release(Released.REFERENCE, f"{entity.name}.{field.name}", field.place, roles)


def _gaps(model: AppModel) -> Iterator[Release]:
    """Whether a record stands for a gap of a map: told to everybody who sees the map, so that nobody makes a second."""
    for chart in model.maps.values():
        if chart.gaps is None:
            continue
        about, entity = model.entities[chart.entity], model.entities[chart.gaps.entity]
        seeing = chart.roles or {
            one.name for one in model.roles.values() if _access(model, one, about, Action.READ) is not None
        }
        roles = tuple(name for name in sorted(seeing) if not _reads_all(model, model.roles[name], entity))
        if roles:
            yield Release(Released.GAP, chart.name, chart.gaps.place, roles, (f"{entity.name}.{chart.gaps.reference}",))


def _proposals(model: AppModel, entity: Entity) -> Iterator[Release]:
    """What a relation's row is proposed by was learnt from sentences that not everybody may read who is told of it."""
    for field in entity.fields.values():
        if field.proposed is None:
            continue
        beyond = (field.proposed.source, field.name)
        told = {
            one.name: set(beyond)
            if _writes(model, one, entity) and not _reads_cells(model, one, entity, beyond)
            else set()
            for one in model.roles.values()
        }
        yield from _release(Released.PROPOSED, f"{entity.name}.{field.name}", field.place, told)


def _reads_cells(model: AppModel, role: Role, entity: Entity, names: Sequence[str]) -> bool:
    """Whether a role reads these cells of every row."""
    access = _access(model, role, entity, Action.READ)
    return access is not None and _reads_all(model, role, entity) and all(access.field(one).plain for one in names)


def _reads_all(model: AppModel, role: Role, entity: Entity) -> bool:
    access = _access(model, role, entity, Action.READ)
    while access is not None and isinstance(access.rows, Whole):
        access = access.rows.access
    return access is not None and access.rows == ALWAYS


def _access(model: AppModel, role: Role, entity: Entity, action: Action) -> Allow | None:
    """What somebody may do who has this one role."""
    context = Context(Principal(0, role.name, frozenset({role.name})), datetime.min.replace(tzinfo=UTC))
    decision = decide(model, context, entity.name, action)
    return decision if isinstance(decision, Allow) else None
