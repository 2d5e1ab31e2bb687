"""The negotiation sandbox over the interface: what is like a deal, what may be offered, and how a counter-offer stands."""

from __future__ import annotations

import time

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.runtime.identifiers import decode_id
from engine.runtime.negotiation.bodies import offer_body, sandbox_body, similar_body
from engine.runtime.negotiation.sandbox import Offer, find_similar, open_sandbox, open_table
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import json_response
from engine.web.site import Site

GREATEST = 1e12


def read_sandbox(work: Work, call: Call, site: Site) -> Response:
    """GET /api/negotiations/{negotiation}/{record}: the whole sandbox of a record."""
    begun = time.perf_counter()
    record = decode_id(call.parameters["record"])
    found = open_sandbox(work, site.desk, call.parameters["negotiation"], record)
    return json_response({**sandbox_body(work.model, found, work.context.language), "took_ms": _since(begun)})


def read_similar(work: Work, call: Call, site: Site) -> Response:
    """GET /api/negotiations/{negotiation}/{record}/similar: the nearest decided rows alone."""
    begun = time.perf_counter()
    record = decode_id(call.parameters["record"])
    deal, similar = find_similar(work, site.desk, call.parameters["negotiation"], record)
    body = similar_body(deal.negotiation, similar, work.context.language)
    return json_response({**body, "took_ms": _since(begun)})


def score_offer(work: Work, call: Call, site: Site) -> Response:
    """POST /api/negotiations/{negotiation}/{record}/offers: {"terms": {"price": 0.1, …}}; nothing is stored."""
    begun = time.perf_counter()
    record = decode_id(call.parameters["record"])
    asked = _terms(call.json)
    found = open_table(work, site.desk, call.parameters["negotiation"], record, asked)
    return json_response({**offer_body(work.model, found, work.context.language), "took_ms": _since(begun)})


def _since(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1000, 1)


def _terms(body: object) -> Offer:
    """The levers of an offer by key; those that are not named stay. Raises BadRequest."""
    if not isinstance(body, dict) or set(body) != {"terms"}:
        raise BadRequest(Message('请求体应为 {"terms": {…}}', 'The body is {"terms": {…}}'))
    return offer_of(body["terms"])


def offer_of(terms: object) -> Offer:
    """Values by lever, as a body says them. Raises BadRequest."""
    if not isinstance(terms, dict):
        raise BadRequest(Message("条件应为 {条件: 数值}", "Terms are {lever: number}"))
    return {str(key): _number(str(key), value) for key, value in terms.items()}


def _number(key: str, value: object) -> float:
    try:
        found = float(str(value)) if not isinstance(value, bool) else GREATEST
    except ValueError:
        found = GREATEST
    if not abs(found) < GREATEST:
        raise BadRequest(Message(f"{key} 应为数值", f"{key} is a number"))
    return found
