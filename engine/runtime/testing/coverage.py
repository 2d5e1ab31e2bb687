"""Coverage of app tests: which rules, transitions and role × state cells they touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.app import AppModel


@dataclass(slots=True)
class Coverage:
    """What the tests did so far."""

    transitions: set[tuple[str, str]] = field(default_factory=set)
    cells: set[tuple[str, str, str]] = field(default_factory=set)
    rules: set[tuple[str, str]] = field(default_factory=set)


def coverage_of(model: AppModel, coverage: Coverage) -> Mapping[str, tuple[int, int]]:
    """(covered, total) of transitions, of role × state cells (roles that may move a workflow, its states), of grants."""
    transitions = {(flow.name, move.id) for flow in model.workflows.values() for move in flow.transitions}
    cells = {
        (flow.name, role, state.name)
        for flow in model.workflows.values()
        for state in flow.states
        for role in {role for move in flow.transitions for role in move.roles}
    }
    grants = {(name, grant.id) for name, access in model.access.items() for grant in access.grants}
    return {
        "transitions": (len(coverage.transitions & transitions), len(transitions)),
        "role × state": (len(coverage.cells & cells), len(cells)),
        "grants": (len(coverage.rules & grants), len(grants)),
    }
