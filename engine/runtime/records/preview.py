"""Preview: what the computed fields and defaults of a row would be if it were saved as it is typed now; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.model.access import Action, FieldRight
from engine.model.entities import Entity
from engine.model.errors import ValidationFailed
from engine.model.formula import Formula, FormulaError, Moment
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow
from engine.runtime.formula.value import compile_value
from engine.runtime.query.rights import field_rights
from engine.runtime.records.computing import graph_of
from engine.runtime.records.defaults import moment_of
from engine.runtime.records.figure_fills import figures_filled
from engine.runtime.records.given import GivenCells, SeenCells
from engine.runtime.records.parsing import parse_values
from engine.runtime.records.stored import stored_row
from engine.runtime.work import Work

Values = Mapping[str, object]
Rights = Mapping[str, FieldRight]
UNREADABLE = frozenset({FieldRight.NONE, FieldRight.MASK})


@dataclass(frozen=True, slots=True)
class PreviewedRow:
    """Computed fields that the reader may read, and defaults of writable fields that are still empty."""

    computed: Values
    defaults: Values


@dataclass(frozen=True, slots=True)
class Preview:
    """The row, the rows of its sub-tables by collection and position, and the cells that conditions are asked on."""

    row: PreviewedRow
    parts: Mapping[str, tuple[PreviewedRow, ...]]
    cells: SeenCells
    moment: Moment


def preview(
    work: Work, entity: Entity, record: int | None, given: Values, parts: Mapping[str, Sequence[Values]]
) -> Preview:
    """The row as typed, computed. What cannot be read yet counts as empty; a reference to a row that the caller
    may not see counts as empty too. Raises NotFound for a row out of scope.
    """
    rights = field_rights(work, entity.name, record) if record is not None else _rights_of_new(work, entity)
    stored = stored_row(work, entity, record).values if record is not None else {}
    if record is None:
        stored = {one.name: one.default for one in entity.fields.values() if one.default is not None}
    values = {**stored, **_parsed(work, entity, given, rights)}
    moment = moment_of(work)
    children = {name: _Part.of(work, entity, name) for name in parts if name in entity.collections}
    rows = {name: [_parsed(work, one.entity, row, one.rights) for row in parts[name]] for name, one in children.items()}
    whole = GivenCells(work, entity, values, rows)
    found: dict[str, tuple[PreviewedRow, ...]] = {}
    for name, one in children.items():
        cells = [GivenCells(work, one.entity, row, whole=(one.by, whole)) for row in rows[name]]
        pairs = zip(cells, rows[name], strict=True)
        found[name] = tuple(_computed(cell, row, moment, one.rights) for cell, row in pairs)
    row = _computed(whole, values, moment, rights)
    readable = frozenset(name for name, right in rights.items() if right not in UNREADABLE)
    return Preview(row, found, SeenCells(whole, readable), moment)


@dataclass(frozen=True, slots=True)
class _Part:
    """A sub-table of the row: its entity, the relation to the whole, what the caller may do with a new row's fields."""

    entity: Entity
    by: str
    rights: Rights

    @staticmethod
    def of(work: Work, whole: Entity, collection: str) -> _Part:
        declared = whole.collections[collection]
        entity = work.model.entities[declared.entity]
        return _Part(entity, declared.by, _rights_of_new(work, entity))


def _rights_of_new(work: Work, entity: Entity) -> Rights:
    """Rights on the fields of a row that does not stand: what depends on the row may be written but is not shown."""
    decision = decide(work.model, work.context, entity.name, Action.READ)
    plain = {name for name, one in decision.fields.items() if one.plain} if isinstance(decision, Allow) else set()
    return {
        name: right if right is FieldRight.WRITE or name in plain else FieldRight.NONE
        for name, right in field_rights(work, entity.name).items()
    }


def _parsed(work: Work, entity: Entity, given: Values, rights: Rights) -> dict[str, object]:
    """Every value that can be read as its field already; the others count as empty."""
    values: dict[str, object] = {}
    for name, raw in given.items():
        if rights.get(name) is not FieldRight.WRITE:
            continue
        try:
            values |= parse_values(work, entity, {name: raw}, frozenset({name})).values or {name: None}
        except ValidationFailed:
            values[name] = None
    return values


def _computed(cells: GivenCells, values: dict[str, object], moment: Moment, rights: Rights) -> PreviewedRow:
    """Computes the row's formulas level by level into `values`, so that later formulas and the whole read them."""
    entity = cells.entity
    defaults = _defaults(cells, values, moment, rights)
    for level in graph_of(cells.work.model).levels[entity.name]:
        values |= {name: _value(entity.fields[name].formula, cells, moment) for name in level}
    shown = {
        field.name: values.get(field.name)
        for field in entity.computed_fields
        if rights.get(field.name, FieldRight.NONE) not in UNREADABLE
    }
    return PreviewedRow(shown, defaults)


def _defaults(cells: GivenCells, values: dict[str, object], moment: Moment, rights: Rights) -> dict[str, object]:
    """What empty fields that may be written get, figures first, in the order of the fields; `values` take them up."""
    entity = cells.entity
    writable = {name for name, right in rights.items() if right is FieldRight.WRITE}
    found = {name: one for name, one in figures_filled(cells.work, entity, values).items() if name in writable}
    values |= found
    for field in entity.fields.values():
        if field.default_formula is not None and field.name in writable and values.get(field.name) is None:
            value = _value(field.default_formula, cells, moment)
            if value is not None:
                found[field.name] = values[field.name] = value
    return found


def _value(formula: Formula | None, cells: GivenCells, moment: Moment) -> object:
    value = compile_value(formula)(cells, moment) if formula is not None else None
    return None if isinstance(value, FormulaError) else value
