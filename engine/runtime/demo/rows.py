"""Rows made so far: what later recipes may refer to."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MadeRow:
    """A row that was made: its id and values by field name (Python values)."""

    id: int
    entity: str
    values: dict[str, object]


@dataclass(slots=True)
class _Choice:
    """The rows of one entity by what stands in some fields, as far as they have been looked at."""

    names: tuple[str, ...]
    seen: int = 0
    rows: dict[tuple[object, ...], list[MadeRow]] = field(default_factory=dict)

    def look(self, made: Sequence[MadeRow]) -> None:
        """Take in the rows that were made since."""
        for row in made[self.seen :]:
            found = tuple(row.values.get(name) for name in self.names)
            if _hashable(found):
                self.rows.setdefault(found, []).append(row)
        self.seen = len(made)


@dataclass(slots=True)
class MadeRows:
    """All rows of a run by entity, with the units and people of the demo. The values of a row that was added stand."""

    units: Mapping[str, int]
    unit_kinds: Mapping[str, Sequence[str]]
    people: Mapping[str, int]
    seats: Mapping[tuple[int, str | None], Sequence[int]]
    by_entity: dict[str, list[MadeRow]] = field(default_factory=dict)
    by_id: dict[int, MadeRow] = field(default_factory=dict)
    cursors: dict[tuple[str, ...], int] = field(default_factory=dict)
    _choices: dict[tuple[str, tuple[str, ...]], _Choice] = field(default_factory=dict)

    def add(self, row: MadeRow) -> None:
        self.by_entity.setdefault(row.entity, []).append(row)
        self.by_id[row.id] = row

    def of(self, entity: str, where: Mapping[str, object] | None = None) -> Sequence[MadeRow]:
        """The rows of an entity, in the order they were made; of those, the ones that are as wished."""
        rows = self.by_entity.get(entity, [])
        if not where:
            return rows
        wished = tuple(where.values())
        if not _hashable(wished):
            return [row for row in rows if all(_matches(row.values.get(name), one) for name, one in where.items())]
        names = tuple(where)
        choice = self._choices.setdefault((entity, names), _Choice(names))
        choice.look(rows)
        return choice.rows.get(wished, [])

    def next_index(self, key: tuple[str, ...]) -> int:
        """A counter of its own for each key, from 0."""
        current = self.cursors.get(key, 0)
        self.cursors[key] = current + 1
        return current


def _hashable(values: tuple[object, ...]) -> bool:
    """Whether a value can be looked up; a list of alternatives cannot."""
    return all(isinstance(one, Hashable) and not isinstance(one, tuple) for one in values)


def _matches(value: object, wished: object) -> bool:
    return value in wished if isinstance(wished, list | tuple) else value == wished
