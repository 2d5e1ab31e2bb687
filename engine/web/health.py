"""Health: whether the process lives, whether it can serve, and its figures."""

from __future__ import annotations

import hmac

from starlette.responses import Response

from engine.model.errors import Forbidden, NotSignedIn
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import json_response
from engine.web.site import Site

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def alive(call: Call, site: Site) -> Response:
    """GET /healthz: the process answers, whatever its database does."""
    return json_response({"status": "ok"})


def ready(work: Work, call: Call, site: Site) -> Response:
    """GET /readyz: the database answers and a model is served."""
    return json_response({"status": "ok", "model": work.model.fingerprint[:12], "packs": sorted(work.model.packs)})


def metrics(work: Work, call: Call, site: Site) -> Response:
    """GET /metrics: for an administrator, or with the token of the setting `metrics_token`."""
    wanted = site.settings.metrics_token
    by_token = bool(wanted) and hmac.compare_digest((call.token or "").encode(), wanted.encode())
    if not by_token and not work.context.principal.administrator:
        raise NotSignedIn if work.context.principal.user_id == 0 else Forbidden
    return Response(site.meter.text(work), headers={"content-type": METRICS_TYPE})
