"""Exchange: the authorisation code flow with PKCE (RFC 7636), from the way to the provider to what it says of somebody."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from engine.model.context import Context
from engine.runtime.openid.directory import Directory, Metadata
from engine.runtime.openid.faults import SignInFault
from engine.runtime.openid.proofs import Check, Claims, identity_claims
from engine.runtime.openid.providers import BY_EMAIL, Provider
from engine.runtime.sources.running import SECRET_PREFIX

PROBE = "dougong-probe"
"""A code that no provider has given out: its answer tells whether the client's secret is right."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One sign-in on its way: what only this browser and the provider know."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


@dataclass(frozen=True, slots=True)
class Proven:
    """What the provider has proven of somebody."""

    claims: Claims
    token: str

    @property
    def subject(self) -> str:
        return str(self.claims["sub"])

    def text(self, name: str) -> str:
        value = self.claims.get(name)
        return value.strip() if isinstance(value, str) else ""


def way_to(provider: Provider, metadata: Metadata, journey: Journey, back: str) -> str:
    """The address at the provider where somebody signs in."""
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": back,
        "scope": provider.scopes,
        "state": journey.state,
        "nonce": journey.nonce,
        "code_challenge": journey.challenge,
        "code_challenge_method": "S256",
    } | ({"acr_values": provider.acr} if provider.acr else {})
    return f"{metadata.authorization}{'&' if '?' in metadata.authorization else '?'}{urlencode(asked)}"


def way_out(provider: Provider, metadata: Metadata, token: str, back: str) -> str:
    """The address at the provider where somebody signs out there too; empty when it has none."""
    if not metadata.end_session:
        return ""
    asked = {"client_id": provider.client_id, "post_logout_redirect_uri": back} | (
        {"id_token_hint": token} if token else {}
    )
    return f"{metadata.end_session}{'&' if '?' in metadata.end_session else '?'}{urlencode(asked)}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """Asks the provider's token endpoint. `secrets` is where client secrets stand."""

    directory: Directory
    secrets: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def proven(self, context: Context, provider: Provider, journey: Journey, code: str, back: str) -> Proven:
        """Who somebody is that came back with a code. Raises SignInFault."""
        metadata = self.directory.metadata(context, provider)
        status, answer = self._asked(context, provider, metadata, code, back, journey.verifier)
        token = answer.get("id_token")
        if status >= 300 or not isinstance(token, str):
            raise self._not_given(status, answer)
        claims = identity_claims(Check(context, provider, metadata, self.directory), token, journey.nonce)
        access = answer.get("access_token")
        if metadata.userinfo and isinstance(access, str) and _lacks(provider, claims):
            claims = self._more(context, metadata, access, claims)
        return Proven(claims, token)

    def probe(self, context: Context, provider: Provider, metadata: Metadata, back: str) -> str:
        """The error with which the token endpoint answers a code that is none. Raises SignInFault."""
        status, answer = self._asked(context, provider, metadata, PROBE, back, PROBE * 4)
        return str(answer.get("error") or status)[:60]

    def missing_secret(self, provider: Provider) -> str:
        """The variable of the environment that is missing, empty when there is none."""
        variable = SECRET_PREFIX + provider.secret.upper()
        return variable if provider.secret and not self.secrets.get(variable) else ""

    def _asked(
        self, context: Context, provider: Provider, metadata: Metadata, code: str, back: str, verifier: str
    ) -> tuple[int, Mapping[str, object]]:
        missing = self.missing_secret(provider)
        if missing:
            raise SignInFault("set_up", f"没有设置环境变量 {missing}", f"The environment has no {missing}")
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        secret = self.secrets.get(SECRET_PREFIX + provider.secret.upper(), "") if provider.secret else ""
        if not secret:
            return self.directory.post(context, metadata.token, form | {"client_id": provider.client_id}, {})
        if not metadata.basic:
            form |= {"client_id": provider.client_id, "client_secret": secret}
            return self.directory.post(context, metadata.token, form, {})
        pair = f"{quote(provider.client_id, safe='')}:{quote(secret, safe='')}".encode()
        given = {"authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}
        return self.directory.post(context, metadata.token, form, given)

    def _not_given(self, status: int, answer: Mapping[str, object]) -> SignInFault:
        error = str(answer.get("error") or "")[:60]
        if error in {"invalid_client", "unauthorized_client"}:
            return SignInFault(
                "set_up", "登录服务不认客户端标识或密钥", "The provider does not take the client id or its secret"
            )
        if error == "invalid_grant":
            return SignInFault("stale", "授权码无效、过期或用过", "The code is not valid, has expired or was used")
        said = error or str(status)
        return SignInFault(
            "broken", f"令牌端点回答 {said}，没有身份令牌", f"The token endpoint answered {said}, no ID token"
        )

    def _more(self, context: Context, metadata: Metadata, access: str, claims: Claims) -> Claims:
        """The claims with those of the userinfo endpoint, as far as they are of the same subject."""
        headers = {"authorization": f"Bearer {access}", "accept": "application/json"}
        found = self.directory.get(context, metadata.userinfo, headers)
        if found.get("sub") != claims.get("sub"):
            raise SignInFault("unproven", "用户信息属于另一个人", "The user's particulars are of somebody else")
        return {**found, **claims}


def _lacks(provider: Provider, claims: Claims) -> bool:
    """Whether the ID token leaves open what is needed to recognise somebody."""
    wanted = ["email", "email_verified"] if provider.match == BY_EMAIL or provider.domains else []
    wanted += [provider.account_claim] if provider.match != BY_EMAIL else []
    wanted += [provider.groups_claim] if provider.groups_claim else []
    return any(name not in claims for name in wanted)
