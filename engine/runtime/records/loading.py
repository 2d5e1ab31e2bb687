"""Loading: many trusted rows at once (demo data, the given rows of tests): rows first, then owners, numbers and formulas by set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from engine.model.app import AppModel
from engine.model.entities import Entity, FieldKind
from engine.model.names import empty_map
from engine.runtime.database.statements import compile_statement
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.names import Reader
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.records.computing import compute_all, graph_of
from engine.runtime.records.loaded_rows import LoadedRows
from engine.runtime.records.numbering import number_rows
from engine.runtime.rollups.keeping import build_loaded
from engine.runtime.rows import select, update_many
from engine.runtime.schema.aside import put_back, set_aside
from engine.runtime.schema.tables import Index
from engine.runtime.search.index import index_anew, is_indexed, remember
from engine.runtime.storage.tables import entity_tables
from engine.runtime.work import Work

ROUNDS = 4
"""Passes over entities whose computed fields read each other in a circle of entities (never of fields)."""
MANY = 2_000
"""Rows of an entity from which on its indexes are set aside, and made again of all rows at once."""
NOTHING_TOLD: frozenset[str] = frozenset()


@dataclass
class Loading:
    """Rows of several entities, added in parts: indexes of large tables are made at the end, what parts told already is not asked again."""

    work: Work
    _writers: dict[str, LoadedRows] = field(default_factory=dict)
    _told: dict[str, frozenset[str]] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)
    _aside: dict[str, tuple[Index, ...]] = field(default_factory=dict)
    _asked: dict[str, tuple[Index, ...]] = field(default_factory=dict)

    def add(
        self, entity: Entity, rows: Sequence[tuple[int, Mapping[str, object]]], told: frozenset[str] = NOTHING_TOLD
    ) -> None:
        """Insert rows with their first versions. `told` are the computed fields that stand among their values already,
        and `scope_unit` where that does: always the same ones for an entity."""
        name = entity.name
        if name not in self._writers:
            self._writers[name], self._told[name] = LoadedRows(self.work, entity, told), told
        self._counts[name] += len(rows)
        if self._counts[name] > MANY and name not in self._aside:
            self._asked[name], self._aside[name] = _indexes(self.work.model, entity)
            set_aside(self.work.session, name, (*self._asked[name], *self._aside[name]))
        self._writers[name].insert(rows)

    def finish(self, names: Iterable[str]) -> None:
        """Give the rows of these entities, and of all that depend on them, what was not told: owners, numbers, formulas."""
        self._put_back(self._asked)
        finish_loading(self.work, names, self._told, lambda: self._put_back(self._aside))

    def _put_back(self, aside: dict[str, tuple[Index, ...]]) -> None:
        for name, indexes in aside.items():
            put_back(self.work.session, name, indexes)
        aside.clear()


def _indexes(model: AppModel, entity: Entity) -> tuple[tuple[Index, ...], tuple[Index, ...]]:
    """The indexes of an entity's rows but those that keep rows unique: those that lead formulas to rows, and the others."""
    table = next(one for one in entity_tables(model) if one.name == entity.name)
    asked = {name for holder, name in graph_of(model).dependents if holder == entity.name}
    found = [one for one in table.indexes if not one.unique]
    leading = tuple(one for one in found if one.columns[0] in asked)
    return leading, tuple(one for one in found if one not in leading)


def load_rows(work: Work, entity: Entity, rows: Sequence[tuple[int, Mapping[str, object]]]) -> None:
    """Insert rows of one entity with their first versions. Owners, numbers and formulas come with `finish_loading`."""
    LoadedRows(work, entity, NOTHING_TOLD).insert(rows)


def finish_loading(
    work: Work,
    names: Iterable[str],
    told: Mapping[str, frozenset[str]] = empty_map(),
    computed: Callable[[], None] = lambda: None,
) -> None:
    """Give the rows of these entities, and of all that depend on them, their owners, numbers and formulas.

    What is `told` of an entity's rows stands in them already. `computed` is called once the formulas are.
    """
    loaded = set(names)
    for part in (False, True, True):
        for name in sorted(loaded):
            entity = work.model.entities[name]
            owned = "scope_unit" in told.get(name, NOTHING_TOLD)
            if (entity.part_of is not None and entity.owned_by is None) is part and not owned:
                _own(work, entity)
    for name in sorted(loaded):
        _number(work, work.model.entities[name])
    order, circular = computing_order(work.model)
    for _ in range(ROUNDS if circular else 1):
        for name in order:
            if name in loaded or circular:
                compute_all(work, work.model.entities[name], told.get(name, NOTHING_TOLD))
    computed()
    for name in sorted(loaded):
        if is_indexed(work.model.entities[name]):
            index_anew(work.session, work.model.entities[name])
            remember(work.session, work.model.entities[name])
    build_loaded(work.session, work.model)


def computing_order(model: AppModel) -> tuple[tuple[str, ...], bool]:
    """Entities with formulas, each after those whose computed fields its formulas read, as far as there is no circle."""
    reads: dict[str, set[str]] = {name: set() for name, entity in model.entities.items() if entity.computed_fields}
    for (holder, name), dependents in graph_of(model).dependents.items():
        field = model.entities[holder].fields.get(name)
        if field is None or not field.computed:
            continue
        for one in dependents:
            if holder != one.entity:
                reads[one.entity].add(holder)
    order: list[str] = []
    while reads:
        ready = sorted(name for name, waits in reads.items() if not waits & reads.keys())
        if not ready:
            return (*order, *sorted(reads)), True
        order += ready
        for name in ready:
            del reads[name]
    return tuple(order), False


def _own(work: Work, entity: Entity) -> None:
    """The owning unit of every row, along the entity's path."""
    path = entity.owned_by or ((entity.part_of, "scope_unit") if entity.part_of else None)
    if path is None:
        return
    compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
    alias = compilation.alias()
    value = StoredColumns(compilation, entity, alias).column(path)
    assignment = exp.EQ(this=exp.column("scope_unit", quoted=True), expression=value)
    work.session.execute(
        compile_statement(
            exp.Update(this=nodes.table(entity.name, alias), expressions=[assignment]), work.session.dialect
        )
    )


def _number(work: Work, entity: Entity) -> None:
    for one in entity.fields.values():
        if one.kind is not FieldKind.NUMBER_CODE or one.number is None:
            continue
        rows = select(work.session, entity.name, ("id", "scope_unit"), {f"{one.name} is null": None}, ("id",))
        units = [int(str(unit)) if unit is not None else None for _, unit in rows]
        numbers = number_rows(work, entity, one, units)
        numbered = zip((record for record, _ in rows), numbers, strict=True)
        update_many(
            work.session,
            entity.name,
            [(record, {one.name: number}) for record, number in numbered],
        )
