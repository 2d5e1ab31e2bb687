"""Error pages: every status in the reader's language, with a way on and the request's id, never a trace."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import HTMLResponse, Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import NotFound
from engine.web.admission import NeedsSecondFactor, NotSetUp
from engine.web.calls import THEME_COOKIE, Call
from engine.web.responses import error_headers, json_error, see_other
from engine.web.site import Site
from engine.widgets.render import translator

PASSING = frozenset({429, 500, 503, 507})
"""Statuses of what may be over in a while: the page offers to try again."""


class NoSuchPage(NotFound):
    """No route has the address."""

    def __init__(self) -> None:
        super().__init__()
        self.message = Message("没有这个页面", "There is no such page")


class WrongMethod(DougongError):
    """The address exists for other methods."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, methods: frozenset[str]) -> None:
        super().__init__(
            Message("该地址不支持这种请求方法", "This address does not take that method"),
            methods=", ".join(sorted(methods)),
        )


def error_page(call: Call, site: Site, error: DougongError, language: str) -> Response:
    """The page for an error; somebody not signed in is sent to sign in and comes back; what must be done
    first is where one is sent."""
    if isinstance(error, NotSetUp):
        return see_other("/set-up")
    if isinstance(error, NeedsSecondFactor) and call.method == "GET":
        return see_other("/account/second-factor")
    if error.status == 401 and call.method == "GET":
        return see_other(f"/sign-in?next={quote(call.path, safe='/')}")
    template = site.renderer.environment.get_template("shell/error.html")
    html = template.render(
        status=error.status,
        message=error.message.text(language),
        request_id=call.request_id,
        again=call.path if call.method == "GET" and error.status in PASSING else "",
        path=call.path,
        language=language,
        theme=call.cookies.get(THEME_COOKIE, "auto"),
        t=translator(language),
    )
    return HTMLResponse(html, status_code=error.status, headers=error_headers(error))


def missing(call: Call, site: Site, methods: frozenset[str]) -> Response:
    """The answer to an address that no route has, or to a method that those of the address do not take."""
    language = call.language or site.settings.language
    error: DougongError = WrongMethod(methods) if methods else NoSuchPage()
    return json_error(error, language, call.request_id) if call.wants_json else error_page(call, site, error, language)
