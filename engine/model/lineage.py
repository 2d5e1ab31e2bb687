"""Lineage: what is drawn from what, through what, to where. Nodes and edges as values, and the questions asked of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from operator import attrgetter
from typing import TypeVar

from engine.diagnostics import Message
from engine.model.names import NO_LABEL, Label, Place

Value = TypeVar("Value")

LOWEST, HIGHEST = "G0", "G4"
"""Levels of what nothing is known to flow into, and of what nobody knows the origin of."""
UNKNOWN = "unknown"
"""The id of the node that every value of unknown origin is drawn from."""


class NodeKind(StrEnum):
    """What a node is."""

    ORIGIN = "origin"
    UNKNOWN = "unknown"
    SOURCE = "source"
    FIELD = "field"
    CHECK = "check"
    METRIC = "metric"
    PAGE = "page"
    FORM = "form"
    WORKFLOW = "workflow"
    RULE = "rule"
    ACCESS = "access"
    ALERT = "alert"
    MAP = "map"
    GRAPH = "graph"
    FEATURE = "feature"
    PIPELINE = "pipeline"
    MODEL = "model"
    NEGOTIATION = "negotiation"
    DOCUMENT = "document"
    EXPORT = "export"
    DESTINATION = "destination"
    STORE = "store"
    OTHER = "other"


ORIGINS = frozenset({NodeKind.ORIGIN, NodeKind.UNKNOWN, NodeKind.SOURCE})
"""Where values come into being: nothing lies before them."""
LEAVING = frozenset({NodeKind.DESTINATION, NodeKind.EXPORT, NodeKind.DOCUMENT})
"""By what values leave the installation."""


class Purpose(StrEnum):
    """What a value is drawn on for."""

    COLLECT = "collect"
    OPERATE = "operate"
    DISPLAY = "display"
    ANALYSE = "analyse"
    DECIDE = "decide"
    TRAIN = "train"
    DELIVER = "deliver"
    STORE = "store"


class Way(StrEnum):
    """How a value goes into another, in the words of OpenLineage: the first three directly, the others by what they decide."""

    IDENTITY = "IDENTITY"
    TRANSFORMATION = "TRANSFORMATION"
    AGGREGATION = "AGGREGATION"
    JOIN = "JOIN"
    GROUP_BY = "GROUP_BY"
    FILTER = "FILTER"
    SORT = "SORT"
    WINDOW = "WINDOW"
    CONDITIONAL = "CONDITIONAL"


DIRECT = frozenset({Way.IDENTITY, Way.TRANSFORMATION, Way.AGGREGATION})


class Status(StrEnum):
    """Whether a node may stand as it does: red breaks a declared bound, amber wants a look."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Node:
    """A thing that values flow into or out of. `level` is its own, as declared (empty: that of what flows in); `ceiling`
    is the highest that may flow in (empty: any). `entity` is the one whose right is needed to know its name."""

    id: str
    kind: NodeKind
    name: str
    label: Label = NO_LABEL
    level: str = ""
    ceiling: str = ""
    entity: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` flows into `target`. `masked`: what arrives is a mask of it."""

    source: str
    target: str
    way: Way
    purpose: Purpose
    masked: bool = False

    @property
    def direct(self) -> bool:
        return self.way in DIRECT


@dataclass(frozen=True, slots=True)
class Standing:
    """The level that a node has by all that flows into it, its status, and why."""

    level: str
    status: Status
    reason: Message


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What lies around a node: ids with their distance, before it and behind it, and the edges among them."""

    centre: str
    before: Mapping[str, int]
    behind: Mapping[str, int]
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Lineage:
    """A graph of nodes and edges. Edges are kept once; those to nodes that are not there are left out by nobody: they are
    an error of whoever built it."""

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    _standings: dict[str, Standing] = field(default_factory=dict, repr=False, compare=False)
    _raised: dict[tuple[tuple[str, str], ...], Lineage] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def behind(self) -> Mapping[str, tuple[str, ...]]:
        """The nodes that each node flows into."""
        return _grouped((edge.source, edge.target) for edge in self.edges)

    @cached_property
    def before(self) -> Mapping[str, tuple[str, ...]]:
        """The nodes that flow into each node."""
        return _grouped((edge.target, edge.source) for edge in self.edges)

    @cached_property
    def out_of(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges that leave each node."""
        return _grouped((edge.source, edge) for edge in self.edges)

    @cached_property
    def levels(self) -> Mapping[str, str]:
        """The level of every node: the highest of its own and of all that flows into it unmasked; unknown counts highest."""
        found = {
            name: HIGHEST if node.kind is NodeKind.UNKNOWN else node.level or LOWEST
            for name, node in self.nodes.items()
        }
        waiting = [name for name, level in found.items() if level > LOWEST]
        while waiting:
            name = waiting.pop()
            level = found[name]
            for edge in self.out_of.get(name, ()):
                if not edge.masked and found[edge.target] < level:
                    found[edge.target] = level
                    waiting.append(edge.target)
        return found

    def raised(self, levels: Mapping[str, str]) -> Lineage:
        """The same graph with higher levels of some nodes, as people have confirmed them; itself where none is higher."""
        higher = {
            name: replace(self.nodes[name], level=level)
            for name, level in levels.items()
            if name in self.nodes and level > self.nodes[name].level
        }
        if not higher:
            return self
        key = tuple(sorted((one.id, one.level) for one in higher.values()))
        if key not in self._raised:
            self._raised.clear()
            self._raised[key] = Lineage({**self.nodes, **higher}, self.edges)
        return self._raised[key]

    def standing(self, name: str) -> Standing:
        """The level of a node with its status and the reason for it."""
        if name not in self._standings:
            self._standings[name] = _standing(self, self.nodes[name])
        return self._standings[name]

    def reached(self, start: str, hops: int, behind: bool = True) -> Mapping[str, int]:
        """The nodes within so many edges of `start`, each with its distance; `start` is none of them."""
        return reached(self.behind if behind else self.before, start, hops)

    def around(self, centre: str, hops: int, known: Callable[[Node], bool] = lambda node: True) -> Neighbourhood:
        """What lies within so many edges before and behind a node, and may be known."""
        before, behind = (
            {name: far for name, far in self.reached(centre, hops, way).items() if known(self.nodes[name])}
            for way in (False, True)
        )
        inside = {centre, *before, *behind}
        edges = (edge for name in sorted(inside) for edge in self.out_of.get(name, ()) if edge.target in inside)
        return Neighbourhood(centre, before, behind, tuple(edges))

    def origins(self, name: str) -> frozenset[str]:
        """The origins that a node draws from in the end."""
        every = {name, *self.reached(name, len(self.nodes), behind=False)}
        return frozenset(one for one in every if self.nodes[one].kind in ORIGINS)

    def known_origin(self, name: str) -> bool:
        """Whether something flows into a node, and nothing of it is of unknown origin right away."""
        found = self.before.get(name, ())
        return bool(found) and UNKNOWN not in found


def reached(neighbours: Mapping[str, Collection[str]], start: str, hops: int) -> Mapping[str, int]:
    """The nodes within so many steps of `start`, each with its distance."""
    found, edge = {start: 0}, [start]
    for distance in range(1, hops + 1):
        following = set[str]().union(*(neighbours.get(one, ()) for one in edge)) - found.keys()
        if not following:
            break
        found.update(dict.fromkeys(following, distance))
        edge = list(following)
    del found[start]
    return found


def merged(nodes: Iterable[Node], edges: Iterable[Edge]) -> Lineage:
    """A graph of nodes (the first of an id counts) and edges (each once, in order)."""
    by_id: dict[str, Node] = {}
    for node in nodes:
        known = by_id.setdefault(node.id, node)
        if known.label is NO_LABEL and node.label is not NO_LABEL:
            by_id[node.id] = replace(known, label=node.label)
    return Lineage(by_id, tuple(sorted(set(edges), key=_in_order)))


_in_order = attrgetter("source", "target", "way", "purpose", "masked")


def _grouped(pairs: Iterable[tuple[str, Value]]) -> Mapping[str, tuple[Value, ...]]:
    found: dict[str, dict[Value, None]] = {}
    for key, value in pairs:
        found.setdefault(key, {})[value] = None
    return {key: tuple(values) for key, values in found.items()}


def _standing(graph: Lineage, node: Node) -> Standing:
    level = graph.levels[node.id]
    worst = next(_faults(graph, node, level), None)
    if worst is None:
        return Standing(level, Status.GREEN, Message("来源清楚，密级在界内", "Origin known, level within bounds"))
    return Standing(level, *worst)


def _faults(graph: Lineage, node: Node, level: str) -> Iterator[tuple[Status, Message]]:
    """What is wrong with a node, the worst first."""
    if node.ceiling and level > node.ceiling:
        yield Status.RED, Message(f"流入 {level}，上限 {node.ceiling}", f"{level} flows in, at most {node.ceiling} may")
    unknown = node.id == UNKNOWN or UNKNOWN in graph.before.get(node.id, ())
    if unknown:
        yield (
            Status.RED if node.kind in LEAVING else Status.AMBER,
            Message("来源不明，按最严处理", "Of unknown origin: treated as the strictest"),
        )
    elif node.level and level > node.level:
        yield Status.AMBER, Message(f"标为 {node.level}，来源为 {level}", f"Declared {node.level}, made of {level}")
