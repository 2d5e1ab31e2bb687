"""Counting several lists in one statement, each no further than it is told: what stands beside a navigation."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from engine.model.access import Action
from engine.model.requests import QueryRequest
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.listing import Listing, listing_of
from engine.runtime.query.names import Reader
from engine.runtime.query.statements import Built, prepared, rows_of
from engine.runtime.work import Work


def count_each(work: Work, requests: Sequence[QueryRequest], most: int) -> tuple[int, ...]:
    """How many rows each request finds, counted up to `most`; they hold conditions of definitions, no values of their own."""
    if not requests:
        return ()
    reader = Reader(work.model, work.context)
    listings = [listing_of(reader, one, Action.READ, work.session.dialect) for one in requests]
    shape = ("counts", most, *(one.filter_shape() for one in listings))
    statement = prepared(work, shape, lambda: _tree(reader, listings, most))
    return tuple(int(str(one)) for one in rows_of(work, statement, {})[0])


def _tree(reader: Reader, listings: Sequence[Listing], most: int) -> Built:
    whole = Compilation(reader, listings[0].dialect)
    counts: list[exp.Expression] = []
    for at, listing in enumerate(listings):
        compilation, rows, conditions = listing.secured()
        one = exp.Alias(this=nodes.number(1), alias=exp.to_identifier("one", quoted=True))
        inner = rows.select([one], *conditions)
        whole.variables |= compilation.variables
        inner.set("limit", exp.Limit(expression=nodes.number(most)))
        count = exp.Select(expressions=[exp.Count(this=exp.Star())])
        name = exp.TableAlias(this=exp.to_identifier(f"counted{at}"))
        count.set("from_", exp.From(this=exp.Subquery(this=inner, alias=name)))
        counts.append(exp.Alias(this=exp.Subquery(this=count), alias=exp.to_identifier(f"n{at}", quoted=True)))
    return exp.Select(expressions=counts), RecordDecoder("", (), whole.dialect), whole
