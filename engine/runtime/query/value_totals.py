"""Value totals: of the rows of a request, how many stand under each value of a field, and what a figure of theirs adds up to.

One statement, which looks at no more rows than a count does; what the reader may not read adds nothing. Rows of a
reference come with its title, those of a date or an instant stand under the first day of their month.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from sqlglot import exp

from engine.model.access import Action
from engine.model.entities import REFERENCE_KINDS, FieldKind
from engine.model.errors import NotFound
from engine.model.requests import Path, QueryRequest
from engine.runtime.metrics.time_buckets import bucket_expression, decode_bucket
from engine.runtime.query import nodes
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.listing import COUNTED_TO, Listing, listing_of
from engine.runtime.query.names import TITLE, Reader, find, resolve
from engine.runtime.query.sealed_fields import refuse_sealed
from engine.runtime.query.selection import named
from engine.runtime.query.statements import Built, prepared, rows_of
from engine.runtime.storage.fields import storage_of
from engine.runtime.work import Work

HALF = 1_000_000_000
"""Scaled integers are added up in two halves, so that no sum leaves the range of 64 bits."""
TIMES = frozenset({FieldKind.DATE, FieldKind.INSTANT})


@dataclass(frozen=True, slots=True)
class ValueTotal:
    """One value (None for rows without one), its title when it is a reference, its number of rows, and what they add up to."""

    value: object
    title: str | None
    count: int
    sum: Decimal | None


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of every value; `capped` when there were more rows than are looked at: then there are no sums."""

    values: tuple[ValueTotal, ...]
    capped: bool = False


def value_totals(work: Work, request: QueryRequest, by: Path, summed: Path | None) -> Totals:
    """The totals of a request's rows by a field. Raises what `list_records` raises."""
    reader = Reader(work.model, work.context)
    if reader.access(request.entity) is None:
        raise NotFound
    wider = replace(request, columns=(), sort=(), cursor=None, limit=1, count=False)
    listing = listing_of(reader, wider, Action.READ, work.session.dialect)
    field = resolve(reader, request.entity, by).field
    refuse_sealed(field, by, "用来分组", "grouped by")
    zone = work.context.zone if field.kind in TIMES else ""
    if summed is not None:
        refuse_sealed(resolve(reader, request.entity, summed).field, summed, "合计", "added up")
    shape = ("value_totals", by, summed, zone, *listing.filter_shape())
    statement = prepared(work, shape, lambda: _tree(listing, by, summed, zone))
    found = rows_of(work, statement, listing.parameters(None))
    capped = sum(int(str(row[2])) for row in found) > COUNTED_TO
    dialect = work.session.dialect
    unit = Decimal(0)
    if summed is not None:
        unit = Decimal(str(storage_of(resolve(reader, request.entity, summed).field).decode(1, dialect)))

    def total(value: object, title: object, count: object, high: object, low: object) -> ValueTotal:
        known = decode_bucket(value) if field.kind in TIMES else storage_of(field).decode(value, dialect)
        added = None if capped or high is None else unit * (int(str(high)) * HALF + int(str(low)))
        return ValueTotal(known, None if title is None else str(title), int(str(count)), added)

    return Totals(tuple(total(*row) for row in found), capped)


def _tree(listing: Listing, by: Path, summed: Path | None, zone: str) -> Built:
    compilation, rows, conditions = listing.secured()
    cell = rows.cell(by)
    value = cell.shown.copy()
    if cell.field.kind in TIMES:
        value = bucket_expression(cell.open, cell.field, "month", zone, listing.dialect)
    titled = cell.field.kind in REFERENCE_KINDS and find(listing.reader, listing.request.entity, (*by, TITLE))
    title = rows.cell((*by, TITLE)).shown.copy() if titled else nodes.null()
    figure = rows.cell(summed).open.copy() if summed is not None else nodes.null()
    inner = rows.select([named(value, "c0"), named(title, "c1"), named(figure, "c2")], *conditions)
    inner.set("limit", exp.Limit(expression=nodes.number(COUNTED_TO + 1)))
    of = _column("c2")
    high = exp.Sum(this=exp.Div(this=of.copy(), expression=nodes.number(HALF), typed=True, safe=False))
    low = exp.Sum(this=exp.Mod(this=of.copy(), expression=nodes.number(HALF)))
    figures = (high, low) if summed is not None else (nodes.null(), nodes.null())
    keys = [named(_column("c0"), "v"), named(exp.Max(this=_column("c1")) if titled else nodes.null(), "t")]
    sums = [named(one, f"s{at}") for at, one in enumerate(figures)]
    tree = exp.Select(expressions=[*keys, named(exp.Count(this=exp.Star()), "n"), *sums])
    alias = exp.TableAlias(this=exp.to_identifier("looked", quoted=True))
    tree.set("from_", exp.From(this=exp.Subquery(this=inner, alias=alias)))
    tree.set("group", exp.Group(expressions=[nodes.number(1)]))
    return tree, RecordDecoder(listing.request.entity, (), listing.dialect), compilation


def _column(name: str) -> exp.Column:
    return nodes.column("looked", name)
