"""Origins: the address by which the reader's browser has reached the installation."""

from __future__ import annotations

from urllib.parse import urlsplit

from engine.web.calls import Call
from engine.web.site import Site


def origin_of(call: Call, site: Site) -> str:
    """As configured, else as the browser itself says."""
    host = call.headers.get("host", "")
    given = call.headers.get("origin", "")
    if site.settings.external_url:
        return site.settings.external_url
    return given if urlsplit(given).netloc == host else f"http://{host}"
