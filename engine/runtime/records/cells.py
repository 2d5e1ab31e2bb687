"""Cells: what is entered into many rows of one entity, read once for each different text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.entities import TEXT_KINDS, Entity, Field
from engine.model.errors import FieldProblem, ValidationFailed
from engine.runtime.records.parsing import Parsed, bounds_problems, cannot_write
from engine.runtime.storage.json import parse_json

MOST_KEPT = 50_000
"""Different texts of one field that are remembered."""
Read = tuple[object, tuple[FieldProblem, ...]]


@dataclass(slots=True)
class CellReader:
    """Reads given values as `parse_values` does. References are ids that were looked up among what the writer may see."""

    entity: Entity
    zone: str
    _kept: dict[str, dict[object, Read]] = field(default_factory=dict)

    def row(self, given: Mapping[str, object], writable: frozenset[str]) -> Parsed:
        """Values of writable fields, and what is wrong with the others."""
        values: dict[str, object] = {}
        problems: list[FieldProblem] = []
        for name, raw in given.items():
            if name not in writable:
                problems.append(FieldProblem(name, "not_writable", cannot_write(self.entity.fields[name])))
                continue
            value, wrong = self.cell(name, raw)
            if wrong:
                problems += wrong
            else:
                values[name] = value
        return Parsed(values, tuple(problems))

    def cell(self, name: str, raw: object) -> Read:
        """The value of one cell, or what is wrong with it."""
        declared = self.entity.fields[name]
        if declared.kind in TEXT_KINDS:
            return self._read(declared, raw)
        kept = self._kept.setdefault(name, {})
        found = kept.get(raw)
        if found is None:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            found = kept[raw] = self._read(declared, raw)
        return found

    def _read(self, declared: Field, raw: object) -> Read:
        try:
            value = parse_json(raw, declared, self.zone)
        except ValidationFailed as error:
            return None, tuple(FieldProblem(declared.name, one.code, one.message) for one in error.problems)
        return value, tuple(bounds_problems(declared, value))
