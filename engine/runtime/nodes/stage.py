"""Stages: nodes that have no run of their own, for the pipeline around them is compiled into one plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.diagnostics import DougongError, Message
from engine.extensions import Effect, NodeGroup, NodeSpec, Port
from engine.model.context import Context
from engine.model.names import Label


class NotRunAlone(DougongError):
    """A node that is a stage of a pipeline was to be run as a step."""

    code = "not_run_alone"
    status = 422


@dataclass(slots=True)
class Stage:
    """A node that a pipeline's plan is made of; a step of a flow cannot be one."""

    spec: NodeSpec

    def run(
        self, context: Context, inputs: Mapping[str, object], settings: Mapping[str, object], idempotency_key: str
    ) -> Mapping[str, object]:
        """Raises NotRunAlone: the plan of the pipeline does what the stage says."""
        name = self.spec.name
        raise NotRunAlone(Message(f"节点 {name} 只能用在管道里", f"The node {name} is for pipelines alone"), node=name)


def stage(
    name: str,
    label: Label,
    does: Label,
    inputs: tuple[Port, ...],
    outputs: tuple[Port, ...],
    settings: Mapping[str, object],
    group: NodeGroup,
    icon: str,
    effect: Effect = "pure",
) -> Stage:
    """A stage as the built-in ones declare it: its words, what it does, its ports, the schema of its settings, its place."""
    return Stage(
        NodeSpec(name, label, inputs, outputs, settings, effect, description=does, group=group, icon=icon, stage=True)
    )
