"""The demo of the negotiation sandbox: without an account, limited by address; nothing is read and nothing is kept."""

from __future__ import annotations

import time
from collections.abc import Mapping

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.errors import BadRequest, NotFound
from engine.runtime.negotiation.bodies import dropped_body, package_body
from engine.runtime.negotiation.demo_table import DemoAnswer, DemoField, demo_answer, demo_fields
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.negotiation_api import offer_of
from engine.web.responses import json_response
from engine.web.site import Site

GIVEN = frozenset({"deal", "offer"})


def read_fields(work: Work, call: Call, site: Site) -> Response:
    """GET /api/negotiations/{negotiation}/demo: what is asked, with defaults and ranges."""
    _check_name(work, call)
    return json_response({"fields": [_field(one, work.context.language) for one in demo_fields()]})


def try_it(work: Work, call: Call, site: Site) -> Response:
    """POST /api/negotiations/{negotiation}/demo: {"deal": {"list_price": 500000, …}, "offer": {"price": 0.1}}"""
    begun = time.perf_counter()
    check_demo(call, site)
    _check_name(work, call)
    body = call.json if call.json is not None else {}
    if not isinstance(body, dict) or not set(body) <= GIVEN:
        raise BadRequest(Message("请求体应为 deal，可带 offer", "The body is a deal, and may have an offer"))
    offer = offer_of(body["offer"]) if body.get("offer") is not None else None
    found = demo_answer(offer_of(body.get("deal", {})), offer)
    took = round((time.perf_counter() - begun) * 1000, 1)
    return json_response({**demo_body(found, work.context.language), "took_ms": took})


def check_demo(call: Call, site: Site) -> None:
    """Raises TooManyRequests where an address tries more than the demo allows in a minute."""
    refusal = site.demo_gate.refusal("GET", {}, call.client)
    if refusal is not None:
        raise refusal


def demo_body(found: DemoAnswer, language: str) -> Mapping[str, object]:
    """The answer of the demo; it says that it is an example."""
    keys, advice = tuple(one.key for one in found.stakes.levers), found.advice
    return {
        "example": found.example.text(language),
        "levers": [
            {
                "key": one.key,
                "label": one.label.text(language),
                "unit": one.unit.text(language),
                "kind": one.kind,
                "now": one.now,
                "limit": one.limit,
                "min": one.low,
                "max": one.high,
            }
            for one in found.stakes.levers
        ],
        "now": package_body(advice.now, keys, language),
        "packages": [package_body(one, keys, language) for one in advice.packages],
        "offer": None if advice.offer is None else package_body(advice.offer, keys, language),
        "breaches": [keys[at] for at in advice.breaches],
        "dropped": dropped_body(advice.dropped, language),
        "notes": [one.text(language) for one in advice.notes],
    }


def _field(field: DemoField, language: str) -> Mapping[str, object]:
    return {
        "key": field.key,
        "label": field.label.text(language),
        "unit": field.unit.text(language),
        "kind": field.kind,
        "default": field.default,
        "min": field.low,
        "max": field.high,
    }


def _check_name(work: Work, call: Call) -> None:
    if call.parameters["negotiation"] not in work.model.negotiations:
        raise NotFound
