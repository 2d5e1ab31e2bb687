"""Defaults of a new row: declared values, figures, formulas over the values given, the first state of its workflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.model.entities import Entity
from engine.model.formula import FormulaError, Moment
from engine.runtime.database.statements import StatementCache
from engine.runtime.formula.value import Cells, compile_value
from engine.runtime.records.figure_fills import figures_filled
from engine.runtime.records.given import GivenCells
from engine.runtime.work import Work

Value = Callable[[Cells, Moment], object]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What fills the fields of new rows of an entity, in one unit of work: the moment is the same for all of them."""

    work: Work
    entity: Entity
    state: tuple[str, str] | None
    fixed: Mapping[str, object]
    formulas: Mapping[str, Value]
    moment: Moment

    def fill(self, given: Mapping[str, object]) -> dict[str, object]:
        """The values given, with defaults for fields that are not among them or are empty."""
        values = dict(given)
        if self.state is not None:
            values.setdefault(*self.state)
        for name, value in self.fixed.items():
            if name not in given and values.get(name) is None:
                values[name] = value
        values |= figures_filled(self.work, self.entity, values)
        for name, compute in self.formulas.items():
            if values.get(name) is None:
                found = compute(GivenCells(self.work, self.entity, values), self.moment)
                values[name] = None if isinstance(found, FormulaError) else found
        return values


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
    return defaults_of(work, entity).fill(given)


_FORMULAS = StatementCache()
"""The formulas that fill fields, ready to be computed, by model and entity."""


def _formulas(entity: Entity) -> dict[str, Value]:
    return {
        one.name: compile_value(one.default_formula)
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
