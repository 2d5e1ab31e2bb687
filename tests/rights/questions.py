"""Questions: what a person may ask of every surface, drawn from a model, from rows, and from what differs between twins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from engine.model.entities import REFERENCE_KINDS, Entity, Field, FieldKind
from engine.runtime.access.releases import Release, Released
from engine.runtime.identifiers import encode_id
from engine.runtime.storage.json import json_of
from engine.runtime.storage.tables import unique_columns
from tests.rights.declared_rights import Declared, Person
from tests.rights.seeded_rows import Draw, Seeded
from tests.rights.twins import Changed
from tests.rights.worlds import Question

Item = TypeVar("Item")
MISSING = 7
"""An id that no row has."""


@dataclass(frozen=True)
class Asking:
    """Draws questions for one person. `released` is what the model releases, `each` how many of a kind there are at most."""

    declared: Declared
    person: Person
    seeded: Seeded
    changed: Sequence[Changed]
    released: Sequence[Release]
    random: Random
    each: int

    def some(self, items: Iterable[Item], most: int | None = None) -> list[Item]:
        listed = list(items)
        return self.random.sample(listed, min(len(listed), self.each if most is None else most))

    @property
    def entities(self) -> list[Entity]:
        return list(self.declared.model.entities.values())

    def readings(self) -> list[Question]:
        """Every way to read, on as many things as there is room for."""
        return [
            *self.pages(),
            *self.lists(),
            *self.probes(),
            *self.records(),
            *self.pickers(),
            *self.figures(),
            *self.exports(),
            *self.negotiations(),
        ]

    def pages(self) -> Iterator[Question]:
        model = self.declared.model
        for path in ("/", "/api/openapi.json", "/account", "/nothing", "/app/nothing"):
            yield Question("GET", path)
        mine = [one for one in model.pages.values() if one.roles & self.person.roles and one.kind != "record"]
        for page in [*self.some(mine, self.each * 2), *self.some(model.pages.values(), 1)]:
            yield Question("GET", f"/app/{page.name}")
        for page in self.some([one for one in mine if one.kind == "list"]):
            changed = [one for one in self.changed if one.entity == page.entity] or list(self.changed)
            for one in self.some(changed, 1):
                yield Question("GET", f"/app/{page.name}", (("q", str(one.old)), ("v", "")))
                yield Question("GET", f"/app/{page.name}", ((f"f.{one.field}", self.text(one, one.new)), ("v", "")))
                yield Question("GET", f"/app/{page.name}", (("sort", f"-{one.field}"), ("v", "")))
        for one in self.some(self.changed):
            yield Question("GET", "/search", (("q", str(one.old)[:6]),))
        for entity in self.some(self.entities):
            yield Question("GET", f"/r/{entity.name}/new")
            yield Question("GET", f"/import/{entity.name}")

    def lists(self) -> Iterator[Question]:
        for entity in self.some(self.entities, self.each * 2):
            path = f"/api/records/{entity.name}"
            yield Question("GET", path, (("count", "true"),))
            yield Question("GET", path, (("deleted", "true"), ("count", "true")))
            for name in self.some([*entity.fields, "scope_unit", "updated_at"], 2):
                yield Question("GET", path, (("sort", self.random.choice(("", "-")) + name), ("limit", "2")))
            for name in self.some(self._paths(entity), 2):
                yield Question("GET", path, (("fields", name), ("sort", name), ("limit", "3")))
                yield Question("GET", path, ((f"{name}__empty", "true"), ("count", "true")))

    def _paths(self, entity: Entity) -> list[str]:
        """Paths along one relation."""
        model = self.declared.model
        targets = [(one.name, model.entities[one.relation.entity]) for one in entity.fields.values() if one.relation]
        return [f"{name}.{other}" for name, target in targets for other in target.fields]

    def probes(self) -> Iterator[Question]:
        """Filters, sorts and searches by exactly what differs between the twins."""
        for one in self.some(self.changed, self.each * 6):
            path = f"/api/records/{one.entity}"
            for value in (one.old, one.new):
                if value is not None:
                    yield Question("GET", path, ((one.field, self.text(one, value)), ("count", "true")))
            operator = self.random.choice(("gt", "le", "ne", "contains", "starts_with", "in"))
            told = self.text(one, one.old if one.old is not None else one.new)
            yield Question("GET", path, ((f"{one.field}__{operator}", told[:8]), ("count", "true")))
            yield Question("GET", path, (("search", told[:8]), ("count", "true")))
            yield Question("GET", path, (("fields", one.field), ("sort", one.field), ("limit", "2")))
            for entity, name in self.some(self._pointing(one.entity), 1):
                asked = ((f"{name}.{one.field}", told), ("count", "true"))
                yield Question("GET", f"/api/records/{entity}", asked)

    def _pointing(self, target: str) -> list[tuple[str, str]]:
        return [
            (entity.name, one.name)
            for entity in self.entities
            for one in entity.fields.values()
            if one.relation is not None and one.relation.entity == target
        ]

    def text(self, one: Changed, value: object) -> str:
        """A value as an address writes it."""
        found = json_of(value, self.declared.model.entities[one.entity].fields[one.field])
        return "" if found is None else str(found).lower() if isinstance(found, bool) else str(found)

    def records(self) -> Iterator[Question]:
        rows = [(name, id) for name, found in self.seeded.rows.items() for id in found]
        mine = [(name, id) for name, id in rows if self.declared.may(self.person, name, self.declared.rows[name][id])]
        others = [one for one in rows if one not in set(mine)]
        asked = [*self.some(mine, self.each * 3), *self.some(others, self.each)]
        for name, id in [*asked, *((entity.name, MISSING) for entity in self.some(self.entities, 2))]:
            yield from self.record(name, id)

    def record(self, entity: str, id: int) -> Iterator[Question]:
        one = encode_id(id)
        field = self.random.choice(list(self.declared.model.entities[entity].fields))
        yield Question("GET", f"/api/records/{entity}/{one}")
        yield Question("GET", f"/api/records/{entity}/{one}/history")
        yield Question("GET", f"/api/records/{entity}/{one}/access", (("field", field),))
        yield Question("GET", f"/r/{entity}/{one}")
        yield Question("GET", f"/r/{entity}/{one}", (("field", field),))
        yield Question("GET", f"/r/{entity}/{one}/edit")
        yield Question("GET", f"/r/{entity}/{one}/access", (("field", field),))
        yield Question("GET", f"/r/{entity}/{one}/lineage")
        yield Question("GET", "/api/lineage", (("node", f"field:{entity}.{field}"), ("hops", "2")))

    def pickers(self) -> Iterator[Question]:
        fields = [(one, name) for one in self.entities for name, f in one.fields.items() if f.kind in REFERENCE_KINDS]
        for entity, name in self.some(fields, self.each * 2):
            path = f"/api/records/{entity.name}/pick/{name}"
            yield Question("GET", path)
            for one in self.some(self.changed, 1):
                yield Question("GET", path, (("q", str(one.old)[:6]),))

    def figures(self) -> Iterator[Question]:
        for metric in self.some(self.declared.model.metrics.values(), self.each * 3):
            path = f"/api/metrics/{metric.name}"
            yield Question("GET", path)
            for dimension in self.some(metric.dimensions, 1):
                yield Question("GET", path, (("by", dimension.name), ("bucket", "week")))
                yield Question("GET", f"/figures/{metric.name}/rows", ((f"d.{dimension.name}", "-"),))
            yield Question("GET", f"/figures/{metric.name}/rows")
            yield Question("GET", f"/figures/{metric.name}")

    def exports(self) -> Iterator[Question]:
        for entity in self.some(self.entities, self.each * 2):
            yield Question("GET", f"/export/{entity.name}", (("kind", "csv"),))
        for entity in self.some(self.entities, 1):
            yield Question("GET", f"/export/{entity.name}", (("kind", "xlsx"),))

    def negotiations(self) -> Iterator[Question]:
        """What is said of records that are negotiated about, by page, whole, and with a counter-offer."""
        for one in self.declared.model.negotiations.values():
            for ends in ("overrides", "overrides/decisions", "skills"):
                yield Question("GET", f"/negotiations/{one.name}/{ends}")
                yield Question("GET", f"/api/negotiations/{one.name}/{ends}")
            for id in self.seeded.rows[one.entity]:
                path = f"/negotiations/{one.name}/{encode_id(id)}"
                yield Question("GET", path)
                yield Question("GET", f"/api{path}")
                yield Question("POST", f"/api{path}/offers", body={"terms": {}})

    def writings(self, draw: Draw) -> list[Question]:
        """Changes that the person may try, each followed by what it left; nothing that a release would tell of."""
        return [*self._edits(draw), *self._creations(draw), *self._clashes(draw), *self._deaths(), *self._moves()]

    def _telling(self, *kinds: Released) -> set[str]:
        """Entities of which a release of these kinds tells the person."""
        told = [one for one in self.released if set(one.roles) & self.person.roles]
        return {one.name.split(".")[0] for one in told if one.kind in kinds}

    def _edits(self, draw: Draw) -> Iterator[Question]:
        told, stored = self._telling(Released.CHECK), self.declared.rows
        rows = [(name, id) for name, found in self.seeded.rows.items() for id in found if name not in told]
        mine = [(name, id) for name, id in rows if self.declared.may(self.person, name, stored[name][id], "update")]
        for name, id in [*self.some(mine, self.each * 3), *self.some(rows, 2)]:
            entity = self.declared.model.entities[name]
            plain = [one for one in entity.fields.values() if one.kind not in REFERENCE_KINDS and not one.computed]
            plain = [
                one
                for one in plain
                if self.declared.right(self.person, name, one.name, stored[name][id]) == "write"
                and not (one.read_only or one.kind in (FieldKind.STATE, FieldKind.ATTACHMENT))
            ] or plain
            for one in self.some(plain, 1):
                value = json_of(draw.cell(self.seeded, entity, one, id), one)
                path = f"/api/records/{name}/{encode_id(id)}"
                yield Question("PATCH", path, body={one.name: value})
                yield Question("GET", f"{path}/history")

    def _creations(self, draw: Draw) -> Iterator[Question]:
        told = self._telling(Released.COMPUTED, Released.OWNER, Released.CHECK)
        quiet = [one for one in self.entities if one.name not in told]
        mine = [one for one in quiet if self.declared.may_somewhere(self.person, one.name, "create")]
        for entity in [*self.some(mine, self.each * 2), *self.some(quiet, 1)]:
            body = {
                one.name: json_of(self._new(draw, entity, one), one)
                for one in entity.fields.values()
                if not (one.computed or one.read_only or one.kind in (FieldKind.STATE, FieldKind.ATTACHMENT))
                and self.declared.right(self.person, entity.name, one.name, None) == "write"
            }
            yield Question("POST", f"/api/records/{entity.name}", body=body)
            yield Question("GET", f"/api/records/{entity.name}", (("count", "true"),))

    def _new(self, draw: Draw, entity: Entity, one: Field) -> object:
        """A value for a new row, such as the person would give it."""
        if one.kind is FieldKind.USER:
            return self.person.user
        if one.kind is FieldKind.UNIT:
            return self.random.choice(self.person.units) if self.person.units else None
        if one.relation is not None:
            rows = self.declared.rows[one.relation.entity]
            mine = [id for id, row in rows.items() if self.declared.may(self.person, one.relation.entity, row)]
            return self.random.choice(mine) if mine else None
        return draw.cell(self.seeded, entity, one, 1 << 50)

    def _clashes(self, draw: Draw) -> Iterator[Question]:
        """New rows with a value that a row which only one of the twins has must be alone with."""
        told = self._telling(Released.UNIQUE)
        for one in self.some(
            [one for one in self.changed if one.entity not in told and self._alone(one)], self.each * 4
        ):
            entity = self.declared.model.entities[one.entity]
            row = {**self.seeded.rows[one.entity][one.record], one.field: one.old}
            body = {name: json_of(value, entity.fields[name]) for name, value in row.items() if value is not None}
            yield Question("POST", f"/api/records/{one.entity}", body=body)

    def _alone(self, one: Changed) -> bool:
        """Whether a cell is one that no two rows may have alike."""
        entity = self.declared.model.entities[one.entity]
        keys = [*(rule.fields for rule in entity.uniques), *unique_columns(entity)]
        return one.old is not None and any(one.field in key for key in keys)

    def _deaths(self) -> Iterator[Question]:
        refusing = {one.name for one in self.released if one.kind is Released.REFERENCE}
        fields = [(e, f) for e in self.entities for f in e.fields.values() if f"{e.name}.{f.name}" in refusing]
        loud = {f.relation.entity for _, f in fields if f.relation is not None}
        rows = [(name, id) for name, found in self.seeded.rows.items() if name not in loud for id in found]
        for name, id in self.some(rows, self.each * 2):
            path = f"/api/records/{name}/{encode_id(id)}"
            yield Question("DELETE", path)
            yield Question("GET", path)
            yield Question("POST", f"{path}/restore")

    def _moves(self) -> Iterator[Question]:
        told = self._telling(Released.CHECK)
        for workflow in [one for one in self.declared.model.workflows.values() if one.entity not in told]:
            for id in self.some(self.seeded.rows[workflow.entity], 2):
                for move in self.some(workflow.transitions, 2):
                    path = f"/api/records/{workflow.entity}/{encode_id(id)}/transitions/{move.id}"
                    yield Question("POST", path, body={})
