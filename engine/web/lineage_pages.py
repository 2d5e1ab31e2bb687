"""The lineage map: one thing in the middle, what it draws from and what draws on it; and the search for that thing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.errors import NotFound
from engine.model.lineage import Lineage, Node, NodeKind, Standing, Status
from engine.runtime.access.rights import readable_fields
from engine.runtime.identifiers import encode_id
from engine.runtime.organisation.standings import people_with
from engine.runtime.query.records import find_record
from engine.runtime.search.initials import initials_of
from engine.runtime.sovereignty.lineage_graph import coverage, lineage_now
from engine.runtime.sovereignty.lineage_words import KINDS, STATUSES, words_of_node
from engine.runtime.sovereignty.model_evidence import evidence_of
from engine.runtime.work import Work
from engine.web.calls import Call, whole_number
from engine.web.lineage_names import KnownNames, readers_of
from engine.web.lineage_views import Asked, lineage_view, told_as
from engine.web.responses import json_response, record_url
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.lineage.drawing import lineage_drawing
from engine.widgets.lineage_parts import LineageView, PointView, RowView

MOST_HOPS, MOST_FOUND, MOST_ILL = 5, 60, 20
KEYS = frozenset({"node", "hops"})
SOUGHT = (
    NodeKind.FIELD,
    NodeKind.METRIC,
    NodeKind.MODEL,
    NodeKind.PAGE,
    NodeKind.EXPORT,
    NodeKind.DESTINATION,
    NodeKind.SOURCE,
)
"""Kinds that are offered where nothing is in the middle yet, in this order."""


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /lineage?node=…&hops=…&open=…: what lies around a node; without one the search for it. Raises NotFound."""
    graph = lineage_now(work)
    names = KnownNames(work, graph)
    if not call.first.get("node"):
        return _search(work, call, site, graph, names)
    asked = _asked(call, graph, names)
    view, language = lineage_view(work, graph, names, asked), work.context.language
    title = Message(f"{view.centre.label}的血缘", f"Lineage of {view.centre.label}").text(language)
    values = {
        "title": title,
        "view": view,
        "drawing": lineage_drawing(view, title, _heads(view, language)),
        "hops": [(far, asked.url(hops=far), far == asked.hops) for far in range(1, MOST_HOPS + 1)],
        "evidence": list(_evidence(work, graph.nodes[asked.node])),
        "people": _people(work, graph.nodes[asked.node]),
        "back": "/lineage",
    }
    return page_response(work, call, site, "lineage.html", values)


def as_json(work: Work, call: Call, site: Site) -> Response:
    """GET /api/lineage?node=…&hops=…: the same as JSON, as far as the reader may know the names."""
    graph = lineage_now(work)
    names = KnownNames(work, graph)
    view = lineage_view(work, graph, names, _asked(call, graph, names))
    before, behind = view.withheld
    return json_response(
        {
            "data": {
                "node": _body(view.centre),
                "from": [_row(one) for one in view.before],
                "to": [_row(one) for one in view.behind],
                "withheld": {"from": before, "to": behind},
                "cut": view.cut,
            }
        }
    )


def _asked(call: Call, graph: Lineage, names: KnownNames) -> Asked:
    node = graph.nodes.get(call.first.get("node", ""))
    if node is None or not names.knows(node):
        raise NotFound
    hops = whole_number(call.first.get("hops", "")) or 1
    return Asked(node.id, max(1, min(hops, MOST_HOPS)), frozenset(value for key, value in call.query if key == "open"))


def _people(work: Work, node: Node) -> int | None:
    """How many people may read rows of the entity that a field belongs to; None for anything else."""
    if node.kind is not NodeKind.FIELD:
        return None
    return people_with(work.session, work.model, work.context.today, readers_of(work.model, node.entity))


def _evidence(work: Work, node: Node) -> Iterator[dict[str, object]]:
    """Of a model: its versions with the rows that each was learnt from; rows lead to themselves where the reader may see them."""
    for one in evidence_of(work, node.name) if node.kind is NodeKind.MODEL else ():
        entity = one.version.entity
        known = entity in work.model.entities and bool(readable_fields(work.model, work.context, entity))
        yield {
            "number": one.version.number,
            "state": str(one.version.state),
            "rows": one.rows,
            "gone": one.gone,
            "looked": one.looked,
            "first": [_source_row(work, entity, row, there) for row, there in one.first] if known else [],
        }


def _source_row(work: Work, entity: str, row: int, there: bool) -> dict[str, object]:
    """A row that was learnt from, by its title where the reader may read it."""
    found = find_record(work, entity, row) if there else None
    title = str(found.cells.get(work.model.entities[entity].title) or encode_id(row)) if found is not None else ""
    return {"there": there, "title": title, "url": record_url(entity, row) if found is not None else ""}


def _heads(view: LineageView, language: str) -> dict[int, str]:
    """What stands over the columns."""
    found = {}
    for column in view.columns:
        far = abs(column.distance)
        before = Message(
            "来自" if far == 1 else f"来自 · {far} 步", "Drawn from" if far == 1 else f"Drawn from · {far} steps"
        )
        behind = Message(
            "流向" if far == 1 else f"流向 · {far} 步", "Goes to" if far == 1 else f"Goes to · {far} steps"
        )
        if column.distance:
            found[column.distance] = (before if column.distance < 0 else behind).text(language)
    return found


def _search(work: Work, call: Call, site: Site, graph: Lineage, names: KnownNames) -> Response:
    query, language = call.first.get("q", "").strip(), work.context.language
    values = {"title": Message("数据血缘", "Lineage").text(language), "query": query, "groups": [], "more": False}
    found = _found(work, graph, names, query) if query else _standings(work, graph, names)
    return page_response(work, call, site, "lineage_search.html", values | found)


def _found(work: Work, graph: Lineage, names: KnownNames, query: str) -> dict[str, object]:
    """What is called so, by kind."""
    wanted, language = query.casefold(), work.context.language
    found = [node for node in graph.nodes.values() if node.kind in SOUGHT and _fits(node, wanted) and names.knows(node)]
    found.sort(key=lambda one: (SOUGHT.index(one.kind), words_of_node(one, language), one.id))
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for node in found[:MOST_FOUND]:
        entity = work.model.entities.get(node.entity)
        about = entity.label.text(language) if entity is not None else ""
        line = (Asked(node.id).url(), words_of_node(node, language), about)
        groups.setdefault(KINDS[node.kind].text(language), []).append(line)
    return {"groups": list(groups.items()), "more": len(found) > MOST_FOUND}


def _standings(work: Work, graph: Lineage, names: KnownNames) -> dict[str, object]:
    """How all that the reader knows stands, and what of it wants a look."""
    known, every = coverage(graph)
    mine = [node for node in graph.nodes.values() if names.knows(node)]
    counts = Counter(graph.standing(node.id).status for node in mine if node.kind is not NodeKind.UNKNOWN)
    return {
        "known": known,
        "every": every,
        "counts": [(str(one), STATUSES[one].text(work.context.language), counts[one]) for one in Status],
        "attention": [_wanting(work, node, graph.standing(node.id)) for node in _ill(graph, mine)[:MOST_ILL]],
    }


def _ill(graph: Lineage, nodes: Iterable[Node]) -> list[Node]:
    """What wants a look, the worst first."""
    found = [node for node in nodes if graph.standing(node.id).status is not Status.GREEN]
    return sorted(
        found,
        key=lambda one: (graph.standing(one.id).status is not Status.RED, one.kind is not NodeKind.UNKNOWN, one.id),
    )


def _wanting(work: Work, node: Node, standing: Standing) -> dict[str, str]:
    """A line of what wants a look."""
    language = work.context.language
    return {
        "url": Asked(node.id).url(),
        "words": told_as(work.model, node, language),
        "kind": KINDS[node.kind].text(language),
        "reason": standing.reason.text(language),
        "status": str(standing.status),
        "status_words": STATUSES[standing.status].text(language),
    }


def _fits(node: Node, wanted: str) -> bool:
    words = (node.name, *node.label.texts.values())
    return any(wanted in one.casefold() for one in words) or any(
        wanted in one for one in initials_of(node.label.text("zh"))
    )


def _body(point: PointView) -> dict[str, object]:
    return {
        "id": point.ids[0],
        "kind": point.kind,
        "label": point.label,
        "level": point.level,
        "status": point.status,
        "reason": point.reason,
    }


def _row(row: RowView) -> dict[str, object]:
    return _body(row.point) | {"hops": row.distance, "ways": row.says, "purpose": row.purpose}
