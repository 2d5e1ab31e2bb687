"""Defaults of a new row: declared values, figures, formulas over the values given, the first state of its workflow."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.entities import Entity
from engine.model.formula import FormulaError, Moment
from engine.runtime.formula.value import compile_value
from engine.runtime.records.figure_fills import figures_filled
from engine.runtime.records.given import GivenCells
from engine.runtime.work import Work


def with_defaults(work: Work, entity: Entity, given: Mapping[str, object]) -> dict[str, object]:
    """The values given, with defaults for fields that are not among them or are empty."""
    values = dict(given)
    workflow = work.model.workflow_of(entity.name)
    if workflow is not None:
        values.setdefault(workflow.field, workflow.initial)
    for field in entity.fields.values():
        if field.default is not None and values.get(field.name) is None and field.name not in given:
            values[field.name] = field.default
    values |= figures_filled(work, entity, values)
    moment = moment_of(work)
    for field in entity.fields.values():
        if field.default_formula is not None and values.get(field.name) is None:
            value = compile_value(field.default_formula)(GivenCells(work, entity, values), moment)
            values[field.name] = None if isinstance(value, FormulaError) else value
    return values


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
