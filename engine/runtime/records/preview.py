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
from engine.runtime.records.stored import rows_of_whole, stored_row
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
    work: Work,
    entity: Entity,
    record: int | None,
    given: Values,
    parts: Mapping[str, Sequence[Values]],
    gone: frozenset[int] = frozenset(),
) -> Preview:
    """The row as typed, computed. What cannot be read yet counts as empty; a reference to a row that the caller
    may not see counts as empty too. Of `parts` those that stand and are not given stay as they are, but for those that
    are `gone`. Raises NotFound for a row out of scope.
    """
    rights = field_rights(work, entity.name, record) if record is not None else _rights_of_new(work, entity)
    stored = stored_row(work, entity, record).values if record is not None else {}
    if record is None:
        stored = {one.name: one.default for one in entity.fields.values() if one.default is not None}
    values = {**stored, **_parsed(work, entity, given, rights)}
    moment = moment_of(work)
    named = [
        name for name in entity.collections if name in parts or (record is not None and _is_part(work, entity, name))
    ]
    children = {name: _Part.of(work, entity, name, record, gone) for name in named}
    rows = {name: [one.row(row) for row in parts.get(name, ())] for name, one in children.items()}
    whole = GivenCells(work, entity, values, {name: [*rows[name], *one.others()] for name, one in children.items()})
    found: dict[str, tuple[PreviewedRow, ...]] = {}
    for name, one in children.items():
        cells = [GivenCells(work, one.entity, row, whole=(one.by, whole)) for row in rows[name]]
        pairs = zip(cells, rows[name], strict=True)
        found[name] = tuple(_computed(cell, row, moment, one.rights) for cell, row in pairs)
    elsewhere = frozenset(entity.collections) - set(children) if record is not None else frozenset[str]()
    row = _computed(whole, values, moment, rights, elsewhere)
    readable = frozenset(name for name, right in rights.items() if right not in UNREADABLE)
    return Preview(row, found, SeenCells(whole, readable), moment)


@dataclass(frozen=True, slots=True)
class _Part:
    """A sub-table of the row: its entity, the relation to the whole, what the caller may do with a new row's fields, and the
    rows that stand: those that are not among the rows typed stay as they are.
    """

    work: Work
    entity: Entity
    by: str
    rights: Rights
    stands: dict[int, Values]
    typed: set[int]

    @staticmethod
    def of(work: Work, whole: Entity, collection: str, record: int | None, gone: frozenset[int]) -> _Part:
        declared = whole.collections[collection]
        entity, by = work.model.entities[declared.entity], declared.by
        stored = (
            rows_of_whole(work, entity, by, record) if record is not None and _is_part(work, whole, collection) else ()
        )
        stands = {one.id: one.values for one in stored if one.id not in gone}
        return _Part(work, entity, by, _rights_of_new(work, entity), stands, set())

    def row(self, given: Values) -> dict[str, object]:
        """A row as typed, on what stands of it."""
        identity = given.get("id")
        stands = self.stands.get(identity, {}) if isinstance(identity, int) else {}
        if isinstance(identity, int):
            self.typed.add(identity)
        return {**stands, **_parsed(self.work, self.entity, given, self.rights)}

    def others(self) -> list[Values]:
        """The rows that were not typed."""
        return [row for identity, row in self.stands.items() if identity not in self.typed]


def _is_part(work: Work, whole: Entity, collection: str) -> bool:
    declared = whole.collections[collection]
    return work.model.entities[declared.entity].part_of == declared.by


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


def _computed(
    cells: GivenCells,
    values: dict[str, object],
    moment: Moment,
    rights: Rights,
    elsewhere: frozenset[str] = frozenset(),
) -> PreviewedRow:
    """Computes the row's formulas level by level into `values`, so that later formulas and the whole read them. What reads
    a collection that stands `elsewhere` is not changed by what is typed here.
    """
    entity = cells.entity
    defaults = _defaults(cells, values, moment, rights)
    for level in graph_of(cells.work.model).levels[entity.name]:
        values |= {
            name: _value(entity.fields[name].formula, cells, moment)
            for name in level
            if not _reads(entity.fields[name].formula, elsewhere)
        }
    shown = {
        field.name: values.get(field.name)
        for field in entity.computed_fields
        if rights.get(field.name, FieldRight.NONE) not in UNREADABLE
    }
    return PreviewedRow(shown, defaults)


def _reads(formula: Formula | None, names: frozenset[str]) -> bool:
    return formula is not None and any(one.partition(".")[0] in names for one in formula.references)


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
