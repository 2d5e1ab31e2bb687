"""Pipelines and knowledge graphs: nodes and edges."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.cycles import circles
from engine.dsl.part import Part, PassContext
from engine.model.pipelines import Graph, GraphEdge, GraphNode

GRAPH_KINDS = ("pipelines", "graphs")


def compile_graphs(context: PassContext) -> Iterator[Graph | Diagnostic]:
    for kind in GRAPH_KINDS:
        for part in context.parts(kind):
            yield from _problems(part)
            yield Graph(
                name=part.name,
                kind=kind,
                label=part.label(),
                place=part.place,
                nodes=tuple(_node(node) for node in part.items("nodes")),
                edges=tuple(_edge(edge) for edge in part.items("edges")),
                settings=part.settings("settings"),
            )


def _node(part: Part) -> GraphNode:
    return GraphNode(part.id, part.text("node"), part.label(), part.place, part.settings("settings"))


def _edge(part: Part) -> GraphEdge:
    return GraphEdge(
        part.text("from"), part.text("to"), part.place, part.text("port", "in"), part.text("kind"), part.label()
    )


def _problems(part: Part) -> Iterator[Diagnostic]:
    """A pipeline runs in one direction."""
    if part.document.kind != "pipelines":
        return
    after: dict[str, list[str]] = {node.id: [] for node in part.items("nodes")}
    for edge in part.items("edges"):
        after.setdefault(edge.text("from"), []).append(edge.text("to"))
    for circle in circles(after):
        yield part.key_problem("E335", "edges", circle=" → ".join(circle))
