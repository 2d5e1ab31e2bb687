"""Secured columns: what the formula of a page or a metric reads. A cell that may not be read is empty to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from engine.model.entities import Entity
from engine.model.formula import Formula
from engine.runtime.formula.sql import lower
from engine.runtime.query import nodes
from engine.runtime.query.membership import empty_of
from engine.runtime.query.names import find, target_of
from engine.runtime.query.request_values import request_value
from engine.runtime.query.secure import SecuredRows, secure


@dataclass(frozen=True, slots=True)
class SecuredColumns:
    """The secured cells of the rows at hand; a name that the reader does not have is empty on every row."""

    rows: SecuredRows

    def lower(self, formula: Formula) -> exp.Expression:
        return lower(formula, self.rows.compilation.dialect, self)

    def column(self, path: tuple[str, ...]) -> exp.Expression:
        reader, entity = self.rows.compilation.reader, self.rows.entity.name
        resolved = find(reader, entity, path)
        if resolved is not None:
            return self.rows.resolved_cell(resolved).open.copy()
        hidden = find(replace(reader, released=True), entity, path)
        return nodes.null() if hidden is None else empty_of(hidden.field, self.rows.compilation.dialect)

    def children(self, path: tuple[str, ...]) -> tuple[SecuredColumns, exp.Select] | None:
        """Those rows of a collection that the reader reaches; None where the collection is no name for the reader."""
        reader, entity = self.rows.compilation.reader, self.rows.entity.name
        owner = find(reader, entity, (*path[:-1], "id"))
        holder = target_of(reader.model, owner.field) if owner else None
        collection = holder.collections.get(path[-1]) if isinstance(holder, Entity) else None
        access = reader.access(collection.entity) if collection else None
        if owner is None or collection is None or access is None or access.field(collection.by).hidden:
            return None
        inner = secure(self.rows.compilation, collection.entity, access)
        mine = nodes.compare(exp.EQ, inner.cell((collection.by,)).open, self.rows.resolved_cell(owner).open)
        return SecuredColumns(inner), inner.select([nodes.number(1)], mine)

    def variable(self, name: str) -> exp.Expression:
        return request_value(self.rows.compilation, name)
