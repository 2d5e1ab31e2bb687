"""What a reader is shown of a knowledge graph: nodes, edges with where they come from, and ways through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node. `words` are those under which it is found, `spot` where somebody put it, `remark` who added it or what the pack calls it."""

    id: str
    kind: str
    kind_label: str
    label: str
    labels: Mapping[str, str]
    note: str
    notes: Mapping[str, str]
    words: str
    source: str
    version: int
    spot: tuple[int, int] | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class EdgeView:
    """An edge: what it says, where it comes from, whether it is checked and by whom; `version` is that of its edit.

    `own`: it was added here.
    """

    id: str
    source: str
    target: str
    kind: str
    kind_label: str
    note: str
    origin: str
    release: int
    checked: bool
    mark: str
    version: int
    checked_here: bool = False
    own: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True)
class AsideView:
    """An edit that is not in the drawing: what it is about, what it says, who made it."""

    item: str
    title: str
    says: str
    version: int


@dataclass(frozen=True, slots=True)
class Beside:
    """An edge as it is seen from one of its nodes, with the node at its other end."""

    edge: EdgeView
    other: NodeView
    outward: bool


@dataclass(frozen=True)
class GraphView:
    """A knowledge graph as its reader sees it; `kinds` are the kinds of nodes with their words, in their order."""

    name: str
    label: str
    description: str
    source: str
    release: int
    kinds: Mapping[str, str]
    nodes: tuple[NodeView, ...]
    edges: tuple[EdgeView, ...]
    may_edit: bool
    lost: tuple[AsideView, ...] = ()
    left_out: tuple[AsideView, ...] = ()
    place: str = ""

    @property
    def checked(self) -> int:
        return sum(edge.checked for edge in self.edges)

    @property
    def own(self) -> int:
        """How many nodes and edges people here have added or renamed."""
        return sum(bool(one.remark) for one in self.nodes) + sum(bool(one.remark) for one in self.edges)

    @cached_property
    def by_id(self) -> Mapping[str, NodeView]:
        return {node.id: node for node in self.nodes}

    def of_kind(self, kind: str) -> Sequence[NodeView]:
        return [node for node in self.nodes if node.kind == kind]

    def beside(self, node: str) -> Sequence[Beside]:
        """The edges of a node, those that leave it first."""
        outward = [Beside(one, self.by_id[one.target], outward=True) for one in self.edges if one.source == node]
        return outward + [
            Beside(one, self.by_id[one.source], outward=False) for one in self.edges if one.target == node
        ]


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of a way: its sentence, the node that it leads to, the edge that it rests on."""

    sentence: str
    node: str
    origin: str = ""
    checked: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class WayView:
    """A way through a graph: what it is for, its steps, and why it was chosen."""

    title: str
    nodes: tuple[str, ...]
    steps: tuple[StepView, ...]
    why: str


@dataclass(frozen=True, slots=True)
class NextStepView:
    """The next step with a customer by a graph: what may be chosen, what is chosen, and the ways."""

    graph: str
    label: str
    segments: tuple[tuple[str, str], ...]
    objections: tuple[tuple[str, str], ...]
    arguments: tuple[tuple[str, str], ...]
    segment: str
    heard: frozenset[str]
    used: frozenset[str]
    ways: tuple[WayView, ...]
