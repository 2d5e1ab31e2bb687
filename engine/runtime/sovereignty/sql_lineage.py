"""Column lineage of SQL: which column of which table goes into which column of a statement, and how. Pure.

A statement is read as relations inside relations: each gives the columns of its rows with what they are made of, and what
decides which rows there are. Stars, views, common table expressions, set operations, windows and lateral joins are followed
to the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from engine.diagnostics import DougongError, Message
from engine.model.lineage import DIRECT, Way

Drawn = tuple[str, Way]
"""A column of a table (`orders.amount`) with the way in which it goes in."""
Schema = Mapping[str, Iterable[str]]
"""The columns of tables by name."""

STRENGTH = (Way.IDENTITY, Way.TRANSFORMATION, Way.AGGREGATION)
OF_ANOTHER_ROW = (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)
"""Functions that take the value of one other row: they fold nothing."""
MOST_ROUNDS = 4
"""How often a recursive relation is read again until what it draws on stands still."""


class UnreadableSql(DougongError):
    """A statement whose lineage cannot be told: it counts as of unknown origin."""

    code = "unreadable_sql"
    status = 400


class _OfUnknownTable(dict[str, frozenset[Drawn]]):
    """The columns of a table that nobody described: each is there as soon as it is named."""

    def __init__(self, table: str) -> None:
        super().__init__()
        self.table = table

    def __missing__(self, column: str) -> frozenset[Drawn]:
        if column == "*":
            raise KeyError(f"{self.table}.*")
        return frozenset({(f"{self.table}.{column}", Way.IDENTITY)})


@dataclass(frozen=True, slots=True)
class SqlLineage:
    """What each column of a statement's rows is made of, in order, and what decides which rows there are."""

    columns: Mapping[str, frozenset[Drawn]]
    rows: frozenset[Drawn] = frozenset()


def sql_lineage(sql: str, schema: Schema, dialect: str = "", views: Mapping[str, str] | None = None) -> SqlLineage:
    """The lineage of one statement. A table that `schema` does not know has the columns that are named of it. `views` are the texts of views by name. Raises UnreadableSql."""
    try:
        tree = sqlglot.parse_one(sql, read=dialect or None)
        return _Reading(schema, dialect, views or {}).statement(tree)
    except (SqlglotError, KeyError, RecursionError) as error:
        reason = str(error).splitlines()[0][:200]
        raise UnreadableSql(
            Message(f"读不懂这条 SQL 的血缘：{reason}", f"The lineage of this SQL cannot be told: {reason}")
        ) from None


@dataclass(slots=True)
class _Reading:
    """The reading of one statement and of the views that it names."""

    schema: Schema
    dialect: str
    views: Mapping[str, str]
    open_views: set[str] = field(default_factory=set)

    def statement(self, tree: exp.Expr) -> SqlLineage:
        query, names = _query_of(tree)
        tables: dict[str, object] = {
            name: dict.fromkeys(columns, "TEXT")
            for name, columns in {**self.schema, **self._view_columns(query)}.items()
        }
        whole = qualify(
            query, schema=tables, dialect=self.dialect or None, validate_qualify_columns=False, quote_identifiers=False,
            identify=False,
        )  # fmt: skip
        found = self.relation(whole, {}, {})
        return SqlLineage(dict(zip(names, found.columns.values(), strict=True)), found.rows) if names else found

    def _view_columns(self, query: exp.Expr) -> Mapping[str, Iterable[str]]:
        named = {one.name for one in query.find_all(exp.Table)} & self.views.keys()
        return {name: self.view(name).columns for name in named}

    def view(self, name: str) -> SqlLineage:
        """The lineage of a view. Raises UnreadableSql for one that stands on itself."""
        if name in self.open_views:
            raise UnreadableSql(Message(f"视图 {name} 引用了自己", f"The view {name} stands on itself"))
        self.open_views.add(name)
        found = self.statement(sqlglot.parse_one(self.views[name], read=self.dialect or None))
        self.open_views.discard(name)
        return found

    def relation(self, node: exp.Expr, known: Mapping[str, SqlLineage], outer: Mapping[str, SqlLineage]) -> SqlLineage:
        """The rows of a query, a table or what stands in their place; `known` are the relations that may be named, `outer`
        those of the rows around."""
        for one in node.ctes if isinstance(node, exp.Query) else ():
            known = {**known, one.alias: self._named_once(one, known)}
        if isinstance(node, exp.Subquery):
            return self._subquery(node, known, outer)
        if isinstance(node, exp.SetOperation):
            return self._set(node, known, outer)
        if isinstance(node, exp.Select):
            return _Selecting(self, known, outer).select(node)
        if isinstance(node, exp.Table):
            return self._table(node, known)
        if isinstance(node, exp.Lateral):
            return _renamed(self.relation(node.this, known, outer), node.alias_column_names)
        return SqlLineage({name: frozenset() for name in node.alias_column_names or _value_names(node)})

    def _named_once(self, one: exp.CTE, known: Mapping[str, SqlLineage]) -> SqlLineage:
        """A common table expression; one that names itself is read until what it draws on stands still."""
        names = one.alias_column_names
        itself = any(table.name == one.alias for table in one.this.find_all(exp.Table))
        if not itself or not isinstance(one.this, exp.SetOperation):
            return _renamed(self.relation(one.this, known, {}), names)
        found = _renamed(self.relation(one.this.left, known, {}), names)
        for _ in range(MOST_ROUNDS):
            following = _renamed(self.relation(one.this, {**known, one.alias: found}, {}), names)
            if following == found:
                break
            found = following
        return found

    def _subquery(
        self, node: exp.Subquery, known: Mapping[str, SqlLineage], outer: Mapping[str, SqlLineage]
    ) -> SqlLineage:
        return _renamed(self.relation(node.this, known, outer), node.alias_column_names)

    def _set(
        self, node: exp.SetOperation, known: Mapping[str, SqlLineage], outer: Mapping[str, SqlLineage]
    ) -> SqlLineage:
        left, right = (self.relation(side, known, outer) for side in (node.left, node.right))
        rows = left.rows | right.rows
        if isinstance(node, exp.Union):
            pairs = zip(left.columns.items(), right.columns.values(), strict=True)
            found = {name: own | other for (name, own), other in pairs}
        else:
            found = dict(left.columns)
            rows |= _through(Way.FILTER, [one for drawn in right.columns.values() for one in drawn])
        for ordered in _listed(node.args.get("order")):
            rows |= {
                drawn for column in ordered.find_all(exp.Column) for drawn in _through(Way.SORT, found[column.name])
            }
        return SqlLineage(found, rows)

    def _table(self, node: exp.Table, known: Mapping[str, SqlLineage]) -> SqlLineage:
        name = node.name
        if name in known and not node.db:
            return _renamed(known[name], node.alias_column_names)
        if name in self.views:
            return self.view(name)
        if name not in self.schema:
            return SqlLineage(_OfUnknownTable(name))
        return SqlLineage({one: frozenset({(f"{name}.{one}", Way.IDENTITY)}) for one in self.schema[name]})


@dataclass(slots=True)
class _Selecting:
    """The reading of one SELECT."""

    reading: _Reading
    known: Mapping[str, SqlLineage]
    outer: Mapping[str, SqlLineage]
    sources: dict[str, SqlLineage] = field(default_factory=dict)
    rows: set[Drawn] = field(default_factory=set)
    given: dict[str, frozenset[Drawn]] = field(default_factory=dict)

    def select(self, node: exp.Select) -> SqlLineage:
        first = node.args.get("from_")
        if first is not None:
            self._source(first.this)
        for join in (*node.args.get("joins", ()), *node.args.get("laterals", ())):
            self._source(join.this if isinstance(join, exp.Join) else join)
            if isinstance(join, exp.Join) and join.args.get("on") is not None:
                self.rows |= set(self.drawn(join.args["on"], Way.JOIN))
        for one in node.expressions:
            if one.is_star:
                raise KeyError("*")
            self.given[one.alias_or_name] = frozenset(self.drawn(one, Way.IDENTITY))
        for key, way in (
            ("where", Way.FILTER),
            ("having", Way.FILTER),
            ("qualify", Way.FILTER),
            ("group", Way.GROUP_BY),
            ("order", Way.SORT),
        ):
            if node.args.get(key) is not None:
                self.rows |= set(self.drawn(node.args[key], way))
        distinct = node.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None:
            self.rows |= set(self.drawn(distinct.args["on"], Way.GROUP_BY))
        return SqlLineage(self.given, frozenset(self.rows))

    def _source(self, node: exp.Expr) -> None:
        found = self.reading.relation(node, self.known, {**self.outer, **self.sources})
        self.sources[node.alias_or_name] = found
        self.rows |= found.rows

    def drawn(self, node: exp.Expr, way: Way) -> Iterator[Drawn]:
        """The columns of tables that an expression draws on."""
        if isinstance(node, exp.Column):
            yield from _through(way, self._column(node))
        elif isinstance(node, exp.Alias | exp.Paren):
            yield from self.drawn(node.this, way)
        elif isinstance(node, exp.Case | exp.If):
            yield from self._case(node, way)
        elif isinstance(node, exp.Filter):
            yield from self.drawn(node.this, way)
            yield from self.drawn(node.expression, Way.FILTER if way in DIRECT else way)
        elif isinstance(node, exp.Window):
            yield from self._window(node, way)
        elif isinstance(node, exp.Query):
            yield from self._inner(node, way)
        else:
            yield from self._parts(node, way)

    def _column(self, node: exp.Column) -> Iterable[Drawn]:
        if not node.table:
            return self.given[node.name]
        return {**self.outer, **self.sources}[node.table].columns[node.name]

    def _parts(self, node: exp.Expr, way: Way) -> Iterator[Drawn]:
        folds = isinstance(node, exp.AggFunc) and not isinstance(node, OF_ANOTHER_ROW)
        inner = _stronger(way, Way.AGGREGATION if folds else Way.TRANSFORMATION)
        for part in node.iter_expressions():
            yield from self.drawn(part, inner)

    def _case(self, node: exp.Expr, way: Way) -> Iterator[Drawn]:
        decides = Way.CONDITIONAL if way in DIRECT else way
        whether = node.this
        if whether is not None:
            yield from self.drawn(whether, decides)
        for one in node.args.get("ifs") or ():
            yield from self.drawn(one, way)
        for key in ("true", "false", "default"):
            if isinstance(node.args.get(key), exp.Expr):
                yield from self.drawn(node.args[key], _stronger(way, Way.TRANSFORMATION))

    def _window(self, node: exp.Window, way: Way) -> Iterator[Drawn]:
        yield from self.drawn(node.this, way)
        beside = Way.WINDOW if way in DIRECT else way
        for part in (*node.args.get("partition_by", ()), node.args.get("order")):
            if isinstance(part, exp.Expr):
                yield from self.drawn(part, beside)

    def _inner(self, node: exp.Query, way: Way) -> Iterator[Drawn]:
        """A query inside an expression: its first column, or all of them where rows are only looked for."""
        found = self.reading.relation(node, self.known, {**self.outer, **self.sources})
        for drawn in found.columns.values():
            yield from _through(way, drawn)
        yield from _through(way, found.rows) if way not in DIRECT else found.rows


def _query_of(tree: exp.Expr) -> tuple[exp.Expr, list[str]]:
    """The query inside a statement, and the names that it gives the columns where it does."""
    if isinstance(tree, exp.Create | exp.Insert):
        place = tree.this
        names = [one.name for one in place.expressions] if isinstance(place, exp.Schema) else []
        return tree.expression, names
    if not isinstance(tree, exp.Query):
        raise UnreadableSql(Message("这不是查询", "This is no query"))
    return tree, []


def _renamed(found: SqlLineage, names: list[str]) -> SqlLineage:
    if not names:
        return found
    return SqlLineage(dict(zip(names, found.columns.values(), strict=True)), found.rows)


def _value_names(node: exp.Expr) -> list[str]:
    """The names of columns that rows written out in the statement have."""
    first = node.expressions[0] if node.expressions else None
    return [f"_col_{at}" for at in range(len(first.expressions))] if isinstance(first, exp.Tuple) else []


def _through(way: Way, drawn: Iterable[Drawn]) -> frozenset[Drawn]:
    """What goes in by `way` of something that is itself drawn on columns."""
    return frozenset((column, _stronger(way, inner)) for column, inner in drawn)


def _stronger(outer: Way, inner: Way) -> Way:
    """Both ways one after the other: what decides outside decides; what decided inside did; else what changes more."""
    if outer not in DIRECT:
        return outer
    if inner not in DIRECT:
        return inner
    return max(outer, inner, key=STRENGTH.index)


def _listed(order: object) -> tuple[exp.Expr, ...]:
    return tuple(order.expressions) if isinstance(order, exp.Expr) else ()
