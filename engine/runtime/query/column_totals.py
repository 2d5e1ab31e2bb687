"""Column totals: of the rows of a request, how many stand under each value of a field, and what a figure of theirs adds up to.

One statement, which looks at no more rows than a count does; what the reader may not read adds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlglot import exp

from engine.model.access import Action
from engine.model.errors import NotFound
from engine.model.names import empty_map
from engine.model.requests import Path, QueryRequest
from engine.runtime.query import nodes
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.listing import COUNTED_TO, Listing, listing_of
from engine.runtime.query.names import Reader, resolve
from engine.runtime.query.selection import named
from engine.runtime.query.statements import Built, prepared, rows_of
from engine.runtime.storage.fields import storage_of
from engine.runtime.work import Work

HALF = 1_000_000_000
"""Scaled integers are added up in two halves, so that no sum leaves the range of 64 bits."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts and sums by value; `capped` when there were more rows than are looked at: then there are no sums."""

    counts: Mapping[str, int] = field(default_factory=empty_map)
    sums: Mapping[str, Decimal] = field(default_factory=empty_map)
    capped: bool = False


def column_totals(work: Work, request: QueryRequest, by: Path, summed: Path | None) -> Totals:
    """The totals of a request's rows by a field. Raises what `list_records` raises."""
    reader = Reader(work.model, work.context)
    if reader.access(request.entity) is None:
        raise NotFound
    wider = replace(request, columns=(), sort=(), cursor=None, limit=1, count=False)
    listing = listing_of(reader, wider, Action.READ, work.session.dialect)
    shape = ("column_totals", by, summed, *listing.filter_shape())
    statement = prepared(work, shape, lambda: _tree(listing, by, summed))
    found = rows_of(work, statement, listing.parameters(None))
    counts = {str(row[0]): int(str(row[1])) for row in found if row[0] is not None}
    capped = sum(int(str(row[1])) for row in found) > COUNTED_TO
    if summed is None or capped:
        return Totals(counts, {}, capped)
    storage = storage_of(resolve(reader, request.entity, summed).field)
    sums: dict[str, Decimal] = {}
    for value, _, high, low in found:
        if value is not None and high is not None:
            whole = storage.decode(1, work.session.dialect)
            unit = whole if isinstance(whole, Decimal) else Decimal(str(whole))
            sums[str(value)] = unit * (int(str(high)) * HALF + int(str(low)))
    return Totals(counts, sums, capped)


def _tree(listing: Listing, by: Path, summed: Path | None) -> Built:
    compilation, rows, conditions = listing.secured()
    figure = rows.cell(summed).open if summed is not None else nodes.null()
    inner = rows.select([named(rows.cell(by).shown.copy(), "c0"), named(figure.copy(), "c1")], *conditions)
    inner.set("limit", exp.Limit(expression=nodes.number(COUNTED_TO + 1)))
    value, of = _column("c0"), _column("c1")
    high = exp.Sum(this=exp.Div(this=of.copy(), expression=nodes.number(HALF), typed=True, safe=False))
    low = exp.Sum(this=exp.Mod(this=of.copy(), expression=nodes.number(HALF)))
    figures = [named(high, "s0"), named(low, "s1")] if summed is not None else [named(nodes.null(), "s0")]
    tree = exp.Select(expressions=[named(value, "v"), named(exp.Count(this=exp.Star()), "n"), *figures])
    alias = exp.TableAlias(this=exp.to_identifier("looked", quoted=True))
    tree.set("from_", exp.From(this=exp.Subquery(this=inner, alias=alias)))
    tree.set("group", exp.Group(expressions=[nodes.number(1)]))
    return tree, RecordDecoder(listing.request.entity, (), listing.dialect), compilation


def _column(name: str) -> exp.Column:
    return nodes.column("looked", name)
