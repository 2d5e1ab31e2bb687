"""Egress: what wants to leave, and what comes back for it. Packs meet these by engine.extensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.model.payloads import UNTOLD, Payload


@dataclass(frozen=True, slots=True)
class EgressRequest:
    """Bytes that want to leave: to a declared destination, for a purpose, holding data up to a level.

    `jurisdictions` are where data above G0 may go; `path` starts with a slash and includes the query.
    """

    destination: str
    method: str
    path: str
    purpose: str
    level: str = "G0"
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    deadline_seconds: float = 10.0
    byte_limit: int = 10_000_000
    jurisdictions: frozenset[str] = frozenset({"CN"})
    about: Payload = UNTOLD


@dataclass(frozen=True, slots=True)
class EgressResponse:
    """What came back, whole and under the byte limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Admission:
    """A decided and resolved way out, for drivers that speak a protocol of their own: connect to `address` alone.

    `private`: the destination may be inside, where a connection without encryption can be declared; `authorities` is a
    file with further certificate authorities, or empty.
    """

    host: str
    port: int
    address: str
    private: bool
    authorities: str


@dataclass(frozen=True, slots=True)
class MailRequest:
    """A letter that wants to leave by SMTP: `content` is the whole of it as bytes, `sender` and `recipient` bare addresses.

    Without a `user` nobody signs in. `plain` goes without encryption: to a destination inside alone, and never signed in.
    """

    destination: str
    sender: str
    recipient: str
    content: bytes
    purpose: str
    level: str = "G0"
    user: str = ""
    password: str = ""
    plain: bool = False
    deadline_seconds: float = 20.0
    about: Payload = UNTOLD
