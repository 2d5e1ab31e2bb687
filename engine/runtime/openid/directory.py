"""Directory: what providers say of themselves (discovery) and their keys, kept for a while, renewed when a key is unknown.

Every byte goes over the egress gate, to a destination that a definition declares for the purpose `sign_in`.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from urllib.parse import urlencode, urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from engine.extensions import Clock, EgressClient, EgressFailed, EgressRefused, EgressRequest, EgressResponse
from engine.model.context import Context
from engine.model.sources import Destination
from engine.runtime.openid.faults import SignInFault
from engine.runtime.openid.providers import Provider
from engine.runtime.sovereignty.egress import leads_to
from engine.runtime.work import ModelSource

PURPOSE = "sign_in"
"""The purpose for which a destination of a provider must be declared."""
SECONDS, BYTES = 8.0, 400_000
KEPT, FAILURE_KEPT = 3600.0, 5.0
"""Seconds for which a good answer, and a failure, are kept."""
RENEWALS, RENEWALS_WITHIN = 5, 60.0
"""So many times keys are read anew for an unknown one, within so many seconds: a forged key id costs nothing."""
_KINDS: Mapping[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


@dataclass(frozen=True, slots=True)
class Metadata:
    """The addresses of a provider, from its discovery document."""

    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str = ""
    end_session: str = ""
    basic: bool = True
    """Whether the client's secret goes in the header, else in the form."""


@dataclass(frozen=True, slots=True)
class _Kept:
    until: float
    value: Mapping[str, object] | SignInFault


class Directory:
    """Asks providers; safe for threads. `context` is only whose name stands in the record of what left."""

    def __init__(self, egress: EgressClient, models: ModelSource, clock: Clock, seconds: float = SECONDS) -> None:
        self._egress, self._models, self._clock, self._seconds = egress, models, clock, seconds
        self._kept: dict[str, _Kept] = {}
        self._renewed: dict[str, deque[float]] = {}
        self._lock = Lock()

    def metadata(self, context: Context, provider: Provider, fresh: bool = False) -> Metadata:
        """What the provider says of itself. Raises SignInFault."""
        url = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        return _metadata(provider, self._document(context, url, fresh))

    def keys(self, context: Context, address: str, fresh: bool = False) -> list[Key]:
        """The provider's keys of signatures. Raises SignInFault."""
        found = self._document(context, address, fresh).get("keys")
        keys = [one for one in map(_key, found if isinstance(found, list) else ()) if one is not None]
        if not keys:
            raise SignInFault("broken", "密钥集里没有可用的签名公钥", "The key set holds no public key for signatures")
        return keys

    def key(self, context: Context, address: str, kid: str | None) -> Key:
        """The key of that id, read anew when it is not known; without an id the only one. Raises SignInFault."""
        for fresh in (False, True):
            if fresh and not self._may_renew(address):
                break
            keys = self.keys(context, address, fresh)
            fitting = [one for one in keys if one.kid == kid] if kid is not None else keys
            if len(fitting) == 1:
                return fitting[0]
        raise SignInFault(
            "unproven", "登录证明的签名密钥不在密钥集里", "The proof is signed with a key that the set does not hold"
        )

    def get(self, context: Context, url: str, headers: Mapping[str, str]) -> Mapping[str, object]:
        """A JSON object. Raises SignInFault."""
        return _object(self._send(context, "GET", url, headers, b""), url)

    def post(
        self, context: Context, url: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, object]]:
        """What a form is answered with, errors of the protocol too. Raises SignInFault."""
        sent = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json", **headers}
        answer = self._send(context, "POST", url, sent, urlencode(form).encode("ascii"))
        return answer.status, _object(answer, url, errors=True)

    def destination_of(self, url: str) -> Destination | None:
        """The destination that is declared for an address and serves the purpose."""
        declared = self._models.current().destinations.values()
        return next((one for one in declared if leads_to(one, url) and PURPOSE in one.purposes), None)

    def _may_renew(self, address: str) -> bool:
        now = self._clock.monotonic()
        with self._lock:
            times = self._renewed.setdefault(address, deque())
            while times and now - times[0] > RENEWALS_WITHIN:
                times.popleft()
            if len(times) >= RENEWALS:
                return False
            times.append(now)
            return True

    def _document(self, context: Context, url: str, fresh: bool) -> Mapping[str, object]:
        now = self._clock.monotonic()
        with self._lock:
            kept = None if fresh else self._kept.get(url)
        if kept is not None and now < kept.until:
            if isinstance(kept.value, SignInFault):
                raise kept.value
            return kept.value
        try:
            value = self.get(context, url, {"accept": "application/json"})
        except SignInFault as fault:
            self._keep(url, fault, now + FAILURE_KEPT)
            raise
        self._keep(url, value, now + KEPT)
        return value

    def _keep(self, url: str, value: Mapping[str, object] | SignInFault, until: float) -> None:
        """Keep an answer; a failure only where no good one holds."""
        with self._lock:
            kept = self._kept.get(url)
            good = kept is not None and not isinstance(kept.value, SignInFault) and self._clock.monotonic() < kept.until
            if not isinstance(value, SignInFault) or not good:
                self._kept[url] = _Kept(until, value)

    def _send(self, context: Context, method: str, url: str, headers: Mapping[str, str], body: bytes) -> EgressResponse:
        destination = self.destination_of(url)
        if destination is None:
            host = urlsplit(url).netloc[:100]
            raise SignInFault(
                "set_up",
                f"没有为 {host} 声明用途含 {PURPOSE} 的去向，出口闸不放行",
                f"No destination is declared for {host} with the purpose {PURPOSE}; the egress gate lets nothing pass",
            )
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = EgressRequest(
            destination.name,
            method,
            path,
            PURPOSE,
            headers=headers,
            body=body,
            deadline_seconds=self._seconds,
            byte_limit=BYTES,
        )
        try:
            return self._egress.send(context, request)
        except EgressRefused as error:
            raise SignInFault("set_up", error.message.zh, error.message.en) from error
        except EgressFailed as error:
            raise SignInFault("down", error.message.zh, error.message.en) from error


def _object(answer: EgressResponse, url: str, errors: bool = False) -> Mapping[str, object]:
    host = urlsplit(url).netloc[:100]
    if answer.status >= 500 or (answer.status >= 300 and not errors):
        word = "down" if answer.status >= 500 else "broken"
        raise SignInFault(word, f"{host} 回答了 {answer.status}", f"{host} answered {answer.status}")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SignInFault("broken", f"{host} 没有回答 JSON 对象", f"{host} did not answer with a JSON object")
    return found


def _metadata(provider: Provider, found: Mapping[str, object]) -> Metadata:
    def text(name: str) -> str:
        value = found.get(name)
        return value if isinstance(value, str) else ""

    if text("issuer") != provider.issuer:
        raise SignInFault(
            "broken",
            f"发现文档自称 {text('issuer')[:100] or '(无)'}，与填写的发行者不同",
            f"The discovery document calls itself {text('issuer')[:100] or '(nothing)'}, not the issuer that was given",
        )
    missing = [one for one in ("authorization_endpoint", "token_endpoint", "jwks_uri") if not text(one)]
    if missing:
        listed = ", ".join(missing)
        raise SignInFault("broken", f"发现文档缺少 {listed}", f"The discovery document lacks {listed}")
    authorization = text("authorization_endpoint")
    scheme = urlsplit(authorization).scheme
    if scheme not in {"https", urlsplit(provider.issuer).scheme}:
        raise SignInFault("broken", "登录页地址不是 https", "The address of the sign-in page is not https")
    methods = found.get("token_endpoint_auth_methods_supported")
    basic = not isinstance(methods, list) or "client_secret_basic" in methods
    end_session = (
        text("end_session_endpoint") if urlsplit(text("end_session_endpoint")).scheme in {"https", scheme} else ""
    )
    return Metadata(
        provider.issuer,
        authorization,
        text("token_endpoint"),
        text("jwks_uri"),
        text("userinfo_endpoint"),
        end_session,
        basic,
    )


def _key(found: object) -> Key | None:
    """A public key of signatures; None for any other, such as one of a kind that is not known here."""
    if not isinstance(found, dict) or found.get("use", "sig") != "sig":
        return None
    kind = _KINDS.get(str(found.get("kty")))
    try:
        return kind.import_key({name: one for name, one in found.items() if name != "d"}) if kind else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
