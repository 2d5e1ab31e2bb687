"""Computing: stored formula fields, kept right by the dependency graph of the model, across relations.

Formulas run as SQL on the rows that changed, entity by entity in dependency order; what they change is a Change again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from sqlglot import exp

from engine.model.app import AppModel
from engine.model.entities import NUMERIC_KINDS, Entity, Field
from engine.runtime.database.statements import compile_statement
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.membership import among, list_parameter
from engine.runtime.query.names import Reader
from engine.runtime.query.statements import Prepared
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.query.variables import variable_values
from engine.runtime.records.stored import columns_of
from engine.runtime.rows import select
from engine.runtime.work import Work

LARGEST = 10**18 - 1


class Hop(NamedTuple):
    """One step from a changed row to rows that depend on it.

    `up`: to the row that `field` points at (old and new). `down`: to the rows of `entity` whose `field` points here.
    """

    up: bool
    entity: str
    field: str


Route = tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Dependent:
    """`field` of `entity` reads the changed field; `route` leads from the changed row to its rows."""

    entity: str
    field: str
    route: Route


@dataclass(frozen=True, slots=True)
class DependencyGraph:
    """Who depends on which field, and the order of an entity's own formulas."""

    dependents: Mapping[tuple[str, str], tuple[Dependent, ...]]
    levels: Mapping[str, tuple[tuple[str, ...], ...]]
    pointing: Mapping[str, tuple[Route, ...]]
    """The routes that lead from rows of an entity to rows that point at them."""

    def reading(self, entity: str, fields: Iterable[str]) -> frozenset[str]:
        """The formulas of an entity that read any of its fields, on the same row or, by way of others, on rows like it."""
        found = (one for name in fields for one in self.dependents.get((entity, name), ()))
        return frozenset(one.field for one in found if one.entity == entity)

    def following(self, entity: str, fields: frozenset[str]) -> frozenset[str]:
        """These formulas, and those of the same row that read them, directly or through others."""
        found, waiting = set(fields), list(fields)
        while waiting:
            for one in self.dependents.get((entity, waiting.pop()), ()):
                if one.entity == entity and not one.route and one.field not in found:
                    found.add(one.field)
                    waiting.append(one.field)
        return frozenset(found)


def graph_of(model: AppModel) -> DependencyGraph:
    """Who depends on which field of a model."""
    return model.derived(_graph)


def _graph(model: AppModel) -> DependencyGraph:
    dependents: dict[tuple[str, str], list[Dependent]] = {}
    for entity in model.entities.values():
        for field in entity.computed_fields:
            for path in sorted(field.formula.references) if field.formula else ():
                for source, route in _steps(model, entity, tuple(path.split("."))):
                    dependents.setdefault(source, []).append(Dependent(entity.name, field.name, route))
    levels = {entity.name: _levels(entity) for entity in model.entities.values()}
    pointing: dict[str, list[Route]] = {}
    for (entity_name, _), known in dependents.items():
        routes = (one.route for one in known)
        pointing.setdefault(entity_name, []).extend(one for one in routes if one and not one[0].up)
    return DependencyGraph(
        {key: tuple(dict.fromkeys(found)) for key, found in dependents.items()},
        levels,
        {name: tuple(dict.fromkeys(routes)) for name, routes in pointing.items()},
    )


def _steps(model: AppModel, entity: Entity, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, str], tuple[Hop, ...]]]:
    """Every field that a path reads, with the way back to the rows of `entity`."""
    route: tuple[Hop, ...] = ()
    current: Entity | None = entity
    for name in path:
        if current is None:
            return
        if name in current.collections:
            collection = current.collections[name]
            route = (Hop(True, current.name, collection.by), *route)
            yield (collection.entity, collection.by), route
            yield (collection.entity, "deleted_at"), route
            current = model.entities[collection.entity]
            continue
        yield (current.name, name), route
        field = current.fields.get(name)
        if field is None or field.relation is None:
            return
        route = (Hop(False, current.name, name), *route)
        current = model.entities[field.relation.entity]


def _levels(entity: Entity) -> tuple[tuple[str, ...], ...]:
    """The entity's formulas in groups, each reading only fields and earlier groups."""
    waiting = {
        field.name: {p.split(".")[0] for p in field.formula.references}
        for field in entity.computed_fields
        if field.formula
    }
    levels: list[tuple[str, ...]] = []
    while waiting:
        ready = tuple(sorted(name for name, reads in waiting.items() if not (reads - {name}) & waiting.keys()))
        if not ready:
            ready = tuple(sorted(waiting))
        levels.append(ready)
        for name in ready:
            del waiting[name]
    return tuple(levels)


def compute_row(
    work: Work, entity: Entity, record: int, fields: frozenset[str] | None = None
) -> Sequence[object] | None:
    """Bring formulas of a row up to date, level by level: all, or `fields` and what follows from them.

    The whole physical row as it stands then; None when there was nothing to compute. Only stored columns change.
    """
    row: Sequence[object] | None = None
    for names in _levels_of(work, entity, fields):
        prepared = _update_of(work, entity, names, Extent.ONE, columns_of(entity))
        bound = variable_values(work.context, prepared.variables, work.session.dialect)
        row = work.session.row(prepared.statement, {**bound, "record": record})
    return row


def compute_rows(
    work: Work, entity: Entity, records: Sequence[int], fields: frozenset[str] | None = None
) -> list[Sequence[object]]:
    """What `compute_row` does, of many rows at once; the whole physical rows, none when there was nothing to compute."""
    levels = [*_levels_of(work, entity, fields)]
    found: list[Sequence[object]] = []
    for at, names in enumerate(levels, start=1):
        found = _computed(work, entity, records, names, columns_of(entity) if at == len(levels) else ("id",))
    return found


def compute_known_rows(
    work: Work, entity: Entity, records: Sequence[int], fields: frozenset[str] | None = None
) -> Iterator[tuple[tuple[str, ...], list[Sequence[object]]]]:
    """What `compute_rows` does, of rows that are known: what was computed, by level: names, and rows of id and values."""
    for names in _levels_of(work, entity, fields):
        yield names, _computed(work, entity, records, names, ("id", *names))


def _levels_of(work: Work, entity: Entity, fields: frozenset[str] | None) -> Iterator[tuple[str, ...]]:
    """The formulas that are to be computed, level by level: all, or `fields` and what follows from them."""
    graph = graph_of(work.model)
    wanted = None if fields is None else graph.following(entity.name, fields)
    for level in graph.levels[entity.name]:
        if names := level if wanted is None else tuple(name for name in level if name in wanted):
            yield names


def _computed(
    work: Work, entity: Entity, records: Sequence[int], names: tuple[str, ...], told: tuple[str, ...]
) -> list[Sequence[object]]:
    prepared = _update_of(work, entity, names, Extent.MANY, told)
    bound = variable_values(work.context, prepared.variables, work.session.dialect)
    listed = list_parameter(records, work.session.dialect)
    return [*work.session.rows(prepared.statement, {**bound, "records": listed})]


def compute_all(work: Work, entity: Entity, known: frozenset[str] = frozenset()) -> None:
    """Bring all formulas of every row of an entity up to date but those that are `known` to be."""
    for whole in graph_of(work.model).levels[entity.name]:
        level = tuple(name for name in whole if name not in known)
        if not level:
            continue
        prepared = _update_of(work, entity, level, Extent.ALL)
        work.session.execute(
            prepared.statement, variable_values(work.context, prepared.variables, work.session.dialect)
        )


class Extent(Enum):
    """Which rows a statement brings up to date: one, those listed, all of them."""

    ONE = "one"
    MANY = "many"
    ALL = "all"


def _update_of(
    work: Work, entity: Entity, level: tuple[str, ...], reach: Extent, told: tuple[str, ...] = ()
) -> Prepared:
    """The statement that computes a level; `told` are the columns that it returns."""
    shape = ("compute", work.model.fingerprint, entity.name, level, reach, told, work.session.dialect)
    return work.statements.get(shape, lambda: _update(work, entity, level, reach, told))


def _update(work: Work, entity: Entity, level: tuple[str, ...], reach: Extent, told: tuple[str, ...]) -> Prepared:
    compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
    alias = compilation.alias()
    columns = StoredColumns(compilation, entity, alias)
    assignments = []
    for name in level:
        field = entity.fields[name]
        if field.formula is not None:
            value = _in_range(columns.lower(field.formula), field)
            assignments.append(exp.EQ(this=exp.column(name, quoted=True), expression=value))
    update = exp.Update(this=nodes.table(entity.name, alias), expressions=assignments)
    if reach is not Extent.ALL:
        mine = nodes.compare(exp.EQ, nodes.column(alias, "id"), nodes.parameter("record"))
        many = reach is Extent.MANY
        update.set("where", exp.Where(this=among(alias, work.session.dialect) if many else mine))
        update.set("returning", exp.Returning(expressions=[exp.column(one, quoted=True) for one in told]))
    statement = compile_statement(update, work.session.dialect)
    return Prepared(statement, RecordDecoder(entity.name, (), work.session.dialect), frozenset(compilation.variables))


def _in_range(value: exp.Expression, field: Field) -> exp.Expression:
    """An error value is stored as empty: sums and sorting must not see its sentinel.

    The value is named in a select of its own, so that a sum over children is not made twice.
    """
    if field.kind not in NUMERIC_KINDS:
        return value
    limit, found = nodes.number(LARGEST), nodes.column("v", "x")
    within = exp.Between(this=found, low=exp.Neg(this=limit.copy()), high=limit)
    inner = exp.Select(expressions=[exp.Alias(this=value, alias=exp.to_identifier("x", quoted=True))])
    select = exp.Select(expressions=[nodes.case([(within, found.copy())], nodes.null())])
    alias = exp.TableAlias(this=exp.to_identifier("v", quoted=True))
    select.set("from_", exp.From(this=exp.Subquery(this=inner, alias=alias)))
    return nodes.scalar(select)


def rows_reached(
    work: Work,
    record: int,
    values: tuple[Mapping[str, object], Mapping[str, object]],
    route: Sequence[Hop],
    above: int = 0,
    most: int | None = None,
) -> tuple[int, ...]:
    """Ids, in order, of the rows that a route leads to from a changed row with `values` before and after.

    Ids above `above` only, at most `most` of them.
    """
    current = {record}
    for index, hop in enumerate(route):
        if hop.up and index == 0:
            current = {value for one in values if isinstance(value := one.get(hop.field), int)}
        elif hop.up:
            current = _pointed_at(work, route[index - 1], hop, current)
        else:
            last = index == len(route) - 1
            current = _pointing(work, hop, current, above if last else 0, most if last else None)
    return tuple(sorted(one for one in current if one > above)[:most])


def _pointing(work: Work, hop: Hop, records: set[int], above: int, most: int | None) -> set[int]:
    return {
        int(str(row[0]))
        for one in records
        for row in select(work.session, hop.entity, ("id",), {hop.field: one, "id >": above}, order=("id",), limit=most)
    }


def _pointed_at(work: Work, previous: Hop, hop: Hop, records: set[int]) -> set[int]:
    holder = previous.entity
    found = (row[0] for one in records for row in select(work.session, holder, (hop.field,), {"id": one}))
    return {int(str(value)) for value in found if value is not None}
