"""Stored columns: what the formula of a right reads. Rights are decided on stored values, before any mask or guard."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from engine.model.entities import Entity
from engine.model.formula import Formula
from engine.runtime.formula.sql import lower
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.request_values import request_value
from engine.runtime.storage.built_in import KERNEL_TABLES, field_of


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
        first = nodes.column(self.alias, path[0])
        if len(path) == 1:
            return first
        field = field_of(self.entity, path[0])
        if field is None:
            raise KeyError(path[0])
        target = self.compilation.alias()
        if field.relation is not None:
            holder = self.compilation.reader.model.entities[field.relation.entity]
            value = StoredColumns(self.compilation, holder, target).column(path[1:])
            table = holder.name
        else:
            value, table = nodes.column(target, path[1]), KERNEL_TABLES[field.kind]
        select = exp.Select(expressions=[value])
        select.set("from_", exp.From(this=nodes.table(table, target)))
        select.set("where", exp.Where(this=nodes.compare(exp.EQ, nodes.column(target, "id"), first)))
        return nodes.scalar(select)

    def variable(self, name: str) -> exp.Expression:
        return request_value(self.compilation, name)
