"""Reading ahead: what the next lines of a sheet say and are found by, worked out in the child that reads them.

What a cell is read as, and which words a text is found by, depends on its field alone. So it is not the writing process that
works it out, which has one processor for all that it does: it looks up what was found here, and works out what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.model.entities import REFERENCE_KINDS, Entity, Field
from engine.model.names import empty_map
from engine.runtime.search.tokens import found_by
from engine.runtime.storage.cells import Read, read_cell
from engine.runtime.storage.tables import indexed_fields
from engine.runtime.transfer.spooling import read_lines

Lines = Sequence[tuple[int, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its place, the field that it fills, whether rows are found by what stands there."""

    at: int
    field: Field
    indexed: bool


@dataclass(frozen=True, slots=True)
class Ahead:
    """Lines of a sheet, where the next ones begin (None at the end), and by field what their texts are and are found by."""

    lines: Lines
    place: int | None = None
    cells: Mapping[str, Mapping[object, Read]] = field(default_factory=empty_map)
    tokens: Mapping[str, Mapping[str, str]] = field(default_factory=empty_map)


def columns_read(entity: Entity, header: Sequence[str], columns: Mapping[str, str]) -> tuple[Column, ...]:
    """The columns that can be read without the database, of those that fill a field."""
    indexed = frozenset(one.name for one in indexed_fields(entity))
    filled = ((at, entity.fields.get(columns.get(name, ""))) for at, name in enumerate(header))
    return tuple(
        Column(at, one, one.name in indexed)
        for at, one in filled
        if one is not None and one.kind not in REFERENCE_KINDS and not one.computed
    )


def columns_together(header: Sequence[str], columns: Mapping[str, str], key: Sequence[str]) -> tuple[int, ...]:
    """Where the key stands that lines of one record repeat; nowhere in a sheet whose lines are records."""
    if not any("." in one for one in columns.values()):
        return ()
    return tuple(at for at, name in enumerate(header) if columns.get(name) in key)


def read_ahead(
    path: str, offset: int, count: int, columns: Sequence[Column], together: Sequence[int], zone: str
) -> Ahead:
    """The next lines from an offset on, those of one record together, and what is found out of their texts."""
    lines, place = read_lines(path, offset, count, together)
    cells: dict[str, dict[object, Read]] = {}
    tokens: dict[str, dict[str, str]] = {}
    for one in columns:
        texts = dict.fromkeys(cells_of[one.at].strip() for _, cells_of in lines)
        cells[one.field.name] = {text: read_cell(text, one.field, zone) for text in texts if text}
        if one.indexed:
            values = (value for value, _ in cells[one.field.name].values())
            tokens[one.field.name] = {value: found_by(one.field, value) for value in values if isinstance(value, str)}
    return Ahead(lines, place, cells, tokens)
