"""Opening: the sealed cells of selected rows, put in place of their envelopes; those alone that their reader gets."""

from __future__ import annotations

from collections.abc import Sequence

from engine.model.entities import TEXT_KINDS
from engine.runtime.access.masks import STARS, TEXT_MASKS, mask_text
from engine.runtime.database.protocol import Row
from engine.runtime.query.cells import ABSENT, MASKED, READABLE
from engine.runtime.query.decoding import RecordDecoder, SealedCell
from engine.runtime.sealing.rows import Kept, Opening, opened
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.json import parse_json
from engine.runtime.work import Work


def opened_rows(work: Work, decoder: RecordDecoder, rows: Sequence[Row]) -> list[Row]:
    """The rows with what is in their envelopes; the keys of all of them are asked for at once. Raises Tampered."""
    wanted = {one: None for row in rows for cell in decoder.sealed if (one := _opening(cell, row)) is not None}
    found = dict(zip(wanted, opened(work, tuple(wanted), lenient=True), strict=True))
    return [_opened(decoder, row, found) for row in rows]


def _opening(one: SealedCell, row: Row) -> Opening | None:
    """What is to be opened for a cell; None where there is nothing, or nothing for this reader."""
    text, state = row[one.cell.at], one.cell.state_in(row)
    partial = state == MASKED and one.mask in TEXT_MASKS and one.cell.field.kind in TEXT_KINDS
    if text is None or not (state == READABLE or partial):
        return None
    return Opening(one.entity, int(str(row[one.record_at])), one.column, str(text))


def _opened(decoder: RecordDecoder, row: Row, found: dict[Opening, Kept]) -> Row:
    cells = list(row)
    for one in decoder.sealed:
        opening = _opening(one, row)
        kept = found[opening].get(one.cell.field.name) if opening is not None else None
        cells[one.cell.at] = _shown(decoder, one, row, kept)
    return tuple(cells)


def _shown(decoder: RecordDecoder, one: SealedCell, row: Row, kept: object) -> object:
    """What the decoder of the row expects: the value as a plain column would hold it, or what a mask leaves of it."""
    field, state = one.cell.field, one.cell.state_in(row)
    if state == ABSENT:
        return None
    if state == MASKED:
        text = None if kept is None else str(kept)
        return mask_text(one.mask, text) if field.kind in TEXT_KINDS else STARS
    value = parse_json(kept, field)
    return None if value is None else storage_of(field).to_stored(value, decoder.dialect)
