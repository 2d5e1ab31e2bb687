"""Providers: what an administrator has said of each, checked, kept as a row. Secrets stay in the environment."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from engine.diagnostics import DougongError, Message
from engine.runtime.database.protocol import Session
from engine.runtime.instants import to_micros
from engine.runtime.openid.tables import PROVIDER, PROVIDER_PERSON
from engine.runtime.rows import delete, insert, select
from engine.runtime.work import Work

NAME = re.compile(r"^[a-z][a-z0-9_]{0,31}$")
DOMAIN = re.compile(r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a key pair; a shared secret, and none at all, are never taken."""
BY_EMAIL, BY_ACCOUNT = "email", "account"
LONGEST = 300


class BadProvider(DougongError):
    """A provider cannot be kept as it was described; the message says what is missing."""

    code = "bad_provider"
    status = 422


@dataclass(frozen=True, slots=True)
class Provider:
    """How a provider is asked and whom it may bring in.

    `secret` names what stands in the environment as DOUGONG_SECRET_…, empty for a public client. `match` says how a person is
    found who signs in for the first time: by a verified e-mail, or by the claim `account_claim` that holds the account.
    `roles` maps groups of `groups_claim` to roles. `strong` are values of amr or acr that count as a second factor.
    """

    name: str
    label_zh: str
    label_en: str
    issuer: str
    client_id: str
    secret: str = ""
    scopes: str = "openid profile email"
    algorithm: str = "RS256"
    match: str = BY_EMAIL
    account_claim: str = "preferred_username"
    domains: tuple[str, ...] = ()
    create: bool = False
    groups_claim: str = ""
    roles: tuple[tuple[str, str], ...] = ()
    acr: str = ""
    strong: tuple[str, ...] = ()
    single_logout: bool = False
    on: bool = True

    def label(self, language: str) -> str:
        return self.label_en if language == "en" else self.label_zh

    @property
    def mapped_roles(self) -> frozenset[str]:
        """The roles that the provider's groups decide."""
        return frozenset(role for _, role in self.roles)


def providers(session: Session) -> tuple[Provider, ...]:
    """Every provider, by name."""
    return tuple(_read(str(row[0])) for row in select(session, PROVIDER, ("settings",), order=("name",)))


def provider_of(session: Session, name: str) -> Provider | None:
    rows = select(session, PROVIDER, ("settings",), {"name": name})
    return _read(str(rows[0][0])) if rows else None


def save_provider(work: Work, one: Provider) -> None:
    """Keep a provider. Raises BadProvider."""
    _check(work, one)
    delete(work.session, PROVIDER, {"name": one.name})
    row = {
        "name": one.name,
        "settings": json.dumps(asdict(one), ensure_ascii=False),
        "changed_at": to_micros(work.context.now),
        "changed_by": work.context.principal.user_id or None,
    }
    insert(work.session, PROVIDER, row)


def remove_provider(session: Session, name: str) -> bool:
    """Forget a provider and who is who there; people stay."""
    delete(session, PROVIDER_PERSON, {"provider": name})
    return delete(session, PROVIDER, {"name": name}) > 0


def _read(text: str) -> Provider:
    stored: Mapping[str, Any] = json.loads(text)
    known = {one.name for one in fields(Provider)}
    values = {name: _tuples(value) for name, value in stored.items() if name in known}
    return Provider(**values)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value


def _check(work: Work, one: Provider) -> None:
    if not NAME.match(one.name):
        raise _bad("name", "名称用小写字母、数字和下划线", "A name is lower-case letters, digits and underscores")
    if not one.label_zh or not one.label_en:
        raise _bad("label_zh", "请填写两种语言的名称", "Give the name in both languages")
    parts = urlsplit(one.issuer)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        words = (
            "发行者地址形如 https://login.example.com/realms/main",
            "An issuer is like https://login.example.com/realms/main",
        )
        raise _bad("issuer", *words)
    if not one.client_id:
        raise _bad("client_id", "请填写客户端标识", "Give the client id")
    if one.algorithm not in ALGORITHMS:
        raise _bad("algorithm", "不支持这种签名算法", "This algorithm of signatures is not supported")
    if "openid" not in one.scopes.split():
        raise _bad("scopes", "范围必须包含 openid", "The scopes must hold openid")
    if one.match not in {BY_EMAIL, BY_ACCOUNT} or (one.match == BY_ACCOUNT and not one.account_claim):
        raise _bad("match", "请选择怎样认人", "Say how people are recognised")
    if any(not DOMAIN.match(domain) for domain in one.domains):
        raise _bad("domains", "域名形如 example.com，用逗号分隔", "Domains are like example.com, separated by commas")
    unknown = sorted(one.mapped_roles - set(work.model.roles))
    if unknown:
        listed = ", ".join(unknown)
        raise _bad("roles", f"没有这些角色：{listed}", f"There are no such roles: {listed}")
    if one.roles and not one.groups_claim:
        raise _bad("groups_claim", "映射角色须说明组在哪个声明里", "To map roles, say which claim holds the groups")


def _bad(field: str, zh: str, en: str) -> BadProvider:
    return BadProvider(Message(zh, en), field=field)
