"""Planting: how a fault gets into the running product, in the process of the test alone and only for as long as it is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlglot import exp

from engine.model.requests import Path
from engine.runtime.query import nodes, secure
from engine.runtime.query.cells import READABLE, Cell
from engine.runtime.query.secure import SecuredRows

Plant = Callable[[pytest.MonkeyPatch], None]


def instead(owner: object, name: str, replacement: object) -> Plant:
    """Something else stands in the place of an attribute."""
    return lambda patch: patch.setattr(owner, name, replacement)


def wrapped(owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Plant:
    """An attribute does something else with what it did."""
    return lambda patch: patch.setattr(owner, name, wrap(getattr(owner, name)))


def during(owner: Any, name: str, *plants: Plant) -> Plant:
    """Faults that hold only while a function runs."""

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def act(*given: Any, **named: Any) -> Any:
            with pytest.MonkeyPatch.context() as inner:
                for plant in plants:
                    plant(inner)
                return original(*given, **named)

        return act

    return wrapped(owner, name, wrap)


def all_of(*plants: Plant) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        for one in plants:
            one(patch)

    return plant


def nothing(*given: object, **named: object) -> None:
    """In the place of a check."""


def no_policy(*given: object, **named: object) -> list[exp.Expression]:
    return []


def anything_alive(*given: object) -> exp.Expression:
    return exp.true()


NO_ROW_RULES = instead(secure, "policy", no_policy)
"""Row rules leave nothing out."""


def raw_cell(self: SecuredRows, path: Path) -> Cell:
    """The stored column, with no regard to rights; paths along relations as they are."""
    found = SecuredRows.resolved_cell(self, secure.resolve(self.compilation.reader, self.entity.name, path))
    if len(path) > 1:
        return found
    column = nodes.column(self.alias, found.field.name)
    return Cell(found.field, column, column, READABLE, "all")


def raw_secured(field: Any, column: Any, decision: Any, lower: Any, dialect: str) -> Cell:
    return Cell(field, column, column, READABLE, decision.mask)


RAW_CELLS = instead(secure, "secured_cell", raw_secured)
"""Fields are as stored wherever they are a name."""
