"""Defaults of a new row: declared values, formulas over the values given, the first state of its workflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.model.entities import Entity
from engine.model.formula import FormulaError, Moment
from engine.runtime.formula.value import compile_value
from engine.runtime.rows import select
from engine.runtime.storage.built_in import KERNEL_FIELDS, KERNEL_TABLES, field_of
from engine.runtime.storage.fields import storage_of
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


class GivenCells:
    """The cells of a row that does not stand yet; paths go on along relations to rows that do."""

    def __init__(self, work: Work, entity: Entity, values: Mapping[str, object]) -> None:
        self._work = work
        self._entity = entity
        self._values = values

    def cell(self, path: tuple[str, ...]) -> object:
        value = self._values.get(path[0])
        holder = field_of(self._entity, path[0])
        for name in path[1:]:
            if holder is None or not isinstance(value, int):
                return None
            if holder.relation is not None:
                target = self._work.model.entities[holder.relation.entity]
                table, found = target.name, field_of(target, name)
            else:
                table, found = KERNEL_TABLES[holder.kind], KERNEL_FIELDS[holder.kind].get(name)
            if found is None:
                return None
            rows = select(self._work.session, table, (name,), {"id": value})
            value = storage_of(found).decode(rows[0][0], self._work.session.dialect) if rows else None
            holder = found
        return value

    def children(self, path: tuple[str, ...]) -> Sequence[GivenCells]:
        return ()
