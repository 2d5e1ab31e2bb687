"""Twins: for one person, other rows in which everything that the person may read, or is told by a release, is the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from engine.model.app import AppModel
from engine.model.entities import Entity, FieldKind
from engine.model.formula import Formula
from tests.rights.declared_rights import Cell, Declared, Person, Row, RowCells, masked
from tests.rights.seeded_rows import Draw, Seeded, clash

TRIALS = 25
"""Hidden cells that decide rights and are tried one by one: whether their change lets the person see more or less."""


@dataclass(frozen=True)
class Changed:
    """A cell that differs between the twins."""

    entity: str
    record: int
    field: str
    old: object
    new: object


@dataclass
class Released:
    """Cells and collections that a computed cell tells its reader about: a twin has them unchanged."""

    declared: Declared
    told: Mapping[Cell, object]
    cells: set[Cell] = field(default_factory=set)
    collections: set[tuple[str, str, object]] = field(default_factory=set)
    tellers: dict[Cell, set[str]] = field(default_factory=dict)
    """The computed fields (`entity.field`) that tell of a cell."""

    def tell(self, entity: str, id: int, name: str, teller: str) -> None:
        """That somebody is told a computed cell, or the owner of a row."""
        declared = self.declared.model.entities[entity]
        row = self.declared.rows[entity][id]
        computed = declared.fields.get(name)
        if name == "scope_unit":
            for path in (declared.owned_by, (declared.part_of, "scope_unit") if declared.part_of else None):
                self._walk(entity, row, path or (), teller)
        elif computed is not None and computed.formula is not None:
            for path in sorted(computed.formula.references):
                self._walk(entity, row, tuple(path.split(".")), teller)

    def _walk(self, entity: str, row: Row, path: tuple[str, ...], teller: str) -> None:
        if not path or entity in ("user", "unit"):
            return
        name, rest, id = path[0], path[1:], int(str(row["id"]))
        collection = self.declared.model.entities[entity].collections.get(name)
        if collection is not None and name not in self.declared.model.entities[entity].fields:
            self.collections.add((collection.entity, collection.by, id))
            for child in self.declared.rows[collection.entity].values():
                if child[collection.by] == id:
                    self._cell(collection.entity, child, collection.by, teller)
                    self._walk(collection.entity, child, rest, teller)
            return
        self._cell(entity, row, name, teller)
        target = self.declared.target(entity, name)
        found = self.declared.rows[target].get(row[name]) if target and rest else None  # type: ignore[arg-type]
        if target is not None and found is not None:
            self._walk(target, found, rest, teller)

    def _cell(self, entity: str, row: Row, name: str, teller: str) -> None:
        cell = (entity, int(str(row["id"])), name)
        known = self.tellers.setdefault(cell, set())
        if teller in known:
            return
        known.add(teller)
        self.cells.add(cell)
        if cell not in self.told:
            self.tell(*cell, teller)


def released(declared: Declared, told: dict[Cell, object]) -> Released:
    """What the computed cells among the told ones tell besides themselves."""
    found = Released(declared, told)
    for entity, id, name in told:
        found.tell(entity, id, name, f"{entity}.{name}")
    return found


def twin_of(seeded: Seeded, declared: Declared, person: Person, draw: Draw) -> tuple[Seeded, list[Changed], int]:
    """Other rows for one person, the cells that differ, and the number of rows that only the other world has."""
    told = declared.told(person)
    kept = released(declared, told)
    twin = Twin(seeded.copy(), declared, person, draw, told, kept)
    twin.change_what_decides_nothing()
    twin.change_what_decides()
    twin.change_what_was()
    return twin.seeded, twin.changed, twin.add_rows()


@dataclass
class Twin:
    """The other world while it is made."""

    seeded: Seeded
    declared: Declared
    person: Person
    draw: Draw
    told: dict[Cell, object]
    kept: Released
    changed: list[Changed] = field(default_factory=list)

    def change_what_decides_nothing(self) -> None:
        deciding = deciding_fields(self.declared.model)
        for cell in self._hidden():
            if (cell[0], cell[2]) not in deciding:
                self._change(cell)

    def change_what_decides(self) -> None:
        """One by one, taken back where the person would see anything else."""
        deciding = deciding_fields(self.declared.model)
        cells = [cell for cell in self._hidden() if (cell[0], cell[2]) in deciding]
        self.draw.random.shuffle(cells)
        plain = self._plainly_told()
        for cell in cells[:TRIALS]:
            if self._change(cell) and self._plainly_told() != plain:
                taken_back = self.changed.pop()
                self.seeded.rows[cell[0]][cell[1]][cell[2]] = taken_back.old

    def change_what_was(self) -> None:
        """The past of cells that the person may not read."""
        for name, rows in self.seeded.before.items():
            entity = self.declared.model.entities[name]
            for id, past in rows.items():
                for one in past:
                    if (name, id, one) not in self.told:
                        past[one] = self._other(entity, id, one, past[one])

    def add_rows(self) -> int:
        """Rows like hidden ones, in what decides: hidden too, and in no collection that is told of."""
        deciding, added = deciding_fields(self.declared.model), 0
        fresh = max(id for rows in self.seeded.rows.values() for id in rows) + 1000
        for name, rows in self.seeded.rows.items():
            entity = self.declared.model.entities[name]
            hidden = [id for id in rows if (name, id, "id") not in self.told]
            for id in hidden[:2]:
                row = {
                    one: rows[id][one]
                    if (name, one) in deciding or entity.fields[one].kind is FieldKind.RELATION
                    else self._other(entity, fresh, one, rows[id][one])
                    for one in rows[id]
                }
                counted = any((name, one, value) in self.kept.collections for one, value in row.items())
                if not counted and not any(clash(entity, row, other) for other in rows.values()):
                    rows[fresh] = row
                    fresh, added = fresh + 1, added + 1
        return added

    def _hidden(self) -> list[Cell]:
        """Stored cells that the person is not told of in any way."""
        return [
            (name, id, one)
            for name, rows in self.seeded.rows.items()
            for id, row in rows.items()
            for one in row
            if (name, id, one) not in self.kept.cells
            and isinstance(self.told.get((name, id, one), ("mask",)), tuple)
            and not isinstance(row[one], tuple)
        ]

    def _change(self, cell: Cell) -> bool:
        name, id, one = cell
        entity, rows = self.declared.model.entities[name], self.seeded.rows[name]
        old = rows[id][one]
        new = self._other(entity, id, one, old)
        if new == old or (name, one, new) in self.kept.collections or (name, one, old) in self.kept.collections:
            return False
        if cell in self.told and self.told[cell] != ("mask", masked(entity, one, new)):
            return False
        others = (row for other, row in rows.items() if other != id)
        if any(clash(entity, {**rows[id], one: new}, row) for row in others):
            return False
        rows[id][one] = new
        self.changed.append(Changed(name, id, one, old, new))
        return True

    def _other(self, entity: Entity, id: int, name: str, old: object) -> object:
        """Another value of a cell; a text under a mask keeps its ends."""
        declared = entity.fields[name]
        if declared.kind is FieldKind.ATTACHMENT or (declared.kind is FieldKind.RELATION and name == entity.part_of):
            return old
        free = declared.kind not in (FieldKind.CHOICE, FieldKind.STATE, FieldKind.RECORD)
        if free and isinstance(old, str) and isinstance(self.told.get((entity.name, id, name)), tuple):
            middle = self.draw.random.choice("987654")
            return old[:4] + middle * (len(old) - 8) + old[-4:] if len(old) > 9 and "@" not in old else old[:1] + old
        for _ in range(8):
            new = self.draw.cell(self.seeded, entity, declared, id)
            if new != old:
                return new
        return old

    def _plainly_told(self) -> dict[Cell, object]:
        """What the person would be told of stored cells, before any formula is computed anew."""
        rows = {
            name: {id: {**row, **self.seeded.rows.get(name, {}).get(id, {})} for id, row in found.items()}
            for name, found in self.declared.rows.items()
        }
        world = replace(self.declared, rows=rows)
        for name, entity in self.declared.model.entities.items():
            path = entity.owned_by or ((entity.part_of, "scope_unit") if entity.part_of else None)
            for row in rows[name].values() if path else ():
                row["scope_unit"] = RowCells(world, name, row).cell(path or ())
        return world.told(self.person)


def deciding_fields(model: AppModel) -> set[tuple[str, str]]:
    """Fields that the rules of any entity read, with everything that those fields are computed from."""
    found: set[tuple[str, str]] = set()
    for name, access in model.access.items():
        for formula in [*(one.rows for one in access.grants), *(one.when for one in access.field_rules)]:
            if formula is not None:
                _reads(model, name, formula, found)
    return found


def _reads(model: AppModel, entity: str, formula: Formula, found: set[tuple[str, str]]) -> None:
    for path in formula.references:
        for holder, name in _steps(model, entity, tuple(path.split("."))):
            if (holder, name) in found:
                continue
            found.add((holder, name))
            declared = model.entities[holder].fields.get(name)
            if declared is not None and declared.formula is not None:
                _reads(model, holder, declared.formula, found)
            if name == "scope_unit":
                owner = model.entities[holder]
                whole = (owner.part_of, "scope_unit") if owner.part_of else ()
                for path_of_owner in (owner.owned_by or (), whole):
                    found.update(_steps(model, holder, tuple(path_of_owner)))


def _steps(model: AppModel, entity: str, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The fields of entities that a path touches."""
    current: str | None = entity
    for name in path:
        if current not in model.entities:
            return
        holder = model.entities[current]
        collection = holder.collections.get(name)
        if name not in holder.fields and collection is not None:
            yield collection.entity, collection.by
            current = collection.entity
            continue
        yield current, name
        declared = holder.fields.get(name)
        current = declared.relation.entity if declared is not None and declared.relation else None
