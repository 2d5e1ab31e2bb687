"""Providers of sign-in: added, changed, tried step by step, taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.app import AppModel
from engine.model.errors import BadRequest, NotFound
from engine.runtime.openid.directory import PURPOSE
from engine.runtime.openid.providers import (
    ALGORITHMS,
    BY_ACCOUNT,
    BY_EMAIL,
    LONGEST,
    BadProvider,
    Provider,
    provider_of,
    providers,
    remove_provider,
    save_provider,
)
from engine.runtime.openid.trial import TrialStep, tried
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.form_values import required_text
from engine.web.origins import origin_of
from engine.web.provider_sign_in import back_address
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site

PATH = "/admin/providers"
DONE = {
    "saved": Message("已保存。先试一下再告诉大家。", "Saved. Try it before you tell people."),
    "removed": Message("已移除；已建的账号保留", "Taken away; accounts stay"),
}
TEXTS = (
    "name", "label_zh", "label_en", "issuer", "client_id", "secret", "scopes", "algorithm", "match", "account_claim",
    "domains", "groups_claim", "roles", "acr", "strong",
)  # fmt: skip
SWITCHES = ("create", "single_logout", "on")
NEW = {
    "scopes": "openid profile email", "algorithm": "RS256", "match": BY_EMAIL, "account_claim": "preferred_username", "on": "1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """A provider as it is read in the list."""

    name: str
    label: str
    issuer: str
    on: bool
    declared: bool
    missing: str
    current: bool


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/providers?provider=…: the list, and one to change or a new one."""
    chosen = call.first.get("provider", "")
    found = provider_of(work.session, chosen) if chosen else None
    if chosen and found is None:
        raise NotFound
    return _page(work, call, site, _given(found) if found else NEW, chosen)


def change(work: Work, call: Call, site: Site) -> Response | Afterwards:
    """Keep, try or take away a provider. Raises BadProvider, BadRequest, NotFound."""
    form = call.form_first()
    name = required_text(form, "provider") if form.get("act") in {"remove", "try"} else ""
    match form.get("act", ""):
        case "save":
            one = _provider(form)
            if form.get("known", "") not in {"", one.name} or (
                not form.get("known") and provider_of(work.session, one.name) is not None
            ):
                words = Message("名称已被使用，或不能再改", "The name is taken, or cannot be changed any more")
                raise BadProvider(words, field="name")
            save_provider(work, one)
            return see_other(f"{PATH}?provider={one.name}&done=saved")
        case "remove":
            if not remove_provider(work.session, name):
                raise NotFound
            return see_other(f"{PATH}?done=removed")
        case "try":
            found = provider_of(work.session, name)
            if found is None:
                raise NotFound
            return _try(work, call, site, found)
        case _:
            raise BadRequest(Message("不认识的操作", "There is no such act"))


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    form = call.form_first()
    field, known = str(error.details.get("field", "")), form.get("known", "")
    given = {name: form.get(name, "") for name in (*TEXTS, *SWITCHES)} if form.get("act") == "save" else NEW
    message = error.message.text(work.context.language)
    return _page(work, call, site, given, known, problem=(field, message), status=error.status)


def _try(work: Work, call: Call, site: Site, provider: Provider) -> Afterwards:
    context, back = work.context, back_address(call, site, provider.name)

    def respond() -> Response:
        steps = tried(site.exchange, context, provider, back)
        given = _given(provider)
        return site.workplace.read(
            context, lambda after: _page(after, call, site, given, provider.name, steps=tuple(steps))
        )

    return Afterwards(respond)


def _page(
    work: Work,
    call: Call,
    site: Site,
    given: Mapping[str, str],
    known: str,
    problem: tuple[str, str] = ("", ""),
    steps: tuple[TrialStep, ...] = (),
    status: int = 200,
) -> Response:
    language, origin = work.context.language, origin_of(call, site)
    done = DONE.get(call.first.get("done", "")) if call.method == "GET" else None
    values = {
        "title": Message("登录服务", "Sign-in services").text(language),
        "lines": [_line(work, site, one, known) for one in providers(work.session)],
        "known": known,
        "given": {name: given.get(name, "") for name in (*TEXTS, *SWITCHES)},
        "algorithms": ALGORITHMS,
        "ways": [
            (BY_EMAIL, Message("已确认的邮箱", "The verified e-mail").text(language)),
            (BY_ACCOUNT, Message("账号(下面的声明)", "The account (the claim below)").text(language)),
        ],
        "field": problem[0],
        "message": problem[1],
        "done": done.text(language) if done else "",
        "steps": [(one.label.text(language), one.good, one.words.text(language)) for one in steps],
        "addresses": _addresses(origin, known, language) if known else (),
        "destination": _destination_text(work.model, site, given.get("issuer", "")) if known else "",
        "roles": ", ".join(sorted(work.model.roles)),
    }
    return page_response(work, call, site, "administration/providers.html", values, status=status)


def _line(work: Work, site: Site, one: Provider, known: str) -> ProviderLine:
    return ProviderLine(
        one.name,
        one.label(work.context.language),
        one.issuer,
        one.on,
        site.exchange.directory.destination_of(one.issuer) is not None,
        site.exchange.missing_secret(one),
        one.name == known,
    )


def _addresses(origin: str, name: str, language: str) -> tuple[tuple[str, str], ...]:
    """What the provider must be told about us."""
    way = f"{origin}/sign-in/with/{name}"
    return (
        (Message("回调地址 (redirect URI)", "Redirect URI").text(language), f"{way}/back"),
        (Message("退出后回到 (post-logout URI)", "Post-logout URI").text(language), f"{origin}/sign-in"),
        (Message("退出通知 (back-channel logout URI)", "Back-channel logout URI").text(language), f"{way}/ended"),
    )


def _destination_text(model: AppModel, site: Site, issuer: str) -> str:
    """The definition that is missing, ready to be put into a pack; empty when one is declared."""
    parts = urlsplit(issuer)
    if not parts.hostname or site.exchange.directory.destination_of(issuer) is not None:
        return ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return (
        f"label: {{zh: 登录服务, en: Sign-in service}}\nscheme: {parts.scheme}\nhost: {parts.hostname}\nport: {port}\n"
        f"max_level: G0\npurposes: [{PURPOSE}]\nallow_private: true\n"
    )


def _given(one: Provider) -> Mapping[str, str]:
    """A provider as its form holds it."""
    texts = {name: str(getattr(one, name)) for name in TEXTS if name not in {"domains", "roles", "strong"}}
    lists = {"domains": ", ".join(one.domains), "strong": " ".join(one.strong)}
    lists["roles"] = "\n".join(f"{group} = {role}" for group, role in one.roles)
    return texts | lists | {name: "1" if getattr(one, name) else "" for name in SWITCHES}


def _provider(form: Mapping[str, str]) -> Provider:
    """A provider as its form says. Raises BadProvider."""
    text = {name: form.get(name, "").strip()[: LONGEST * 10 if name == "roles" else LONGEST] for name in TEXTS}
    domains = tuple(one.strip().lower().lstrip("@") for one in text["domains"].split(",") if one.strip())
    return Provider(
        name=text["name"],
        label_zh=text["label_zh"],
        label_en=text["label_en"],
        issuer=text["issuer"],
        client_id=text["client_id"],
        secret=text["secret"].removeprefix("DOUGONG_SECRET_").lower(),
        scopes=" ".join(text["scopes"].split()),
        algorithm=text["algorithm"],
        match=text["match"],
        account_claim=text["account_claim"],
        domains=domains,
        create=bool(form.get("create")),
        groups_claim=text["groups_claim"],
        roles=_roles(text["roles"]),
        acr=text["acr"],
        strong=tuple(text["strong"].split()),
        single_logout=bool(form.get("single_logout")),
        on=bool(form.get("on")),
    )


def _roles(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for line in text.splitlines():
        group, sign, role = (part.strip() for part in line.rpartition("="))
        if line.strip() and not (group and sign and role):
            words = Message("每行写「组 = 角色」", "Each line says: group = role")
            raise BadProvider(words, field="roles")
        if line.strip():
            found.append((group, role))
    return tuple(found)
