"""Packing: the last step of every answer, its compression and its headers."""

from __future__ import annotations

import gzip

from starlette.responses import Response

from engine.web.calls import Call
from engine.web.responses import SECURITY_HEADERS, STRICT_TRANSPORT

COMPRESSED = 1000
"""Bytes from which a body is worth compressing."""
TEXTS = ("text/", "application/json", "application/javascript", "image/svg", "application/manifest+json")
LEVEL = 5
_SECURITY = tuple((name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items())
_STRICT = (STRICT_TRANSPORT[0].encode(), STRICT_TRANSPORT[1].encode())
_NO_STORE = (b"cache-control", b"no-store")


def packed(response: Response) -> Response:
    """The answer with its text compressed; files and what is compressed already stay as they are."""
    headers = response.headers
    if "content-encoding" in headers or not headers.get("content-type", "").startswith(TEXTS):
        return response
    response.body = gzip.compress(bytes(response.body), LEVEL, mtime=0)
    headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(response.body))
    headers["vary"] = "Accept-Encoding"
    return response


def raw_headers(response: Response, call: Call, by_https: bool) -> list[tuple[bytes, bytes]]:
    """The answer's own headers, the request's id, and the security headers that the answer does not set itself."""
    own = response.raw_headers
    names = {name for name, _ in own}
    added = [one for one in _SECURITY if one[0] not in names]
    if _NO_STORE[0] not in names:
        added.append(_NO_STORE)
    if by_https:
        added.append(_STRICT)
    return [*own, (b"x-request-id", call.request_id.encode()), *added]
