"""What can be written into a knowledge graph and cannot be meant: edges between the wrong kinds, claims without grounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part
from engine.dsl.suggestions import listed
from engine.model.knowledge import ENDS, EdgeKind, NodeKind, SourceKind, edge_name, kinds_between

_NAMED_LAW = re.compile("《[^《》]+》")
_LACKS = (
    (NodeKind.OBJECTION, EdgeKind.ANSWERED_BY, "W526"),
    (NodeKind.ARGUMENT, EdgeKind.BACKED_BY, "W527"),
)
"""What a node of each kind must lead to, and what is said when it does not."""


def knowledge_problems(part: Part) -> Iterator[Diagnostic]:
    """All that is wrong with a graph besides its shape and its names."""
    nodes = {node.id: node for node in part.items("nodes")}
    edges = tuple(part.items("edges"))
    yield from _sources(part, (*nodes.values(), *edges))
    yield from _edges(edges, nodes)
    touched = {edge.text(end) for edge in edges for end in ("from", "to")}
    leads = {(edge.text("from"), edge.text("kind")) for edge in edges}
    for name, node in nodes.items():
        if name not in touched:
            yield node.problem("W525", "id", node=name)
        for kind, edge, code in _LACKS:
            if node.text("node") == kind and name in touched and (name, edge) not in leads:
                yield node.problem(code, "id", node=name)


def _sources(part: Part, claims: tuple[Part, ...]) -> Iterator[Diagnostic]:
    """Everything has a source, its own or that of the file; a law is named."""
    if not part.has("source"):
        bare = [one for one in claims if not one.has("source")]
        if bare:
            yield part.key_problem("E523", "nodes", count=len(bare))
    for one in (part, *claims):
        source = one.inner("source") if one.has("source") else None
        if source is not None and source.text("kind") == SourceKind.LAW and not _NAMED_LAW.search(source.text("by")):
            yield one.problem("E524", "source", "by", by=source.text("by"))


def _edges(edges: tuple[Part, ...], nodes: Mapping[str, Part]) -> Iterator[Diagnostic]:
    """An edge stands once and leads between ends that its kind permits; nodes that are not there are told elsewhere."""
    seen: set[str] = set()
    for edge in edges:
        source, target, kind = edge.text("from"), edge.text("to"), EdgeKind(edge.text("kind"))
        name = edge_name(source, kind, target)
        if name in seen:
            yield edge.problem("E522", "to", source=source, target=target, kind=kind)
        seen.add(name)
        if source in nodes and target in nodes:
            yield from _ends(edge, kind, NodeKind(nodes[source].text("node")), NodeKind(nodes[target].text("node")))


def _ends(edge: Part, kind: EdgeKind, source: NodeKind, target: NodeKind) -> Iterator[Diagnostic]:
    if edge.text("from") == edge.text("to"):
        yield edge.problem("E521", "to", node=edge.text("to"))
    elif (source, target) not in ENDS[kind]:
        allowed = listed([f"{one} → {other}" for one, other in sorted(ENDS[kind])])
        others = listed(kinds_between(source, target))
        yield edge.problem(
            "E520", "kind", kind=kind, source=source, target=target, allowed=allowed, others=others or "—"
        )
