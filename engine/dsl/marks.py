"""Marks: where the keys and values of a text stand, in little memory; paths are made for what somebody asks about."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]
Mark = tuple[int, int, int, int, int]
"""Key start, key end, value start, value end, number of the source; keys of -1: none."""
WIDTH = 5
"""Numbers of a value in the row of a text: the first four of its mark, and how many values it is with all within it."""


class Marks(Mapping[Path, Mark]):
    """Path in the data → mark. `row` has the numbers of every value, each before those within it, in the order of the text."""

    __slots__ = ("_data", "_known", "_opened", "_row")

    def __init__(self, data: object, row: array[int]) -> None:
        self._data, self._row = data, row
        self._known: dict[Path, Mark] = {}
        self._opened: dict[Path, tuple[int, object]] = {(): (0, data)} if row else {}
        if row:
            self._known[()] = self._mark(0)

    def __getitem__(self, path: Path) -> Mark:
        found = self._known.get(path)
        if found is None:
            self._open(path)
            found = self._known[path]
        return found

    def __contains__(self, path: object) -> bool:
        if path not in self._known and isinstance(path, tuple):
            self._open(path)
        return path in self._known

    def __len__(self) -> int:
        return len(self._row) // WIDTH

    def __iter__(self) -> Iterator[Path]:
        """All paths, those within a value before its own."""
        return self._below((), self._data) if self._row else iter(())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Marks):
            return self._row == other._row and self._data == other._data
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]

    def _below(self, path: Path, value: object) -> Iterator[Path]:
        for step, inner in _parts(value):
            yield from self._below((*path, step), inner)
        yield path

    def _mark(self, at: int) -> Mark:
        key_start, key_end, start, end = self._row[at * WIDTH : at * WIDTH + 4]
        return key_start, key_end, start, end, 0

    def _open(self, path: Path) -> None:
        """Make the paths of what stands beside a value, and beside all around it."""
        for depth in range(len(path)):
            around = path[:depth]
            if (*around, path[depth]) not in self._known and not self._lay_open(around):
                return

    def _lay_open(self, path: Path) -> bool:
        """Make the paths of what a value holds; False where there is no such value, or it was done."""
        place = self._opened.get(path)
        if place is None:
            return False
        at, value = place
        at += 1
        for step, inner in _parts(value):
            below = (*path, step)
            self._known[below] = self._mark(at)
            if isinstance(inner, dict | list):
                self._opened[below] = (at, inner)
            at += self._row[at * WIDTH + 4]
        self._opened.pop(path, None)  # last: another thread that finds it gone finds all of it known
        return True


def _parts(value: object) -> Iterator[tuple[str | int, object]]:
    """What a map or list holds, by key or number."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)
