"""The egress gate: the one place where bytes leave. Decide, resolve once, check every answer, pin, connect, record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpcore2
import structlog

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
from engine.runtime.audit import Act, append
from engine.runtime.database.protocol import Database, Session
from engine.runtime.identifiers import IdSource
from engine.runtime.sovereignty.addresses import chosen, within
from engine.runtime.sovereignty.breaker import Tripped
from engine.runtime.sovereignty.canaries import carries
from engine.runtime.sovereignty.cargo import FILES, FOLDER, OWN_DEVICE, OWN_FOLDER, Cargo, device_of, folder_of
from engine.runtime.sovereignty.counters import count_in, counting_of, is_full, is_near, is_past, tally_with
from engine.runtime.sovereignty.decision import HTTP, Block, Circumstances, decide_egress
from engine.runtime.sovereignty.kill_mark import lift_mark, marked, read_mark
from engine.runtime.sovereignty.ledger import Ledger
from engine.runtime.sovereignty.owners import lead_of
from engine.runtime.sovereignty.pinned import (
    Cut,
    PinnedBackend,
    Resolve,
    Traffic,
    failure_reason,
    system_addresses,
    tls_context,
)
from engine.runtime.sovereignty.refusals import Refusals
from engine.runtime.sovereignty.rules import explained
from engine.runtime.sovereignty.smtp import SmtpRefused, send_letter
from engine.runtime.sovereignty.switches import EVERYTHING, blocking, circuit_of, endpoint_of, move
from engine.runtime.work import ModelSource, Workplace

log = structlog.get_logger("dougong.egress")
MOST_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
DATABASES = frozenset({"postgresql", "mysql"})
MAIL, MAIL_IN_PLAIN = frozenset({"smtp", "smtps"}), frozenset({"smtp"})
DEFAULT_PORTS = {"http": 80, "https": 443}
TLS_FROM_THE_START = frozenset({"https", "smtps"})
PROBE_SECONDS, GLANCE = 5.0, 0.25
"""Seconds that a probe may take, and between two looks at the kill switch while something goes out."""
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""A clock that stands before this tells nothing: no term can be judged by it."""
STOPPED = frozenset({"certificate", "tls", "pin", "killed"})
"""Failures on the way that a rule of ours brought about."""
OURS = frozenset({"host", "accept-encoding", "connection", "transfer-encoding", "content-length"})
"""Headers that only the gate sets."""


class _TooLarge(Exception):
    """The body went over the limit."""


class _Full(Exception):
    """The counters of the year have no room for whom a request is about."""


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
    """The gate of an installation. `authorities` is a file with further certificate authorities, or empty; `key` that of
    the installation, with which its acts are audited and its canary is known; `folder` where a command lays its kill mark."""

    database: Database
    models: ModelSource
    ids: IdSource
    clock: Clock
    authorities: str = ""
    resolve: Resolve = system_addresses
    key: bytes = b""
    folder: Path | None = None

    def send(self, context: Context, request: EgressRequest) -> EgressResponse:
        """One exchange over HTTP; a redirect is followed for GET only, and only when its target is decided again."""
        current = request
        for _ in range(MOST_REDIRECTS + 1):
            self._look_through(context, current, current.path.encode("utf-8", "replace"), *_given(current))
            way = self._way(context, current, HTTP)
            response = self._exchange(context, way, current)
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
        asked = EgressRequest(
            destination=request.destination,
            method="MAIL",
            path="/",
            purpose=request.purpose,
            level=request.level,
            about=request.about,
        )
        self._look_through(context, asked, request.content)
        declared = self._declared().get(request.destination)
        if request.plain and declared is not None and not declared.allow_private:
            raise self._refusal(context, asked, "not_encrypted")
        way = self._way(context, asked, MAIL_IN_PLAIN if request.plain else MAIL)
        traffic = self._traffic(request.deadline_seconds)
        try:
            reply = _over_smtp(way, request, traffic, self.authorities)
        except SmtpRefused as error:
            self._ledger.closed(way.attempt, traffic.sent, traffic.received, error.reply, "mail_refused")
            raise MailRefused(request.destination, error.reply) from None
        except (httpcore2.TimeoutException, httpcore2.NetworkError, OSError, ValueError) as error:
            raise self._failure(context, way, asked, failure_reason(error), traffic) from None
        self._ledger.closed(way.attempt, traffic.sent, traffic.received, reply, None)

    def hand_over(self, context: Context, cargo: Cargo) -> None:
        """Let somebody take a file with them, and write down what, how much, and where to. Raises EgressRefused."""
        self._take(context, cargo, device_of(self._declared(), cargo.purpose))

    def lay_down(self, context: Context, cargo: Cargo, folder: str) -> None:
        """Let a file be written to a folder outside of the installation's own, and write it down. Raises EgressRefused."""
        found = folder_of(self._declared(), folder)
        if found is None:
            raise self._refusal(context, cargo.request(FOLDER), "folder")
        self._take(context, cargo, found)

    def probe(self, context: Context, name: str) -> str:
        """Whether a destination answers as it is declared: addresses, certificate, key. No byte of a record goes; the reason
        why not, or nothing. A destination that is no host passes when it is declared."""
        one = self._declared().get(name) or {OWN_DEVICE.name: OWN_DEVICE, OWN_FOLDER.name: OWN_FOLDER}.get(name)
        reason = "undeclared" if one is None else "" if one.scheme in FILES else self._probed(one)
        asked = EgressRequest(name, "PROBE", "/", "probe")
        self.database.write(lambda session: self._ledger.write(session, context, asked, "probe", reason or None))
        return reason

    def _probed(self, one: Destination) -> str:
        try:
            addresses = self.resolve(one.host, one.port)
        except (OSError, UnicodeError):
            return "unresolved"
        address = chosen(addresses, one.allow_private)
        if address is None or not within(addresses, one.nets):
            return "address" if address is None else "nets"
        try:
            stream = PinnedBackend(address, self._traffic(PROBE_SECONDS), one.pins).connect_tcp(one.host, one.port)
            try:
                if one.scheme in TLS_FROM_THE_START:
                    stream = stream.start_tls(tls_context(self.authorities), one.host)
            finally:
                stream.close()
        except (httpcore2.TimeoutException, httpcore2.NetworkError, OSError, ValueError) as error:
            return failure_reason(error)
        return ""

    def _take(self, context: Context, cargo: Cargo, destination: Destination) -> None:
        request = cargo.request(destination.name)
        self._look_through(context, request, cargo.content)
        decision = decide_egress(destination, request, FILES, self._circumstances(request, destination))
        if isinstance(decision, Block):
            raise self._refusal(context, request, decision.reason, destination)
        self._let_out(context, request, destination, cargo.size or len(cargo.content))

    def _way(self, context: Context, request: EgressRequest, schemes: frozenset[str]) -> _Way:
        declared = self._declared().get(request.destination)
        decision = decide_egress(declared, request, schemes, self._circumstances(request, declared))
        if isinstance(decision, Block):
            raise self._refusal(context, request, decision.reason)
        destination = decision.destination
        attempt = self._let_out(context, request, destination)
        try:
            addresses = self.resolve(destination.host, destination.port)
        except (OSError, UnicodeError):
            raise self._failure(context, _Way(destination, "", attempt), request, "unresolved") from None
        address = chosen(addresses, destination.allow_private)
        if address is None or not within(addresses, destination.nets):
            reason = "address" if address is None else "nets"
            self._ledger.closed(attempt, 0, 0, None, reason)
            raise self._refusal(context, request, reason, destination, attempt)
        return _Way(destination, address, attempt)

    def _circumstances(self, request: EgressRequest, destination: Destination | None) -> Circumstances:
        """What the decision depends on besides. Raises EgressRefused where it cannot be read: nothing leaves then."""
        try:
            now = self.clock.now()
            self.take_mark()
            return self.database.read(lambda session: _read(session, request, destination, now))
        except Exception as error:
            log.error("nothing leaves: the breakers cannot be read", destination=request.destination, exc_info=error)
            words = explained(request.destination, "unreadable")
            raise EgressRefused(request.destination, "unreadable", words) from error

    def take_mark(self) -> bool:
        """Take the mark of a kill command into the breakers' rows; whether there was one."""
        folder = self.folder
        if folder is None or not marked(folder):
            return False
        reason, now = read_mark(folder), self.clock.now()

        def work(session: Session) -> None:
            move(session, EVERYTHING, Tripped("killed"), now, reason)
            if self.key:
                append(session, self.ids, Act(now, "egress_kill", subject="destination=*", address="console"))

        self.database.write(work)
        lift_mark(folder)
        return True

    def write_down(self, context: Context, request: EgressRequest, reason: str, size: int) -> None:
        """Write down what a command decided by itself: it let something out, or refused it for a reason."""
        if reason:
            self._refusal(context, request, reason)
            return
        self.database.write(lambda session: self._ledger.write(session, context, request, "allowed", None, size))

    def _let_out(self, context: Context, request: EgressRequest, destination: Destination, size: int = 0) -> int:
        """Write down that a request goes, with whom it counts as; the attempt's id. Raises EgressRefused."""
        counting = counting_of(destination, request.about.persons, request.level, self.clock.now().year)

        def work(session: Session) -> int:
            attempt = self._ledger.write(session, context, request, "allowed", None, size)
            if counting is not None:
                counted = count_in(session, counting)
                if is_full(destination, counted):
                    raise _Full
                if is_near(destination, counted):
                    self._refusals.follow(session, context, request, destination, "counter_near")
            return attempt

        try:
            return self.database.write(work)
        except _Full:
            raise self._refusal(context, request, "counter", destination) from None

    def _look_through(self, context: Context, request: EgressRequest, *contents: bytes) -> None:
        """Raises EgressRefused where a canary stands in what would leave."""
        if any(carries(one, self.key) for one in contents):
            raise self._refusal(context, request, "canary")

    def _traffic(self, seconds: float) -> Traffic:
        return Traffic(self.clock.monotonic() + seconds, self.clock.monotonic, self._watch())

    def _watch(self) -> Callable[[], None]:
        """Looks at the kill switch now and then while something goes out. Raises Cut."""
        looked = [self.clock.monotonic()]

        def look() -> None:
            now = self.clock.monotonic()
            if now - looked[0] < GLANCE:
                return
            looked[0] = now
            if marked(self.folder) or self.database.read(lambda session: blocking(session, EVERYTHING)) is not None:
                raise Cut

        return look

    def _exchange(self, context: Context, way: _Way, request: EgressRequest) -> EgressResponse:
        traffic = self._traffic(request.deadline_seconds)
        try:
            response = _over_http(way, request, traffic, self.authorities)
        except _TooLarge:
            raise self._failure(context, way, request, "too_large", traffic) from None
        except _Encoded:
            raise self._failure(context, way, request, "encoded", traffic) from None
        except (
            httpcore2.TimeoutException,
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
            OSError,
            ValueError,
        ) as error:
            raise self._failure(context, way, request, failure_reason(error), traffic) from None
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

    @property
    def _refusals(self) -> Refusals:
        return Refusals(self.database, self.ids, self.clock, self.key, lead_of(self.models.current()))

    def _refusal(
        self,
        context: Context,
        request: EgressRequest,
        reason: str,
        destination: Destination | None = None,
        attempt: int = 0,
    ) -> EgressRefused:
        declared = destination or self._declared().get(request.destination)
        self._refusals.leave(context, request, declared, reason, attempt)
        return EgressRefused(request.destination, reason, explained(request.destination, reason))

    def _failure(
        self, context: Context, way: _Way, request: EgressRequest, reason: str, traffic: Traffic | None = None
    ) -> EgressFailed:
        sent, received = (traffic.sent, traffic.received) if traffic else (0, 0)
        self._ledger.closed(way.attempt, sent, received, None, reason)
        if reason in STOPPED:
            self._refusals.leave(context, request, way.destination, reason, way.attempt)
        return EgressFailed(request.destination, reason, explained(request.destination, reason))


def gate_of(workplace: Workplace, clock: Clock, authorities: str) -> EgressGate:
    """The gate of an installation's workplace."""
    return EgressGate(
        workplace.database,
        workplace.models,
        workplace.ids,
        clock,
        authorities,
        key=workplace.key,
        folder=workplace.data_folder,
    )


def _read(session: Session, request: EgressRequest, destination: Destination | None, now: datetime) -> Circumstances:
    """What stands in the database that a decision depends on."""
    circuit = circuit_of(request.destination, request.purpose, request.level)
    found = blocking(session, circuit, endpoint_of(destination))
    stands = "" if found is None else "killed" if found.circuit == EVERYTHING else "breaker"
    counting = counting_of(destination, request.about.persons, request.level, now.year) if destination else None
    if not stands and (now < EPOCH or (counting is not None and is_past(session, counting))):
        stands = "clock"
    full = counting is not None and destination is not None and is_full(destination, tally_with(session, counting))
    return Circumstances(now.date(), stands, full)


def _given(request: EgressRequest) -> Iterator[bytes]:
    """What a request carries besides its path."""
    yield request.body
    if request.headers:
        yield "\n".join(request.headers.values()).encode("utf-8", "replace")


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
    backend = PinnedBackend(way.address, traffic, one.pins)
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
    stream = PinnedBackend(way.address, traffic, way.destination.pins).connect_tcp(host, way.destination.port)
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
