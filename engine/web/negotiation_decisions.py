"""Decisions of negotiations over the interface: made, read with all that they were made on, and replayed."""

from __future__ import annotations

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.negotiation.deals import is_offered, negotiation_of, reviewed_negotiation
from engine.runtime.negotiation.decision_bodies import decision_body, kept_body, replay_body
from engine.runtime.negotiation.decisions import (
    TERMS,
    Decision,
    Draft,
    Wish,
    decision,
    decisions_of,
    draft,
    replay,
)
from engine.runtime.negotiation.keeping import keep
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.negotiation_api import offer_of
from engine.web.responses import json_response
from engine.web.site import Site

WISHED = frozenset({"package", "terms", "offer", "reason", "jitter"})


def drafted(work: Work, call: Call, site: Site) -> object:
    """What is decided, worked out before the transaction opens."""
    name, record = call.parameters["negotiation"], decode_id(call.parameters["record"])
    negotiation = negotiation_of(work, name)
    is_offered(work, negotiation, record)
    return draft(work, site.desk, name, record, _wish(call.json))


def decide(work: Work, call: Call, site: Site) -> Response:
    """POST …/decisions: {"package": "balance", "reason": "…"} or {"terms": {…}, "reason": "…"}, with the customer's "offer";
    "jitter": true agrees to a draw."""
    made = call.prepared
    assert isinstance(made, Draft)
    return json_response({"id": encode_id(keep(work, made))}, 201)


def list_decisions(work: Work, call: Call, site: Site) -> Response:
    """GET …/decisions: those about the record that the asker may read, newest first."""
    negotiation = reviewed_negotiation(work, call.parameters["negotiation"])
    record = decode_id(call.parameters["record"])
    is_offered(work, negotiation, record)
    language = work.context.language
    return json_response({"data": [kept_body(one, language) for one in decisions_of(work, negotiation, record)]})


def read_decision(work: Work, call: Call, site: Site) -> Response:
    """GET …/decisions/{decision}"""
    return json_response({"data": decision_body(work.model, _found(work, call), work.context.language)})


def replay_decision(work: Work, call: Call, site: Site) -> Response:
    """GET …/decisions/{decision}/replay: whether the same comes out again, byte for byte."""
    return json_response(replay_body(replay(work, site.models, _found(work, call)), work.context.language))


def _found(work: Work, call: Call) -> Decision:
    record, identity = decode_id(call.parameters["record"]), decode_id(call.parameters["decision"])
    return decision(work, call.parameters["negotiation"], record, identity)


def _wish(body: object) -> Wish:
    """Raises BadRequest."""
    if not isinstance(body, dict) or not set(body) <= WISHED or ("package" in body) == ("terms" in body):
        raise BadRequest(
            Message(
                "请求体应为 package 或 terms 之一，加上 reason，可带 offer",
                "The body has one of package and terms, a reason, and may have an offer",
            )
        )
    offer = offer_of(body["offer"]) if body.get("offer") is not None else None
    reason = body.get("reason")
    if not isinstance(reason, str):
        raise BadRequest(Message("请写明理由 reason", "Say why: reason"))
    jitter = body.get("jitter", False)
    if not isinstance(jitter, bool):
        raise BadRequest(Message("jitter 是 true 或 false", "jitter is true or false"))
    if "terms" in body:
        return Wish(TERMS, reason, offer_of(body["terms"]), offer, jitter)
    return Wish(str(body["package"]), reason, None, offer, jitter)
