"""The negotiation sandbox over the interface: what is like a deal, and what may be offered."""

from __future__ import annotations

import time

from starlette.responses import Response

from engine.runtime.identifiers import decode_id
from engine.runtime.negotiation.bodies import sandbox_body
from engine.runtime.negotiation.sandbox import open_sandbox
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import json_response
from engine.web.site import Site


def read_sandbox(work: Work, call: Call, site: Site) -> Response:
    """GET /api/negotiations/{negotiation}/{record}: the whole sandbox of a record."""
    begun = time.perf_counter()
    record = decode_id(call.parameters["record"])
    found = open_sandbox(work, site.histories, call.parameters["negotiation"], record)
    body = sandbox_body(work.model, found, work.context.language)
    return json_response({**body, "took_ms": round((time.perf_counter() - begun) * 1000, 1)})
