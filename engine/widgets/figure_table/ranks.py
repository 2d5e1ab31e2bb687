"""Ranks: where a line stands, how it moved since the period before, and where it stands among its own kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.model.requests import AggregateRow

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Ranks:
    """Ranks by the keys that name a line; the keys behind them are of its kind."""

    now: Mapping[Key, int]
    earlier: Mapping[Key, int]
    kinds: Mapping[Key, tuple[int, int]]
    own: int

    @classmethod
    def of(cls, rows: Sequence[AggregateRow], earlier: Sequence[AggregateRow], own: int) -> Ranks:
        """The ranks of rows in their order, and in the order of the period before; `own` keys name a line."""
        by_kind: dict[Key, list[Key]] = {}
        for row in rows:
            by_kind.setdefault(row.keys[own:], []).append(row.keys[:own])
        kinds = {key: (at, len(keys)) for keys in by_kind.values() for at, key in enumerate(keys, start=1)}
        return cls(_numbered(rows, own), _numbered(earlier, own), kinds, own)

    def moved(self, row: AggregateRow) -> int | None:
        """How many places up (down where negative); None where there was no place before."""
        key = row.keys[: self.own]
        return self.earlier[key] - self.now[key] if key in self.earlier else None

    def among(self, row: AggregateRow) -> str:
        """The rank among its own kind, as `2/5`."""
        at, count = self.kinds[row.keys[: self.own]]
        return f"{at}/{count}"


def _numbered(rows: Sequence[AggregateRow], own: int) -> Mapping[Key, int]:
    return {row.keys[:own]: at for at, row in enumerate(rows, start=1)}
