"""Proofs: the tokens that a provider signs, checked in full before a word of them is believed."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from engine.model.context import Context
from engine.runtime.openid.directory import Directory, Metadata
from engine.runtime.openid.faults import SignInFault
from engine.runtime.openid.providers import Provider

SKEW = 60
"""Seconds by which the clocks of the two sides may differ."""
OLDEST = 600
"""Seconds after which a proof is too old to be one of this sign-in, whatever end it gives itself."""
LONGEST = 64_000
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
Claims = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Check:
    """Against what a token is checked."""

    context: Context
    provider: Provider
    metadata: Metadata
    directory: Directory


def identity_claims(check: Check, token: str, nonce: str) -> Claims:
    """The claims of an ID token made for this client and this sign-in. Raises SignInFault."""
    claims = _signed(check, token)
    _times(claims, check.context.now, needs_end=True)
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise _unproven("证明没有说是谁", "The proof names nobody")
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise _unproven("nonce 不符：这不是为这次登录开的证明", "The nonce differs: the proof is not of this sign-in")
    return claims


def logout_claims(check: Check, token: str) -> Claims:
    """The claims of a logout token (OpenID Connect Back-Channel Logout 1.0). Raises SignInFault."""
    claims = _signed(check, token)
    _times(claims, check.context.now, needs_end=False)
    events = claims.get("events")
    if not isinstance(events, dict) or LOGOUT_EVENT not in events or "nonce" in claims:
        raise _unproven("这不是退出通知", "This is no notice of a sign-out")
    if not isinstance(claims.get("sub"), str) and not isinstance(claims.get("sid"), str):
        raise _unproven("退出通知没有说是谁", "The notice of a sign-out names nobody")
    return claims


def _signed(check: Check, token: str) -> Claims:
    """The claims of a token, signed by the provider with the algorithm that is pinned, for this client."""
    header = _header(token)
    if header.get("alg") != check.provider.algorithm:
        raise _unproven(
            f"签名算法不是约定的 {check.provider.algorithm}",
            f"It is not signed with {check.provider.algorithm}, as agreed",
        )
    kid = header.get("kid")
    key = check.directory.key(check.context, check.metadata.keys, kid if isinstance(kid, str) else None)
    registry = JWSRegistry(algorithms=[check.provider.algorithm], strict_check_header=False)
    try:
        claims = jwt.decode(token, key, algorithms=[check.provider.algorithm], registry=registry).claims
    except (JoseError, ValueError, TypeError) as error:
        raise _unproven("签名不对", "The signature is not right") from error
    _issued_for(claims, check)
    return claims


def _header(token: str) -> Mapping[str, object]:
    if len(token) > LONGEST or token.count(".") != 2:
        raise _unproven("证明的格式不对", "The proof is not well formed")
    part = token.partition(".")[0]
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if not isinstance(found, dict) or "crit" in found:
        raise _unproven("证明的格式不对", "The proof is not well formed")
    return found


def _issued_for(claims: Claims, check: Check) -> None:
    if claims.get("iss") != check.metadata.issuer:
        raise _unproven("发行者不是这个登录服务", "The issuer is not this provider")
    audience, client = claims.get("aud"), check.provider.client_id
    if audience != client and not (isinstance(audience, list) and client in audience):
        raise _unproven("这份证明是开给别的应用的", "The proof was made for another application")
    party = claims.get("azp")
    if (party is not None or (isinstance(audience, list) and len(audience) > 1)) and party != client:
        raise _unproven("这份证明是开给别的应用的", "The proof was made for another application")


def _times(claims: Claims, now: datetime, needs_end: bool) -> None:
    at = now.timestamp()
    issued, ends, begins = (_number(claims.get(name)) for name in ("iat", "exp", "nbf"))
    if issued is None or (needs_end and ends is None):
        raise _unproven("证明没有写明时间", "The proof does not say when it was made")
    if issued > at + SKEW or (begins is not None and begins > at + SKEW):
        ahead = int(max(issued, begins or issued) - at)
        raise SignInFault("clock", f"证明来自 {ahead} 秒之后", f"The proof comes from {ahead} seconds ahead")
    if (ends is not None and ends <= at - SKEW) or issued < at - OLDEST - SKEW:
        age = int(at - issued)
        raise SignInFault("clock", f"证明开于 {age} 秒前，已过期", f"The proof is {age} seconds old and has expired")


def _number(value: object) -> float | None:
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12 else None
    )


def _unproven(zh: str, en: str) -> SignInFault:
    return SignInFault("unproven", zh, en)
