"""The lineage of an application: one graph from all its definitions, worked out once a model."""

from __future__ import annotations

from itertools import chain

from engine.model.app import AppModel
from engine.model.lineage import Edge, Lineage, Node, NodeKind, merged
from engine.runtime.sovereignty.level_tables import confirmed_levels
from engine.runtime.sovereignty.lineage_exits import exit_edges
from engine.runtime.sovereignty.lineage_origins import origin_edges, unknown_edges
from engine.runtime.sovereignty.lineage_stores import store_edges
from engine.runtime.sovereignty.lineage_uses import field_id, use_edges
from engine.runtime.work import Work


def lineage_of(model: AppModel) -> Lineage:
    """Fields, what they come from, and everything that draws on them."""
    return model.derived(_lineage)


def lineage_now(work: Work) -> Lineage:
    """The lineage with the levels of fields that people have confirmed above the declared ones."""
    confirmed = confirmed_levels(work.session)
    return lineage_of(work.model).raised({field_id(*name): level for name, level in confirmed.items()})


def coverage(graph: Lineage) -> tuple[int, int]:
    """How many fields have a known origin, and how many fields there are; built-in ones count as neither."""
    fields = [one for one in graph.nodes.values() if one.kind is NodeKind.FIELD and one.place is not None]
    return sum(graph.known_origin(one.id) for one in fields), len(fields)


def _lineage(model: AppModel) -> Lineage:
    found = list(chain(origin_edges(model), use_edges(model), exit_edges(model), store_edges(model)))
    into = frozenset(one.target for one in found if isinstance(one, Edge))
    found += unknown_edges(model, into)
    nodes = [one for one in found if isinstance(one, Node)]
    edges = [one for one in found if isinstance(one, Edge)]
    known = {one.id for one in nodes}
    lost = {end for edge in edges for end in (edge.source, edge.target)} - known
    nodes += (Node(name, NodeKind.OTHER, name) for name in sorted(lost))
    return merged(nodes, edges)
