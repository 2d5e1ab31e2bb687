"""Front: the ASGI application. Address to route, request to call, one hop to the work, one answer with its headers."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import parse_qsl

from starlette.requests import Request, cookie_parser
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from engine.diagnostics import DougongError
from engine.runtime.database.errors import SchemaChanged
from engine.web import dispatch
from engine.web.calls import Call, read_body
from engine.web.crew import Crew
from engine.web.dispatch import GLANCE, SETTLING, Afterwards, AtOnce, Done, Route, failed, failed_route
from engine.web.error_pages import missing
from engine.web.gate import Gate
from engine.web.logging import log_request
from engine.web.packing import COMPRESSED, packed, raw_headers
from engine.web.patience import BodyTooSlow
from engine.web.proxies import client_address, networks_of
from engine.web.site import Site
from engine.web.streaming import Line, StreamAnswer
from engine.web.url_table import Found, NotFound, UrlTable

STATIC = "/static/"
NOTHING: Mapping[str, str] = {}
BODIES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LARGE_PATIENCE = 10
"""Times as long as for others a request may take to come whose route takes large bodies."""
Lifespan = Callable[[object], AbstractAsyncContextManager[None]]


def new_request_id() -> str:
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Front:
    """Answers every request. `lifespan` starts and ends what the application runs beside requests; `request_ids` names
    each request, at random unless a test wants two runs alike."""

    site: Site
    table: UrlTable
    gate: Gate
    crew: Crew
    lifespan: Lifespan
    request_ids: Callable[[], str] = new_request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await Router(lifespan=self.lifespan).lifespan(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        found = self.table.find(scope["method"], scope["path"])
        call = self._told(call_of(scope, found.parameters if isinstance(found, Found) else NOTHING, self.request_ids()))
        if isinstance(found, NotFound):
            name, response = "", self._off_the_table(call, found)
        else:
            name, response = found.route.path, await self._routed(found.route, call, scope, receive)
        if isinstance(response, StreamAnswer):
            response = self._opened(response, call)
        if len(response.body) >= COMPRESSED and "gzip" in call.headers.get("accept-encoding", ""):
            response = await self.crew.run(partial(packed, response))
        headers = raw_headers(response, call, self.site.settings.by_https)
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        goes_on = isinstance(response, StreamAnswer)
        await send({"type": "http.response.body", "body": response.body, "more_body": goes_on})
        if name:
            seconds = time.perf_counter() - started
            self.site.meter.answered(name, call.method, response.status_code, seconds)
            log_request(call.request_id, call.method, name, response.status_code, seconds)
        if isinstance(response, StreamAnswer) and isinstance(found, Found):
            admitted = partial(dispatch.opened, found.route, call, self.site)
            await self._followed(response, Line(admitted, self.crew.run, receive, send))

    def _opened(self, answer: StreamAnswer, call: Call) -> Response:
        """The answer once it is among the open ones, or the refusal of one too many."""
        try:
            answer.open()
        except DougongError as error:
            return failed(call, self.site, error)
        return answer

    async def _followed(self, answer: StreamAnswer, line: Line) -> None:
        try:
            await answer.follow(line)
        finally:
            answer.close()

    def _told(self, call: Call) -> Call:
        """The call with the address that a trusted proxy says it came from."""
        forwarded = call.headers.get("x-forwarded-for")
        if forwarded is None:
            return call
        trusted = networks_of(self.site.settings.trusted_proxies)
        return replace(call, client=client_address(call.client, forwarded, trusted))

    def _off_the_table(self, call: Call, found: NotFound) -> Response:
        if call.path.startswith(STATIC) and call.method in {"GET", "HEAD"}:
            asset = self.site.assets.respond(call.path, call.headers.get("accept-encoding", ""))
            if asset is not None:
                return asset
        return missing(call, self.site, found.methods)

    async def _routed(self, route: Route, call: Call, scope: Scope, receive: Receive) -> Response:
        refused = self.gate.refusal(call.method, call.headers, call.client)
        if refused is not None:
            return failed(call, self.site, refused)
        if isinstance(route.endpoint, AtOnce):
            return route.endpoint.respond(call, self.site)
        if call.method in BODIES:
            limit, patience = self.site.settings.body_limit, self.site.settings.request_patience
            try:
                if route.body is not None and route.body > limit:
                    await self.crew.run(partial(dispatch.let_in, route, call, self.site))
                    limit, patience = route.body, patience * LARGE_PATIENCE
                async with asyncio.timeout(patience):
                    call = await read_body(call, Request(scope, receive), limit)
            except TimeoutError:
                return failed(call, self.site, BodyTooSlow())
            except Exception as error:  # a large file, for one, waits on the disk until it is read
                return failed_route(replace(route, fallback=None), call, self.site, error)
        if not route.writes:
            return await self.crew.run(partial(dispatch.read, route, call, self.site))
        return await self._written(route, call)

    async def _written(self, route: Route, call: Call) -> Response:
        """A write waits for its commit without holding a thread, so that writes that come together are committed together."""
        try:
            if route.prepare is not None:
                call = await self.crew.run(partial(dispatch.prepared, route, call, self.site))
            answer = (await self._committed(route, call)).answer
            self.site.feed.wake()
        except Exception as error:
            return await self.crew.run(partial(dispatch.failed_route, route, call, self.site, error))
        if isinstance(answer, Afterwards):
            return await self.crew.run(partial(dispatch.afterwards, answer, route, call, self.site))
        return answer

    async def _committed(self, route: Route, call: Call) -> Done:
        """The committed unit, run again while new definitions have their tables already and are not served yet."""
        ends = time.monotonic() + SETTLING
        while True:
            future = self.site.workplace.database.submit(partial(dispatch.unit, route, call, self.site))
            try:
                return await asyncio.wrap_future(future)
            except SchemaChanged:
                if time.monotonic() > ends:
                    raise
            await asyncio.sleep(GLANCE)


def call_of(scope: Scope, parameters: Mapping[str, str], request_id: str) -> Call:
    """A request without its body; `parameters` are those of its address."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        text = value.decode("latin-1")
        key = name.decode("latin-1")
        headers[key] = f"{headers[key]}; {text}" if key == "cookie" and key in headers else text
    client = scope.get("client")
    return Call(
        method=scope["method"],
        path=scope["path"],
        parameters=parameters,
        query=query_of(scope["query_string"]),
        headers=headers,
        cookies=cookie_parser(headers["cookie"]) if "cookie" in headers else {},
        client=client[0] if client else "",
        request_id=request_id,
    )


def query_of(written: bytes) -> tuple[tuple[str, str], ...]:
    """The parameters of a query in order, empty ones too."""
    if not written:
        return ()
    return tuple(parse_qsl(written.decode("latin-1"), keep_blank_values=True))
