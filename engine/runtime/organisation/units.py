"""Units: the tree of the organisation on a date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.errors import BadRequest
from engine.runtime.database.protocol import Session
from engine.runtime.identity.stamp import insert, update
from engine.runtime.organisation.days import day_of, held_on, stored_day
from engine.runtime.organisation.tables import UNIT, UNIT_PLACE
from engine.runtime.rows import select

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
class Move:
    """A unit comes under another one, or to the top, on a day; `place` and `first_place` are ids for its places."""

    unit: int
    parent: int | None
    day: date
    place: int
    first_place: int


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
    """The tree as it stood, stands or will stand on a day."""
    places = _places(session, day)
    units: dict[int, Unit] = {}
    for row in select(session, UNIT, COLUMNS, order=("name",)):
        unit = _unit(row)
        if held_on(unit, day):
            units[unit.id] = replace(unit, parent=places.get(unit.id, unit.parent))
    children: dict[int | None, list[int]] = {}
    for unit in units.values():
        children.setdefault(unit.parent, []).append(unit.id)
    return UnitTree(units, children)


def units_by_id(session: Session, ids: Iterable[int]) -> Mapping[int, Unit]:
    """Units by id, those that are no more too."""
    wanted = set(ids)
    return {unit.id: unit for unit in map(_unit, select(session, UNIT, COLUMNS)) if unit.id in wanted}


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


def move_unit(session: Session, model: AppModel, move: Move) -> None:
    """Put a unit under another one from today on. Raises BadRequest for a place it may not have, or below itself."""
    unit, parent, day = move.unit, move.parent, move.day
    tree = unit_tree(session, day)
    if unit not in tree.units:
        raise BadRequest(Message("没有这个单元", "There is no such unit"))
    if parent is not None and parent in tree.below(frozenset({unit})):
        raise BadRequest(Message("单元不能放到自己的下级", "A unit cannot stand below itself"))
    _check_place(session, model, tree.units[unit].kind, parent, day)
    before = tree.units[unit]
    stored = stored_day(day, session.dialect)
    if not update(session, UNIT_PLACE, {"valid_to": stored}, {"unit": unit, "valid_to is null": None}):
        _place(session, move.first_place, unit, before.parent, before.valid_from, day)
    _place(session, move.place, unit, parent, day)
    update(session, UNIT, {"parent": parent}, {"id": unit})


def _place(
    session: Session, identity: int, unit: int, parent: int | None, since: date, until: date | None = None
) -> None:
    insert(
        session,
        UNIT_PLACE,
        {
            "id": identity,
            "unit": unit,
            "parent": parent,
            "valid_from": stored_day(since, session.dialect),
            "valid_to": stored_day(until, session.dialect),
        },
    )


def _places(session: Session, day: date) -> dict[int, int | None]:
    """Where the units that ever moved stand on a day."""
    found: dict[int, int | None] = {}
    for unit, parent, since, until in select(session, UNIT_PLACE, ("unit", "parent", "valid_from", "valid_to")):
        ends = day_of(until)
        if (day_of(since) or date.min) <= day and (ends is None or day < ends):
            found[int(str(unit))] = None if parent is None else int(str(parent))
    return found


def rename_unit(session: Session, unit: int, name: str, name_en: str | None) -> None:
    update(session, UNIT, {"name": name, "name_en": name_en}, {"id": unit})


def close_unit(session: Session, unit: int, day: date) -> None:
    """End a unit from a day on. Raises BadRequest while units stand below it."""
    tree = unit_tree(session, day)
    if tree.children.get(unit):
        raise BadRequest(Message("请先移走下级单元", "Move the units below it first"))
    update(session, UNIT, {"valid_to": stored_day(day, session.dialect)}, {"id": unit})


def unit_of(session: Session, unit: int) -> Unit | None:
    """A unit by its id as it stands now, one that is no more too."""
    rows = select(session, UNIT, COLUMNS, {"id": unit})
    return _unit(rows[0]) if rows else None


def end_unit_anew(session: Session, unit: int, was: date | None, until: date | None) -> bool:
    """Put another end to a unit that ends on `was` (None: not at all); False when it ends on another day by now."""
    known: dict[str, object] = (
        {"valid_to is null": None} if was is None else {"valid_to": stored_day(was, session.dialect)}
    )
    return bool(update(session, UNIT, {"valid_to": stored_day(until, session.dialect)}, {"id": unit, **known}))


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
