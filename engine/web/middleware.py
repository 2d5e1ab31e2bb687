"""Middleware: security headers, the cross-site check and the request limit, around every answer."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.diagnostics import Message as Words
from engine.model.errors import Forbidden, TooManyRequests
from engine.web.responses import SECURITY_HEADERS, json_error

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
REMEMBERED_ADDRESSES = 10_000


class SecurityHeaders:
    """Adds the security headers to every response that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class CrossSiteCheck:
    """Refuses unsafe requests from other sites: by Sec-Fetch-Site, else by Origin against our own.

    A client that sends neither header is no browser, so no cookie of a victim travels with it.
    """

    def __init__(self, app: ASGIApp, origin: str = "") -> None:
        self.app = app
        self.origin = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in UNSAFE and not self._same_site(Headers(scope=scope)):
            words = Words("来自其他网站的请求已被拒绝", "A request from another site was refused")
            await json_error(Forbidden(words), "zh", "")(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _same_site(self, headers: Headers) -> bool:
        fetch_site = headers.get("sec-fetch-site")
        if fetch_site is not None:
            return fetch_site in {"same-origin", "none"}
        origin = headers.get("origin")
        if origin is None:
            return True
        if self.origin:
            return origin == self.origin
        return urlsplit(origin).netloc == headers.get("host", "")


@dataclass
class _Window:
    start: float
    count: int = 0


@dataclass
class _Windows:
    by_address: OrderedDict[str, _Window] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)


class RequestLimit:
    """At most `per_minute` requests a minute from one address; the oldest addresses are forgotten first."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self.per_minute = per_minute
        self.windows = _Windows()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            wait = self._seconds_to_wait((scope.get("client") or ("", 0))[0])
            if wait:
                await json_error(TooManyRequests(wait), "zh", "")(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _seconds_to_wait(self, address: str) -> int:
        now = time.monotonic()
        with self.windows.lock:
            window = self.windows.by_address.get(address)
            if window is None or now - window.start >= 60:
                window = self.windows.by_address[address] = _Window(now)
                self.windows.by_address.move_to_end(address)
                while len(self.windows.by_address) > REMEMBERED_ADDRESSES:
                    self.windows.by_address.popitem(last=False)
            window.count += 1
            return 0 if window.count <= self.per_minute else int(60 - (now - window.start)) + 1
