"""Gate: what every request passes before anything is read of it: the request limit and the cross-site check."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit

from engine.diagnostics import DougongError, Message
from engine.model.errors import Forbidden, TooManyRequests

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
REMEMBERED_ADDRESSES = 10_000


@dataclass
class _Window:
    start: float
    count: int = 0


@dataclass
class Gate:
    """At most `per_minute` requests a minute from one address, the oldest addresses forgotten first; no unsafe request
    from another site: by Sec-Fetch-Site, else by Origin against `origin` or the address asked for.

    A client that sends neither header is no browser, so no cookie of a victim travels with it.
    """

    per_minute: Callable[[], int]
    origin: str = ""
    _windows: OrderedDict[str, _Window] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def refusal(self, method: str, headers: Mapping[str, str], address: str) -> DougongError | None:
        """Why a request is not let in, or None."""
        wait = self._seconds_to_wait(address)
        if wait:
            return TooManyRequests(wait)
        if method in UNSAFE and not self._same_site(headers):
            return Forbidden(Message("来自其他网站的请求已被拒绝", "A request from another site was refused"))
        return None

    def _same_site(self, headers: Mapping[str, str]) -> bool:
        fetch_site = headers.get("sec-fetch-site")
        if fetch_site is not None:
            return fetch_site in {"same-origin", "none"}
        origin = headers.get("origin")
        if origin is None:
            return True
        if self.origin:
            return origin == self.origin
        return urlsplit(origin).netloc == headers.get("host", "")

    def _seconds_to_wait(self, address: str) -> int:
        now = time.monotonic()
        with self._lock:
            window = self._windows.get(address)
            if window is None or now - window.start >= 60:
                window = self._windows[address] = _Window(now)
                self._windows.move_to_end(address)
                while len(self._windows) > REMEMBERED_ADDRESSES:
                    self._windows.popitem(last=False)
            window.count += 1
            return 0 if window.count <= self.per_minute() else int(60 - (now - window.start)) + 1
