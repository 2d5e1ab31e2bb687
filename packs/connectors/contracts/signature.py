"""Requests to a store signed with Signature Version 4: who asks is proved by a key that never travels. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY = hashlib.sha256(b"").hexdigest()
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key by name, its secret, and the region that the store says it is in."""

    access_key: str
    secret_key: str
    region: str
    service: str = "s3"


def signed(
    keys: Credentials, host: str, path: str, query: Mapping[str, str], now: datetime
) -> tuple[str, dict[str, str]]:
    """The target of a GET (path, percent-encoded, with its query) and the headers that sign it."""
    headers = {"host": host, "x-amz-content-sha256": EMPTY, "x-amz-date": now.strftime(_STAMP)}
    target = f"{path}?{queried(query)}" if query else path
    proof = authorisation(keys, path, query, headers)
    return target, {**{name: value for name, value in headers.items() if name != "host"}, "Authorization": proof}


def authorisation(keys: Credentials, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The header that proves a GET with these headers (names in small letters, with `host` and `x-amz-date`)."""
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        (
            "GET",
            path,
            queried(query),
            *(f"{name}:{headers[name].strip()}" for name in sorted(headers)),
            "",
            names,
            headers["x-amz-content-sha256"],
        )
    )
    stamp = headers["x-amz-date"]
    scope = f"{stamp[:8]}/{keys.region}/{keys.service}/aws4_request"
    said = "\n".join((ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{keys.secret_key}".encode()
    for part in (stamp[:8], keys.region, keys.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    proof = hmac.new(key, said.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature={proof}"


def queried(query: Mapping[str, str]) -> str:
    """A query in the one form that is signed: sorted, all but unreserved signs encoded."""
    return "&".join(f"{quote(name, safe='-_.~')}={quote(query[name], safe='-_.~')}" for name in sorted(query))
