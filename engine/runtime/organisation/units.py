"""Units: the tree of the organisation on a date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.errors import BadRequest
from engine.runtime.database.protocol import Session
from engine.runtime.organisation.days import day_of, held_on, stored_day
from engine.runtime.organisation.tables import UNIT
from engine.runtime.rows import insert, select, update

COLUMNS = ("id", "code", "kind", "name", "name_en", "parent", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Unit:
    """A node of the organisation."""

    id: int
    code: str
    kind: str
    name: str
    name_en: str | None
    parent: int | None
    valid_from: date
    valid_to: date | None

    def label(self, language: str) -> str:
        return self.name_en if language == "en" and self.name_en else self.name


@dataclass(frozen=True, slots=True)
class UnitTree:
    """The units of one day with the ways down."""

    units: Mapping[int, Unit]
    children: Mapping[int | None, Sequence[int]]

    def below(self, roots: frozenset[int]) -> frozenset[int]:
        """The roots and everything below them."""
        found: set[int] = set()
        waiting = [root for root in roots if root in self.units]
        while waiting:
            unit = waiting.pop()
            if unit not in found:
                found.add(unit)
                waiting.extend(self.children.get(unit, ()))
        return frozenset(found)

    def above(self, unit: int | None) -> list[Unit]:
        """The unit and those above it, nearest first."""
        line: list[Unit] = []
        while unit is not None and unit in self.units and len(line) <= len(self.units):
            line.append(self.units[unit])
            unit = self.units[unit].parent
        return line


def unit_tree(session: Session, day: date) -> UnitTree:
    """The tree as it stands on a day."""
    units = {
        unit.id: unit for row in select(session, UNIT, COLUMNS, order=("name",)) if held_on((unit := _unit(row)), day)
    }
    children: dict[int | None, list[int]] = {}
    for unit in units.values():
        children.setdefault(unit.parent, []).append(unit.id)
    return UnitTree(units, children)


def add_unit(session: Session, model: AppModel, unit: Unit) -> None:
    """Add a unit where its kind may stand. Raises BadRequest."""
    _check_place(session, model, unit.kind, unit.parent, unit.valid_from)
    insert(
        session,
        UNIT,
        {
            "id": unit.id,
            "code": unit.code,
            "kind": unit.kind,
            "name": unit.name,
            "name_en": unit.name_en,
            "parent": unit.parent,
            "valid_from": stored_day(unit.valid_from, session.dialect),
            "valid_to": stored_day(unit.valid_to, session.dialect),
        },
    )


def move_unit(session: Session, model: AppModel, unit: int, parent: int | None, day: date) -> None:
    """Put a unit under another one. Raises BadRequest for a place it may not have, or below itself."""
    tree = unit_tree(session, day)
    if unit not in tree.units:
        raise BadRequest(Message("没有这个单元", "There is no such unit"))
    if parent is not None and parent in tree.below(frozenset({unit})):
        raise BadRequest(Message("单元不能放到自己的下级", "A unit cannot stand below itself"))
    _check_place(session, model, tree.units[unit].kind, parent, day)
    update(session, UNIT, {"parent": parent}, {"id": unit})


def rename_unit(session: Session, unit: int, name: str, name_en: str | None) -> None:
    update(session, UNIT, {"name": name, "name_en": name_en}, {"id": unit})


def close_unit(session: Session, unit: int, day: date) -> None:
    """End a unit from a day on. Raises BadRequest while units stand below it."""
    tree = unit_tree(session, day)
    if tree.children.get(unit):
        raise BadRequest(Message("请先移走下级单元", "Move the units below it first"))
    update(session, UNIT, {"valid_to": stored_day(day, session.dialect)}, {"id": unit})


def _check_place(session: Session, model: AppModel, kind: str, parent: int | None, day: date) -> None:
    declared = model.unit_kinds.get(kind)
    if declared is None:
        raise BadRequest(Message(f"没有单元类型 {kind}", f"There is no kind of unit named {kind}"))
    if parent is None:
        return
    above = unit_tree(session, day).units.get(parent)
    if above is None:
        raise BadRequest(Message("上级单元不存在", "The unit above does not exist"))
    if declared.parents and above.kind not in declared.parents:
        raise BadRequest(Message(f"{kind} 不能放在 {above.kind} 之下", f"A {kind} cannot stand under a {above.kind}"))


def _unit(row: Sequence[object]) -> Unit:
    return Unit(
        id=int(str(row[0])),
        code=str(row[1]),
        kind=str(row[2]),
        name=str(row[3]),
        name_en=str(row[4]) if row[4] is not None else None,
        parent=int(str(row[5])) if row[5] is not None else None,
        valid_from=day_of(row[6]) or date.min,
        valid_to=day_of(row[7]),
    )
