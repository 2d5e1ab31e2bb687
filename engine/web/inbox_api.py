"""The inbox for programs: what waits for the caller, how much of it, and acts on many at once."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.model.twofold import told_in
from engine.runtime.identifiers import encode_id
from engine.runtime.inbox.acts import DECISIONS, Order, Result, carry_out
from engine.runtime.inbox.entries import APPROVAL, Due, Entry, Wish
from engine.runtime.inbox.reading import COUNTED_TO, inbox_counts, inbox_page
from engine.runtime.instants import from_micros
from engine.runtime.notices import unread_count
from engine.runtime.query.listing import MOST_ROWS
from engine.runtime.query.parameters import page_limit
from engine.runtime.storage.json import json_of
from engine.runtime.storage.times import instant_text
from engine.runtime.work import Work
from engine.runtime.workflow.flow_tasks import FlowTask
from engine.web.calls import Call
from engine.web.responses import json_response
from engine.web.site import Site

KEYS = frozenset({"kind", "due", "q", "cursor", "limit"})


def inbox(work: Work, call: Call, site: Site) -> Response:
    """GET /api/inbox: what waits for the caller, by when it counts, then by amount."""
    page = inbox_page(work, _wish(call))
    return json_response({"data": [_body(work, one) for one in page.entries], "next_cursor": page.after or None})


def count(work: Work, call: Call, site: Site) -> Response:
    """GET /api/inbox/count: how much waits for the caller, in all and of each kind, and how many notices are unread, each
    counted up to a hundred."""
    kinds = inbox_counts(work)
    unread = unread_count(work.session, work.context.principal.user_id)
    return json_response({"count": min(sum(kinds.values()), COUNTED_TO), "kinds": dict(kinds), "notices": unread})


def act(work: Work, call: Call, site: Site) -> Response:
    """POST /api/inbox: one act on many things, each for itself; the answer says of each what became of it."""
    body = call.json if isinstance(call.json, Mapping) else {}
    items, name, words = body.get("items"), body.get("act"), body.get("words", "")
    if not isinstance(items, list) or not isinstance(name, str) or not isinstance(words, str):
        raise BadRequest(
            Message("需要 act(文字)与 items(列表)", "act (a text) and items (a list) are needed"), field="items"
        )
    found = (str(item).rpartition(":") for item in items)
    results = carry_out(work, [Order(kind, identity, name) for kind, _, identity in found], words)
    return json_response({"results": [_result(work, one) for one in results]})


def _result(work: Work, one: Result) -> dict[str, object]:
    problem = one.problem.text(work.context.language) if one.problem is not None else None
    return {"item": one.order.item, "done": one.problem is None, "problem": problem}


def _wish(call: Call) -> Wish:
    due, limit = call.first.get("due", ""), page_limit(call.first.get("limit", "30"), MOST_ROWS - 1)
    if due not in set(Due):
        raise BadRequest(Message("due 只能是 overdue、today、later", "due is overdue, today or later"), field="due")
    first = call.first
    return Wish(first.get("kind", ""), Due(due), first.get("q", "").strip(), first.get("cursor", ""), limit)


def _body(work: Work, one: Entry) -> dict[str, object]:
    common: dict[str, object] = {"item": f"{one.kind}:{encode_id(one.id)}", "kind": one.kind, "id": encode_id(one.id)}
    if one.task is not None and one.subject is not None:
        return {**common, "title": told_in(one.subject.title, work.context.language), **_task(one.task)}
    if one.row is None or one.declared is None:
        return common
    entity, kind = work.model.entities[one.row.entity], one.declared
    title = one.row.cells.get(entity.title)
    due = one.row.cells.get(kind.due) if kind.due else None
    return {
        **common,
        "title": json_of(title, entity.fields[entity.title]),
        "entity": entity.name,
        "record": encode_id(one.id),
        "due_at": json_of(due, entity.fields[kind.due]) if kind.due else None,
        "acts": [act.id for act in kind.acts],
    }


def _task(one: FlowTask) -> dict[str, object]:
    return {
        "entity": one.entity,
        "record": encode_id(one.record),
        "flow": encode_id(one.instance),
        "asks": one.kind,
        "name": one.flow,
        "step": one.step,
        "opened_at": instant_text(from_micros(one.opened_at)),
        "due_at": instant_text(from_micros(one.due_at)) if one.due_at is not None else None,
        "acts": sorted(DECISIONS) if one.kind == APPROVAL else [],
    }
