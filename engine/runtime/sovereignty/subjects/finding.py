"""Finding: the rows of one subject, path by path, and those of others that merely point at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.model.app import AppModel
from engine.model.entities import FieldKind
from engine.model.subjects import bound_to, ways_to_subjects
from engine.runtime.database.protocol import Session
from engine.runtime.rows import select

PARTS = 500


@dataclass(frozen=True, slots=True)
class SubjectRows:
    """What belongs to a subject: `erased` rows by entity; `parted` rows that stay without the subject; `links`, by entity and
    field, the rows of others whose pointers at erased rows are cleared."""

    erased: Mapping[str, frozenset[int]]
    parted: Mapping[str, frozenset[int]]
    links: Mapping[tuple[str, str], frozenset[int]]

    @property
    def ids(self) -> frozenset[int]:
        """The ids of all rows that go: no two rows of an installation share one."""
        return frozenset(one for ids in self.erased.values() for one in ids)

    @property
    def linked(self) -> Mapping[str, frozenset[int]]:
        """The rows by entity that lose a link."""
        found: dict[str, frozenset[int]] = {}
        for (entity, _), ids in self.links.items():
            found[entity] = found.get(entity, frozenset()) | ids
        return found


def find_rows(session: Session, model: AppModel, entity: str, record: int) -> SubjectRows:
    """All rows of the subject, deleted ones too; empty where its own row is not there."""
    erased: dict[str, set[int]] = {entity: set(_ids(session, entity, "id", {record}))}
    parted: dict[str, set[int]] = {}
    for name, ways in ways_to_subjects(model.entities).items():
        for way in ways:
            if way.subject == entity and way.path:
                into = parted if way.parted else erased
                into.setdefault(name, set()).update(_along(session, model, name, way.path, record))
    links: dict[tuple[str, str], set[int]] = {}
    while _grow(session, model, erased, links):
        pass
    links = {(name, field): ids - erased.get(name, set()) for (name, field), ids in links.items()}
    return SubjectRows(
        {name: frozenset(ids) for name, ids in sorted(erased.items()) if ids},
        {name: frozenset(ids - erased.get(name, set())) for name, ids in sorted(parted.items())},
        {key: frozenset(ids) for key, ids in sorted(links.items()) if ids},
    )


def _along(session: Session, model: AppModel, entity: str, path: tuple[str, ...], record: int) -> set[int]:
    """The rows of an entity whose path ends at a record: walked backwards, one relation at a time."""
    owners = [entity]
    for name in path[:-1]:
        relation = model.entities[owners[-1]].fields[name].relation
        assert relation is not None
        owners.append(relation.entity)
    found = {record}
    for owner, name in reversed(list(zip(owners, path, strict=True))):
        found = set(_ids(session, owner, name, found))
    return found


def _grow(
    session: Session, model: AppModel, erased: dict[str, set[int]], links: dict[tuple[str, str], set[int]]
) -> bool:
    """Add the rows that cannot be without erased ones, and note the links of the others; whether there were new ones."""
    grown = False
    for name, entity in model.entities.items():
        for field in entity.fields.values():
            if field.relation is None or not erased.get(field.relation.entity):
                continue
            found = set(_ids(session, name, field.name, erased[field.relation.entity]))
            if bound_to(field):
                new = found - erased.get(name, set())
                erased.setdefault(name, set()).update(new)
                grown = grown or bool(new)
            else:
                links[name, field.name] = found
    return grown


def references_of(model: AppModel) -> Iterable[tuple[str, str]]:
    """The fields that point at a record of any entity by its name and id, and may be empty: where one must point at
    something, it goes on naming an id that is nowhere."""
    for name, entity in model.entities.items():
        yield from (
            (name, one.name) for one in entity.fields.values() if one.kind is FieldKind.RECORD and not one.required
        )


def _ids(session: Session, entity: str, column: str, values: Iterable[int]) -> Iterable[int]:
    ordered = sorted(values)
    for at in range(0, len(ordered), PARTS):
        for row in select(session, entity, ("id",), {f"{column} in": ordered[at : at + PARTS]}):
            yield int(str(row[0]))
