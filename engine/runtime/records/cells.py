"""Cells: what is entered into many rows of one entity, read once for each different text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.entities import Entity, Field
from engine.model.errors import FieldProblem, ValidationFailed
from engine.runtime.records.parsing import Parsed, bounds_problems, cannot_write
from engine.runtime.storage.json import parse_json

MOST_KEPT = 20_000
"""Different texts of one field that are remembered."""
Read = tuple[object, tuple[FieldProblem, ...]]


@dataclass(slots=True)
class CellReader:
    """Reads given values as `parse_values` does. References are ids that were looked up among what the writer may see."""

    entity: Entity
    zone: str
    _kept: dict[str, dict[object, Read]] = field(default_factory=dict)
    _typed: dict[tuple[str, object], object] = field(default_factory=dict)

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
        kept = self._kept.get(name)
        if kept is None:
            kept = self._kept[name] = {}
        found = kept.get(raw)
        if found is None:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            found = kept[raw] = self._read(self.entity.fields[name], raw)
        return found

    def typed(self, name: str, value: object) -> object:
        """What a default gives as the value of its field. Raises ValidationFailed."""
        key = (name, value)
        if key not in self._typed:
            if len(self._typed) >= MOST_KEPT:
                self._typed.clear()
            self._typed[key] = parse_json(value, self.entity.fields[name])
        return self._typed[key]

    def _read(self, declared: Field, raw: object) -> Read:
        try:
            value = parse_json(raw, declared, self.zone)
        except ValidationFailed as error:
            return None, tuple(FieldProblem(declared.name, one.code, one.message) for one in error.problems)
        return value, tuple(bounds_problems(declared, value))
