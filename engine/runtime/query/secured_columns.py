"""Secured columns: what the formula of a page or a metric reads. A cell that may not be read is empty to it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from engine.model.formula import Formula
from engine.runtime.formula.sql import lower
from engine.runtime.query import nodes
from engine.runtime.query.names import find
from engine.runtime.query.request_values import request_value
from engine.runtime.query.secure import SecuredRows


@dataclass(frozen=True, slots=True)
class SecuredColumns:
    """The secured cells of the rows at hand; a name that the reader does not have is empty on every row."""

    rows: SecuredRows

    def lower(self, formula: Formula) -> exp.Expression:
        return lower(formula, self.rows.compilation.dialect, self)

    def column(self, path: tuple[str, ...]) -> exp.Expression:
        resolved = find(self.rows.compilation.reader, self.rows.entity.name, path)
        return nodes.null() if resolved is None else self.rows.resolved_cell(resolved).open.copy()

    def variable(self, name: str) -> exp.Expression:
        return request_value(self.rows.compilation, name)
