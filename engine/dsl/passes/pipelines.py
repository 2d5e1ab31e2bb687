"""Pipelines: nodes and edges."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.cycles import circles
from engine.dsl.part import Part, PassContext
from engine.dsl.passes.feature_plans import feature_plan
from engine.dsl.pipeline_flows import PipelineReading
from engine.model.pipelines import Pipeline, PipelineEdge, PipelineNode


def compile_pipelines(context: PassContext) -> Iterator[Pipeline | Diagnostic]:
    for part in context.parts("pipelines"):
        yield from _problems(part)
        reading = PipelineReading.of(part)
        plan = feature_plan(reading)
        yield from reading.problems
        yield Pipeline(
            name=part.name,
            label=part.label(),
            place=part.place,
            nodes=tuple(_node(node) for node in part.items("nodes")),
            edges=tuple(_edge(edge) for edge in part.items("edges")),
            plan=plan,
            settings=part.settings("settings"),
        )


def _node(part: Part) -> PipelineNode:
    return PipelineNode(part.id, part.text("node"), part.label(), part.place, part.settings("settings"))


def _edge(part: Part) -> PipelineEdge:
    return PipelineEdge(part.text("from"), part.text("to"), part.place, part.text("port", "in"), part.label())


def _problems(part: Part) -> Iterator[Diagnostic]:
    """A pipeline runs in one direction."""
    after: dict[str, list[str]] = {node.id: [] for node in part.items("nodes")}
    for edge in part.items("edges"):
        after.setdefault(edge.text("from"), []).append(edge.text("to"))
    for circle in circles(after):
        yield part.key_problem("E335", "edges", circle=" → ".join(circle))
