"""Data that stay at home: a call of a flow that would send fields tagged `decision_chain` abroad does not compile."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.flow_parts import every_step, flows
from engine.dsl.part import Part, PassContext
from engine.dsl.symbols import resolve_path
from engine.model.sources import DECISION_CHAIN, HOME


def check_home_data(context: PassContext) -> Iterator[Diagnostic]:
    """Calls whose values are made of what may not leave the country, to a destination that is not in it."""
    for flow in flows(context):
        entity = flow.text("entity")
        for step in every_step(flow):
            where = _jurisdiction(context, step)
            if where == HOME:
                continue
            for name, _ in step.entries("values"):
                formula = step.context.formula(step.document, (*step.path, "values", name))
                found = (
                    next((one for one in sorted(formula.references) if _stays(context, entity, one)), None)
                    if formula
                    else None
                )
                if found is not None:
                    yield step.problem("E597", "values", name, name=found, where=where)


def _jurisdiction(context: PassContext, step: Part) -> str:
    """Where a call goes; home for what is no call to a destination."""
    document = context.symbols.document("destinations", step.text("destination"))
    found = document.data.get("jurisdiction") if document is not None else None
    return found if isinstance(found, str) else HOME


def _stays(context: PassContext, entity: str, path: str, seen: frozenset[tuple[str, str]] = frozenset()) -> bool:
    """Whether a field is tagged, or is worked out from one that is."""
    found = resolve_path(context.symbols, entity, path)
    if found.field is None or (found.entity, found.field.name) in seen:
        return False
    document = context.symbols.document("entities", found.entity)
    fields = document.data.get("fields") if document is not None else None
    written = fields.get(found.field.name) if isinstance(fields, dict) else None
    if document is None or not isinstance(written, dict):
        return False
    if DECISION_CHAIN in (written.get("tags") or ()):
        return True
    formula = context.formula(document, ("fields", found.field.name, "formula"))
    here = seen | {(found.entity, found.field.name)}
    return formula is not None and any(_stays(context, found.entity, one, here) for one in formula.references)
