"""The naive evaluator of rights: plain dicts, plain loops, written apart from the engine. It is what the engine must equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.runtime.rules import Rule

Row = dict[str, object]
ROLES = ("sales", "lead", "desk")
BOSS = "boss"
ACTIONS = ("read", "create", "update", "delete", "transition", "export")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "a": ("name", "phone", "stage", "state", "b", "owner", "unit", "n", "secret", "total"),
    "b": ("name", "city", "cost", "owner", "unit"),
    "p": ("a", "text", "price"),
}
TEXTS: Mapping[str, tuple[str, ...]] = {"a": ("name", "phone"), "b": ("name", "city"), "p": ("text",)}
MASKS = {"name": "name", "phone": "phone"}
TITLES = {"a": "name", "b": "name", "p": "text"}
BY_HAND: Mapping[str, tuple[str, ...]] = {
    "a": ("name", "phone", "stage", "b", "owner", "unit", "n", "secret"),
    "b": ("name", "city", "cost", "owner", "unit"),
    "p": ("a", "text", "price"),
}
MOVES = {"finish": ("new", "done", {"sales", "lead", BOSS}), "reopen": ("done", "new", {"lead", BOSS})}
VALUE, MASK, ABSENT = "value", "mask", "absent"
STRENGTH = ("none", "mask", "read", "write")


@dataclass(frozen=True)
class Rights:
    """Grants and field rules as the random definitions drew them."""

    grants: tuple[tuple[str, str, frozenset[str], Rule | None], ...]
    rules: tuple[tuple[str, str, str, str, Rule | None], ...]


@dataclass(frozen=True)
class Person:
    """Somebody who asks: user id, roles, units; `scopes` are those of an API token, None for all rights."""

    name: str
    user: int
    roles: frozenset[str]
    units: frozenset[int]
    scopes: frozenset[str] | None = None


@dataclass
class Naive:
    """All rows of a world, by entity and id, and the rights on them."""

    rights: Rights
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)

    def true(self, rule: Rule | None, row: Row, person: Person) -> bool:
        """Whether a rule holds on a row; what is empty makes it false."""
        if rule is None:
            return True
        kind, *rest = rule
        if kind == "and":
            return self.true(rest[0], row, person) and self.true(rest[1], row, person)  # type: ignore[arg-type]
        if kind == "or":
            return self.true(rest[0], row, person) or self.true(rest[1], row, person)  # type: ignore[arg-type]
        if kind == "own":
            return row["owner"] is not None and row["owner"] == person.user
        if kind == "units":
            return row["scope_unit"] is not None and row["scope_unit"] in person.units
        if kind == "stage":
            return row["stage"] == rest[0]
        if kind == "big":
            return row["n"] is not None and row["n"] > rest[0]  # type: ignore[operator]
        if kind == "whole":
            return self.rows["a"][row["a"]]["stage"] == rest[0]  # type: ignore[index]
        firm = self.rows["b"][row["b"]] if row["b"] is not None else None  # type: ignore[index]
        return firm is not None and firm["city"] == rest[0]

    def granted(self, entity: str, person: Person, action: str = "read") -> list[Rule | None]:
        """The row rules of the grants that speak for a person; none is no right at all."""
        if not scoped(person, entity, action):
            return []
        if entity == "p":
            return self.granted("a", person, of_whole(action))
        return [
            rule
            for of, role, actions, rule in self.rights.grants
            if of == entity and role in person.roles and action in actions
        ]

    def allowed(self, entity: str, row: Row, person: Person, action: str = "read", deleted: bool = False) -> bool:
        """Whether a person may do something to a row that lives (or, with `deleted`, to one that does not)."""
        if bool(row["deleted"]) is not deleted or not scoped(person, entity, action):
            return False
        if entity == "p":
            whole = self.rows["a"][row["a"]]  # type: ignore[index]
            return any(self.true(rule, whole, person) for rule in self.granted("a", person, of_whole(action))) and (
                deleted or not whole["deleted"]
            )
        return any(self.true(rule, row, person) for rule in self.granted(entity, person, action))

    def guarded(self, entity: str, name: str) -> bool:
        return any(rule[0] == entity and rule[1] == name for rule in self.rights.rules)

    def right(self, entity: str, name: str, row: Row | None, person: Person) -> str:
        """The strongest right on a field of a row; without a row, the strongest there could be."""
        if not self.guarded(entity, name):
            return "write"
        held = [
            right
            for of, one, role, right, rule in self.rights.rules
            if of == entity and one == name and role in person.roles and (row is None or self.true(rule, row, person))
        ]
        return max(held, key=STRENGTH.index, default="none")

    def named(self, entity: str, path: tuple[str, ...], person: Person) -> bool:
        """Whether a path exists for a person."""
        if not self.granted(entity, person) or self.right(entity, path[0], None, person) == "none":
            return False
        return len(path) == 1 or self.named({"b": "b", "a": "a"}[path[0]], path[1:], person)

    def cell(self, entity: str, row: Row, path: tuple[str, ...], person: Person) -> tuple[str, object]:
        """What a person sees of a cell: VALUE, MASK or ABSENT, and the value that filters and orders work on."""
        name = path[0]
        right = self.right(entity, name, row, person)
        if len(path) > 1:
            if right not in ("read", "write") or row[name] is None:
                return (VALUE, None)
            target = self.rows[name][row[name]]  # type: ignore[index]
            if not self.allowed(name, target, person):
                return (ABSENT, None) if len(path) == 2 else (VALUE, None)  # a link out of reach is empty further on
            return self.cell(name, target, path[1:], person)
        if right in ("read", "write"):
            return (VALUE, row[name])
        if right == "none":
            return (ABSENT, None)
        return (MASK, mask(name, row[name]) if name in TEXTS[entity] else None)

    def open(self, entity: str, row: Row, path: tuple[str, ...], person: Person) -> object:
        """What formulas and figures see of a cell: the value where it may be read, nothing under a mask."""
        state, value = self.cell(entity, row, path, person)
        return value if state == VALUE else None

    def readable(self, entity: str, person: Person, deleted: bool = False) -> list[int]:
        return [id for id, row in self.rows[entity].items() if self.allowed(entity, row, person, deleted=deleted)]

    def visible_values(self, person: Person) -> Iterator[object]:
        """Every value that a person sees as it is, on whatever surface."""
        for entity, rows in self.rows.items():
            for row in rows.values():
                if not self.allowed(entity, row, person, deleted=bool(row["deleted"])):
                    continue
                for name in FIELDS[entity]:
                    if self.right(entity, name, row, person) in ("read", "write"):
                        yield row[name]
                        yield from (value for field, *both in changes_of(row) if field == name for value in both)


def changes_of(row: Row) -> list[tuple[str, object, object]]:
    """The field changes of a row so far, oldest first: field, before, after."""
    return row["history"]  # type: ignore[return-value]


def of_whole(action: str) -> str:
    """What one must be allowed on the whole to do something to a part of it."""
    return action if action in ("read", "export") else "update"


def scoped(person: Person, entity: str, action: str) -> bool:
    """Whether the token leaves an action on an entity."""
    if person.scopes is None:
        return True
    return bool(person.scopes & {f"{entity}:{action}", f"{entity}:*", f"*:{action}"})


def writes_at_all(person: Person) -> bool:
    """Whether the token leaves anything but reading."""
    return person.scopes is None or any(not one.endswith((":read", ":export")) for one in person.scopes)


def mask(name: str, value: object) -> str | None:
    kind = MASKS.get(name)
    if kind is None:
        return "***"
    if value is None:
        return None
    text = str(value)
    if kind == "name":
        return text[0:1] + "**"
    return text[0:3] + "****" + text[len(text) - 4 :] if len(text) >= 9 else "***"
