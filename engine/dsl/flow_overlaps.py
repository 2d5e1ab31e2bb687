"""Flows that ask people about the same record at the same moment: two approvals of one transition."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.flow_parts import every_step, flows
from engine.dsl.part import Part, PassContext


def flow_overlaps(context: PassContext) -> Iterator[Diagnostic]:
    """Triggers of approvals at a transition that starts another one too, where no two conditions keep them apart."""
    first: dict[tuple[str, str], Part] = {}
    for flow in flows(context):
        if all(step.text("type") != "approval" for step in every_step(flow)):
            continue
        for trigger in flow.items("triggers"):
            if trigger.text("type") != "transition":
                continue
            name = trigger.text("transition")
            other = first.setdefault((flow.text("entity"), name), trigger)
            if other.name != flow.name and not (trigger.has("when") and other.has("when")):
                yield trigger.problem("W478", "transition", name=name, flow=other.name)
