"""Lists: pages of rows as their reader may see them, counted up to a cap."""

from __future__ import annotations

from collections.abc import Sequence

from engine.model.access import Action
from engine.model.requests import QueryRequest, RecordPage
from engine.runtime.query.cursors import open_cursor, seal_cursor
from engine.runtime.query.listing import COUNTED_TO, Listing, listing_of
from engine.runtime.query.names import Reader
from engine.runtime.query.statements import prepared, rows_of
from engine.runtime.work import Work


def list_records(work: Work, request: QueryRequest, action: Action = Action.READ) -> RecordPage:
    """One page of rows. With `action` (such as EXPORT) only rows on which that is allowed too.

    Raises NotFound for an entity without a grant, UnknownField for a name the reader does not have, BadRequest for a
    filter, cursor or limit that does not fit.
    """
    listing = listing_of(Reader(work.model, work.context), request, action, work.session.dialect)
    last = open_cursor(work.key, listing.binding, request.cursor, len(listing.sorts)) if request.cursor else None
    statement = prepared(work, listing.shape(last), lambda: listing.page_tree(last))
    values = listing.parameters(last) | {"limit": request.limit + 1}
    found = rows_of(work, statement, values)
    records = tuple(statement.decoder.record(row) for row in found[: request.limit])
    more = len(found) > request.limit
    cursor = seal_cursor(work.key, listing.binding, _key_values(listing, found[request.limit - 1])) if more else None
    if not request.count:
        return RecordPage(records, cursor)
    total = _count(work, listing)
    return RecordPage(records, cursor, min(total, COUNTED_TO), total > COUNTED_TO)


def count_records(work: Work, request: QueryRequest) -> int:
    """How many rows a request finds, counted no further than 10,001."""
    return _count(work, listing_of(Reader(work.model, work.context), request, Action.READ, work.session.dialect))


def _count(work: Work, listing: Listing) -> int:
    statement = prepared(work, listing.count_shape(), listing.count_tree)
    found = rows_of(work, statement, listing.parameters(None))
    counted = found[0][0]
    return counted if isinstance(counted, int) else 0


def _key_values(listing: Listing, row: Sequence[object]) -> tuple[object, ...]:
    """The order keys of a row: they are selected behind everything else."""
    return tuple(row[len(row) - len(listing.sorts) :])
