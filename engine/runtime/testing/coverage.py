"""Coverage of app tests: which grants, field rules, transitions and role × state cells they touched.

A grant is touched when somebody acts by it; a cell when somebody of the role acts on a row in the state, is refused on
it, or lists rows of which the test says which are shown; a field rule when a step says what becomes of one of its fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.app import AppModel


@dataclass(slots=True)
class Coverage:
    """What the tests did so far."""

    transitions: set[tuple[str, str]] = field(default_factory=set)
    cells: set[tuple[str, str, str]] = field(default_factory=set)
    grants: set[tuple[str, str]] = field(default_factory=set)
    field_rules: set[tuple[str, str]] = field(default_factory=set)


def coverage_of(model: AppModel, coverage: Coverage) -> Mapping[str, tuple[int, int]]:
    """(covered, total) of transitions, of role × state cells (roles that may move a workflow, its states), of grants and
    field rules.
    """
    transitions = {(flow.name, move.id) for flow in model.workflows.values() for move in flow.transitions}
    cells = {
        (flow.name, role, state.name)
        for flow in model.workflows.values()
        for state in flow.states
        for role in {role for move in flow.transitions for role in move.roles}
    }
    grants = {(name, grant.id) for name, access in model.access.items() for grant in access.grants}
    rules = {(name, rule.id) for name, access in model.access.items() for rule in access.field_rules}
    return {
        "transitions": (len(coverage.transitions & transitions), len(transitions)),
        "role × state": (len(coverage.cells & cells), len(cells)),
        "grants": (len(coverage.grants & grants), len(grants)),
        "field rules": (len(coverage.field_rules & rules), len(rules)),
    }
