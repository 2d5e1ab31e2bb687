"""Cells: what is entered into many rows of one entity, read once for each different text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.model.entities import Entity
from engine.model.errors import FieldProblem
from engine.runtime.records.parsing import Parsed, cannot_write
from engine.runtime.storage.cells import Read, read_cell
from engine.runtime.storage.json import parse_json

MOST_KEPT = 20_000
"""Different texts of one field that are remembered."""


@dataclass(slots=True)
class CellReader:
    """Reads given values as `parse_values` does. References are ids that were looked up among what the writer may see."""

    entity: Entity
    zone: str
    _kept: dict[str, dict[object, Read]] = field(default_factory=dict)
    _typed: dict[tuple[str, object], object] = field(default_factory=dict)

    def of(self, entity: Entity, zone: str) -> bool:
        """Whether what it has read holds for an entity as it is declared now, in a zone."""
        return self.entity is entity and self.zone == zone

    def row(self, given: Mapping[str, object], writable: frozenset[str]) -> Parsed:
        """Values of writable fields, and what is wrong with the others."""
        values: dict[str, object] = {}
        problems: list[FieldProblem] = []
        for name, raw in given.items():
            if name not in writable:
                problems.append(FieldProblem(name, "not_writable", cannot_write(self.entity.fields[name])))
                continue
            value, wrong = self._kept.get(name, _NOTHING).get(raw) or self.cell(name, raw)
            if wrong:
                problems += wrong
            else:
                values[name] = value
        return Parsed(values, tuple(problems))

    def column(self, name: str, raws: Sequence[object]) -> list[Read]:
        """The values of a column of writable cells, or what is wrong with each."""
        found = list(map(self._kept.get(name, _NOTHING).get, raws))
        if None not in found:
            return [one for one in found if one is not None]
        return [read or self.cell(name, raw) for read, raw in zip(found, raws, strict=True)]

    def cell(self, name: str, raw: object) -> Read:
        """The value of one cell, or what is wrong with it."""
        kept = self._kept.get(name)
        if kept is None:
            kept = self._kept[name] = {}
        found = kept.get(raw)
        if found is None:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            found = kept[raw] = read_cell(raw, self.entity.fields[name], self.zone)
        return found

    def foresee(self, cells: Mapping[str, Mapping[object, Read]]) -> None:
        """Take what texts of fields were read as elsewhere."""
        for name, found in cells.items():
            kept = self._kept.setdefault(name, {})
            if len(kept) + len(found) > MOST_KEPT:
                kept.clear()
            kept.update(found)

    def typed(self, name: str, value: object) -> object:
        """What a default gives as the value of its field. Raises ValidationFailed."""
        key = (name, value)
        if key not in self._typed:
            if len(self._typed) >= MOST_KEPT:
                self._typed.clear()
            self._typed[key] = parse_json(value, self.entity.fields[name])
        return self._typed[key]


_NOTHING: Mapping[object, Read] = {}
