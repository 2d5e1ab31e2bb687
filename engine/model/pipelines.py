"""Graphs of nodes: pipelines, knowledge graphs. One shape, checked against the node registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.names import NO_LABEL, Label, Place, empty_map


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node: `node` names its kind in the registry (pipelines) or its type (graphs)."""

    id: str
    node: str
    label: Label
    place: Place
    settings: Mapping[str, object] = field(default_factory=empty_map)


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """A directed edge between node ids; `port` names the input, `kind` the relation of a knowledge graph."""

    source: str
    target: str
    place: Place
    port: str = "in"
    kind: str = ""
    label: Label = NO_LABEL


@dataclass(frozen=True, slots=True)
class Graph:
    """A pipeline (acyclic) or a knowledge graph, by `kind` = pipelines, graphs."""

    name: str
    kind: str
    label: Label
    place: Place
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    settings: Mapping[str, object] = field(default_factory=empty_map)
