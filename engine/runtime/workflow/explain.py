"""Explaining a transition: every condition of taking it, where it stands in the definition, and whether it is met."""

from __future__ import annotations

from engine.model.access import Action
from engine.model.entities import Entity
from engine.model.errors import NotFound
from engine.model.workflows import Transition, Workflow
from engine.runtime.access.explain import RuleExplanation, explain_access
from engine.runtime.access.telling import told_rules
from engine.runtime.records.checks import holding
from engine.runtime.records.stored import StoredRow, stored_row
from engine.runtime.work import Work


def explain_transition(work: Work, entity: str, record: int, move_id: str) -> tuple[RuleExplanation, ...]:
    """The grants that let the work's principal move the record, then the transition's roles, states, required fields and
    guard, as far as the principal may read what they read. Raises NotFound for a transition that is none.
    """
    workflow = work.model.workflow_of(entity)
    move = workflow.transition(move_id) if workflow else None
    if workflow is None or move is None:
        raise NotFound
    declared = work.model.entities[entity]
    row = stored_row(work, declared, record)
    grants = explain_access(work, work.context, entity, record, None, Action.TRANSITION).rules
    return told_rules(work, (*grants, *_conditions(work, declared, workflow, move, row)))


def _conditions(
    work: Work, entity: Entity, workflow: Workflow, move: Transition, row: StoredRow
) -> list[RuleExplanation]:
    def condition(says: str, source: str | None, held: bool, *reads: str) -> RuleExplanation:
        here = (entity.name, row.id)
        return RuleExplanation(move.id, move.place, says, source, move.roles, held, here, frozenset(reads))

    roles = ", ".join(sorted(work.model.acting_name(one, work.context.language) for one in move.roles))
    found = [
        condition("roles", roles, bool(move.roles & work.context.principal.roles)),
        condition("from", ", ".join(move.sources), row.values.get(workflow.field) in move.sources, workflow.field),
    ]
    found += [condition("requires", name, row.values.get(name) not in (None, ()), name) for name in move.requires]
    if move.guard is not None:
        held = holding(work, entity, row.id, (move.guard,), f"guard {move.id}")[0] == 1
        found.append(condition("guard", move.guard.source, held, *move.guard.references))
    return found
