"""Knowledge graphs: what sells to whom and why, as typed nodes and edges, each with the source that it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from engine.diagnostics import Message
from engine.model.names import NO_LABEL, Label, Place


class NodeKind(StrEnum):
    """What a node is, in the order in which people read a graph."""

    SEGMENT = "segment"
    OBJECTION = "objection"
    NEED = "need"
    ARGUMENT = "argument"
    PRODUCT_FAMILY = "product_family"
    EVIDENCE = "evidence"
    KPI = "kpi"
    CONSTRAINT = "constraint"
    REGULATION = "regulation"


class EdgeKind(StrEnum):
    """What an edge says of its two ends."""

    RAISES = "raises"
    HAS_NEED = "has_need"
    BUYS = "buys"
    HIDES = "hides"
    ANSWERED_BY = "answered_by"
    BACKED_BY = "backed_by"
    SPEAKS_FOR = "speaks_for"
    MET_BY = "met_by"
    LEADS_TO = "leads_to"
    GOES_WITH = "goes_with"
    REPLACED_BY = "replaced_by"
    MEASURED_BY = "measured_by"
    LIMITED_BY = "limited_by"
    GOVERNED_BY = "governed_by"


class SourceKind(StrEnum):
    """Where an edge comes from: people's practice, a law by its name, a textbook."""

    PRACTICE = "practice"
    LAW = "law"
    TEXTBOOK = "textbook"


Ends = frozenset[tuple[NodeKind, NodeKind]]


def _ends(sources: tuple[NodeKind, ...], target: NodeKind) -> Ends:
    return frozenset(product(sources, (target,)))


_KIND = NodeKind
ENDS: Mapping[EdgeKind, Ends] = {
    EdgeKind.RAISES: _ends((_KIND.SEGMENT,), _KIND.OBJECTION),
    EdgeKind.HAS_NEED: _ends((_KIND.SEGMENT,), _KIND.NEED),
    EdgeKind.BUYS: _ends((_KIND.SEGMENT,), _KIND.PRODUCT_FAMILY),
    EdgeKind.HIDES: _ends((_KIND.OBJECTION,), _KIND.NEED),
    EdgeKind.ANSWERED_BY: _ends((_KIND.OBJECTION,), _KIND.ARGUMENT),
    EdgeKind.BACKED_BY: _ends((_KIND.ARGUMENT,), _KIND.EVIDENCE),
    EdgeKind.SPEAKS_FOR: _ends((_KIND.ARGUMENT,), _KIND.PRODUCT_FAMILY),
    EdgeKind.MET_BY: _ends((_KIND.NEED,), _KIND.PRODUCT_FAMILY),
    EdgeKind.LEADS_TO: _ends((_KIND.NEED,), _KIND.NEED),
    EdgeKind.GOES_WITH: _ends((_KIND.PRODUCT_FAMILY,), _KIND.PRODUCT_FAMILY),
    EdgeKind.REPLACED_BY: _ends((_KIND.PRODUCT_FAMILY,), _KIND.PRODUCT_FAMILY),
    EdgeKind.MEASURED_BY: _ends((_KIND.NEED, _KIND.PRODUCT_FAMILY, _KIND.ARGUMENT), _KIND.KPI),
    EdgeKind.LIMITED_BY: _ends((_KIND.PRODUCT_FAMILY, _KIND.ARGUMENT, _KIND.NEED), _KIND.CONSTRAINT),
    EdgeKind.GOVERNED_BY: _ends(
        (_KIND.PRODUCT_FAMILY, _KIND.ARGUMENT, _KIND.EVIDENCE, _KIND.CONSTRAINT), _KIND.REGULATION
    ),
}
"""From what to what an edge of each kind may lead."""

NODE_WORDS: Mapping[NodeKind, Message] = {
    _KIND.SEGMENT: Message("客群", "Segment"),
    _KIND.OBJECTION: Message("异议", "Objection"),
    _KIND.NEED: Message("需求", "Need"),
    _KIND.ARGUMENT: Message("话术", "Argument"),
    _KIND.PRODUCT_FAMILY: Message("品类", "Product family"),
    _KIND.EVIDENCE: Message("证据", "Evidence"),
    _KIND.KPI: Message("指标", "Measure"),
    _KIND.CONSTRAINT: Message("约束", "Constraint"),
    _KIND.REGULATION: Message("法规", "Regulation"),
}
EDGE_WORDS: Mapping[EdgeKind, Message] = {
    EdgeKind.RAISES: Message("会提出", "raises"),
    EdgeKind.HAS_NEED: Message("有需求", "needs"),
    EdgeKind.BUYS: Message("常买", "often buys"),
    EdgeKind.HIDES: Message("背后是", "hides"),
    EdgeKind.ANSWERED_BY: Message("用它回应", "is answered by"),
    EdgeKind.BACKED_BY: Message("以它为证", "is backed by"),
    EdgeKind.SPEAKS_FOR: Message("说明", "speaks for"),
    EdgeKind.MET_BY: Message("由它满足", "is met by"),
    EdgeKind.LEADS_TO: Message("进而需要", "leads to"),
    EdgeKind.GOES_WITH: Message("搭配", "goes with"),
    EdgeKind.REPLACED_BY: Message("可替代为", "can be replaced by"),
    EdgeKind.MEASURED_BY: Message("用它衡量", "is measured by"),
    EdgeKind.LIMITED_BY: Message("受限于", "is limited by"),
    EdgeKind.GOVERNED_BY: Message("受它约束", "is governed by"),
}
SOURCE_WORDS: Mapping[SourceKind, Message] = {
    SourceKind.PRACTICE: Message("实践", "Practice"),
    SourceKind.LAW: Message("法规", "Law"),
    SourceKind.TEXTBOOK: Message("教材", "Textbook"),
}


def kinds_between(source: NodeKind, target: NodeKind) -> tuple[EdgeKind, ...]:
    """The kinds of edges that may lead from a node of one kind to one of another."""
    return tuple(kind for kind, ends in ENDS.items() if (source, target) in ends)


def edge_name(source: str, kind: str, target: str) -> str:
    """Under which name an edge is known: it stands once."""
    return f"{source}.{kind}.{target}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something comes from: what kind of source, by whom or under which name, as of which day, whether it is checked."""

    kind: SourceKind
    by: str
    at: str
    checked: bool = False


@dataclass(frozen=True, slots=True)
class KnowledgeNode:
    """A node of a knowledge graph."""

    id: str
    kind: NodeKind
    label: Label
    place: Place
    origin: Origin
    note: Label = NO_LABEL


@dataclass(frozen=True, slots=True)
class KnowledgeEdge:
    """An edge between node ids, in the version of the graph in which it was last written."""

    source: str
    target: str
    kind: EdgeKind
    place: Place
    origin: Origin
    version: int
    note: Label = NO_LABEL

    @property
    def id(self) -> str:
        return edge_name(self.source, self.kind, self.target)


@dataclass(frozen=True, slots=True)
class KnowledgeGraph:
    """A knowledge graph. Without `roles` everybody sees it; `editors` may change it for their installation."""

    name: str
    label: Label
    place: Place
    pack: str
    version: int
    origin: Origin
    nodes: tuple[KnowledgeNode, ...]
    edges: tuple[KnowledgeEdge, ...]
    description: Label = NO_LABEL
    roles: frozenset[str] = frozenset()
    editors: frozenset[str] = frozenset()
