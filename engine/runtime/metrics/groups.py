"""Groups: one base metric folded per group in the database, over secured rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from sqlglot import exp

from engine.diagnostics import Message
from engine.model.entities import REFERENCE_KINDS, TEXT_KINDS, Field
from engine.model.errors import BadRequest, NotFound
from engine.model.metrics import Metric
from engine.model.requests import AggregateRequest, AllOf, Condition
from engine.model.rollups import Rollup
from engine.model.sought import sought
from engine.runtime.access.decisions import Allow
from engine.runtime.access.own_unit import by_own_unit
from engine.runtime.database.statements import Dialect
from engine.runtime.metrics.drill import period_conditions, time_field, time_path
from engine.runtime.metrics.folding import Folding, RolledParts, folding_of
from engine.runtime.metrics.found_dates import put_found_dates
from engine.runtime.metrics.kernel_names import names_of
from engine.runtime.metrics.rolled import Measured, Period, any_rows, put_cells, readable_rollup, times_named
from engine.runtime.metrics.sources import dimension_of, reader_of
from engine.runtime.metrics.time_buckets import bucket_expression, decode_bucket
from engine.runtime.metrics.whole_months import WholeMonths, whole_months
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.filters import BoundFilter, bind, lowered
from engine.runtime.query.names import TITLE, Reader, find, resolve
from engine.runtime.query.secure import SecuredRows, secure
from engine.runtime.query.secured_columns import SecuredColumns
from engine.runtime.query.selection import named
from engine.runtime.query.statements import prepared, rows_of
from engine.runtime.storage.built_in import KERNEL_TABLES
from engine.runtime.storage.fields import POSTGRES, storage_of
from engine.runtime.work import FactQuestion, FactReader, Work

Key = tuple[object, ...]
Decoded = tuple[Callable[[object], object], bool]


@dataclass(frozen=True, slots=True)
class Group:
    """One group of one base metric."""

    keys: Key
    titles: tuple[str | None, ...]
    value: object


@dataclass(frozen=True, slots=True)
class Grouping:
    """A checked question about one base metric: under whose eyes, split by what, filtered how."""

    metric: Metric
    reader: Reader
    fields: tuple[tuple[tuple[str, ...], Field, bool], ...]
    bucket: str | None
    conditions: AllOf
    bound: BoundFilter
    folding: Folding
    dialect: str
    top: bool | None
    period: AllOf
    months: WholeMonths | None

    def shape(self) -> tuple[object, ...]:
        zone = self.reader.context.zone if self.bucket else ""
        paths = tuple(path for path, _, _ in self.fields)
        return (
            "groups",
            self.metric.name,
            self.reader.released,
            paths,
            self.bucket,
            zone,
            self.bound.shape,
            self.top,
            self.months.shape() if self.months is not None else None,
        )


def groups_of(work: Work, metric: Metric, request: AggregateRequest, limit: int) -> list[Group]:
    """The groups of a base metric, at most `limit`; which of them, the request's sort decides. A page asks once."""
    if work.figures is None:
        return _groups(work, metric, request, limit)
    since, until = (request.since, request.until) if metric.time else (None, None)
    same = replace(request, metrics=(), sort=_sort(metric, request), since=since, until=until, limit=limit)
    asked = (metric.name, same)
    if asked not in work.figures:
        work.figures[asked] = _groups(work, metric, request, limit)
    return cast(list[Group], work.figures[asked])


def as_many_groups(work: Work, metric: Metric, request: AggregateRequest, most: int) -> bool:
    """Whether a base metric has so many groups or more. Rows are read until they are found, in no order."""
    grouping = _grouping(work, metric, request, work.session.dialect)
    statement = prepared(work, ("as many groups", *grouping.shape()), lambda: _first_groups(grouping))
    values = {f"f{at}": value for at, value in enumerate(grouping.bound.values)} | {"limit": most}
    return int(str(rows_of(work, statement, values)[0][0])) >= most


def _sort(metric: Metric, request: AggregateRequest) -> tuple[str, bool] | None:
    """The sort, where it decides which groups of this metric are found."""
    return request.sort if request.sort and request.sort[0] == metric.name else None


def _groups(work: Work, metric: Metric, request: AggregateRequest, limit: int) -> list[Group]:
    grouping = _grouping(work, metric, request, work.session.dialect)
    rollup = readable_rollup(work, metric)
    shape = (*grouping.shape(), rollup is not None)
    statement = prepared(work, shape, lambda: _tree(grouping, rollup))
    if work.facts is not None and (rollup is None or rollup.cells not in statement.statement.sql):
        found = _groups_of_facts(work, work.facts, _grouping(work, metric, request, POSTGRES), limit)
        if found is not None:
            return found
    values = {f"f{at}": value for at, value in enumerate(grouping.bound.values)} | {"limit": limit}
    if grouping.months is not None:
        values |= grouping.months.values(work.session.dialect)
    decoded, value = _decoded(grouping), grouping.folding.value
    return [_group(decoded, value, row) for row in rows_of(work, statement, values)]


def _groups_of_facts(work: Work, facts: FactReader, grouping: Grouping, limit: int) -> list[Group] | None:
    """The same groups from a copy of the rows, by the same plan; None where the copy does not answer.

    Users and units are not in it: what a key of the kernel is called is read of the database.
    """
    if work.context.as_of is not None:
        return None
    named = [
        index for index, (_, field, titled) in enumerate(grouping.fields) if titled and field.kind in KERNEL_TABLES
    ]
    untitled = tuple(
        (path, field, titled and field.kind not in KERNEL_TABLES) for path, field, titled in grouping.fields
    )
    asked = replace(grouping, fields=untitled)

    def build() -> tuple[exp.Expr, frozenset[str]]:
        tree, _, compilation = _of_rows(asked, _asked(asked, _access(asked)))
        return tree, frozenset(compilation.variables)

    values = {f"f{at}": value for at, value in enumerate(grouping.bound.values)} | {"limit": limit}
    question = FactQuestion(grouping.metric.entity or "", grouping.shape(), build, values)
    rows = facts.rows(work, question)
    if rows is None:
        return None
    decoded, value = _decoded(asked), grouping.folding.value
    return _with_names(work, grouping, named, [_group(decoded, value, row) for row in rows])


def _with_names(work: Work, grouping: Grouping, named: Sequence[int], groups: list[Group]) -> list[Group]:
    first = 1 if grouping.bucket else 0
    for index in named:
        kind = grouping.fields[index][1].kind
        known = names_of(work, kind, {group.keys[first + index] for group in groups})
        groups = [
            replace(
                group,
                titles=tuple(
                    known.get(key) if at == first + index else one
                    for at, (key, one) in enumerate(zip(group.keys, group.titles, strict=True))
                ),
            )
            for group in groups
        ]
    return groups


def _grouping(work: Work, metric: Metric, request: AggregateRequest, dialect: Dialect) -> Grouping:
    reader = reader_of(Reader(work.model, work.context), metric)
    entity, time = metric.entity or "", time_field(work.model, metric)
    if request.bucket is not None and time is None:
        raise BadRequest(
            Message(f"指标 {metric.name} 没有时间", f"Metric {metric.name} has no time"), metric=metric.name
        )
    dimensions = [dimension_of(reader, metric, name) for name in request.dimensions]
    filters = [Condition(_filtered_path(reader, metric, one), one.operator, one.value) for one in request.where]
    period = AllOf(tuple(period_conditions(work, metric, request)))
    conditions = AllOf((*period.conditions, *filters))
    return Grouping(
        metric=metric,
        reader=reader,
        fields=tuple(_dimension(reader, entity, one.path) for one in dimensions),
        bucket=request.bucket,
        conditions=conditions,
        bound=bind(reader, entity, conditions, dialect),
        folding=folding_of(metric),
        dialect=dialect,
        top=request.sort[1] if request.sort and request.sort[0] == metric.name else None,
        period=period,
        months=whole_months(request.since, request.until, request.bucket),
    )


def _dimension(reader: Reader, entity: str, path: tuple[str, ...]) -> tuple[tuple[str, ...], Field, bool]:
    """A path with its field, and whether it leads to something that has a title for the reader."""
    field = resolve(reader, entity, path).field
    return path, field, field.kind in REFERENCE_KINDS and find(reader, entity, (*path, TITLE)) is not None


def _filtered_path(reader: Reader, metric: Metric, condition: Condition) -> tuple[str, ...]:
    """Figures are filtered by their dimensions only: anything else would single out rows of a released figure."""
    return dimension_of(reader, metric, ".".join(condition.path)).path


def _first_groups(grouping: Grouping) -> tuple[exp.Expression, RecordDecoder, Compilation]:
    """How many groups there are, counted to the limit."""
    untitled = replace(grouping, fields=tuple((path, field, False) for path, field, _ in grouping.fields))
    asked = _asked(untitled, _access(grouping))
    asked.tree.set("expressions", [named(one.copy(), f"v{at}") for at, one in enumerate(asked.keys)])
    asked.tree.set("distinct", exp.Distinct())
    asked.tree.set("limit", exp.Limit(expression=nodes.parameter("limit")))
    tree = exp.Select(expressions=[exp.Count(this=exp.Star())])
    found = exp.TableAlias(this=exp.to_identifier("held", quoted=True))
    tree.set("from_", exp.From(this=exp.Subquery(this=asked.tree, alias=found)))
    return tree, *_read(grouping, asked)


def _access(grouping: Grouping) -> Allow:
    access = grouping.reader.access(grouping.metric.entity or "")
    if access is None:
        raise NotFound
    return access


@dataclass(frozen=True, slots=True)
class _Asked:
    """The secured rows of a question, not grouped yet: the groups' keys, the measure and the statement."""

    compilation: Compilation
    rows: SecuredRows
    keys: list[exp.Expression]
    argument: exp.Expression | None
    tree: exp.Select


def _tree(grouping: Grouping, rollup: Rollup | None) -> tuple[exp.Expression, RecordDecoder, Compilation]:
    """The secured rows, grouped. Where folded cells can say the same, they stand in the place of the rows."""
    access = _access(grouping)
    own = by_own_unit(access) if rollup is not None else None
    if rollup is not None and own is not None:
        asked, folding = _asked(grouping, own), grouping.folding
        if _found_dates(grouping, asked, rollup):
            return _of_rows(grouping, asked)
        measured = Measured(asked.argument, folding.added_up)
        parts = put_cells(asked.tree, asked.rows, rollup, measured, _period_alone(grouping, asked))
        if parts is not None:
            return _of_cells(grouping, asked, parts) if folding.added_up else _of_values(grouping, asked)
    return _of_rows(grouping, _asked(grouping, access))


def _found_dates(grouping: Grouping, asked: _Asked, rollup: Rollup) -> bool:
    """Whether the statement reads a date that an index finds for each cell, in the place of all rows."""
    date = sought(asked.rows.entity, grouping.metric)
    if date is None or asked.argument is None:
        return False
    return put_found_dates(asked.tree, asked.rows, rollup, asked.argument, date)


def _asked(grouping: Grouping, access: Allow) -> _Asked:
    metric = grouping.metric
    compilation = Compilation(grouping.reader, grouping.dialect)
    rows = secure(compilation, access.entity, access)
    columns = SecuredColumns(rows)
    names = iter([f"f{at}" for at in range(len(grouping.bound.values))])
    conditions = [lowered(rows, grouping.conditions, names)]
    if metric.where is not None:
        conditions.append(columns.lower(metric.where))
    keys = _key_expressions(grouping, rows)
    argument = columns.lower(metric.measure.argument) if metric.measure and metric.measure.argument else None
    return _Asked(compilation, rows, keys, argument, rows.select([one.copy() for one in keys], *conditions))


def _of_rows(grouping: Grouping, asked: _Asked) -> tuple[exp.Expression, RecordDecoder, Compilation]:
    folding = grouping.folding
    _fold(grouping, asked.tree, asked.keys, folding.expressions(asked.argument), folding.rank(asked.argument))
    return asked.tree, *_read(grouping, asked)


def _of_cells(
    grouping: Grouping, asked: _Asked, parts: RolledParts
) -> tuple[exp.Expression, RecordDecoder, Compilation]:
    """Sums of the parts of cells. Groups from which all rows have gone may still stand, and are left out."""
    folding = grouping.folding
    _fold(grouping, asked.tree, asked.keys, folding.rolled(parts), folding.rolled_rank(parts))
    if asked.keys:
        asked.tree.set("having", exp.Having(this=any_rows(asked.rows)))
    return asked.tree, *_read(grouping, asked)


def _of_values(grouping: Grouping, asked: _Asked) -> tuple[exp.Expression, RecordDecoder, Compilation]:
    """The values that any row of a group has, each once, and what is found among them."""
    folding, values = grouping.folding, [*asked.keys, *([asked.argument] if asked.argument is not None else ())]
    asked.tree.set("expressions", [named(one.copy(), f"v{at}") for at, one in enumerate(values)])
    asked.tree.set("group", exp.Group(expressions=[nodes.number(at + 1) for at in range(len(values))]))
    asked.tree.set("having", exp.Having(this=any_rows(asked.rows)))
    found = [nodes.column("held", f"v{at}") for at in range(len(values))]
    tree = exp.Select()
    tree.set(
        "from_",
        exp.From(this=exp.Subquery(this=asked.tree, alias=exp.TableAlias(this=exp.to_identifier("held", quoted=True)))),
    )
    keys, argument = list[exp.Expression](found[: len(asked.keys)]), found[-1] if asked.argument is not None else None
    _fold(grouping, tree, keys, folding.expressions(argument), folding.rank(argument))
    return tree, *_read(grouping, asked)


def _fold(
    grouping: Grouping,
    tree: exp.Select,
    keys: list[exp.Expression],
    folded: list[exp.Expression],
    rank: exp.Expression,
) -> None:
    """Let a statement select its groups with what is folded of each, those first that are asked for first."""
    tree.set("expressions", [named(one.copy(), f"c{at}") for at, one in enumerate([*keys, *folded])])
    if keys:
        tree.set("group", exp.Group(expressions=[nodes.number(at + 1) for at in range(len(keys))]))
        tree.set("order", exp.Order(expressions=_order(grouping, len(keys), rank)))
        tree.set("limit", exp.Limit(expression=nodes.parameter("limit")))


def _read(grouping: Grouping, asked: _Asked) -> tuple[RecordDecoder, Compilation]:
    return RecordDecoder(asked.rows.entity.name, (), grouping.dialect), asked.compilation


def _period_alone(grouping: Grouping, asked: _Asked) -> Period | None:
    """The metric's time and the period's months when nothing but the period and a bucket of months looks at it."""
    time, months, rows = grouping.metric.time, grouping.months, asked.rows
    if months is None or time is None:
        return None
    conditions = lowered(rows, grouping.period, iter([f"f{at}" for at in range(len(grouping.bound.values))]))
    expected = times_named(conditions, rows.alias, time)
    if grouping.bucket:
        expected += times_named(asked.keys[0], rows.alias, time)
    found = times_named(asked.tree, rows.alias, time)
    found += times_named(asked.argument, rows.alias, time) if asked.argument is not None else 0
    return Period(time, months) if found == expected else None


def _order(grouping: Grouping, keys: int, rank: exp.Expression) -> list[exp.Expression]:
    by_key = [exp.Ordered(this=nodes.number(at + 1), nulls_first=True) for at in range(keys)]
    if grouping.top is None:
        return list(by_key)
    return [exp.Ordered(this=rank, desc=grouping.top, nulls_first=not grouping.top), *by_key]


def _key_expressions(grouping: Grouping, rows: SecuredRows) -> list[exp.Expression]:
    """The bucket, then for each dimension its cell and its title (a null for what has none)."""
    keys: list[exp.Expression] = []
    if grouping.bucket and grouping.metric.time:
        cell = rows.cell(time_path(grouping.metric.time))
        keys.append(
            bucket_expression(cell.open, cell.field, grouping.bucket, grouping.reader.context.zone, grouping.dialect)
        )
    for path, _, titled in grouping.fields:
        keys.append(rows.cell(path).shown)
        if titled:
            keys.append(rows.cell((*path, TITLE)).shown)
    return keys


def _decoded(grouping: Grouping) -> list[Decoded]:
    """How each key of a row is decoded, and whether its title follows it."""
    bucket: list[Decoded] = [(decode_bucket, False)] if grouping.bucket else []
    return [*bucket, *((_decoder(field, grouping.dialect), titled) for _, field, titled in grouping.fields)]


def _decoder(field: Field, dialect: str) -> Callable[[object], object]:
    return _as_it_is if field.kind in TEXT_KINDS else partial(storage_of(field).decode, dialect=dialect)


def _as_it_is(stored: object) -> object:
    return stored


def _group(decoded: Sequence[Decoded], value: Callable[[Sequence[object]], object], row: Sequence[object]) -> Group:
    keys: list[object] = []
    titles: list[str | None] = []
    at = 0
    for decode, titled in decoded:
        keys.append(decode(row[at]))
        titles.append(None if not titled or row[at + 1] is None else str(row[at + 1]))
        at += 2 if titled else 1
    return Group(tuple(keys), tuple(titles), value(row[at:]))
