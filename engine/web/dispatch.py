"""Dispatch: one request, one thread hop, one unit of work, one answer."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import TypeVar

import structlog
from starlette.requests import Request
from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.context import Context
from engine.model.errors import Forbidden, NotSignedIn
from engine.runtime.audit import Act, append
from engine.runtime.database.protocol import Session
from engine.runtime.identity.known_sessions import remember_seen
from engine.runtime.work import Work
from engine.web.admission import check_second_factor, check_set_up
from engine.web.auditing import act_of
from engine.web.calls import SESSION_COOKIE, Call, read_call
from engine.web.error_pages import error_page
from engine.web.middleware import UNSAFE
from engine.web.responses import json_error
from engine.web.signed_in import identify
from engine.web.site import Site

log = structlog.get_logger("dougong.web")


@dataclass(frozen=True, slots=True)
class Afterwards:
    """An answer that is made after the unit of work has ended, outside of every transaction: for what takes long or leaves."""

    respond: Callable[[], Response]


Endpoint = Callable[[Work, Call, Site], Response | Afterwards]
Answer = TypeVar("Answer")
Fallback = Callable[[Work, Call, Site, DougongError], Response]


class Right(StrEnum):
    """What a route demands before its endpoint runs; rows are decided in the choke point besides."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the URL table. `writes` opens a write transaction; `while_viewing` lets an unsafe verb through while an administrator looks through a role; `before_set_up` serves it while nobody can sign in yet, `without_second_factor` to somebody who must still set one up; `fallback` answers a DougongError in a fresh read; `audit` names the act that the audit log gets when it is done;
    `prepare` does what is slow (a hash, a file to read) before the write transaction opens, its result is `Call.prepared`."""

    path: str
    methods: tuple[str, ...]
    endpoint: Endpoint
    right: Right
    writes: bool = False
    while_viewing: bool = False
    before_set_up: bool = False
    without_second_factor: bool = False
    fallback: Fallback | None = None
    audit: str | None = None
    prepare: Callable[[Work, Call, Site], object] | None = None


class Crashed(DougongError):
    """An error that nobody foresaw; its details are in the log under the request's id."""

    code = "internal_error"
    status = 500


def asgi_endpoint(route: Route, site: Site, threads: ThreadPoolExecutor) -> Callable[[Request], Awaitable[Response]]:
    """The async endpoint that Starlette calls for a route."""

    async def answer(request: Request) -> Response:
        request_id = secrets.token_hex(8)
        started = time.perf_counter()
        try:
            call = await read_call(request, request_id, site.settings.body_limit)
        except DougongError as error:
            bare = Call(
                request.method, request.url.path, {}, (), dict(request.headers), request.cookies, "", request_id
            )
            response = _answer_error(bare, site, error)
        else:
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(threads, partial(_run, route, call, site))
        response.headers["x-request-id"] = request_id
        elapsed = round((time.perf_counter() - started) * 1000, 2)
        log.info(
            "request", id=request_id, method=request.method, route=route.path, status=response.status_code, ms=elapsed
        )
        return response

    return answer


def _run(route: Route, call: Call, site: Site) -> Response:
    try:
        answer = _within(route, _prepared(route, call, site), site, route.writes, route.endpoint)
        return answer.respond() if isinstance(answer, Afterwards) else answer
    except DougongError as error:
        return _fall_back(route, call, site, error)
    except Exception:
        log.exception("crash", id=call.request_id, route=route.path)
        words = Message("系统出现意外错误,已记录", "Something went wrong on our side; it has been recorded")
        return _answer_error(call, site, Crashed(words))


def _admitted(route: Route, call: Call, site: Site, session: Session) -> Context:
    """Who calls, after the route's right has let them in. Raises NotSetUp, NotSignedIn, Forbidden, NeedsSecondFactor."""
    context = identify(session, site.workplace.models.current(), call, site)
    if context.principal.user_id == 0 and not route.before_set_up:
        check_set_up(session, site)
    if route.right is not Right.PUBLIC and context.principal.user_id == 0:
        raise NotSignedIn
    if route.right is Right.ADMINISTRATOR and not context.principal.administrator:
        raise Forbidden
    if call.method in UNSAFE and context.viewing_as and not route.while_viewing:
        raise Forbidden(Message("以角色查看时只能阅读", "View-as-role is read-only"))
    if route.right is not Right.PUBLIC and not route.without_second_factor:
        check_second_factor(session, context, site)
    return context


def _prepared(route: Route, call: Call, site: Site) -> Call:
    prepare = route.prepare
    if prepare is None:
        return call

    def unit(session: Session) -> object:
        context = _admitted(route, call, site, session)
        return prepare(site.workplace.open(session, context), call, site)

    return replace(call, prepared=site.workplace.database.read(unit))


def _within(route: Route, call: Call, site: Site, writes: bool, act: Callable[[Work, Call, Site], Answer]) -> Answer:
    def unit(session: Session) -> Answer:
        context = _admitted(route, call, site, session)
        response = act(site.workplace.open(session, context), call, site)
        if route.audit is not None and act is route.endpoint:
            done = act_of(call, context, route.audit)
            if writes:
                append(session, site.workplace.key, done)
            else:
                later.append(done)
        if context.principal.user_id and call.token is None:
            used.append(call.cookies.get(SESSION_COOKIE, ""))
        return response

    later: list[Act] = []
    used: list[str] = []
    database = site.workplace.database
    response = database.write(unit) if writes else database.read(unit)
    for done in later:
        database.write(partial(append, key=site.workplace.key, act=done))
    for token in used[:1]:
        _write_down_use(token, site)
    return response


def _write_down_use(token: str, site: Site) -> None:
    """That a session is used, now and then. An answer is not lost over it: the disk may be full."""
    now = site.clock.now()
    if not site.sightings.due(token, now):
        return
    try:
        site.workplace.database.write(partial(remember_seen, token=token, now=now))
    except DougongError as error:
        log.warning("session_use_not_written", code=error.code)


def _fall_back(route: Route, call: Call, site: Site, error: DougongError) -> Response:
    if route.fallback is None or error.status in {401, 403, 404}:
        return _answer_error(call, site, error)
    fallback = route.fallback
    try:
        return _within(
            route, call, site, False, lambda work, its_call, its_site: fallback(work, its_call, its_site, error)
        )
    except DougongError as second:
        return _answer_error(call, site, second)


def _answer_error(call: Call, site: Site, error: DougongError) -> Response:
    language = call.language or site.settings.language
    if call.wants_json:
        return json_error(error, language, call.request_id)
    return error_page(call, site, error, language)
