"""Opening: the sealed cells of selected rows, put in place of their envelopes; those alone that their reader gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.model.entities import NUMERIC_KINDS, TEXT_KINDS, Field, FieldKind
from engine.runtime.access.masks import STARS, TEXT_MASKS, mask_text
from engine.runtime.database.protocol import Row
from engine.runtime.query.cells import ABSENT, MASKED, READABLE
from engine.runtime.query.decoding import RecordDecoder, SealedCell
from engine.runtime.sealing.rows import Opening, from_kept, opened
from engine.runtime.storage.fields import storage_of
from engine.runtime.work import Work

_AS_KEPT = TEXT_KINDS | {FieldKind.CHOICE, FieldKind.INTEGER}
"""Kinds whose columns hold what an envelope does."""


def opened_rows(work: Work, decoder: RecordDecoder, rows: Sequence[Row]) -> list[Row]:
    """The rows with what is in their envelopes; the keys of all of them are asked for at once. Raises Tampered."""
    wanted: dict[Opening, int] = {}
    found = [[list(row), *(_place(one, row, wanted) for one in decoder.sealed)] for row in rows]
    contents = opened(work, tuple(wanted), lenient=True)
    shown = [(one, _reader(one, decoder.dialect)) for one in decoder.sealed]
    made: list[Row] = []
    for cells, *places in found:
        assert isinstance(cells, list)
        for (one, read), place in zip(shown, places, strict=True):
            kept = contents[place].get(one.cell.field.name) if isinstance(place, int) else None
            at = one.cell.at
            state = one.cell.state if one.cell.state_at is None else one.cell.state_in(cells)
            cells[at] = (None if kept is None else read(kept)) if state == READABLE else _under_mask(one, state, kept)
        made.append(tuple(cells))
    return made


def _place(one: SealedCell, row: Row, wanted: dict[Opening, int]) -> int | None:
    """Which of the envelopes to be opened a cell lies in; None where there is none, or nothing for this reader."""
    cell = one.cell
    text = row[cell.at]
    if text is None:
        return None
    state = cell.state if cell.state_at is None else cell.state_in(row)
    if state != READABLE and not (state == MASKED and one.mask in TEXT_MASKS and cell.field.kind in TEXT_KINDS):
        return None
    record = row[one.record_at]
    opening = Opening(one.entity, record if isinstance(record, int) else int(str(record)), one.column, str(text))
    return wanted.setdefault(opening, len(wanted))


def _under_mask(one: SealedCell, state: int, kept: object) -> object:
    """What a mask leaves of a value; nothing of an absent cell."""
    if state == ABSENT:
        return None
    return mask_text(one.mask, None if kept is None else str(kept)) if one.cell.field.kind in TEXT_KINDS else STARS


def _reader(one: SealedCell, dialect: str) -> Callable[[object], object]:
    """What gives the value that a column of its own would hold, of what an envelope holds."""
    field = one.cell.field
    if field.kind in _AS_KEPT:
        return lambda kept: kept
    if field.kind in NUMERIC_KINDS and field.scale:
        return lambda kept: _scaled(str(kept), field, dialect)
    return lambda kept: _stored(kept, field, dialect)


def _scaled(text: str, field: Field, dialect: str) -> object:
    """`12.50` as 1250; a text of another number of places than the field has now by way of the number."""
    if text[-field.scale - 1 : -field.scale] == ".":
        return int(text.replace(".", ""))
    return _stored(text, field, dialect)


def _stored(kept: object, field: Field, dialect: str) -> object:
    value = from_kept(kept, field)
    return None if value is None else storage_of(field).to_stored(value, dialect)
