"""The egress gate: the one place where bytes leave. Decide, resolve once, check every answer, pin, connect, record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

import httpcore2

from engine.extensions import (
    Admission,
    Clock,
    EgressFailed,
    EgressRefused,
    EgressRequest,
    EgressResponse,
    MailRefused,
    MailRequest,
)
from engine.model.context import Context
from engine.model.sources import Destination
from engine.runtime.database.protocol import Database
from engine.runtime.identifiers import IdSource
from engine.runtime.sovereignty.addresses import chosen
from engine.runtime.sovereignty.decision import HTTP, Block, decide_egress, explained
from engine.runtime.sovereignty.ledger import Ledger
from engine.runtime.sovereignty.pinned import (
    PinnedBackend,
    Resolve,
    Traffic,
    failure_reason,
    system_addresses,
    tls_context,
)
from engine.runtime.sovereignty.smtp import SmtpRefused, send_letter
from engine.runtime.work import ModelSource

MOST_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
DATABASES = frozenset({"postgresql", "mysql"})
MAIL, MAIL_IN_PLAIN = frozenset({"smtp", "smtps"}), frozenset({"smtp"})
DEFAULT_PORTS = {"http": 80, "https": 443}
OURS = frozenset({"host", "accept-encoding", "connection", "transfer-encoding", "content-length"})
"""Headers that only the gate sets."""


class _TooLarge(Exception):
    """The body went over the limit."""


class _Encoded(Exception):
    """The body is compressed although nobody asked for it."""


@dataclass(frozen=True, slots=True)
class _Way:
    """A destination with the address that was checked for it, and the record of the attempt."""

    destination: Destination
    address: str
    attempt: int


@dataclass(frozen=True, slots=True)
class EgressGate:
    """The gate of an installation. `authorities` is a file with further certificate authorities, or empty."""

    database: Database
    models: ModelSource
    ids: IdSource
    clock: Clock
    authorities: str = ""
    resolve: Resolve = system_addresses

    def send(self, context: Context, request: EgressRequest) -> EgressResponse:
        """One exchange over HTTP; a redirect is followed for GET only, and only when its target is decided again."""
        current = request
        for _ in range(MOST_REDIRECTS + 1):
            way = self._way(context, current, HTTP)
            response = self._exchange(way, current)
            location = response.headers.get("location", "")
            if response.status not in REDIRECTS or not location or current.method != "GET":
                return response
            current = self._redirected(context, current, way.destination, location)
        raise self._refusal(context, current, "redirects")

    def admit(self, context: Context, request: EgressRequest) -> Admission:
        """The decision and the checked address of a database; its driver connects there. Bytes are not counted."""
        way = self._way(context, replace(request, method="CONNECT", path="/"), DATABASES)
        one = way.destination
        return Admission(one.host, one.port, way.address, one.allow_private, self.authorities)

    def mail(self, context: Context, request: MailRequest) -> None:
        """One letter over SMTP: TLS from the start (smtps) or by STARTTLS (smtp), never without unless it says so."""
        asked = EgressRequest(request.destination, "MAIL", "/", request.purpose, request.level)
        declared = self._declared().get(request.destination)
        if request.plain and declared is not None and not declared.allow_private:
            raise self._refusal(context, asked, "not_encrypted")
        way = self._way(context, asked, MAIL_IN_PLAIN if request.plain else MAIL)
        traffic = Traffic(self.clock.monotonic() + request.deadline_seconds, self.clock.monotonic)
        try:
            reply = _over_smtp(way, request, traffic, self.authorities)
        except SmtpRefused as error:
            self._ledger.closed(way.attempt, traffic.sent, traffic.received, error.reply, "mail_refused")
            raise MailRefused(request.destination, error.reply) from None
        except (httpcore2.TimeoutException, httpcore2.NetworkError, OSError, ValueError) as error:
            raise self._failure(way.attempt, asked, failure_reason(error), traffic) from None
        self._ledger.closed(way.attempt, traffic.sent, traffic.received, reply, None)

    def _way(self, context: Context, request: EgressRequest, schemes: frozenset[str]) -> _Way:
        decision = decide_egress(self._declared().get(request.destination), request, schemes)
        if isinstance(decision, Block):
            raise self._refusal(context, request, decision.reason)
        destination = decision.destination
        attempt = self._ledger.opened(context, request)
        try:
            addresses = self.resolve(destination.host, destination.port)
        except (OSError, UnicodeError):
            raise self._failure(attempt, request, "unresolved") from None
        address = chosen(addresses, destination.allow_private)
        if address is None:
            self._ledger.closed(attempt, 0, 0, None, "address")
            raise EgressRefused(request.destination, "address", explained(request.destination, "address"))
        return _Way(destination, address, attempt)

    def _exchange(self, way: _Way, request: EgressRequest) -> EgressResponse:
        traffic = Traffic(self.clock.monotonic() + request.deadline_seconds, self.clock.monotonic)
        try:
            response = _over_http(way, request, traffic, self.authorities)
        except _TooLarge:
            raise self._failure(way.attempt, request, "too_large", traffic) from None
        except _Encoded:
            raise self._failure(way.attempt, request, "encoded", traffic) from None
        except (
            httpcore2.TimeoutException,
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
            OSError,
            ValueError,
        ) as error:
            raise self._failure(way.attempt, request, failure_reason(error), traffic) from None
        self._ledger.closed(way.attempt, traffic.sent, traffic.received, response.status, None)
        return response

    def _redirected(self, context: Context, request: EgressRequest, at: Destination, location: str) -> EgressRequest:
        """The request that a redirect asks for; headers stay with the destination they were meant for."""
        target = urlsplit(urljoin(f"{at.scheme}://{authority(at)}{request.path}", location))
        found = next((one for one in self._declared().values() if leads_to(one, target.geturl())), None)
        if found is None:
            raise self._refusal(context, request, "redirect")
        path = (target.path or "/") + (f"?{target.query}" if target.query else "")
        headers = request.headers if found.name == at.name else None
        return replace(request, destination=found.name, path=path, headers=headers)

    def _declared(self) -> Mapping[str, Destination]:
        return self.models.current().destinations

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.database, self.ids, self.clock)

    def _refusal(self, context: Context, request: EgressRequest, reason: str) -> EgressRefused:
        self._ledger.refused(context, request, reason)
        return EgressRefused(request.destination, reason, explained(request.destination, reason))

    def _failure(
        self, attempt: int, request: EgressRequest, reason: str, traffic: Traffic | None = None
    ) -> EgressFailed:
        sent, received = (traffic.sent, traffic.received) if traffic else (0, 0)
        self._ledger.closed(attempt, sent, received, None, reason)
        return EgressFailed(request.destination, reason, explained(request.destination, reason))


def authority(destination: Destination) -> str:
    """Host and port as a URL writes them: a default port is left out."""
    if DEFAULT_PORTS.get(destination.scheme) == destination.port:
        return destination.host
    return f"{destination.host}:{destination.port}"


def leads_to(destination: Destination, url: str) -> bool:
    """Whether an address is at a destination."""
    target = urlsplit(url)
    try:
        port = target.port or DEFAULT_PORTS.get(target.scheme)
    except ValueError:
        return False
    there = (target.scheme, target.hostname, port)
    return there == (destination.scheme, destination.host.lower(), destination.port) and target.username is None


def _over_http(way: _Way, request: EgressRequest, traffic: Traffic, authorities: str) -> EgressResponse:
    """Send and read under the deadline and the byte limit, on a connection of its own; no proxy is ever asked."""
    one = way.destination
    context = tls_context(authorities) if one.scheme == "https" else None
    asked = {name: value for name, value in (request.headers or {}).items() if name.lower() not in OURS}
    headers = {"Host": authority(one), "Accept-Encoding": "identity", "Connection": "close", **asked}
    pairs = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    url = f"{one.scheme}://{one.host}:{one.port}{request.path}"
    backend = PinnedBackend(way.address, traffic)
    with (
        httpcore2.ConnectionPool(ssl_context=context, network_backend=backend, max_connections=1, retries=0) as pool,
        pool.stream(request.method, url, headers=pairs, content=request.body or None) as response,
    ):
        found = _joined(response.headers)
        if found.get("content-encoding", "identity").lower() not in {"", "identity"}:
            raise _Encoded
        parts, size = [], 0
        for part in response.iter_stream():
            size += len(part)
            if size > request.byte_limit:
                raise _TooLarge
            parts.append(part)
        return EgressResponse(response.status, found, b"".join(parts))


def _over_smtp(way: _Way, request: MailRequest, traffic: Traffic, authorities: str) -> int:
    """Hand a letter over on a connection of its own; the reply that took it. Raises SmtpRefused."""
    host = way.destination.host
    stream = PinnedBackend(way.address, traffic).connect_tcp(host, way.destination.port)
    if way.destination.scheme == "smtps":
        stream = stream.start_tls(tls_context(authorities), host)
    secured = way.destination.scheme == "smtps" or request.plain
    return send_letter(stream, request, None if secured else tls_context(authorities), host)


def _joined(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers
