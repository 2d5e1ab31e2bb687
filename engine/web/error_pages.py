"""Error pages: every status in the reader's language, with a way on and the request's id, never a trace."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import HTMLResponse, Response

from engine.diagnostics import DougongError
from engine.web.calls import THEME_COOKIE, Call
from engine.web.responses import error_headers, see_other
from engine.web.site import Site
from engine.widgets.render import translator


def error_page(call: Call, site: Site, error: DougongError, language: str) -> Response:
    """The page for an error; somebody not signed in is sent to sign in and comes back."""
    if error.status == 401 and call.method == "GET":
        return see_other(f"/sign-in?next={quote(call.path, safe='/')}")
    template = site.renderer.environment.get_template("shell/error.html")
    html = template.render(
        status=error.status,
        message=error.message.text(language),
        request_id=call.request_id,
        language=language,
        theme=call.cookies.get(THEME_COOKIE, "auto"),
        t=translator(language),
        asset=site.assets.url,
    )
    return HTMLResponse(html, status_code=error.status, headers=error_headers(error))
