"""Rows made so far: what later recipes may refer to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MadeRow:
    """A row that was made: its id and values by field name (Python values)."""

    id: int
    entity: str
    values: dict[str, object]


@dataclass(slots=True)
class MadeRows:
    """All rows of a run by entity, with the units and people of the demo."""

    units: Mapping[str, int]
    unit_kinds: Mapping[str, Sequence[str]]
    people: Mapping[str, int]
    seats: Mapping[tuple[int, str | None], Sequence[int]]
    by_entity: dict[str, list[MadeRow]] = field(default_factory=dict)
    by_id: dict[int, MadeRow] = field(default_factory=dict)
    cursors: dict[tuple[str, ...], int] = field(default_factory=dict)

    def add(self, row: MadeRow) -> None:
        self.by_entity.setdefault(row.entity, []).append(row)
        self.by_id[row.id] = row

    def of(self, entity: str, where: Mapping[str, object] | None = None) -> list[MadeRow]:
        rows = self.by_entity.get(entity, [])
        if not where:
            return rows
        return [row for row in rows if all(_matches(row.values.get(name), wished) for name, wished in where.items())]

    def next_index(self, key: tuple[str, ...]) -> int:
        """A counter of its own for each key, from 0."""
        current = self.cursors.get(key, 0)
        self.cursors[key] = current + 1
        return current


def _matches(value: object, wished: object) -> bool:
    return value in wished if isinstance(wished, list | tuple) else value == wished
