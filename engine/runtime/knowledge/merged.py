"""A graph as an installation has it: what its pack says, and what has been changed here, which wins.

What a pack adds appears; an edit about what a pack has removed is kept aside, to be dropped or kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.model.knowledge import EdgeKind, KnowledgeGraph, NodeKind, Origin, SourceKind
from engine.model.names import NO_LABEL, Label
from engine.runtime.knowledge.edits import Check, EdgeEdit, Edit, NodeEdit, edits_of, says_nothing
from engine.runtime.work import Work

OWN = Origin(SourceKind.PRACTICE, "", "")
"""The origin of what an installation has added; who did is said beside it."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node as it stands here. `version` is that of its edit, 0 without one; `added` by whom and when, if not by the pack.

    `of_pack` is what the pack calls it where that is something else.
    """

    id: str
    kind: NodeKind
    label: Label
    note: Label
    origin: Origin
    version: int = 0
    spot: tuple[int, int] | None = None
    of_pack: Label = NO_LABEL
    added: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge as it stands here: `release` is the version of the graph that it is from, `version` that of its edit."""

    id: str
    source: str
    target: str
    kind: EdgeKind
    note: Label
    origin: Origin
    release: int
    version: int = 0
    check: Check | None = None
    added: tuple[int, int] | None = None

    @property
    def checked(self) -> bool:
        return self.check is not None or self.origin.checked


@dataclass(frozen=True)
class MergedGraph:
    """A graph with the edits of an installation. `lost` are edits about what the pack no longer has, `left_out` what was
    removed here and can be brought back.
    """

    graph: KnowledgeGraph
    nodes: Mapping[str, Node]
    edges: Mapping[str, Edge]
    lost: tuple[Edit, ...] = ()
    left_out: tuple[Edit, ...] = ()

    @cached_property
    def _after(self) -> Mapping[tuple[str, EdgeKind], tuple[Edge, ...]]:
        found: dict[tuple[str, EdgeKind], list[Edge]] = {}
        for edge in self.edges.values():
            found.setdefault((edge.source, edge.kind), []).append(edge)
        return {key: tuple(edges) for key, edges in found.items()}

    def leading(self, node: str, kind: EdgeKind) -> tuple[Edge, ...]:
        """The edges of a kind that leave a node, in the order of the text, those added here last."""
        return self._after.get((node, kind), ())

    def of_kind(self, kind: NodeKind) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes.values() if node.kind is kind)

    @property
    def checked(self) -> tuple[int, int]:
        """How many edges somebody has checked, of how many."""
        return sum(edge.checked for edge in self.edges.values()), len(self.edges)


def merged_graph(work: Work, graph: KnowledgeGraph) -> MergedGraph:
    """The graph as it stands in this installation."""
    return merge(graph, edits_of(work.session, graph.name))


def merge(graph: KnowledgeGraph, edits: Mapping[str, Edit]) -> MergedGraph:
    """A graph of a pack with edits, which win."""
    nodes = {node.id: node for node in _nodes(graph, edits)}
    edges = {edge.id: edge for edge in _edges(graph, edits) if edge.source in nodes and edge.target in nodes}
    known = {*(node.id for node in graph.nodes), *(edge.id for edge in graph.edges)}
    live = [edit for edit in edits.values() if not says_nothing(edit.body)]
    lost = tuple(edit for edit in live if _is_lost(edit, known, nodes, edits))
    left_out = tuple(edit for edit in live if edit.body is not None and edit.body.removed and edit not in lost)
    return MergedGraph(graph, nodes, edges, lost, left_out)


def _nodes(graph: KnowledgeGraph, edits: Mapping[str, Edit]) -> Iterator[Node]:
    for node in graph.nodes:
        edit = edits.get(node.id)
        body = edit.body if edit is not None and isinstance(edit.body, NodeEdit) else None
        version = edit.version if edit is not None else 0
        if body is None:
            yield Node(node.id, node.kind, node.label, node.note, node.origin, version)
        elif not body.removed:
            label, note = _over(node.label, body.label), _over(node.note, body.note)
            of_pack = node.label if label.texts != node.label.texts else NO_LABEL
            yield Node(node.id, node.kind, label, note, node.origin, version, body.spot, of_pack)
    known = {node.id for node in graph.nodes}
    for name, edit in edits.items():
        body = edit.body if isinstance(edit.body, NodeEdit) else None
        if body is not None and body.own and not body.removed and name not in known:
            label = body.label if body.label.texts else body.was
            yield Node(name, body.kind, label, body.note, OWN, edit.version, body.spot, added=(edit.by, edit.at))


def _edges(graph: KnowledgeGraph, edits: Mapping[str, Edit]) -> Iterator[Edge]:
    for edge in graph.edges:
        edit = edits.get(edge.id)
        body = edit.body if edit is not None and isinstance(edit.body, EdgeEdit) else None
        if body is None or not body.removed:
            version, check = edit.version if edit is not None else 0, body.check if body is not None else None
            parts = (edge.id, edge.source, edge.target, edge.kind, edge.note, edge.origin, edge.version)
            yield Edge(*parts, version, check)
    known = {edge.id for edge in graph.edges}
    for name, edit in edits.items():
        body = edit.body if isinstance(edit.body, EdgeEdit) else None
        if body is not None and body.own and not body.removed and name not in known:
            parts = (name, body.source, body.target, body.kind, NO_LABEL, OWN, graph.version)
            yield Edge(*parts, edit.version, body.check, (edit.by, edit.at))


def _is_lost(edit: Edit, known: set[str], nodes: Mapping[str, Node], edits: Mapping[str, Edit]) -> bool:
    """Whether an edit is about what neither the pack nor the installation has; an edge also without one of its ends."""
    if edit.item in known or edit.body is None:
        return False
    if not edit.body.own:
        return True
    return isinstance(edit.body, EdgeEdit) and any(
        end not in nodes and not _removed_here(edits.get(end)) for end in (edit.body.source, edit.body.target)
    )


def _removed_here(edit: Edit | None) -> bool:
    return edit is not None and edit.body is not None and edit.body.removed


def _over(label: Label, edited: Label) -> Label:
    """A label with the languages that were changed."""
    return Label({**label.texts, **edited.texts}) if edited.texts else label
