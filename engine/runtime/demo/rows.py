"""Rows made so far: what later recipes may refer to."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

Values = Mapping[str, object]


@dataclass(slots=True)
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
    """All rows of a run by entity, with the units and people of the demo. The values of a row that was added stand.

    Rows of an entity that is not among `sought` are counted and not kept: no later row looks at them.
    """

    units: Mapping[str, int]
    unit_kinds: Mapping[str, Sequence[str]]
    people: Mapping[str, int]
    seats: Mapping[tuple[int, str | None], Sequence[int]]
    sought: frozenset[str] | None = None
    by_entity: dict[str, list[MadeRow]] = field(default_factory=dict)
    by_id: dict[object, MadeRow] = field(default_factory=dict)
    cursors: dict[tuple[str, ...], int] = field(default_factory=dict)
    count: int = 0
    _choices: dict[tuple[str, tuple[str, ...]], _Choice] = field(default_factory=dict)

    def add(self, row: MadeRow) -> None:
        self.count += 1
        rows = self.by_entity.get(row.entity)
        if rows is None:
            rows = self.by_entity[row.entity] = []
        if self.sought is None or row.entity in self.sought:
            rows.append(row)
            self.by_id[row.id] = row

    def of(self, entity: str, where: Mapping[str, object] | None = None) -> Sequence[MadeRow]:
        """The rows of an entity, in the order they were made; of those, the ones that are as wished."""
        return self.chosen(entity, tuple(where), tuple(where.values())) if where else self.by_entity.get(entity, [])

    def chosen(self, entity: str, names: tuple[str, ...], wished: tuple[object, ...]) -> Sequence[MadeRow]:
        """The rows of an entity that have the wished values by these names."""
        rows = self.by_entity.get(entity, [])
        if not _hashable(wished):
            pairs = list(zip(names, wished, strict=True))
            return [row for row in rows if all(_matches(row.values.get(name), one) for name, one in pairs)]
        choice = self._choices.get((entity, names))
        if choice is None:
            choice = self._choices[entity, names] = _Choice(names)
        if choice.seen != len(rows):
            choice.look(rows)
        return choice.rows.get(wished, [])

    def next_index(self, key: tuple[str, ...]) -> int:
        """A counter of its own for each key, from 0."""
        current = self.cursors.get(key, 0)
        self.cursors[key] = current + 1
        return current

    def follow(self, values: Values, path: Sequence[str]) -> object:
        """The value at a path through references to rows made earlier; None where it breaks off."""
        value = values.get(path[0])
        for name in path[1:]:
            row = self.by_id.get(value) if isinstance(value, int) else None
            value = row.values.get(name) if row else None
        return value

    def reader(self, path: Sequence[str]) -> Callable[[Values], object]:
        """What `follow` tells of a path, for many rows."""
        first, by_id = path[0], self.by_id
        if len(path) == 1:
            return lambda values: values.get(first)
        if len(path) > 2:
            return lambda values: self.follow(values, path)
        second = path[1]

        def read(values: Values) -> object:
            found = values.get(first)
            row = by_id.get(found) if isinstance(found, int) else None
            return row.values.get(second) if row is not None else None

        return read


def _hashable(values: tuple[object, ...]) -> bool:
    """Whether a value can be looked up; a list of alternatives cannot."""
    for one in values:
        kind = one.__class__
        if kind is not int and kind is not str and (not isinstance(one, Hashable) or isinstance(one, tuple)):
            return False
    return True


def _matches(value: object, wished: object) -> bool:
    return value in wished if isinstance(wished, list | tuple) else value == wished
