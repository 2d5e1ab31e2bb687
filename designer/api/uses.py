"""Who uses a field over HTTP: what the draft's definitions draw from it, live, and how many people may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from designer.draft.desk import Desk
from designer.studio import Studio
from engine.model.app import AppModel
from engine.model.lineage import Lineage, NodeKind
from engine.runtime.organisation.standings import people_with
from engine.runtime.sovereignty.lineage_graph import lineage_of
from engine.runtime.sovereignty.lineage_words import KINDS, STATUSES
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.lineage_names import readers_of
from engine.web.lineage_views import Asked, told_as
from engine.web.responses import json_response
from engine.web.site import Site

OF_FIELD = frozenset({"field"})
MOST_NAMED = 8
"""Uses of a kind that are named; the others are counted."""
ORDER = tuple(NodeKind)


@dataclass(frozen=True, slots=True)
class UsesApi:
    """The endpoint of the uses of fields."""

    studio: Studio

    def uses(self, work: Work, call: Call, site: Site) -> Afterwards:
        """GET /designer/api/uses?field=entity.name: by kind what draws on the field and what it draws from, as the draft has
        it; `known` is false, and nothing told, while the draft does not compile or has no such field (any more)."""
        field, texts = call.first.get("field", ""), Desk(work, self.studio).texts()

        def respond() -> Response:
            model = self.studio.compile(texts).model
            if model is None:
                return json_response({"known": False})
            graph, node = lineage_of(model), f"field:{field}"
            if node not in graph.nodes:
                return json_response({"known": False})
            roles = readers_of(model, graph.nodes[node].entity)
            people = site.workplace.read(
                work.context, lambda own: people_with(own.session, own.model, own.context.today, roles)
            )
            return json_response(_body(model, graph, node, work.context.language) | {"people": people})

        return Afterwards(respond)


def _body(model: AppModel, graph: Lineage, node: str, language: str) -> dict[str, object]:
    standing = graph.standing(node)
    return {
        "known": True,
        "level": standing.level,
        "status": str(standing.status),
        "status_words": STATUSES[standing.status].text(language),
        "reason": standing.reason.text(language),
        "from": _groups(model, graph, graph.before.get(node, ()), language),
        "uses": _groups(model, graph, graph.behind.get(node, ()), language),
        "url": Asked(node).url(),
    }


def _groups(model: AppModel, graph: Lineage, ids: Iterable[str], language: str) -> list[Mapping[str, object]]:
    """Nodes by kind: how many, and what the first are called."""
    by_kind: dict[NodeKind, list[str]] = {}
    for node in (graph.nodes[one] for one in ids):
        by_kind.setdefault(node.kind, []).append(told_as(model, node, language))
    return [
        {
            "kind": str(kind),
            "words": KINDS[kind].text(language),
            "count": len(by_kind[kind]),
            "names": sorted(set(by_kind[kind]))[:MOST_NAMED],
        }
        for kind in sorted(by_kind, key=ORDER.index)
    ]
