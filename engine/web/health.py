"""Health: whether the process lives, and whether it can serve."""

from __future__ import annotations

from starlette.responses import Response

from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import json_response
from engine.web.site import Site


def alive(work: Work, call: Call, site: Site) -> Response:
    """GET /healthz: the process answers."""
    return json_response({"status": "ok"})


def ready(work: Work, call: Call, site: Site) -> Response:
    """GET /readyz: the database answers and a model is served."""
    return json_response({"status": "ok", "model": work.model.fingerprint[:12], "packs": sorted(work.model.packs)})
