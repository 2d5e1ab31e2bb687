"""Defaults of a new row: declared values, figures, formulas over the values given, the first state of its workflow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.model.entities import Entity
from engine.model.formula import FormulaError, Moment
from engine.runtime.database.statements import StatementCache
from engine.runtime.formula.value import Cells, compile_value
from engine.runtime.records.figure_fills import figures_filled
from engine.runtime.records.given import GivenCells
from engine.runtime.work import Work

Columns = dict[str, Sequence[object]]
"""The values of rows by field, those of each field in the order of the rows."""


class _Filling(NamedTuple):
    """A formula that fills a field, ready to be computed, and whether it reads anything of the row."""

    compute: Callable[[Cells, Moment], object]
    reads: bool


@dataclass(frozen=True, slots=True)
class Defaults:
    """What fills the fields of new rows of an entity, in one unit of work: the moment is the same for all of them."""

    work: Work
    entity: Entity
    state: tuple[str, str] | None
    fixed: Mapping[str, object]
    formulas: Mapping[str, _Filling]
    moment: Moment

    def fill(self, given: Columns, many: int) -> Columns:
        """The columns given of so many rows, with defaults for fields that are not among them or are empty."""
        columns = dict(given)
        if self.state is not None:
            columns.setdefault(self.state[0], [self.state[1]] * many)
        for name, value in self.fixed.items():
            columns.setdefault(name, [value] * many)
        if self.entity.from_figures:
            self._fill_figures(columns, many)
        for name, formula in self.formulas.items():
            column = columns.get(name, [None] * many)
            if None in column:
                columns[name] = [*self._computed(column, formula, columns)]
        return columns

    def _fill_figures(self, columns: Columns, many: int) -> None:
        found = [figures_filled(self.work, self.entity, _row(columns, at)) for at in range(many)]
        for name in {name for one in found for name in one}:
            column = columns.get(name, [None] * many)
            columns[name] = [one.get(name, value) for one, value in zip(found, column, strict=True)]

    def _computed(self, column: Sequence[object], formula: _Filling, columns: Columns) -> Iterator[object]:
        """A column with what a formula gives where it is empty; once for all rows if it reads nothing of them."""
        steady = None if formula.reads else self._value(formula, {})
        for at, value in enumerate(column):
            if value is not None:
                yield value
            else:
                yield self._value(formula, _row(columns, at)) if formula.reads else steady

    def _value(self, formula: _Filling, row: Mapping[str, object]) -> object:
        found = formula.compute(GivenCells(self.work, self.entity, row), self.moment)
        return None if isinstance(found, FormulaError) else found


def _row(columns: Columns, at: int) -> dict[str, object]:
    return {name: column[at] for name, column in columns.items()}


def defaults_of(work: Work, entity: Entity) -> Defaults:
    workflow = work.model.workflow_of(entity.name)
    return Defaults(
        work,
        entity,
        (workflow.field, workflow.initial) if workflow is not None else None,
        {one.name: one.default for one in entity.fields.values() if one.default is not None},
        _FORMULAS.get((work.model.fingerprint, entity.name), lambda: _formulas(entity)),
        moment_of(work),
    )


def with_defaults(work: Work, entity: Entity, given: Mapping[str, object]) -> dict[str, object]:
    """The values given, with defaults for fields that are not among them or are empty."""
    return _row(defaults_of(work, entity).fill({name: [value] for name, value in given.items()}, 1), 0)


_FORMULAS = StatementCache()
"""The formulas that fill fields, ready to be computed, by model and entity."""


def _formulas(entity: Entity) -> dict[str, _Filling]:
    return {
        one.name: _Filling(compile_value(one.default_formula), bool(one.default_formula.references))
        for one in entity.fields.values()
        if one.default_formula is not None
    }


def moment_of(work: Work) -> Moment:
    """The request's instant, zone and variables for formulas evaluated here."""
    context = work.context
    variables: dict[str, object] = {
        "user.id": context.principal.user_id or None,
        "user.unit": context.main_unit,
        "user.roles": tuple(sorted(context.principal.roles)),
        **{name: tuple(sorted(units)) for name, units in context.scopes.items()},
    }
    return Moment(now=context.now, zone=context.zone, variables=variables)
