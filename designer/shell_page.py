"""The designer's page: what the browser half needs to begin, or how to build it where it is not built."""

from __future__ import annotations

from starlette.responses import Response

from designer.browser_half import INITIALS, entry
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import SECURITY_HEADERS
from engine.web.shell import bare_response
from engine.web.site import Site

POLICY = "content-security-policy"
WITH_FRAME = f"{SECURITY_HEADERS[POLICY]}; frame-src 'self'"
"""The product's policy; the canvas is a frame of our own."""


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /designer and what lies below it: one page, whose script reads the address."""
    begin = entry()
    if begin is None:
        return bare_response(work, call, site, "designer/not_built.html", {}, status=503)
    script, sheets = begin
    values = {
        "script": script,
        "sheets": ("shared/app.css", *sheets),
        "initials": INITIALS,
        "user": work.context.principal.name,
    }
    answer = bare_response(work, call, site, "designer/shell.html", values)
    answer.headers[POLICY] = WITH_FRAME
    return answer
