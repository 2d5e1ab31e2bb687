"""Pinned connections: to one checked address only, with one deadline over everything, counting bytes."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import httpcore2

Resolve = Callable[[str, int], Sequence[str]]


def system_addresses(host: str, port: int) -> Sequence[str]:
    """All addresses that the system's resolver gives for a host. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


def connected(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to a checked address, for a driver that speaks its own protocol over it. Raises OSError."""
    return socket.create_connection((address, port), seconds)


@lru_cache(maxsize=4)
def tls_context(authorities: str) -> ssl.SSLContext:
    """TLS 1.2 or newer, certificate and host name verified; `authorities` is a file with further authorities, or empty."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authorities:
        context.load_verify_locations(cafile=authorities)
    return context


@dataclass(slots=True)
class Traffic:
    """What went over one connection, and until when it may."""

    deadline: float
    monotonic: Callable[[], float]
    sent: int = 0
    received: int = 0

    def left(self) -> float:
        """Seconds until the deadline. Raises httpcore2.ReadTimeout when there are none."""
        seconds = self.deadline - self.monotonic()
        if seconds <= 0:
            raise httpcore2.ReadTimeout("deadline")
        return seconds


class _CountedStream(httpcore2.NetworkStream):
    """A stream whose every operation stays within the deadline."""

    def __init__(self, inner: httpcore2.NetworkStream, traffic: Traffic) -> None:
        self._inner = inner
        self._traffic = traffic

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        part = self._inner.read(max_bytes, self._traffic.left())
        self._traffic.received += len(part)
        return part

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._traffic.left())
        self._traffic.sent += len(buffer)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        secured = self._inner.start_tls(ssl_context, server_hostname, self._traffic.left())
        return _CountedStream(secured, self._traffic)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


@dataclass
class PinnedBackend(httpcore2.NetworkBackend):
    """Connects to the checked address whatever the URL's host is; the host stays what Host and SNI say."""

    address: str
    traffic: Traffic
    _system: httpcore2.SyncBackend = field(default_factory=httpcore2.SyncBackend)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        stream = self._system.connect_tcp(self.address, port, self.traffic.left(), socket_options=socket_options or ())
        return _CountedStream(stream, self.traffic)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        raise httpcore2.ConnectError("only addresses are connected to")


def failure_reason(error: Exception) -> str:
    """The stable word for what went wrong below HTTP."""
    if isinstance(error, httpcore2.TimeoutException):
        return "timed_out"
    causes = (error, error.__cause__, error.__context__)
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in causes):
        return "certificate"
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return "tls"
    if isinstance(error, httpcore2.LocalProtocolError | ValueError):
        return "bad_request"
    return "unreachable" if isinstance(error, httpcore2.ConnectError) else "broken"
