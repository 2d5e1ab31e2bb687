"""The naive evaluator of rights: plain dicts, plain loops, written apart from the engine. It is what the engine must equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.rules import Rule

Row = Mapping[str, object]
TEXTS = {"a": ("name", "phone"), "b": ("name", "city"), "p": ("text",)}
MASKS = {"name": "name", "phone": "phone", "city": "all", "text": "all", "n": "amount", "secret": "all", "cost": "all"}
VALUE, MASK, ABSENT = "value", "mask", "absent"
STRENGTH = ("none", "mask", "read", "write")


@dataclass(frozen=True)
class Rights:
    """Grants and field rules as the random definitions drew them."""

    grants: tuple[tuple[str, str, frozenset[str], Rule | None], ...]
    rules: tuple[tuple[str, str, str, str, Rule | None], ...]

    def guarded(self, entity: str, name: str) -> bool:
        return any(rule[0] == entity and rule[1] == name for rule in self.rules)


@dataclass(frozen=True)
class Person:
    user: int
    roles: frozenset[str]
    units: frozenset[int]


@dataclass
class Naive:
    """All rows of a world, by entity and id, and the rights on them."""

    rights: Rights
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)

    def true(self, rule: Rule | None, entity: str, row: Row, person: Person) -> bool:
        if rule is None:
            return True
        kind, *rest = rule
        if kind == "and":
            return all(self.true(one, entity, row, person) for one in rest)  # type: ignore[arg-type]
        if kind == "or":
            return any(self.true(one, entity, row, person) for one in rest)  # type: ignore[arg-type]
        if kind == "own":
            return row["owner"] is not None and row["owner"] == person.user
        if kind == "units":
            return row["scope_unit"] in person.units
        if kind == "stage":
            return row["stage"] == rest[0]
        if kind == "big":
            return row["n"] is not None and row["n"] > rest[0]  # type: ignore[operator]
        target = self.rows["b"].get(row["b"]) if row["b"] is not None else None  # type: ignore[arg-type]
        return target is not None and target["city"] == rest[0]

    def granted(self, entity: str, person: Person, action: str = "read") -> list[Rule | None]:
        if entity == "p":
            return self.granted("a", person, action if action == "read" else "update")
        return [
            rule
            for of, role, actions, rule in self.rights.grants
            if of == entity and role in person.roles and action in actions
        ]

    def allowed(self, entity: str, row: Row, person: Person, action: str = "read") -> bool:
        if row["deleted"]:
            return False
        if entity == "p":
            whole = self.rows["a"][row["a"]]  # type: ignore[index]
            return self.allowed("a", whole, person, action if action == "read" else "update")
        return any(self.true(rule, entity, row, person) for rule in self.granted(entity, person, action))

    def right(self, entity: str, name: str, row: Row | None, person: Person) -> str:
        """The strongest right on a field of a row; without a row, the strongest there could be."""
        if not self.rights.guarded(entity, name):
            return "write"
        held = [
            right
            for of, one, role, right, rule in self.rights.rules
            if of == entity
            and one == name
            and role in person.roles
            and (row is None or self.true(rule, entity, row, person))
        ]
        return max(held, key=STRENGTH.index, default="none")

    def named(self, entity: str, path: tuple[str, ...], person: Person) -> bool:
        """Whether a path exists for a person."""
        if not self.granted(entity, person):
            return False
        if self.right(entity, path[0], None, person) == "none":
            return False
        if len(path) == 1:
            return True
        return self.named({"b": "b", "a": "a"}[path[0]], path[1:], person)

    def cell(self, entity: str, row: Row, path: tuple[str, ...], person: Person) -> tuple[str, object]:
        """What a person sees of a cell: VALUE, MASK or ABSENT, and the value that filters and orders work on."""
        name = path[0]
        right = self.right(entity, name, row, person)
        if len(path) > 1:
            if right not in ("read", "write") or row[name] is None:
                return (VALUE, None)
            target = self.rows[name][row[name]]  # type: ignore[index]
            if not self.allowed(name, target, person):
                return (ABSENT, None)
            return self.cell(name, target, path[1:], person)
        if right in ("read", "write"):
            return (VALUE, row[name])
        if right == "none":
            return (ABSENT, None)
        return (MASK, mask(name, row[name]) if name in TEXTS[entity] else None)


def mask(name: str, value: object) -> str | None:
    kind = MASKS[name]
    if kind not in ("name", "phone"):
        return "***"
    if value is None:
        return None
    text = str(value)
    if kind == "name":
        return text[0:1] + "**"
    return text[0:3] + "****" + text[len(text) - 4 :] if len(text) >= 9 else "***"
