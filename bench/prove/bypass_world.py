"""A small internet on this machine's loopback: an honest server at 127.0.0.1, and everything else a sink that keeps each byte."""

from __future__ import annotations

import ssl
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_INET6, SO_REUSEADDR, SOL_SOCKET, socket

from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.model.names import Label, Place
from engine.model.sources import Destination
from engine.runtime.sovereignty.canaries import canary_of
from engine.runtime.sovereignty.egress import EgressGate, gate_of
from engine.runtime.sovereignty.pinned import Resolve, system_addresses
from engine.runtime.work import OneModel
from tests.runtime.simulator import make_certificate
from tests.web.site import Site

HONEST, AWAY = "127.0.0.1", "127.0.0.2"
HOST = "erp.example.internal"
OWNER = Label({"zh": "信息部", "en": "IT"})


class Sink:
    """Takes whatever comes at an address and answers as an obliging server would; `heard` is every byte of it."""

    def __init__(self, address: str, port: int = 0) -> None:
        self.heard = bytearray()
        self.times = 0
        self._socket = socket(AF_INET6) if ":" in address else socket()
        self._socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        self._socket.bind((address, port))
        self._socket.listen(50)
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                one, _ = self._socket.accept()
            except OSError:
                return
            self.times += 1
            threading.Thread(target=self._take, args=(one,), daemon=True).start()

    def _take(self, one: socket) -> None:
        with one:
            one.settimeout(2)
            try:
                self.heard += one.recv(65_536)
                one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
                while part := one.recv(65_536):
                    self.heard += part
            except OSError:
                return

    def close(self) -> None:
        self._socket.close()


@dataclass
class Honest:
    """The declared server: answers what a case lays down, and keeps what it was asked."""

    port: int
    answer: tuple[int, dict[str, str], bytes] = (200, {}, b"honest")
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def honest_server(tls: ssl.SSLContext | None = None) -> Iterator[Honest]:
    """The honest server on a free port of 127.0.0.1."""
    honest = Honest(0)

    class Desk(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            honest.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            status, headers, body = honest.answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Somebody hung up."""

    server = Quiet((HONEST, 0), Desk)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    honest.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield honest
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class World:
    """An installation that is served, the servers around it, and the sinks."""

    site: Site
    folder: Path
    honest: Honest
    sinks: tuple[Sink, ...]
    secure: dict[str, tuple[Honest, Path, str]]
    """HTTPS servers by what is wrong with their certificate: with the file that makes it trusted, and a pin."""

    @property
    def canary(self) -> str:
        return canary_of(self.site.installation.workplace.key)

    @property
    def half(self) -> str:
        """The first half of the canary: the gate's own scan does not know it, and the sinks look for it."""
        return self.canary[:12]

    @property
    def sink_url(self) -> str:
        return f"http://{AWAY}:{self.sinks[0].port}/{self.half}"

    def leaked(self) -> int:
        """Bytes of the canary that reached a sink."""
        return sum(bytes(one.heard).upper().count(self.half.encode()) for one in self.sinks) * len(self.half)

    def heard(self) -> int:
        """Bytes of any kind that reached a sink."""
        return sum(len(one.heard) for one in self.sinks)

    def context(self) -> Context:
        now = self.site.installation.clock.now()
        return Context(Principal(0, "bypass", frozenset(), service="bypass"), now, cause="bypass")

    def gate(
        self, *destinations: Destination, resolve: Resolve = system_addresses, authorities: str = ""
    ) -> EgressGate:
        """The installation's own gate, with these destinations declared besides."""
        place = self.site.installation.workplace
        model = declared_besides(place.models.current(), destinations)
        gate = gate_of(replace(place, models=OneModel(model)), self.site.installation.clock, authorities)
        return replace(gate, resolve=resolve)


def declared_besides(model: AppModel, destinations: Sequence[Destination]) -> AppModel:
    """A model with further destinations."""
    return replace(model, destinations={**model.destinations, **{one.name: one for one in destinations}})


def destination(name: str, port: int, **more: object) -> Destination:
    """An inside HTTP destination of a host of its own that takes G3; `more` is what is otherwise."""
    made = Destination(
        name=name,
        label=Label({"zh": name, "en": name}),
        place=Place("trial", f"destinations/{name}.yaml", 1),
        scheme="http",
        host=f"{name.replace('_', '-')}.example.internal",
        port=port,
        max_level="G3",
        purposes=frozenset({"operation", "notification", "export"}),
        owner=OWNER,
        allow_private=True,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def answering(*answers: Sequence[str]) -> tuple[Resolve, list[str]]:
    """A resolver that gives these answers one after another, the last for ever; and the names that it was asked for."""
    left, asked = [tuple(one) for one in answers], list[str]()

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve, asked


@contextmanager
def bypass_world(site: Site, folder: Path) -> Iterator[World]:
    """The world around a served installation."""
    with ExitStack() as stack:
        honest = stack.enter_context(honest_server())
        sinks = [Sink(AWAY, honest.port), Sink(HONEST), Sink("127.0.0.3", honest.port)]
        with suppress(OSError):  # without IPv6 its cases are refused by address all the same
            sinks.append(Sink("::1", honest.port))
        for one in sinks:
            stack.callback(one.close)
        secure = {}
        for what in ("good", "stranger", "expired", "wrong_host", "old"):
            place = folder / f"tls-{what}"
            place.mkdir()
            secure[what] = _secure(stack, what, place)
        yield World(site, folder, honest, tuple(sinks), secure)


def _secure(stack: ExitStack, what: str, place: Path) -> tuple[Honest, Path, str]:
    now = datetime.now(UTC) - (timedelta(days=30) if what == "expired" else timedelta())
    context, trusted = make_certificate(place, "else.example.internal" if what == "wrong_host" else HOST, now)
    if what == "old":
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # old it is meant to be
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    return stack.enter_context(honest_server(context)), trusted, "sha256/" + "A" * 43 + "="
