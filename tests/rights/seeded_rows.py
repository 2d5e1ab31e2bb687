"""Rows of every entity of a model from a seed: each field filled by its kind, relations pointing at rows made before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from engine.model.app import AppModel
from engine.model.entities import NUMERIC_KINDS, Entity, Field, FieldKind
from engine.model.locations import location_of
from engine.runtime.identifiers import encode_id

WORDS = ("华为终端", "深圳云图", "青岛啤酒", "Press Oslo", "北京 138", "Acme", "三一重工", "报价 A", "巡店", "陆家嘴")
TRIES = 40
Values = dict[str, object]
ByEntity = dict[str, dict[int, Values]]


@dataclass
class Seeded:
    """Rows by entity and id: the values that they have, and for some of them what a few fields were before."""

    rows: ByEntity = field(default_factory=dict)
    before: ByEntity = field(default_factory=dict)

    def copy(self) -> Seeded:
        return Seeded(_copied(self.rows), _copied(self.before))


def _copied(rows: ByEntity) -> ByEntity:
    return {name: {id: dict(row) for id, row in found.items()} for name, found in rows.items()}


@dataclass
class Draw:
    """Values from a seed. `users` and `units` are ids that user and unit fields may hold, units by kind."""

    random: Random
    today: date
    users: list[int]
    units: Mapping[str, list[int]]

    def rows(self, model: AppModel, first: int, each: int) -> Seeded:
        """`each` rows of every entity, with ids from `first` on; every third has a past."""
        made, id = Seeded({name: {} for name in model.entities}), first
        for entity in in_order(model):
            for at in range(each):
                row = self._unique(made, entity, id)
                if row is None:
                    continue
                made.rows[entity.name][id] = row
                if at % 3 == 0:
                    made.before.setdefault(entity.name, {})[id] = self.past(made, entity, id)
                id += 1
        return made

    def _unique(self, made: Seeded, entity: Entity, id: int) -> Values | None:
        """A row that clashes with no other; None when every try does."""
        for _ in range(TRIES):
            row = {one.name: self.cell(made, entity, one, id) for one in entity.fields.values() if not one.computed}
            if not any(clash(entity, row, other) for other in made.rows[entity.name].values()):
                return row
        return None

    def past(self, made: Seeded, entity: Entity, id: int) -> Values:
        """Three fields with what they were before."""
        own = [one for one in entity.fields.values() if not one.computed and one.kind is not FieldKind.NUMBER_CODE]
        return {one.name: self.cell(made, entity, one, id) for one in self.random.sample(own, min(3, len(own)))}

    def cell(self, made: Seeded, entity: Entity, one: Field, id: int) -> object:
        """A value for one field; empty now and then unless the row cannot do without."""
        if one.kind is FieldKind.RELATION and one.relation is not None:
            targets = [target for target in made.rows[one.relation.entity] if target < id]
        elif one.kind is FieldKind.UNIT:
            targets = [unit for kind in (one.unit_kinds or self.units) for unit in self.units.get(kind, ())]
        elif one.kind is FieldKind.RECORD:
            return self.link(made)
        else:
            targets = self.users
        may_lack = not (one.required or one.unique or one.name == entity.part_of or one.kind is FieldKind.NUMBER_CODE)
        return None if may_lack and self.random.random() < 0.12 else self.value(one, id, targets)

    def link(self, made: Seeded) -> str | None:
        """A row of any entity, whoever may read it."""
        links = [f"{name}/{encode_id(id)}" for name, rows in made.rows.items() for id in rows]
        return self.random.choice(links) if links else None

    def value(self, declared: Field, id: int, targets: list[int]) -> object:
        """A value that the field may hold; `targets` are ids for a reference."""
        pick, kind = self.random.choice, declared.kind
        if kind in (FieldKind.RELATION, FieldKind.USER, FieldKind.UNIT):
            return pick(targets) if targets else None
        if kind in NUMERIC_KINDS:
            return Decimal(self.random.randrange(1, 999)).scaleb(-min(declared.scale, 2))
        if kind is FieldKind.DATE:
            return self.today + timedelta(days=self.random.randrange(-40, 40))
        if kind is FieldKind.INSTANT:
            return datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=self.random.randrange(60_000))
        if kind is FieldKind.DURATION:
            return timedelta(seconds=self.random.randrange(86_400))
        if kind is FieldKind.BOOLEAN:
            return self.random.random() < 0.5
        if kind in (FieldKind.CHOICE, FieldKind.STATE):
            return pick(declared.choices).name if declared.choices else None
        if kind is FieldKind.CHOICES:
            return tuple(one.name for one in declared.choices if self.random.random() < 0.5)
        return self._text(kind, id)

    def _text(self, kind: FieldKind, id: int) -> str | None:
        digits = f"{self.random.randrange(10**7):07d}"
        match kind:
            case FieldKind.PHONE:
                return f"138{digits}{id % 10}"
            case FieldKind.EMAIL:
                return f"p{digits}@example.com"
            case FieldKind.URL:
                return f"https://example.com/{digits}"
            case FieldKind.ADDRESS:
                return f"广东省深圳市南山区科技园 {digits} 号"
            case FieldKind.LOCATION:
                return location_of(f"22.5{digits[:5]},113.9{digits[2:]} ±20m 科技园 {digits} 号").stored
            case FieldKind.ATTACHMENT:
                return None
        return f"{self.random.choice(WORDS)} {digits}"


def clash(entity: Entity, row: Values, other: Values) -> bool:
    """Whether two rows may not both live."""
    keys = [one.fields for one in entity.uniques] + [(one.name,) for one in entity.fields.values() if one.unique]
    return any(all(row.get(name) is not None and row.get(name) == other.get(name) for name in key) for key in keys)


def in_order(model: AppModel) -> list[Entity]:
    """Entities, each after those that its relations name, as far as there is no circle; parts after their wholes."""
    order: list[Entity] = []

    def visit(entity: Entity, above: frozenset[str]) -> None:
        if entity in order or entity.name in above:
            return
        for one in entity.fields.values():
            if one.relation is not None and one.relation.entity != entity.name:
                visit(model.entities[one.relation.entity], above | {entity.name})
        if entity not in order:
            order.append(entity)

    for entity in model.entities.values():
        visit(entity, frozenset())
    return order
