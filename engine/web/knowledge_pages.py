"""Pages of knowledge graphs: all that the reader may see, one drawn and changed, and the next step with a customer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.knowledge import EDGE_WORDS, ENDS, NODE_WORDS, EdgeKind, NodeKind
from engine.runtime.audit import append
from engine.runtime.knowledge.editing import UNDO, Done, Order, carry_out, last_step
from engine.runtime.knowledge.finding import is_found
from engine.runtime.knowledge.next_step import Customer
from engine.runtime.knowledge.seeing import visible_graphs
from engine.runtime.work import Work
from engine.web.auditing import act_of
from engine.web.calls import Call, whole_number
from engine.web.knowledge_views import graph_view, next_step_view
from engine.web.responses import see_other
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.watches import of_graph, shown_by
from engine.widgets.contract import Scene
from engine.widgets.knowledge.drawing import focus_drawing, graph_drawing

_DONE = {
    "place": Message("已放好", "Placed"),
    "unplace": Message("已放回自动位置", "Back to its own place"),
    "name": Message("已改名", "Renamed"),
    "add": Message("已添加节点", "Node added"),
    "link": Message("已连上", "Joined"),
    "remove": Message("已移出图谱", "Taken out of the graph"),
    "restore": Message("已放回图谱", "Back in the graph"),
    "check": Message("已记为核过", "Noted as checked"),
    "uncheck": Message("已撤回核对", "No longer noted as checked"),
    "drop": Message("已不再保留", "No longer kept"),
    "retain": Message("已留作自己的", "Kept as your own"),
    UNDO: Message("已撤销上一步", "The last step is undone"),
}
_OF_CUSTOMER = ("objection", "used")


def show_all(work: Work, call: Call, site: Site) -> Response:
    """GET /knowledge: every graph that the reader may see, with how much of it is checked."""
    scene = scene_for(work, call)
    graphs = [graph_view(work, scene, graph.name) for graph in visible_graphs(work)]
    values = {
        "title": Message("知识图谱", "Knowledge graphs").text(scene.language),
        "graphs": graphs,
        "live": shown_by(*(of_graph(graph.name) for graph in graphs)),
    }
    return page_response(work, call, site, "knowledge_graphs.html", values)


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /knowledge/{graph}?node=…&q=…&segment=…: the graph drawn, with the chosen node and the next step beside it."""
    return _page(work, call, site, "", 200)


def change(work: Work, call: Call, site: Site) -> Response:
    """POST /knowledge/{graph}: one act on a node or an edge."""
    form, name = call.form_first(), call.parameters["graph"]
    done = carry_out(work, name, order_of(form))
    record_act(work, call, name, form.get("act", ""), done)
    back = done.item if form.get("act") == "add" else form.get("node", "")
    asked = {"node": back, "done": form.get("act", "")}
    query = urlencode({key: value for key, value in asked.items() if value})
    return see_other(f"/knowledge/{name}?{query}{'#node' if back else ''}")


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def order_of(given: Mapping[str, str]) -> Order:
    """What a form or a body orders."""
    version = whole_number(given.get("version", ""))
    return Order(given.get("act", ""), given.get("item", ""), version, given)


def record_act(work: Work, call: Call, graph: str, act: str, done: Done) -> None:
    """A change of a graph in the audit log: codes and ids alone."""
    made = act_of(call, work.context, "knowledge")
    append(work.session, work.ids, replace(made, subject=f"graph={graph} act={act} item={done.item}"))


def customer_of(call: Call) -> Customer:
    """Who is asked about, as an address says it: `segment`, any number of `objection` and `used`, also with commas."""
    listed: dict[str, list[str]] = {name: [] for name in _OF_CUSTOMER}
    for name, value in call.query:
        if name in listed:
            listed[name] += [one.strip() for one in value[:2000].split(",") if one.strip()]
    return Customer(call.first.get("segment", ""), tuple(listed["objection"]), frozenset(listed["used"]))


def _page(work: Work, call: Call, site: Site, message: str, status: int) -> Response:
    scene = scene_for(work, call)
    given = {**call.form_first(), **call.first} if call.form else call.first
    view = graph_view(work, scene, call.parameters["graph"])
    url, node = f"/knowledge/{view.name}", view.by_id.get(given.get("node", ""))
    typed = given.get("q", "").strip()[:60]
    done = _DONE.get(given.get("done", "")) if not message else None
    values = {
        "title": view.label,
        "graph": view,
        "url": url,
        "node": node,
        "drawing": graph_drawing(view, url, node.id if node else ""),
        "focus": focus_drawing(view, node, url, Message("还有 {}", "{} more").text(scene.language)) if node else None,
        "typed": typed,
        "found": {one.id for one in view.nodes if is_found(one.words, typed)} if typed else None,
        "next": next_step_view(work, scene, view.name, customer_of(call)),
        "message": message,
        "done": done.text(scene.language) if done else "",
        "undone": given.get("done") == UNDO,
        "last": last_step(work, view.name) if view.may_edit else None,
        "as_list": given.get("view") == "list",
        "edge_kinds": _edge_kinds(scene),
        "all_kinds": [(kind, words.text(scene.language)) for kind, words in EDGE_WORDS.items()],
        "ends": _ends(),
        "given": call.form_first() if message else {},
        "live": shown_by(of_graph(view.name)),
        "back": "/knowledge",
    }
    return page_response(work, call, site, "knowledge.html", values, status=status)


def _edge_kinds(scene: Scene) -> dict[str, list[tuple[str, str]]]:
    """By kind of node, the edges that may leave it, each with what it leads to."""
    found: dict[str, list[tuple[str, str]]] = {}
    for source in NodeKind:
        found[source] = [
            (kind, f"{EDGE_WORDS[kind].text(scene.language)} → {'/'.join(_targets(kind, source, scene.language))}")
            for kind in EdgeKind
            if any(one == source for one, _ in ENDS[kind])
        ]
    return found


def _targets(kind: EdgeKind, source: NodeKind, language: str) -> list[str]:
    return [NODE_WORDS[target].text(language) for one, target in sorted(ENDS[kind]) if one == source]


def _ends() -> str:
    """Which kinds of edges may stand between two kinds of nodes, for whoever draws one by hand."""
    found: dict[str, list[str]] = {}
    for kind, ends in ENDS.items():
        for source, target in ends:
            found.setdefault(f"{source} {target}", []).append(kind)
    return json.dumps(found, separators=(",", ":"), sort_keys=True)
