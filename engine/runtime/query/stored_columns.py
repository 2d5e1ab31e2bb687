"""Stored columns: what the formula of a right reads. Rights are decided on stored values, before any mask or guard."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from engine.model.entities import Entity, FieldKind
from engine.model.formula import Formula
from engine.runtime.formula.sql import lower
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.names import target_of
from engine.runtime.query.request_values import request_value
from engine.runtime.query.rich_words import words_of
from engine.runtime.storage.built_in import KERNEL_FIELDS, KERNEL_TABLES, field_of


@dataclass(frozen=True, slots=True)
class StoredColumns:
    """The columns of the row at `alias`, and of rows along relations by correlated lookups of one row each."""

    compilation: Compilation
    entity: Entity
    alias: str

    def lower(self, formula: Formula) -> exp.Expression:
        return lower(formula, self.compilation.dialect, self)

    def column(self, path: tuple[str, ...]) -> exp.Expression:
        """The stored value at a path; empty where a relation on the way is empty."""
        return self._value(self.entity, self.alias, path)

    def _value(self, holder: Entity | FieldKind, alias: str, path: tuple[str, ...]) -> exp.Expression:
        first = nodes.column(alias, path[0])
        field = field_of(holder, path[0]) if isinstance(holder, Entity) else KERNEL_FIELDS[holder].get(path[0])
        if len(path) == 1:
            return words_of(first, self.compilation.dialect) if field is not None and field.rich else first
        target = target_of(self.compilation.reader.model, field) if field else None
        if target is None:
            raise KeyError(".".join(path))
        inner = self.compilation.alias()
        select = exp.Select(expressions=[self._value(target, inner, path[1:])])
        table = target.name if isinstance(target, Entity) else KERNEL_TABLES[target]
        select.set("from_", exp.From(this=nodes.table(table, inner)))
        select.set("where", exp.Where(this=nodes.compare(exp.EQ, nodes.column(inner, "id"), first)))
        return nodes.scalar(select)

    def children(self, path: tuple[str, ...]) -> tuple[StoredColumns, exp.Select] | None:
        """The living rows of a collection of the row at hand, or of a row along relations from it."""
        model = self.compilation.reader.model
        holder: Entity | FieldKind | None = self.entity
        for name in path[:-1]:
            field = field_of(holder, name) if isinstance(holder, Entity) else None
            holder = target_of(model, field) if field else None
        collection = holder.collections.get(path[-1]) if isinstance(holder, Entity) else None
        if collection is None:
            return None
        parent = self.column(path[:-1]) if len(path) > 1 else nodes.column(self.alias, "id")
        alias = self.compilation.alias()
        select = exp.Select(expressions=[nodes.number(1)])
        select.set("from_", exp.From(this=nodes.table(collection.entity, alias)))
        mine = nodes.compare(exp.EQ, nodes.column(alias, collection.by), parent)
        living = nodes.is_null(nodes.column(alias, "deleted_at"))
        select.set("where", exp.Where(this=nodes.all_of([mine, living])))
        return StoredColumns(self.compilation, model.entities[collection.entity], alias), select

    def variable(self, name: str) -> exp.Expression:
        return request_value(self.compilation, name)
