"""Which things of the lineage are names for a reader: fields and figures that exist for them, pages that they may open, and
what speaks of records that they may read. Administrators, who see definitions, know all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.lineage import Lineage, Node, NodeKind
from engine.runtime.access.rights import allowed_actions, readable_fields
from engine.runtime.metrics.sources import figures_for
from engine.runtime.query.names import Reader
from engine.runtime.work import Work

OF_RECORDS = frozenset(
    {NodeKind.FORM, NodeKind.WORKFLOW, NodeKind.RULE, NodeKind.CHECK, NodeKind.ORIGIN, NodeKind.DOCUMENT}
)
"""Kinds that are known to whoever may read the records that they speak of."""


@dataclass(slots=True)
class KnownNames:
    """What of a graph is a name for the reader of a unit of work."""

    work: Work
    graph: Lineage
    _fields: dict[str, frozenset[str]] = field(default_factory=dict)
    _figures: frozenset[str] | None = None

    def knows(self, node: Node) -> bool:
        """Whether the reader may know that the node is there."""
        if self.work.context.principal.administrator or node.kind is NodeKind.UNKNOWN:
            return True
        if node.kind is NodeKind.FIELD:
            return node.name.partition(".")[2] in self._readable(node.entity)
        if node.kind is NodeKind.METRIC:
            return node.name in self._metrics()
        if node.kind is NodeKind.PAGE:
            page = self.work.model.pages.get(node.name.partition("#")[0])
            return page is not None and bool(page.roles & self.work.context.principal.roles)
        if node.kind is NodeKind.EXPORT:
            return Action.EXPORT in allowed_actions(self.work.model, self.work.context, node.entity)
        if node.kind in {NodeKind.NEGOTIATION, NodeKind.MODEL, NodeKind.PIPELINE}:
            return self._takes_part(node)
        return node.kind in OF_RECORDS and self._speaks_of_known(node)

    def _takes_part(self, node: Node) -> bool:
        """Whether the reader bargains with a negotiation or what it asks, or is the one who puts a pipeline's model live."""
        roles, model = self.work.context.principal.roles, self.work.model
        if node.kind is NodeKind.NEGOTIATION:
            asked = model.negotiations[node.name]
            return bool((asked.roles | asked.reviewers) & roles) if asked.roles else bool(self._readable(asked.entity))
        plans = [
            one.training
            for one in model.pipelines.values()
            if one.training and node.name in (one.name, one.training.model)
        ]
        if any(one.approve_by in roles for one in plans):
            return True
        behind = (self.graph.nodes[one] for one in self.graph.behind.get(node.id, ()))
        return any(self._takes_part(one) for one in behind if one.kind is NodeKind.NEGOTIATION)

    def _speaks_of_known(self, node: Node) -> bool:
        """Whether all fields that a thing about records draws on are names for the reader; an origin draws on none."""
        if node.kind is NodeKind.DOCUMENT:
            paper = self.work.model.documents.get(node.name)
            if paper is None or (paper.roles and not paper.roles & self.work.context.principal.roles):
                return False
        if node.entity and not self._readable(node.entity):
            return False
        drawn = (self.graph.nodes[one] for one in self.graph.before.get(node.id, ()))
        return all(self.knows(one) for one in drawn if one.kind is NodeKind.FIELD)

    def _readable(self, entity: str) -> frozenset[str]:
        if entity not in self._fields:
            known = entity in self.work.model.entities
            self._fields[entity] = readable_fields(self.work.model, self.work.context, entity) if known else frozenset()
        return self._fields[entity]

    def _metrics(self) -> frozenset[str]:
        if self._figures is None:
            self._figures = frozenset(figures_for(Reader(self.work.model, self.work.context)))
        return self._figures


def readers_of(model: AppModel, entity: str) -> frozenset[str]:
    """The roles that may read rows of an entity."""
    access = model.access.get(entity)
    grants = access.grants if access is not None else ()
    return frozenset(role for grant in grants if Action.READ in grant.actions for role in grant.roles)
