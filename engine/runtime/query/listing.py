"""A listing: a checked request, and the trees of its page and its count."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.errors import BadRequest, Forbidden, NotFound
from engine.model.requests import Path, QueryRequest, Sort
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.filters import BoundFilter, bind, lowered
from engine.runtime.query.names import Reader
from engine.runtime.query.ordering import NEVER_EMPTY, OrderKey, after, complete, only_empty
from engine.runtime.query.plan import ScopePlan
from engine.runtime.query.rewrites.one_value import one_value
from engine.runtime.query.rewrites.other_values import by_ranges, in_order
from engine.runtime.query.rewrites.true_only import true_only
from engine.runtime.query.search_query import bound_words, matches, words_of
from engine.runtime.query.secure import SecuredRows, policy, secure
from engine.runtime.query.secured_columns import SecuredColumns
from engine.runtime.query.selection import select_columns, with_titles
from engine.runtime.search.tokens import wanted
from engine.runtime.storage.usual_rows import usual_rows

MOST_ROWS = 200
COUNTED_TO = 10_000
Last = tuple[object, ...] | None
"""The order key values of the last row of the page before, or None at the start."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A checked request: names resolved, order complete, values encoded. Makes the trees of its page and its count."""

    request: QueryRequest
    reader: Reader
    access: Allow
    action_access: Allow | None
    columns: tuple[Path, ...]
    sorts: tuple[Sort, ...]
    where: BoundFilter
    words: tuple[str, ...]
    dialect: str
    action: Action
    plan: ScopePlan = ScopePlan.SEEK

    @property
    def binding(self) -> str:
        """What a cursor is bound to: its reader, and everything that decides which rows come in which order."""
        asked = (self.request.entity, self.sorts, self.where, self.words, self.request.deleted, str(self.action))
        formula = self.request.formula_filter.source if self.request.formula_filter else ""
        return repr((self.reader.context.principal.user_id, asked, formula, self.reader.context.as_of))

    @property
    def signs(self) -> tuple[bool, ...]:
        """Of each word of the search, whether it is of signs alone: the index does not know such."""
        return tuple(not wanted(word) for word in self.words)

    def shape(self, last: Last, rest: bool = False) -> tuple[object, ...]:
        """Everything that decides the text of the page's statement; no value of the request is in it."""
        nulls = None if last is None else tuple(value is None for value in last)
        return ("page", self.columns, self.sorts, nulls, rest, *self.filter_shape())

    def count_shape(self) -> tuple[object, ...]:
        return ("count", *self.filter_shape())

    def filter_shape(self) -> tuple[object, ...]:
        request = self.request
        return (
            request.entity,
            self.where.shape,
            self.signs,
            request.deleted,
            str(self.action),
            str(self.plan),
            request.formula_filter,
        )

    def parameters(self, last: Last) -> dict[str, object]:
        values: dict[str, object] = {f"f{at}": value for at, value in enumerate(self.where.values)}
        values |= bound_words(self.reader, self.access, self.words, self.dialect)
        return values | {f"k{at}": value for at, value in enumerate(last or ()) if value is not None}

    def page_tree(self, last: Last, rest: bool = False) -> tuple[exp.Expression, RecordDecoder, Compilation]:
        """The rows after the place `last`, or with `rest` those whose first order key is empty."""
        compilation, rows, conditions = self.secured()
        expressions, decoder = select_columns(rows, self.columns)
        keys = [_key(rows, sort) for sort in self.sorts]
        expressions += [
            exp.Alias(this=key.expression.copy(), alias=exp.to_identifier(f"k{at}", quoted=True))
            for at, key in enumerate(keys)
        ]
        if last is not None:
            conditions.append(after(keys, [None if value is None else f"k{at}" for at, value in enumerate(last)]))
        if rest:
            conditions.append(only_empty(keys))
        tree = rows.select(expressions, *conditions)
        tree.set("order", exp.Order(expressions=[key.ordered(f"k{at}", self.dialect) for at, key in enumerate(keys)]))
        tree.set("limit", exp.Limit(expression=nodes.parameter("limit")))
        return tree, decoder, compilation

    def count_tree(self) -> tuple[exp.Expression, RecordDecoder, Compilation]:
        compilation, rows, conditions = self.secured()
        inner = rows.select([exp.Alias(this=nodes.number(1), alias=exp.to_identifier("one", quoted=True))], *conditions)
        if self.dialect == "sqlite":
            entity = self.reader.model.entities[self.request.entity]
            inner = by_ranges(inner, usual_rows(self.reader.model, entity))
        inner.set("limit", exp.Limit(expression=nodes.number(COUNTED_TO + 1)))
        tree = exp.Select(expressions=[exp.Count(this=exp.Star())])
        tree.set(
            "from_", exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("counted"))))
        )
        return tree, RecordDecoder(self.request.entity, (), self.dialect), compilation

    def secured(self) -> tuple[Compilation, SecuredRows, list[exp.Expression]]:
        compilation = Compilation(self.reader, self.dialect, self.plan)
        rows = secure(compilation, self.request.entity, self.access, self.request.deleted)
        names = (f"f{at}" for at in range(len(self.where.values)))
        conditions = [lowered(rows, self.request.where, names)]
        if self.request.formula_filter is not None:
            conditions.append(in_order(true_only(SecuredColumns(rows).lower(self.request.formula_filter))))
        if self.words:
            conditions.append(matches(rows, self.signs))
        if self.action_access is not None:
            conditions += policy(compilation, self.action_access, rows.alias, self.request.deleted)
        return compilation, rows, conditions


def listing_of(reader: Reader, request: QueryRequest, action: Action, dialect: str) -> Listing:
    """Checks a request; raises NotFound, UnknownField and BadRequest as `list_records` says."""
    access = reader.access(request.entity)
    if access is None:
        raise NotFound
    if not 1 <= request.limit <= MOST_ROWS:
        raise BadRequest(Message(f"每页 1 到 {MOST_ROWS} 条", f"A page has 1 to {MOST_ROWS} rows"))
    if reader.context.as_of is not None and request.search.strip():
        raise BadRequest(Message("回看过去时不能搜索，请用筛选", "The past cannot be searched; use filters"))
    if reader.context.as_of is not None and request.deleted:
        raise BadRequest(Message("回看过去时没有已删除的记录", "The past has no deleted rows to list"))
    request = replace(request, where=one_value(request.where))
    return Listing(
        request=request,
        reader=reader,
        access=access,
        action_access=_action_access(reader, request.entity, action),
        columns=with_titles(reader, request.entity, request.columns),
        sorts=complete(reader, request.entity, request.sort),
        where=bind(reader, request.entity, request.where, dialect),
        words=words_of(request.search),
        dialect=dialect,
        action=action,
    )


def _key(rows: SecuredRows, sort: Sort) -> OrderKey:
    if sort.formula is not None:
        return OrderKey(nodes.parens(SecuredColumns(rows).lower(sort.formula)), sort.descending)
    return OrderKey(rows.cell(sort.path).shown, sort.descending, sort.path not in NEVER_EMPTY)


def _action_access(reader: Reader, entity: str, action: Action) -> Allow | None:
    if action is Action.READ:
        return None
    decision = decide(reader.model, reader.context, entity, action)
    if not isinstance(decision, Allow):
        raise Forbidden
    return decision
