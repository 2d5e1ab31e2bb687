"""Under whose right a flow acts: that of its definition, in the name of whoever brought it this far."""

from __future__ import annotations

from engine.model.context import Context, Principal
from engine.model.flows import Flow
from engine.model.replacing import replaced
from engine.runtime.identifiers import encode_id
from engine.runtime.work import Work


def acting(work: Work, flow: Flow, instance: int) -> Work:
    """The work of a flow: with the flow's own right, caused by it, in the name of the person who acts now."""
    person = work.context.principal
    principal = Principal(person.user_id, person.name, frozenset({flow.role}), service=f"flow:{flow.name}")
    return work.under(_caused(replaced(work.context, principal=principal, viewing_as=None), flow, instance))


def _caused(context: Context, flow: Flow, instance: int) -> Context:
    return context.caused_by(f"flow:{flow.name}", encode_id(instance))
