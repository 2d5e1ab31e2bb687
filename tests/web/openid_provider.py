"""A strict OpenID provider on a real port: it checks what a client must prove, and lies where a test tells it to."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT, SECRET = "dougong-client", "s3cret & more"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


def _new_key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": secrets.token_hex(4)}, auto_kid=False)


@dataclass
class _Code:
    """What a code was given out for."""

    redirect: str
    challenge: str
    nonce: str
    who: str


@dataclass
class Faults:
    """What it does wrong: claims that it gives instead, an unsigned token, an answer of 500, silence."""

    claims: dict[str, object] = field(default_factory=dict)
    unsigned: bool = False
    down: bool = False
    silent: bool = False
    refuse: str = ""
    issuer: str = ""
    foreign_userinfo: bool = False


@dataclass
class OpenIdProvider:
    """Its people by name, with their claims; the keys; what was asked."""

    clock: Callable[[], datetime]
    redirects: set[str] = field(default_factory=set)
    people: dict[str, dict[str, object]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, _Code] = field(default_factory=dict)
    accesses: dict[str, str] = field(default_factory=dict)
    in_userinfo: frozenset[str] = frozenset()
    key: ECKey = field(default_factory=_new_key)
    released: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    def rotate(self) -> None:
        """A new key takes the place of the old one."""
        self.key = _new_key()

    def sign(self, claims: Mapping[str, object]) -> str:
        header = {"alg": "ES256", "kid": str(self.key.kid)}
        if self.faults.unsigned:
            return f"{_part({'alg': 'none'})}.{_part(claims)}."
        return jwt.encode(header, dict(claims), self.key, algorithms=["ES256"])

    def logout_token(self, **claims: object) -> str:
        at = int(self.clock().timestamp())
        base = {"iss": self.issuer, "aud": CLIENT, "iat": at, "jti": secrets.token_hex(8), "events": {LOGOUT_EVENT: {}}}
        return self.sign(base | claims)

    def agree(self, way: str, who: str) -> str:
        """What somebody does in the browser at its page; the address that they are sent back to."""
        asked = {name: value[0] for name, value in parse_qs(urlsplit(way).query).items()}
        assert way.startswith(f"{self.issuer}/authorize?"), way
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] in self.redirects, "the redirect URI is not registered"
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["code_challenge"]) == 43
        assert "openid" in asked["scope"].split()
        assert len(asked["state"]) >= 20
        assert len(asked["nonce"]) >= 20
        back: dict[str, str] = {"state": asked["state"]}
        if self.faults.refuse:
            back |= {"error": self.faults.refuse}
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = _Code(asked["redirect_uri"], asked["code_challenge"], asked["nonce"], who)
            back |= {"code": code, "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def claims_of(self, code: _Code) -> dict[str, object]:
        at = int(self.clock().timestamp())
        person = {name: one for name, one in self.people[code.who].items() if name not in self.in_userinfo}
        base = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": at,
            "exp": at + 300,
            "nonce": code.nonce,
            "sid": f"sid-{code.who}",
        }
        return base | person | self.faults.claims

    def answer_token(self, form: Mapping[str, str], authorization: str) -> tuple[int, dict[str, object]]:
        kind, _, pair = authorization.partition(" ")
        client, _, secret = base64.b64decode(pair).decode().partition(":") if kind == "Basic" else ("", "", "")
        if (unquote(client), unquote(secret)) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        code = self.codes.pop(form.get("code", ""), None)
        if form.get("grant_type") != "authorization_code" or code is None or form.get("redirect_uri") != code.redirect:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != code.challenge:
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        self.accesses[access] = code.who
        return 200, {"id_token": self.sign(self.claims_of(code)), "access_token": access, "token_type": "Bearer"}

    def answer(self, path: str) -> tuple[int, object]:
        if path == "/.well-known/openid-configuration":
            ends = ("authorize", "token", "jwks", "userinfo", "logout")
            names = (
                "authorization_endpoint",
                "token_endpoint",
                "jwks_uri",
                "userinfo_endpoint",
                "end_session_endpoint",
            )
            document = {name: f"{self.issuer}/{end}" for name, end in zip(names, ends, strict=True)}
            return 200, document | {"issuer": self.faults.issuer or self.issuer}
        if path == "/jwks":
            odd = {"kty": "OCT-NEW", "kid": "odd"}
            public = {**self.key.as_dict(private=False), "kid": self.key.kid, "use": "sig"}
            return 200, {"keys": [odd, public]}
        return 404, {}


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    provider: OpenIdProvider

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        if self._in_order():
            one = self.provider
            if self.path == "/userinfo":
                who = one.accesses.get(self.headers.get("authorization", "").removeprefix("Bearer "), "")
                person = dict(one.people[who]) if who else {}
                if one.faults.foreign_userinfo:
                    person["sub"] = "somebody-else"
                self._send(200 if who else 401, person)
            else:
                self._send(*one.answer(self.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        if self._in_order():
            form = {name: value[0] for name, value in parse_qs(body).items()}
            self._send(*self.provider.answer_token(form, self.headers.get("authorization", "")))

    def _in_order(self) -> bool:
        self.provider.asked.append(self.path)
        if self.provider.faults.silent:
            self.provider.released.wait(20)
            return False
        if self.provider.faults.down:
            self._send(500, {})
            return False
        return True

    def _send(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def running_provider(clock: Callable[[], datetime]) -> Iterator[OpenIdProvider]:
    """The provider for as long as the block lasts."""
    provider = OpenIdProvider(clock)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"provider": provider}))
    server.daemon_threads = True
    provider.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
