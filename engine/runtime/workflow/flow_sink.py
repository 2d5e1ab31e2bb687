"""The sink of flows: sets the changes aside that a flow may start from or wait for; they are followed once the act is done."""

from __future__ import annotations

from collections.abc import Sequence

from engine.model.app import AppModel
from engine.model.requests import Change
from engine.runtime.work import Work


class FlowSink:
    """Keeps Changes of entities that flows are about."""

    def accept(self, work: Work, changes: Sequence[Change]) -> None:
        if changes and work.model.flows:
            concerned = work.model.derived(concerned_entities)
            work.aftermath.extend(change for change in changes if change.entity in concerned)


def concerned_entities(model: AppModel) -> frozenset[str]:
    """The entities that a flow of the model is about."""
    return frozenset(flow.entity for flow in model.flows.values())
