"""Lists: pages of rows as their reader may see them, counted up to a cap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.model.access import Action
from engine.model.requests import QueryRequest, Record, RecordPage
from engine.runtime.database.protocol import Row
from engine.runtime.query.cursors import open_cursor, seal_cursor
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.listing import COUNTED_TO, Last, Listing, listing_of
from engine.runtime.query.names import Reader
from engine.runtime.query.ordering import empty_ones_follow
from engine.runtime.query.plan import choose_plan
from engine.runtime.query.statements import prepared, rows_of
from engine.runtime.work import Work


def list_records(work: Work, request: QueryRequest, action: Action = Action.READ) -> RecordPage:
    """One page of rows. With `action` (such as EXPORT) only rows on which that is allowed too.

    Raises NotFound for an entity without a grant, UnknownField for a name the reader does not have, BadRequest for a
    filter, cursor or limit that does not fit.
    """
    page = _page(work, request, action)
    records = tuple(page.decoder.record(row) for row in page.rows)
    return RecordPage(records, page.next_cursor, page.total, page.total_capped)


def list_bodies(work: Work, request: QueryRequest) -> dict[str, object]:
    """One page of rows as the interface writes it in JSON. Raises what `list_records` raises."""
    page = _page(work, request, Action.READ)
    body: dict[str, object] = {"data": [*map(page.decoder.body, page.rows)], "next_cursor": page.next_cursor}
    if page.total is not None:
        body |= {"total": page.total, "total_capped": page.total_capped}
    return body


@dataclass(frozen=True, slots=True)
class _Page:
    """The rows of a page as they were selected."""

    rows: Sequence[Row]
    decoder: RecordDecoder
    next_cursor: str | None
    total: int | None = None
    total_capped: bool = False


def _page(work: Work, request: QueryRequest, action: Action) -> _Page:
    listing = listing_of(Reader(work.model, work.context), request, action, work.session.dialect)
    plan = choose_plan(work, listing.access)
    if plan is not listing.plan:
        listing = replace(listing, plan=plan)
    last = open_cursor(work.key, listing.binding, request.cursor, len(listing.sorts)) if request.cursor else None
    found, decoder = _rows_after(work, listing, last)
    rows, more = found[: request.limit], len(found) > request.limit
    cursor = seal_cursor(work.key, listing.binding, _key_values(listing, rows[-1])) if more else None
    if not request.count:
        return _Page(rows, decoder, cursor)
    total = len(rows) if last is None and not more else _count(work, listing)
    return _Page(rows, decoder, cursor, min(total, COUNTED_TO), total > COUNTED_TO)


@dataclass(frozen=True, slots=True)
class Placed:
    """A row with the values of its order keys, as the database holds them: where a further page can go on."""

    record: Record
    keys: tuple[object, ...]


def list_placed(work: Work, request: QueryRequest, last: Last = None) -> tuple[Placed, ...]:
    """At most `limit` rows after the place `last`: for lists that are merged of several. Raises what `list_records` raises."""
    listing = listing_of(Reader(work.model, work.context), request, Action.READ, work.session.dialect)
    found, decoder = _rows_after(work, listing, last)
    return tuple(Placed(decoder.record(row), _key_values(listing, row)) for row in found[: request.limit])


def count_records(work: Work, request: QueryRequest) -> int:
    """How many rows a request finds, counted no further than 10,001."""
    return _count(work, listing_of(Reader(work.model, work.context), request, Action.READ, work.session.dialect))


def _rows_after(work: Work, listing: Listing, last: Last) -> tuple[list[Row], RecordDecoder]:
    """One row more than a page has, so that it is known whether there is a next one."""
    wanted = listing.request.limit + 1
    statement = prepared(work, listing.shape(last), lambda: listing.page_tree(last))
    found = rows_of(work, statement, listing.parameters(last) | {"limit": wanted})
    if len(found) < wanted and empty_ones_follow(listing.sorts, last):
        rest = prepared(work, listing.shape(None, True), lambda: listing.page_tree(None, True))
        found += rows_of(work, rest, listing.parameters(None) | {"limit": wanted - len(found)})
    return found, statement.decoder


def _count(work: Work, listing: Listing) -> int:
    statement = prepared(work, listing.count_shape(), listing.count_tree)
    found = rows_of(work, statement, listing.parameters(None))
    counted = found[0][0]
    return counted if isinstance(counted, int) else 0


def _key_values(listing: Listing, row: Sequence[object]) -> tuple[object, ...]:
    """The order keys of a row: they are selected behind everything else."""
    return tuple(row[len(row) - len(listing.sorts) :])
