"""Posts: somebody with several seats or roles chooses the one that they work as, and sees and does what it may alone.

A post only narrows: it is one of those held, so that the browser may keep the choice.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from engine.model.errors import NotFound
from engine.runtime.identifiers import decode_id
from engine.runtime.query.records import get_record
from engine.runtime.work import Work
from engine.web.calls import POST_COOKIE, Call
from engine.web.responses import see_other
from engine.web.sessions import YEAR, safe_path
from engine.web.signed_in import identify
from engine.web.site import Site


def choose(work: Work, call: Call, site: Site) -> Response:
    """POST /post: work as one post, or (empty) as all of them. Back to the same page, where that opens to the post."""
    form = call.form_first()
    post, target = form.get("post", ""), safe_path(form.get("next", "/"))
    if post and all(one.key != post for one in work.context.posts):
        raise NotFound
    chosen = replace(call, cookies={**call.cookies, POST_COOKIE: post})
    context = identify(work.session, work.model, chosen, site)
    response = see_other(target if _opens(work.under(context), target) else "/")
    if post:
        response.set_cookie(
            POST_COOKIE, post, max_age=YEAR, httponly=True, samesite="lax", secure=site.settings.by_https, path="/"
        )
    else:
        response.delete_cookie(POST_COOKIE, path="/")
    return response


def _opens(work: Work, target: str) -> bool:
    """Whether the page at an address is there for the reader."""
    match target.partition("?")[0].split("/")[1:]:
        case ["app", name]:
            page = work.model.pages.get(name)
            return page is not None and bool(page.roles & work.context.principal.roles)
        case ["r", entity, record, *_] if record != "new":
            try:
                get_record(work, entity, decode_id(record))
            except NotFound:
                return False
            return True
        case ["admin", *_]:
            return work.context.principal.administrator
        case _:
            return True
