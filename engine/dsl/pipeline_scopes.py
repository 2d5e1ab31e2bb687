"""Which entity's rows come into a node of a pipeline: that of its own settings, or of the nodes before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.dsl.document import Document
from engine.dsl.source import Path

OF_FOLDED_ROWS = frozenset({"of", "where", "known_at"})
"""What speaks of other rows where a setting folds rows `over` an entity, or over those of a node."""


def entity_in_pipeline(document: Document, path: Path) -> str | None:
    """The entity that names and formulas at `path`, in the settings of a node, speak of; None where no rows come."""
    node = document.at(path[:2]) if path[:1] == ("nodes",) else None
    if not isinstance(node, Mapping):
        return None
    around = document.at(path[:-1])
    over = around.get("over") if isinstance(around, Mapping) and path[-1] in OF_FOLDED_ROWS else None
    if isinstance(over, str):
        named = (one for one in _maps(document.data.get("nodes")) if one.get("id") == over)
        return next((_entity(document, one, frozenset()) for one in named), over)
    return _entity(document, node, frozenset())


def _entity(document: Document, node: Mapping[str, object], behind: frozenset[str]) -> str | None:
    """The entity of what a node is about; each node is looked at once, for a circle ends nowhere."""
    settings, name = node.get("settings"), node.get("id")
    own = settings.get("entity") if isinstance(settings, Mapping) else None
    if isinstance(own, str):
        return own
    if not isinstance(name, str) or name in behind:
        return None
    found = (_entity(document, one, behind | {name}) for one in _before(document, name))
    return next((one for one in found if one is not None), None)


def _before(document: Document, name: str) -> Iterator[Mapping[str, object]]:
    """The nodes whose edges enter a node, in the order of the edges."""
    nodes, edges = (_maps(document.data.get(key)) for key in ("nodes", "edges"))
    by_id = {str(one.get("id")): one for one in nodes}
    for edge in edges:
        if edge.get("to") == name and str(edge.get("from")) in by_id:
            yield by_id[str(edge.get("from"))]


def _maps(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
