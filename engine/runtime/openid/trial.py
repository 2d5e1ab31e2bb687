"""Trial: a provider asked step by step, each told in words, so that an administrator sees where it stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from engine.diagnostics import Message
from engine.model.context import Context
from engine.runtime.openid.directory import PURPOSE, Metadata
from engine.runtime.openid.exchange import Exchange
from engine.runtime.openid.faults import SignInFault
from engine.runtime.openid.providers import Provider

Found = TypeVar("Found")
DISCOVERY = Message("发现文档", "Discovery")
KEYS = Message("签名公钥", "Keys of signatures")
TOKEN = Message("令牌端点", "Token endpoint")
DESTINATION = Message("出口去向", "Destinations")
SECRET = Message("客户端密钥", "Client secret")
_ANSWERS = {
    "invalid_grant": (True, Message("端点正常，认出了客户端", "It answers and knows the client")),
    "invalid_client": (False, Message("不认客户端标识或密钥", "It does not take the client id or its secret")),
    "unauthorized_client": (False, Message("这个客户端不能用授权码登录", "This client may not sign in with codes")),
}


@dataclass(frozen=True, slots=True)
class TrialStep:
    """One step of a trial and how it went."""

    label: Message
    good: bool
    words: Message


def tried(exchange: Exchange, context: Context, provider: Provider, back: str) -> list[TrialStep]:
    """The steps up to the first that fails."""
    return list(_steps(exchange, context, provider, back))


def _steps(exchange: Exchange, context: Context, provider: Provider, back: str) -> Iterator[TrialStep]:
    found = exchange.directory.destination_of(provider.issuer)
    if found is None:
        yield TrialStep(DESTINATION, False, _undeclared(provider.issuer))
        return
    missing = exchange.missing_secret(provider)
    yield _secret(provider, missing)
    metadata = _attempt(lambda: exchange.directory.metadata(context, provider, fresh=True))
    if isinstance(metadata, SignInFault):
        yield TrialStep(DISCOVERY, False, metadata.detail)
        return
    yield TrialStep(DISCOVERY, True, Message("发行者相符，端点齐全", "The issuer agrees, every endpoint is there"))
    outside = next((url for url in _addresses(metadata) if exchange.directory.destination_of(url) is None), None)
    if outside is not None:
        yield TrialStep(DESTINATION, False, _undeclared(outside))
        return
    yield TrialStep(DESTINATION, True, Message(f"已声明：{found.name}", f"Declared: {found.name}"))
    keys = _attempt(lambda: exchange.directory.keys(context, metadata.keys, fresh=True))
    if isinstance(keys, SignInFault):
        yield TrialStep(KEYS, False, keys.detail)
        return
    yield TrialStep(KEYS, True, Message(f"{len(keys)} 把公钥可用", f"{len(keys)} public keys can be used"))
    if not missing:
        yield _token_step(exchange, context, provider, metadata, back)


def _token_step(exchange: Exchange, context: Context, provider: Provider, metadata: Metadata, back: str) -> TrialStep:
    answer = _attempt(lambda: exchange.probe(context, provider, metadata, back))
    if isinstance(answer, SignInFault):
        return TrialStep(TOKEN, False, answer.detail)
    good, words = _ANSWERS.get(answer, (False, Message(f"回答了 {answer}", f"It answered {answer}")))
    return TrialStep(TOKEN, good, words)


def _secret(provider: Provider, missing: str) -> TrialStep:
    if missing:
        return TrialStep(SECRET, False, Message(f"没有设置环境变量 {missing}", f"The environment has no {missing}"))
    if not provider.secret:
        return TrialStep(SECRET, True, Message("公开客户端，靠 PKCE 保护", "A public client, guarded by PKCE"))
    return TrialStep(SECRET, True, Message("环境里有", "The environment has it"))


def _addresses(metadata: Metadata) -> tuple[str, ...]:
    return tuple(one for one in (metadata.token, metadata.keys, metadata.userinfo) if one)


def _undeclared(url: str) -> Message:
    return Message(
        f"没有为 {url[:120]} 声明用途含 {PURPOSE} 的去向",
        f"No destination with the purpose {PURPOSE} is declared for {url[:120]}",
    )


def _attempt(act: Callable[[], Found]) -> Found | SignInFault:
    try:
        return act()
    except SignInFault as fault:
        return fault
