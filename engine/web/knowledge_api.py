"""Knowledge graphs over the interface: read, changed by one act at a time, and asked for the next step with a customer."""

from __future__ import annotations

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.runtime.knowledge.editing import ACTS, TAKEN, carry_out
from engine.runtime.knowledge.merged import Edge, Node, merged_graph
from engine.runtime.knowledge.next_step import Way, next_ways
from engine.runtime.knowledge.seeing import may_edit, visible_graph, visible_graphs
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.knowledge_pages import customer_of, order_of, record_act
from engine.web.responses import json_response
from engine.web.site import Site

KEYS = frozenset({"segment", "objection", "used"})


def list_graphs(work: Work, call: Call, site: Site) -> Response:
    """GET /api/knowledge"""
    language = work.context.language
    data = [
        {
            "name": graph.name,
            "label": graph.label.text(language),
            "version": graph.version,
            "nodes": len(graph.nodes),
            "edges": len(graph.edges),
            "editable": may_edit(work, graph),
        }
        for graph in visible_graphs(work)
    ]
    return json_response({"data": data})


def read_graph(work: Work, call: Call, site: Site) -> Response:
    """GET /api/knowledge/{graph}: as it stands in this installation."""
    graph = visible_graph(work, call.parameters["graph"])
    merged, language = merged_graph(work, graph), work.context.language
    data = {
        "name": graph.name,
        "label": graph.label.text(language),
        "version": graph.version,
        "nodes": [_node(one, language) for one in merged.nodes.values()],
        "edges": [_edge(one, language) for one in merged.edges.values()],
    }
    return json_response({"data": data})


def change_graph(work: Work, call: Call, site: Site) -> Response:
    """POST /api/knowledge/{graph}: one act, such as {"act": "check", "item": "a.raises.b", "version": 0}."""
    name = call.parameters["graph"]
    visible_graph(work, name)
    given = _given(call.json)
    done = carry_out(work, name, order_of(given))
    record_act(work, call, name, given["act"], done)
    return json_response({"data": {"item": done.item, "version": done.version}})


def next_step(work: Work, call: Call, site: Site) -> Response:
    """GET /api/knowledge/{graph}/next?segment=…&objection=…&used=…"""
    graph = visible_graph(work, call.parameters["graph"])
    merged, customer = merged_graph(work, graph), customer_of(call)
    if not any(node.id == customer.segment for node in merged.nodes.values()):
        raise BadRequest(Message("segment 应为图谱里的一个客群", "segment is a segment of the graph"))
    data = [_way(one, work.context.language) for one in next_ways(merged, customer)]
    return json_response({"data": data})


def _given(body: object) -> dict[str, str]:
    """The body of a change as texts. Raises BadRequest."""
    if not isinstance(body, dict) or body.get("act") not in ACTS:
        listed = "、".join(ACTS), ", ".join(ACTS)
        raise BadRequest(Message(f"act 应为 {listed[0]} 之一", f"act is one of {listed[1]}"))
    unknown = sorted(str(name) for name in body if name not in TAKEN)
    if unknown or not all(isinstance(value, str | int) and not isinstance(value, bool) for value in body.values()):
        raise BadRequest(
            Message("只接受文字和整数，且不能有别的键", "Texts and whole numbers are taken, and no other keys")
        )
    return {str(name): str(value) for name, value in body.items()}


def _node(node: Node, language: str) -> dict[str, object]:
    return {
        "id": node.id,
        "kind": node.kind,
        "label": node.label.text(language),
        "note": node.note.text(language),
        "own": node.added is not None,
        "version": node.version,
    }


def _edge(edge: Edge, language: str) -> dict[str, object]:
    return {
        "id": edge.id,
        "from": edge.source,
        "to": edge.target,
        "kind": edge.kind,
        "note": edge.note.text(language),
        "source": {"kind": edge.origin.kind, "by": edge.origin.by, "at": edge.origin.at},
        "release": edge.release,
        "checked": edge.checked,
        "own": edge.added is not None,
        "version": edge.version,
    }


def _way(way: Way, language: str) -> dict[str, object]:
    return {
        "purpose": way.purpose,
        "nodes": way.nodes,
        "why": way.why.text(language),
        "steps": [
            {
                "sentence": step.sentence.text(language),
                "edge": _edge(step.edge, language) if step.edge is not None else None,
            }
            for step in way.steps
        ],
    }
