"""Foretelling: formulas of new rows worked out before the rows are written, so that these are written once.

A formula that reads only plain fields of its row, and along relations rows of other entities, says of a row that does not
stand yet what the database would say once it does: its value is computed here, once for each combination of what it reads.
Whatever else a formula reads (rows that point at the row, the row's unit, people) is computed by the database afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.model.app import AppModel
from engine.model.entities import NUMERIC_KINDS, Entity, Field, FieldKind
from engine.model.formula import Moment, scale_of
from engine.model.requests import Path
from engine.runtime.database.statements import StatementCache
from engine.runtime.formula.value import Cells, compile_value
from engine.runtime.query.stored_rows import ask_rows
from engine.runtime.records.computing import graph_of
from engine.runtime.records.defaults import moment_of
from engine.runtime.storage.fields import FieldStorage, storage_of
from engine.runtime.work import Work

PLAIN = NUMERIC_KINDS | {
    FieldKind.TEXT,
    FieldKind.CHOICE,
    FieldKind.STATE,
    FieldKind.BOOLEAN,
    FieldKind.DATE,
    FieldKind.RELATION,
}
"""Kinds whose values are the same to a formula here and in the database, however they are stored."""
Values = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Foretold:
    """A formula that can be worked out beforehand: the paths that it reads, and how its value is stored."""

    name: str
    paths: tuple[Path, ...]
    compute: Callable[[Cells, Moment], object]
    storage: FieldStorage

    def value(self, read: tuple[object, ...], moment: Moment, dialect: str) -> object:
        """What the column holds for what the paths hold."""
        found = self.compute(_Read(dict(zip(self.paths, read, strict=True))), moment)
        return None if found is None else self.storage.from_stored(self.storage.to_stored(found, dialect), dialect)


@dataclass(frozen=True, slots=True)
class _Read:
    """What paths hold. Satisfies engine.runtime.formula.value.Cells."""

    values: Mapping[Path, object]

    def cell(self, path: Path) -> object:
        return self.values[path]

    def children(self, path: Path) -> Sequence[Cells]:
        return ()


def foretell(work: Work, entity: Entity, rows: Sequence[Values]) -> frozenset[str]:
    """Fill formulas of new rows, given as all their fields; the names of those that are filled now."""
    formulas = _FORETOLD.get((work.model.fingerprint, entity.name), lambda: _foretold(work.model, entity))
    if not formulas or not rows:
        return frozenset()
    moment, known = moment_of(work), dict[Path, Sequence[object]]()
    for one in formulas:
        for path in one.paths:
            if path not in known:
                known[path] = _column(work, entity, path, rows)
        keys = list(zip(*[known[path] for path in one.paths], strict=True)) if one.paths else [()] * len(rows)
        values = {key: one.value(key, moment, work.session.dialect) for key in set(keys)}
        for row, key in zip(rows, keys, strict=True):
            row[one.name] = values[key]
    return frozenset(one.name for one in formulas)


def _column(work: Work, entity: Entity, path: Path, rows: Sequence[Values]) -> Sequence[object]:
    """What a path holds for each row."""
    first = [row[path[0]] for row in rows]
    if len(path) == 1:
        return first
    target, rest = _target(work.model, entity, path[0]), path[1:]
    storage, dialect = storage_of(_end_of(work.model, target, rest)), work.session.dialect
    records = [one for one in dict.fromkeys(first) if isinstance(one, int)]
    asked = ask_rows(work, target, records, ("path", rest), lambda columns: [columns.column(rest)])
    found = {record: storage.decode(row[0], dialect) for record, row in asked.items()}
    return [found.get(one) if isinstance(one, int) else None for one in first]


def _target(model: AppModel, entity: Entity, name: str) -> Entity:
    relation = entity.fields[name].relation
    assert relation is not None
    return model.entities[relation.entity]


def _end_of(model: AppModel, entity: Entity, path: Path) -> Field:
    """The field at the end of a path along relations."""
    for name in path[:-1]:
        entity = _target(model, entity, name)
    return entity.fields[path[-1]]


_FORETOLD = StatementCache()
"""The formulas of an entity that are worked out beforehand, in an order in which each finds what it reads."""


def _foretold(model: AppModel, entity: Entity) -> tuple[_Foretold, ...]:
    found: dict[str, _Foretold] = {}
    for level in graph_of(model).levels[entity.name]:
        for name in level:
            one = _ready(model, entity, entity.fields[name])
            read = {path[0] for path in one.paths} if one is not None else set[str]()
            if one is not None and all(other in found or not entity.fields[other].computed for other in read):
                found[name] = one
    return tuple(found.values())


def _ready(model: AppModel, entity: Entity, field: Field) -> _Foretold | None:
    """None for a formula that only the database can tell, or only once the row stands."""
    formula = field.formula
    if formula is None or formula.uses_user or formula.engine_only or field.kind not in PLAIN:
        return None
    paths = tuple(tuple(one.split(".")) for one in sorted(formula.references))
    if field.kind in NUMERIC_KINDS and scale_of(formula.type) != field.scale:
        return None
    if not all(_leads_to_plain(model, entity, path) for path in paths):
        return None
    return _Foretold(field.name, paths, compile_value(formula), storage_of(field))


def _leads_to_plain(model: AppModel, entity: Entity, path: Path) -> bool:
    """Whether a path reads a plain field of the row, or of one of another entity that stands before the row is written."""
    current: Entity | None = entity
    for at, name in enumerate(path):
        field = current.fields.get(name) if current is not None else None
        if (
            field is None
            or field.kind not in PLAIN
            or field.rich
            or (at and current is entity)
            or name == entity.part_of
        ):
            return False
        current = model.entities[field.relation.entity] if field.relation is not None else None
    return True
