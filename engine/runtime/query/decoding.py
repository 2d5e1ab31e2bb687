"""Decoding: from a selected row to the cells that its reader gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.model.entities import TEXT_KINDS, Field
from engine.model.requests import Record
from engine.runtime.access.masks import STARS
from engine.runtime.query.cells import ABSENT, MASKED, READABLE


@dataclass(frozen=True, slots=True)
class CellDecoder:
    """Where one cell stands in a selected row; `state` is a constant, `state_at` the column that tells it."""

    path: str
    field: Field
    at: int
    decode: Callable[[object, str], object]
    state: int = READABLE
    state_at: int | None = None

    def state_in(self, row: Sequence[object]) -> int:
        if self.state_at is None:
            return self.state
        told = row[self.state_at]
        return told if isinstance(told, int) else ABSENT


@dataclass(frozen=True, slots=True)
class RecordDecoder:
    """How rows of one statement become records: id and version first, then cells."""

    entity: str
    cells: tuple[CellDecoder, ...]
    dialect: str

    def record(self, row: Sequence[object]) -> Record:
        cells: dict[str, object] = {}
        masked: set[str] = set()
        dialect = self.dialect
        for decoder in self.cells:
            state = decoder.state if decoder.state_at is None else decoder.state_in(row)
            if state == ABSENT:
                continue
            stored = row[decoder.at]
            if state == MASKED:
                masked.add(decoder.path)
                cells[decoder.path] = stored if decoder.field.kind in TEXT_KINDS else STARS
            else:
                cells[decoder.path] = None if stored is None else decoder.decode(stored, dialect)
        return Record(self.entity, _whole(row[0]), _whole(row[1]), cells, frozenset(masked))


def _whole(stored: object) -> int:
    if not isinstance(stored, int):
        raise TypeError("an id or version that is no integer")
    return stored
