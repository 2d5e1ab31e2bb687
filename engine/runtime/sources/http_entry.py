"""How a run of an http_json source is let in: a secret in a header, or a token that it asks for by client credentials (OAuth 2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from engine.extensions import EgressResponse, SourceFault, SourceReach
from engine.runtime.sources.http_settings import Authentication

FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Entry:
    """Calls that are let in; a token that is over is asked for again, once in a row."""

    authentication: Authentication | None
    reach: SourceReach
    token: str = field(default="", init=False)

    def get(self, path: str) -> EgressResponse:
        """One page. Raises SourceFault."""
        try:
            return self.reach.calls.send("GET", path, self._headers())
        except SourceFault as fault:
            if fault.reason != "not_authorised" or not self.token:
                raise
        self.token = ""
        return self.reach.calls.send("GET", path, self._headers())

    def _headers(self) -> Mapping[str, str]:
        headers = {"Accept": "application/json"}
        one = self.authentication
        if one is None:
            return headers
        if one.token_path:
            self.token = self.token or self._fresh(one)
        return {**headers, one.header: f"{one.prefix}{self.token or self.reach.secret(one.secret)}"}

    def _fresh(self, one: Authentication) -> str:
        """A token by RFC 6749, section 4.4. Raises SourceFault where none is given."""
        asked = {
            "grant_type": "client_credentials",
            "client_id": one.client,
            "client_secret": self.reach.secret(one.secret),
        }
        body = urlencode({**asked, **({"scope": one.scope} if one.scope else {})}).encode()
        try:
            response = self.reach.calls.send("POST", one.token_path, {"Content-Type": FORM}, body)
            given = json.loads(response.body)
        except ValueError:
            given = None
        except SourceFault as fault:
            if fault.reason != "not_authorised":
                raise
            given = None
        token = given.get("access_token") if isinstance(given, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise SourceFault(
                "not_authorised",
                "对方没有签发令牌：检查 token 的 path、client 与密钥",
                "No token is given: check path and client of the token, and the secret",
            )
        return token
