"""What a person may do and read, worked out from the declared grants and rules by plain loops over plain dicts.

Written apart from engine.runtime.access and from everything that makes SQL: it is what those must equal. Only the values
of formulas come from the engine, from its Python back end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.model.access import Grant
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.entities import Entity, FieldKind
from engine.model.formula import Formula, Moment
from engine.runtime.formula.value import compile_value

Row = Mapping[str, object]
Rows = Mapping[str, Mapping[int, Row]]
Cell = tuple[str, int, str]
"""Entity, id, field."""

STRENGTH = ("none", "mask", "read", "write")
ON_THE_WHOLE = {
    "read": "read",
    "export": "export",
    "create": "update",
    "update": "update",
    "delete": "update",
    "transition": "update",
}
BUILT_IN = ("version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "scope_unit")
KERNEL = {FieldKind.USER: "user", FieldKind.UNIT: "unit"}
TEXTS = frozenset({"text", "long_text", "phone", "email", "url", "code"})


@dataclass(frozen=True)
class Person:
    """Who asks, and what formulas know of the request."""

    user: int
    roles: frozenset[str]
    moment: Moment

    @property
    def units(self) -> tuple[int, ...]:
        found = self.moment.variables.get("user.units")
        return found if isinstance(found, tuple) else ()

    @classmethod
    def of(cls, context: Context) -> Person:
        principal = context.principal
        variables = {
            "user.id": principal.user_id,
            "user.unit": context.seats[0].unit if context.seats else None,
            "user.roles": tuple(sorted(principal.roles)),
            **{name: tuple(sorted(ids)) for name, ids in context.scopes.items()},
        }
        return cls(principal.user_id, principal.roles, Moment(context.now, context.zone, variables))


@dataclass
class Declared:
    """A model and all rows of a world, deleted ones too; `rows` also holds the kernel's `user` and `unit`."""

    model: AppModel
    rows: Rows
    _values: dict[int, Callable[..., object]] = field(default_factory=dict)

    def granted(self, person: Person, entity: str, action: str) -> list[Grant]:
        """Grants of the entity itself that speak of the person's roles."""
        access = self.model.access.get(entity)
        return [one for one in access.grants if one.roles & person.roles and action in one.actions] if access else []

    def may_somewhere(self, person: Person, entity: str, action: str) -> bool:
        """Whether there is any grant of an action, on whatever rows."""
        declared = self.model.entities[entity]
        if declared.part_of is not None:
            relation = declared.fields[declared.part_of].relation
            assert relation is not None
            return self.may_somewhere(person, relation.entity, ON_THE_WHOLE[action])
        return bool(self.granted(person, entity, action))

    def may(self, person: Person, entity: str, row: Row, action: str = "read") -> bool:
        """Whether a person may do something to a row, deleted or not."""
        declared = self.model.entities[entity]
        if declared.part_of is not None:
            relation = declared.fields[declared.part_of].relation
            assert relation is not None
            whole = self.rows[relation.entity].get(row[declared.part_of])  # type: ignore[call-overload]
            return whole is not None and self.may(person, relation.entity, whole, ON_THE_WHOLE[action])
        return any(self.true(one.rows, entity, row, person) for one in self.granted(person, entity, action))

    def right(self, person: Person, entity: str, name: str, row: Row | None) -> str:
        """The strongest right on a field of a row; without a row, the strongest there could be."""
        access = self.model.access.get(entity)
        rules = [one for one in access.field_rules if name in one.fields] if access else []
        if not rules:
            return "write"
        held = [
            str(one.right)
            for one in rules
            if one.roles & person.roles and (row is None or self.true(one.when, entity, row, person))
        ]
        return max(held, key=STRENGTH.index, default="none")

    def named(self, person: Person, entity: str, path: tuple[str, ...]) -> bool:
        """Whether a path of fields exists for a person."""
        if entity in ("user", "unit"):
            return len(path) == 1
        if not self.may_somewhere(person, entity, "read"):
            return False
        declared = self.model.entities[entity].fields.get(path[0])
        if declared is None and path[0] not in (*BUILT_IN, "id"):
            return False
        if self.right(person, entity, path[0], None) == "none":
            return False
        if len(path) == 1:
            return True
        target = self.target(entity, path[0])
        return target is not None and self.named(person, target, path[1:])

    def true(self, formula: Formula | None, entity: str, row: Row, person: Person) -> bool:
        if formula is None:
            return True
        known = self._values.get(id(formula))
        if known is None:
            known = self._values[id(formula)] = compile_value(formula)
        return known(RowCells(self, entity, row), person.moment) is True

    def target(self, entity: str, name: str) -> str | None:
        """What a field of an entity points at: an entity, `user`, `unit`, or nothing."""
        if entity == "user":
            return None
        if entity == "unit":
            return "unit" if name == "parent" else None
        if name in ("created_by", "updated_by"):
            return "user"
        if name == "scope_unit":
            return "unit"
        declared = self.model.entities[entity].fields.get(name)
        if declared is None:
            return None
        return declared.relation.entity if declared.relation else KERNEL.get(declared.kind)

    def told(self, person: Person) -> dict[Cell, object]:
        """Every cell that a person may read, with its value or its mask."""
        return dict(self._told(person))

    def _told(self, person: Person) -> Iterator[tuple[Cell, object]]:
        for name, entity in self.model.entities.items():
            for id, row in self.rows[name].items():
                if not self.may(person, name, row):
                    continue
                yield (name, id, "id"), id
                for cell in (*entity.fields, *BUILT_IN):
                    right = self.right(person, name, cell, row)
                    if right in ("read", "write"):
                        yield (name, id, cell), row[cell]
                    elif right == "mask":
                        yield (name, id, cell), ("mask", masked(entity, cell, row[cell]))


@dataclass(frozen=True)
class RowCells:
    """The stored cells of a row and of the rows that it leads to, as formulas read them."""

    declared: Declared
    entity: str
    row: Row

    def cell(self, path: tuple[str, ...]) -> Any:
        found = self.row.get(path[0])
        if len(path) == 1 or found is None:
            return found
        target = self.declared.target(self.entity, path[0])
        row = self.declared.rows[target].get(found) if target else None  # type: ignore[call-overload]
        return RowCells(self.declared, str(target), row).cell(path[1:]) if row else None

    def children(self, path: tuple[str, ...]) -> list[RowCells]:
        holder = self
        for name in path[:-1]:
            target = self.declared.target(holder.entity, name)
            row = self.declared.rows[target].get(holder.row.get(name)) if target else None  # type: ignore[arg-type]
            if target is None or row is None:
                return []
            holder = RowCells(self.declared, target, row)
        collection = self.declared.model.entities[holder.entity].collections[path[-1]]
        return [
            RowCells(self.declared, collection.entity, row)
            for row in self.declared.rows[collection.entity].values()
            if row[collection.by] == holder.row["id"] and row["deleted_at"] is None
        ]


def masked(entity: Entity, name: str, value: object) -> object:
    """What stands in the place of a masked cell, as the definition language describes masks."""
    declared = entity.fields.get(name)
    kind = (declared.mask if declared else None) or "all"
    if declared is None or str(declared.kind) not in TEXTS or kind in ("all", "amount"):
        return "***"
    if value is None:
        return None
    text = str(value)
    if kind == "name":
        return text[:1] + "**"
    if kind == "email":
        return text[:1] + "***" + text[text.index("@") :] if "@" in text else "***"
    if kind == "area":
        point = re.match(r".{8}([+-]..\..).{5}([+-]...\..)", text)
        return f"{point[1]}, {point[2]}" if point else "***"
    least, kept, stars = {"phone": (9, 3, "****"), "id": (11, 3, "********"), "last4": (8, 0, "****")}[kind]
    return text[:kept] + stars + text[-4:] if len(text) >= least else "***"
