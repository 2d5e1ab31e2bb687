"""Cells: what a reader may see of one column, as expressions that never hold more than that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from engine.model.entities import TEXT_KINDS, Field
from engine.model.formula import Formula
from engine.runtime.access.decisions import ALWAYS, Always, FieldDecision, Never, Right, When
from engine.runtime.access.masks import TEXT_MASKS
from engine.runtime.query import nodes
from engine.runtime.query.masks import masked_text

READABLE, MASKED, ABSENT = 0, 1, 2
"""States of a cell in a selected row."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One secured column.

    `shown` is what the reader sees and what filters, sorts and groups use; `open` is the value where it may be read and
    empty elsewhere, for figures and formulas; `state` tells READABLE, MASKED or ABSENT, as a constant where it is one.
    """

    field: Field
    open: exp.Expression
    shown: exp.Expression
    state: exp.Expression | int
    mask: str


Lower = Callable[[Formula], exp.Expression]
"""Turns a rule's formula into a condition on the row at hand, over its stored values."""


def secured_cell(field: Field, column: exp.Expression, decision: FieldDecision, lower: Lower, dialect: str) -> Cell:
    """The cell of `column` under `decision`; the caller has made sure that the field is not hidden."""
    if decision.readable == ALWAYS:
        return Cell(field, column, column, READABLE, decision.mask)
    nothing = nodes.case([(exp.false(), column.copy())])
    readable = _condition(decision.readable, lower)
    opened = nodes.case([(readable, column.copy())]) if readable is not None else nothing
    masked = _condition(decision.masked, lower)
    if masked is None:
        return Cell(field, opened, opened, _state(readable, None), decision.mask)
    under_mask = masked_text(decision.mask, column, dialect) if field.kind in TEXT_KINDS else nothing
    if field.sealed:  # the mask is of what is in the envelope: it is made where that is opened
        under_mask = column.copy() if field.kind in TEXT_KINDS and decision.mask in TEXT_MASKS else nothing
    branches = [(readable, column.copy())] if readable is not None else []
    shown = nodes.case([*branches, (masked, under_mask)])
    return Cell(field, opened, shown, _state(readable, masked), decision.mask)


def right_condition(right: Right, lower: Lower) -> exp.Expression:
    """A condition that is true where `right` holds."""
    condition = _condition(right, lower)
    return exp.false() if condition is None else condition


def _condition(right: Right, lower: Lower) -> exp.Expression | None:
    match right:
        case Always():
            return exp.true()
        case Never():
            return None
        case When(formulas):
            return nodes.any_of([lower(formula) for formula in formulas])


def _state(readable: exp.Expression | None, masked: exp.Expression | None) -> exp.Expression | int:
    if readable is None and isinstance(masked, exp.Boolean):
        return MASKED
    branches = [] if readable is None else [(readable.copy(), nodes.number(READABLE))]
    if masked is not None:
        branches.append((masked.copy(), nodes.number(MASKED)))
    return nodes.case(branches, nodes.number(ABSENT))


def behind(cell: Cell, key: exp.Expression, link: exp.Expression) -> Cell:
    """The same cell in a joined row: empty where there is no such row, and absent where `link` points at one out of reach.

    `key` is the joined row's id.
    """
    missing, present = nodes.is_null(key), nodes.is_not_null(key)
    unreachable = nodes.all_of([missing, nodes.is_not_null(link)])
    state = nodes.number(cell.state) if isinstance(cell.state, int) else cell.state
    states = [(unreachable, nodes.number(ABSENT)), (missing.copy(), nodes.number(READABLE))]
    return Cell(
        cell.field,
        _where(present, cell.open),
        _where(present, cell.shown),
        nodes.case(states, state),
        cell.mask,
    )


def _where(condition: exp.Expression, value: exp.Expression) -> exp.Expression:
    """A column of a missing row is empty by itself; anything computed from it may not be."""
    return value if isinstance(value, exp.Column) else nodes.case([(condition.copy(), value)])
