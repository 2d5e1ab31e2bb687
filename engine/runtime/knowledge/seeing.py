"""Who sees a knowledge graph, and who may change it."""

from __future__ import annotations

from engine.model.errors import NotFound
from engine.model.knowledge import KnowledgeGraph
from engine.runtime.work import Work


def visible_graphs(work: Work) -> tuple[KnowledgeGraph, ...]:
    """The graphs that the reader may see, in the order of their names."""
    return tuple(graph for graph in work.model.knowledge.values() if may_see(work, graph))


def visible_graph(work: Work, name: str) -> KnowledgeGraph:
    """A graph by name. Raises NotFound for one that the reader may not see."""
    graph = work.model.knowledge.get(name)
    if graph is None or not may_see(work, graph):
        raise NotFound
    return graph


def may_see(work: Work, graph: KnowledgeGraph) -> bool:
    """Without roles everybody who is signed in; who may change it sees it."""
    principal = work.context.principal
    if not principal.user_id:
        return False
    return not graph.roles or bool(graph.roles & principal.roles) or may_edit(work, graph)


def may_edit(work: Work, graph: KnowledgeGraph) -> bool:
    """Administrators, and the roles that the graph names."""
    principal = work.context.principal
    return principal.administrator or bool(graph.editors & principal.roles)
