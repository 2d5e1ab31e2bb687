"""Coverage of app tests: which grants, field rules, transitions and role × state cells they touched.

A grant is touched when somebody of its roles does what it allows (by it or by another grant); a cell when somebody of
the role acts on a row in the state, is refused on it, or lists rows of which the test says which are shown; a field rule
when a step says what becomes of one of its fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.flows import is_flow_role
from engine.runtime.rows import select
from engine.runtime.testing.flow_steps import FlowPart, flow_parts, moved_by_flows, touched_parts
from engine.runtime.work import Work


@dataclass(slots=True)
class Coverage:
    """What the tests did so far."""

    transitions: set[tuple[str, str]] = field(default_factory=set)
    cells: set[tuple[str, str, str]] = field(default_factory=set)
    grants: set[tuple[str, str]] = field(default_factory=set)
    field_rules: set[tuple[str, str]] = field(default_factory=set)
    flows: set[FlowPart] = field(default_factory=set)
    statements: set[str] = field(default_factory=set)

    def acted(self, work: Work, entity: str, action: Action) -> None:
        """Somebody acted on rows of an entity: by the grants that allow it to their roles."""
        access = work.model.access.get(entity)
        for grant in access.grants if access else ():
            if grant.roles & work.context.principal.roles and action in grant.actions:
                self.grants.add((entity, grant.id))

    def met(self, work: Work, entity: str, records: Iterable[int]) -> None:
        """Somebody met rows, or was kept from them: their roles in the states that the rows are in."""
        workflow = work.model.workflow_of(entity)
        if workflow is None:
            return
        for record in records:
            rows = select(work.session, entity, (workflow.field,), {"id": record})
            state = str(rows[0][0]) if rows else ""
            self.cells |= {(workflow.name, role, state) for role in work.context.principal.roles}

    def told(self, work: Work, entity: str, names: set[str]) -> None:
        """A test says what becomes of fields for somebody: by the field rules that name both."""
        access = work.model.access.get(entity)
        for rule in access.field_rules if access else ():
            if rule.roles & work.context.principal.roles and names.intersection(rule.fields):
                self.field_rules.add((entity, rule.id))

    def ran(self, work: Work) -> None:
        """What the flows of a test did, once it is over."""
        touched = tuple(touched_parts(work))
        self.flows |= set(touched)
        self.transitions |= set(moved_by_flows(work, touched))


def coverage_of(model: AppModel, coverage: Coverage) -> Mapping[str, tuple[int, int]]:
    """(covered, total) of transitions, of role × state cells (roles that may move a workflow, its states), of grants and
    field rules, and of the paths of flows: steps entered, branches taken, approvals rejected.
    """
    transitions = {(flow.name, move.id) for flow in model.workflows.values() for move in flow.transitions}
    cells = {
        (flow.name, role, state.name)
        for flow in model.workflows.values()
        for state in flow.states
        for role in {role for move in flow.transitions for role in move.roles if role in model.roles}
    }
    grants = {
        (name, grant.id)
        for name, access in model.access.items()
        for grant in access.grants
        if not is_flow_role(grant.id)
    }
    rules = {
        (name, rule.id)
        for name, access in model.access.items()
        for rule in access.field_rules
        if not is_flow_role(rule.id)
    }
    parts = {part for flow in model.flows.values() for part in flow_parts(flow)}
    return {
        "transitions": (len(coverage.transitions & transitions), len(transitions)),
        "role × state": (len(coverage.cells & cells), len(cells)),
        "grants": (len(coverage.grants & grants), len(grants)),
        "field rules": (len(coverage.field_rules & rules), len(rules)),
        "flow paths": (len(coverage.flows & parts), len(parts)),
    }
