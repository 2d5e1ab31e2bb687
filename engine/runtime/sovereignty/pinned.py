"""Pinned connections: to one checked address only, with one deadline over everything, counting bytes."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import httpcore2
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

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


class PinChanged(OSError):
    """The certificate's key is none of those that the destination declares."""


class Cut(OSError):
    """The kill switch was pressed while something was going out."""


PART = 65_536
"""Bytes that go out between two looks at the kill switch."""


@dataclass(slots=True)
class Traffic:
    """What went over one connection, and until when it may; `watch` raises Cut where it may go on no more."""

    deadline: float
    monotonic: Callable[[], float]
    watch: Callable[[], None] = lambda: None
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

    def __init__(self, inner: httpcore2.NetworkStream, traffic: Traffic, pins: Sequence[str] = ()) -> None:
        self._inner = inner
        self._traffic = traffic
        self._pins = pins

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        part = self._inner.read(max_bytes, self._traffic.left())
        self._traffic.received += len(part)
        return part

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PART):
            self._traffic.watch()
            part = buffer[start : start + PART]
            self._inner.write(part, self._traffic.left())
            self._traffic.sent += len(part)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        secured = self._inner.start_tls(ssl_context, server_hostname, self._traffic.left())
        if self._pins and print_of_key(secured.get_extra_info("ssl_object")) not in self._pins:
            secured.close()
            raise PinChanged
        return _CountedStream(secured, self._traffic)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


@dataclass
class PinnedBackend(httpcore2.NetworkBackend):
    """Connects to the checked address whatever the URL's host is; the host stays what Host and SNI say."""

    address: str
    traffic: Traffic
    pins: Sequence[str] = ()
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
        return _CountedStream(stream, self.traffic, self.pins)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        raise httpcore2.ConnectError("only addresses are connected to")


def print_of_key(connection: ssl.SSLObject | ssl.SSLSocket) -> str:
    """The print of the other side's public key, as destinations declare it; empty where it shows no certificate."""
    certificate = connection.getpeercert(True)
    if certificate is None:
        return ""
    key = x509.load_der_x509_certificate(certificate).public_key()
    plain = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return "sha256/" + base64.b64encode(hashlib.sha256(plain).digest()).decode("ascii")


def failure_reason(error: Exception) -> str:
    """The stable word for what went wrong below HTTP."""
    if isinstance(error, PinChanged | Cut):
        return "pin" if isinstance(error, PinChanged) else "killed"
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
