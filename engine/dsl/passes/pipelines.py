"""Pipelines: nodes and edges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import Diagnostic
from engine.dsl.cycles import circles
from engine.dsl.node_checks import check_nodes
from engine.dsl.part import Part, PassContext
from engine.dsl.passes.feature_plans import feature_plan
from engine.dsl.passes.training_plans import training_plan
from engine.dsl.pipeline_flows import PipelineReading
from engine.extensions import NodeSpec
from engine.model.pipelines import Pipeline, PipelineEdge, PipelineNode


def compile_pipelines(context: PassContext) -> Iterator[Pipeline | Diagnostic]:
    for part in context.parts("pipelines"):
        yield from _problems(part)
        reading = PipelineReading.of(part)
        plan = feature_plan(reading)
        training = training_plan(reading, plan)
        flows = reading.flows()
        yield from reading.problems
        kinds = {node.id: context.nodes.get(node.text("node")) for node in part.items("nodes")}
        yield Pipeline(
            name=part.name,
            label=part.label(),
            place=part.place,
            nodes=tuple(_node(node) for node in part.items("nodes")),
            edges=tuple(_edge(edge, kinds) for edge in part.items("edges")),
            plan=plan,
            training=training,
            flows=flows,
            settings=part.settings("settings"),
        )


def _node(part: Part) -> PipelineNode:
    return PipelineNode(part.id, part.text("node"), part.label(), part.place, part.settings("settings"))


def _edge(part: Part, kinds: Mapping[str, NodeSpec | None]) -> PipelineEdge:
    """An edge with the ports that it joins: those that it names, or the first ones."""
    source, target = part.text("from"), part.text("to")
    giver, taker = kinds.get(source), kinds.get(target)
    output = giver.output(part.text("output")) if giver else None
    entered = taker.input(part.text("port")) if taker else None
    return PipelineEdge(
        source,
        target,
        part.place,
        entered.name if entered else part.text("port", "in"),
        output.name if output else part.text("output", "out"),
        part.label(),
    )


def _problems(part: Part) -> Iterator[Diagnostic]:
    """Nodes and edges by their kinds; and a pipeline runs in one direction."""
    yield from check_nodes(part)
    after: dict[str, list[str]] = {node.id: [] for node in part.items("nodes")}
    for edge in part.items("edges"):
        after.setdefault(edge.text("from"), []).append(edge.text("to"))
    for circle in circles(after):
        yield part.key_problem("E335", "edges", circle=" → ".join(circle))
