"""Knowledge graphs: typed nodes and edges, each with the source of its own or the one of its file."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.knowledge_checks import knowledge_problems
from engine.dsl.part import Part, PassContext
from engine.model.knowledge import EdgeKind, KnowledgeEdge, KnowledgeGraph, KnowledgeNode, NodeKind, Origin, SourceKind


def compile_knowledge(context: PassContext) -> Iterator[KnowledgeGraph | Diagnostic]:
    for part in context.parts("knowledge"):
        problems = tuple(knowledge_problems(part))
        yield from problems
        common, version = _origin(part), part.whole("version", 1)
        yield KnowledgeGraph(
            name=part.name,
            label=part.label(),
            place=part.place,
            pack=part.pack,
            version=version,
            origin=common,
            nodes=tuple(_node(one, common) for one in part.items("nodes")),
            edges=tuple(_edge(one, common, version) for one in part.items("edges")),
            description=part.label("description"),
            roles=frozenset(part.names("roles")),
            editors=frozenset(part.names("editors")),
        )


def _origin(part: Part) -> Origin:
    source = part.inner("source")
    return Origin(
        SourceKind(source.text("kind", SourceKind.PRACTICE)),
        source.text("by"),
        source.text("at"),
        source.flag("checked"),
    )


def _node(part: Part, common: Origin) -> KnowledgeNode:
    origin = _origin(part) if part.has("source") else common
    return KnowledgeNode(part.id, NodeKind(part.text("node")), part.label(), part.place, origin, part.label("note"))


def _edge(part: Part, common: Origin, version: int) -> KnowledgeEdge:
    return KnowledgeEdge(
        part.text("from"),
        part.text("to"),
        EdgeKind(part.text("kind")),
        part.place,
        _origin(part) if part.has("source") else common,
        part.whole("version", version),
        part.label("note"),
    )
