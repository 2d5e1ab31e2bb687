"""Decoding: from a selected row to the cells that its reader gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.model.entities import TEXT_KINDS, Field
from engine.model.level_rules import SENSITIVE
from engine.model.requests import Record
from engine.runtime.access.masks import STARS
from engine.runtime.database.protocol import Row
from engine.runtime.identifiers import encode_id
from engine.runtime.query.cells import ABSENT, MASKED, READABLE
from engine.runtime.sightings import Sighting
from engine.runtime.storage.writing import Writer


@dataclass(frozen=True, slots=True)
class CellDecoder:
    """Where one cell stands in a selected row; `state` is a constant, `state_at` the column that tells it."""

    path: str
    field: Field
    at: int
    decode: Callable[[object, str], object]
    write: Writer | None = None
    """From the stored value to its JSON; None when it is that already."""
    state: int = READABLE
    state_at: int | None = None

    def state_in(self, row: Sequence[object]) -> int:
        if self.state_at is None:
            return self.state
        told = row[self.state_at]
        return told if isinstance(told, int) else ABSENT


@dataclass(frozen=True, slots=True)
class SealedCell:
    """A cell that is selected as the envelope it lies in: of the row of `entity` whose id stands at `record_at`. Before
    anybody decodes the row, what it holds takes its place; for who reads the mask, the mask of it."""

    cell: CellDecoder
    entity: str
    record_at: int
    column: str
    mask: str


@dataclass(frozen=True)
class RecordDecoder:
    """How rows of one statement become records: id and version first, then cells."""

    entity: str
    cells: tuple[CellDecoder, ...]
    dialect: str
    sealed: tuple[SealedCell, ...] = ()

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

    def body(self, row: Sequence[object]) -> dict[str, object]:
        """The row as JSON: what `record` holds with every value in its JSON form, paths of masked cells in `@masked`."""
        body: dict[str, object] = {"id": encode_id(_whole(row[0])), "version": row[1]}
        masked: list[str] = []
        for path, at, write, fixed, state_at, textual in self._written:
            state = fixed if state_at is None else row[state_at]
            if state == READABLE:
                stored = row[at]
                body[path] = stored if stored is None or write is None else write(stored)
            elif state == MASKED:
                masked.append(path)
                body[path] = row[at] if textual else STARS
        if masked:
            body["@masked"] = sorted(masked)
        return body

    @cached_property
    def guarded(self) -> tuple[CellDecoder, ...]:
        """The cells of fields whose reading is recorded: those of level G3 or above."""
        return tuple(one for one in self.cells if SENSITIVE & {one.field.level, one.field.floor})

    def sighting(self, rows: Sequence[Row]) -> Sighting | None:
        """What of the guarded fields stands in some rows, in clear; None for nothing."""
        fields: set[str] = set()
        seen: list[tuple[int, int]] = []
        for row in rows:
            paths = [one.path for one in self.guarded if row[one.at] is not None and one.state_in(row) == READABLE]
            if paths:
                fields.update(paths)
                seen.append((_whole(row[0]), _whole(row[1])))
        return Sighting(self.entity, tuple(sorted(fields)), tuple(seen)) if seen else None

    @cached_property
    def _written(self) -> tuple[tuple[str, int, Writer | None, object, int | None, bool], ...]:
        """Each cell as `body` reads it: a row is written in one walk over plain values."""
        return tuple(
            (one.path, one.at, one.write, one.state, one.state_at, one.field.kind in TEXT_KINDS) for one in self.cells
        )


def _whole(stored: object) -> int:
    if not isinstance(stored, int):
        raise TypeError("an id or version that is no integer")
    return stored
