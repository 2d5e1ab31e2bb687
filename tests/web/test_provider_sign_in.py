"""Signing in by an OpenID provider, against a strict one on a real port: who gets in, and who does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.model.context import Context, Principal
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.tables import ATTEMPT
from engine.runtime.identity.users import NewUser, create_user, roles_of, user_by_account
from engine.runtime.openid.directory import Directory
from engine.runtime.openid.exchange import Exchange
from engine.runtime.openid.tables import PROVIDER, PROVIDER_PERSON
from engine.runtime.rows import delete, select
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.egress import EgressGate
from engine.runtime.sovereignty.ledger import EGRESS
from engine.runtime.work import Work
from engine.web.calls import PROVIDER_COOKIE, SESSION_COOKIE
from engine.web.front import Front
from tests.conftest import KINDS, FixedClock, fresh_url
from tests.web.authenticator import code_at
from tests.web.openid_provider import CLIENT, SECRET, Faults, OpenIdProvider, running_provider
from tests.web.site import HASH, PASSWORD

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ORIGIN = "https://crm.corp.example"
PACK = {
    "pack.yaml": "label: {zh: 服务台, en: Desk}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
    "roles/boss.yaml": "label: {zh: 管理员, en: Administrator}\nadministers: true\n",
    "entities/ticket.yaml": "label: {zh: 工单, en: Ticket}\ntitle: name\nfields:\n"
    "  name: {type: text, required: true, label: {zh: 名称, en: Name}}\n",
    "access/ticket.yaml": "grants: [{id: all, roles: [clerk], actions: [read, create, update]}]\n",
}
DESTINATION = (
    "label: {{zh: 登录, en: Sign-in}}\nscheme: http\nhost: localhost\nport: {port}\nmax_level: G0\n"
    "purposes: [{purpose}]\nallow_private: true\n"
)
FORM = {
    "act": "save", "known": "", "name": "corp", "label_zh": "公司账号", "label_en": "Corp", "client_id": CLIENT,
    "secret": "corp", "scopes": "openid email", "algorithm": "ES256", "match": "email", "account_claim": "preferred_username",
    "on": "1",
}  # fmt: skip
ZH = {"accept-language": "zh-CN"}
Found = TypeVar("Found")


@dataclass
class Company:
    """The installation, its directory, and the way somebody walks between the two."""

    installation: Installation
    application: Front
    provider: OpenIdProvider
    clock: FixedClock

    def browser(self) -> TestClient:
        return TestClient(self.application, base_url=ORIGIN, follow_redirects=False, headers=ZH)

    def administrator(self) -> TestClient:
        client = self.browser()
        assert client.post("/sign-in", data={"name": "admin", "password": PASSWORD}).status_code == 303
        return client

    def declare(self, **changed: str) -> None:
        """An administrator fills in the form."""
        form = {**FORM, "issuer": self.provider.issuer} | changed
        answer = self.administrator().post("/admin/providers", data={name: one for name, one in form.items() if one})
        assert answer.status_code == 303, re.findall(r'class="error"[^>]*>([^<]+)', answer.text)

    def come_back(self, client: TestClient, who: str, target: str = "/") -> str:
        """Out by the button and through the provider's page; the address of the way back."""
        out = client.get("/sign-in/with/corp", params={"next": target})
        assert out.status_code == 303, out.text[:400]
        return self.provider.agree(out.headers["location"], who)

    def enter(self, who: str, target: str = "/", client: TestClient | None = None) -> tuple[TestClient, Response]:
        """Sign in; the browser and the last answer."""
        client = client or self.browser()
        return client, client.get(self.come_back(client, who, target).removeprefix(ORIGIN))

    def inside(self, act: Callable[[Work], Found]) -> Found:
        context = Context(Principal(0, "setup", frozenset(), service="setup"), self.clock.now())
        return self.installation.workplace.write(context, act)

    def roles(self, account: str) -> set[str]:
        def act(work: Work) -> set[str]:
            found = user_by_account(work.session, account)
            return set(roles_of(work.session, found.id)) if found else set()

        return self.inside(act)

    def page_of(self, account: str) -> str:
        """The page of a person in administration."""
        found = self.inside(lambda work: user_by_account(work.session, account))
        assert found is not None
        return f"/admin/users/{encode_id(found.id)}"


@pytest.fixture(scope="module", params=KINDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("company")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url(request.param, dsn, folder) if request.param == "postgres" else ""
    clock = FixedClock(NOW)
    with running_provider(clock.now) as provider:
        _write(folder / "packs" / "desk", provider.port)
        settings = Settings(data=folder / "data", database=url, packs=str(folder / "packs"), rate_limit=100_000)
        settings = replace(settings, external_url=ORIGIN)
        installation = open_installation(settings, clock)
        bring_up_to_date(installation)
        application = make_application(installation)
        gate = EgressGate(installation.database, installation.models, installation.ids, clock)
        exchange = Exchange(Directory(gate, installation.models, clock, seconds=0.3), {"DOUGONG_SECRET_CORP": SECRET})
        application = replace(application, site=replace(application.site, exchange=exchange))
        company = Company(installation, application, provider, clock)
        provider.redirects.add(f"{ORIGIN}/sign-in/with/corp/back")
        company.inside(_people)
        yield company
        application.site.workers.close()
        installation.database.close()


def _write(pack: Path, port: int) -> None:
    texts = {
        **PACK,
        "destinations/directory.yaml": DESTINATION.format(port=port, purpose="sign_in"),
        "destinations/other.yaml": DESTINATION.format(port=1, purpose="operation"),
    }
    for name, text in texts.items():
        path = pack / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _people(work: Work) -> None:
    for account, role in (("admin", "boss"), ("li", "clerk"), ("wang", "clerk")):
        new = NewUser(
            work.ids.next(), account, account.title(), 0, HASH, roles=(role,), email=f"{account}@corp.example"
        )
        create_user(work.session, new)


@pytest.fixture
def company(made: Company) -> Iterator[Company]:
    """A fresh provider: nobody is linked, nothing is wrong; its memory of the provider has faded."""
    made.clock.advance(timedelta(hours=2))
    made.provider.faults, made.provider.in_userinfo = Faults(), frozenset()
    made.provider.asked.clear()
    made.provider.people = {
        name: {
            "sub": f"sub-{name}",
            "email": f"{name}@corp.example",
            "email_verified": True,
            "preferred_username": name,
        }
        for name in ("li", "wang", "zhao", "admin")
    }

    def act(work: Work) -> None:
        for table, key in ((PROVIDER_PERSON, "provider"), (PROVIDER, "name"), (ATTEMPT, "subject")):
            delete(work.session, table, {f"{key} >": ""})

    made.inside(act)
    made.declare()
    yield made


def test_somebody_known_comes_in_by_the_button_and_goes_where_they_wanted(company: Company) -> None:
    page = company.browser().get("/sign-in?next=/account")
    assert 'href="/sign-in/with/corp?next=/account"' in page.text
    assert "用公司账号登录" in page.text
    old = company.browser()
    old.cookies.set(SESSION_COOKIE, "chosen-by-somebody-else", domain="crm.corp.example")
    client, answer = company.enter("li", "/account", old)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert client.cookies[SESSION_COOKIE] != "chosen-by-somebody-else"
    assert PROVIDER_COOKIE not in client.cookies
    assert client.get("/account").status_code == 200
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" in cookie


def test_from_the_first_time_on_the_subject_counts_and_not_the_address(company: Company) -> None:
    company.enter("li")
    company.provider.people["li"] |= {"email": "wang@corp.example"}
    client, _ = company.enter("li")
    assert "Li" in client.get("/account").text
    company.provider.people["li"] |= {"sub": "another", "email": "li@corp.example"}
    _, answer = company.enter("li")
    assert answer.status_code == 403, "an account that is linked is not taken over by another subject"


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (Faults({"nonce": "another"}), 401, "登录证明无效"),
        (Faults({"aud": "another-client"}), 401, "登录证明无效"),
        (Faults({"aud": [CLIENT, "another"], "azp": "another"}), 401, "登录证明无效"),
        (Faults({"iss": "http://localhost:1"}), 401, "登录证明无效"),
        (Faults({"sub": ""}), 401, "登录证明无效"),
        (Faults(unsigned=True), 401, "登录证明无效"),
        (Faults({"exp": 1}), 401, "时钟不一致"),
        (Faults({"iat": 4_000_000_000, "exp": 4_000_000_300}), 401, "时钟不一致"),
        (Faults(refuse="access_denied"), 401, "没有同意"),
    ],
    ids=["nonce", "audience", "party", "issuer", "nobody", "unsigned", "expired", "ahead", "denied"],
)
def test_a_proof_that_is_not_right_lets_nobody_in(company: Company, fault: Faults, status: int, words: str) -> None:
    company.provider.faults = fault
    client, answer = company.enter("li")
    assert answer.status_code == status
    assert words in answer.text
    assert SESSION_COOKIE not in client.cookies
    company.provider.faults = Faults()
    _, control = company.enter("li")
    assert control.status_code == 303


def test_a_token_of_another_algorithm_is_refused_even_with_a_good_signature(company: Company) -> None:
    company.declare(known="corp", algorithm="RS256")
    _, answer = company.enter("li")
    assert (answer.status_code, "登录证明无效" in answer.text) == (401, True)


def test_a_provider_that_is_down_slow_or_odd_is_told_in_words(company: Company) -> None:
    for fault, words in (
        (Faults(down=True), "暂时连不上"),
        (Faults(silent=True), "暂时连不上"),
        (Faults(issuer="https://somebody.else"), "不合规范"),
    ):
        company.clock.advance(timedelta(hours=2))
        company.provider.released.clear()
        company.provider.faults = fault
        answer = company.browser().get("/sign-in/with/corp")
        company.provider.released.set()
        assert (answer.status_code, words in answer.text) == (502, True), fault
    english = company.browser().get("/sign-in/with/corp", headers={"accept-language": "en"})
    assert "does not fit" in english.text


def test_a_provider_that_went_down_is_not_asked_again_at_every_click(company: Company) -> None:
    company.enter("li")
    company.clock.advance(timedelta(hours=2))
    company.provider.faults = Faults(down=True)
    company.provider.asked.clear()
    for _ in range(3):
        assert company.browser().get("/sign-in/with/corp").status_code == 502
    assert len(company.provider.asked) == 1, "what was known has faded, and does not hide that asking failed"


def test_what_came_back_counts_once_and_only_in_the_browser_that_went_out(company: Company) -> None:
    client = company.browser()
    back = company.come_back(client, "li").removeprefix(ORIGIN)
    stranger = company.browser()
    assert stranger.get(back).status_code == 401
    assert stranger.get(back).text.count("已经过期或用过") == 1
    kept = client.cookies[PROVIDER_COOKIE]
    assert client.get(back.replace("state=", "state=x")).status_code == 401
    client.cookies.set(PROVIDER_COOKIE, kept, domain="crm.corp.example", path="/sign-in")
    assert client.get(back).status_code == 303
    again = company.browser()
    again.cookies.set(PROVIDER_COOKIE, kept, domain="crm.corp.example", path="/sign-in")
    assert again.get(back).status_code == 401, "a code that was used is used"
    late = company.browser()
    back = company.come_back(late, "li").removeprefix(ORIGIN)
    company.clock.advance(timedelta(minutes=11))
    assert late.get(back).status_code == 401
    company.clock.advance(timedelta(minutes=11))
    mixed = company.browser()
    back = company.come_back(mixed, "li").removeprefix(ORIGIN)
    assert mixed.get(re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example", back)).status_code == 401


def test_nobody_is_sent_to_another_site(company: Company) -> None:
    for wished in ("https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example"):
        _, answer = company.enter("li", wished)
        assert answer.headers["location"] == "/", wished


def test_a_new_key_is_read_when_it_is_needed_and_a_forged_id_costs_little(company: Company) -> None:
    company.enter("li")
    company.provider.rotate()
    _, answer = company.enter("li")
    assert answer.status_code == 303
    company.provider.asked.clear()
    for _ in range(9):
        company.provider.rotate()
        _, answer = company.enter("li")
    assert answer.status_code == 401
    assert company.provider.asked.count("/jwks") <= 5
    assert company.provider.asked.count("/.well-known/openid-configuration") == 0
    company.clock.advance(timedelta(minutes=2))
    company.inside(lambda work: delete(work.session, ATTEMPT, {"subject >": ""}))
    _, answer = company.enter("li")
    assert answer.status_code == 303


def test_who_is_not_known_is_refused_or_made_as_it_was_decided(company: Company) -> None:
    _, answer = company.enter("zhao")
    assert (answer.status_code, "还没有账号" in answer.text) == (403, True)
    company.provider.people["li"] |= {"email_verified": False}
    _, answer = company.enter("li")
    assert (answer.status_code, "没有确认你的邮箱" in answer.text) == (403, True)
    company.declare(
        known="corp", create="1", domains="corp.example", groups_claim="groups", roles="sales = clerk\nit = boss"
    )
    company.provider.people["zhao"] |= {"groups": ["sales", "others"], "name": "赵 新"}
    client, answer = company.enter("zhao")
    assert answer.status_code == 303
    assert "赵 新" in client.get("/account").text
    assert company.roles("zhao") == {"clerk"}
    company.provider.people["zhao"] |= {"groups": []}
    company.enter("zhao")
    assert company.roles("zhao") == set(), "a role that groups decide goes with the group"
    company.provider.people["evil"] = {"sub": "e", "email": "a@evil.example", "email_verified": True}
    _, answer = company.enter("evil")
    assert (answer.status_code, "域名" in answer.text) == (403, True)
    company.enter("admin")
    assert company.roles("admin") == {"boss"}, "the last administrator stays one"


def test_an_account_claim_and_the_userinfo_endpoint_recognise_people_too(company: Company) -> None:
    company.declare(known="corp", match="account")
    company.provider.in_userinfo = frozenset({"preferred_username"})
    company.provider.people["li"] |= {"email_verified": False}
    _, answer = company.enter("li")
    assert answer.status_code == 303
    assert "/userinfo" in company.provider.asked
    company.inside(lambda work: delete(work.session, PROVIDER_PERSON, {"provider": "corp"}))
    company.provider.faults = Faults(foreign_userinfo=True)
    _, answer = company.enter("li")
    assert answer.status_code == 401


def test_a_second_factor_is_asked_for_here_unless_the_provider_has(company: Company) -> None:
    secret = _second_factor_of(company, "wang")
    client, answer = company.enter("wang", "/account")
    assert answer.headers["location"].startswith("/sign-in/second-step")
    assert SESSION_COOKIE not in client.cookies
    company.clock.advance(timedelta(minutes=1))
    form = {"code": code_at(secret, company.clock.now()), "next": "/account"}
    done = client.post("/sign-in/second-step", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    told = company.provider.logout_token(sid="sid-wang")
    company.browser().post("/sign-in/with/corp/ended", data={"logout_token": told})
    assert client.get("/account").status_code == 303, "it is known whose session it is, two steps later too"
    company.declare(known="corp", strong="mfa")
    company.provider.people["wang"] |= {"amr": ["pwd", "mfa"]}
    _, answer = company.enter("wang", "/account")
    assert answer.headers["location"] == "/account"


def test_who_must_have_a_second_factor_has_one_where_the_provider_asked_for_it(company: Company) -> None:
    company.declare(known="corp", strong="mfa")
    admin = company.administrator()
    asked = {"setting": "require_second_factor", "value": "clerk"}
    assert admin.post("/admin/settings", data=asked).status_code == 303
    client, _ = company.enter("li")
    assert client.get("/account").status_code == 403 or "second-factor" in client.get("/account").headers["location"]
    company.provider.people["li"] |= {"amr": ["mfa"]}
    client, _ = company.enter("li")
    assert client.get("/account").status_code == 200
    assert admin.post("/admin/settings", data=asked | {"value": ""}).status_code == 303


def _second_factor_of(company: Company, account: str) -> str:
    client = company.browser()
    assert client.post("/sign-in", data={"name": account, "password": PASSWORD}).status_code == 303
    page = "/account/second-factor"
    client.post(page, data={"act": "begin", "current": PASSWORD})
    found = re.search(r'<p class="secret"><code>([A-Z2-7 ]+)</code>', client.get(page).text)
    assert found is not None
    client.post(page, data={"act": "confirm", "code": code_at(found[1], company.clock.now())})
    return found[1]


def test_signing_out_signs_out_there_and_being_signed_out_there_ends_sessions_here(company: Company) -> None:
    company.declare(known="corp", single_logout="1")
    client, _ = company.enter("li")
    away = client.post("/sign-out")
    assert away.headers["location"] == "/sign-in/with/corp/leave"
    page = client.get("/sign-in/with/corp/leave")
    assert page.headers["refresh"].startswith(f"0; url={company.provider.issuer}/logout?")
    assert "id_token_hint=ey" in page.headers["refresh"]
    assert client.get("/account").status_code == 303

    client, _ = company.enter("li")
    other, _ = company.enter("admin")
    told = company.browser()
    for bad in (
        company.provider.logout_token(sid="sid-li", aud="another"),
        company.provider.logout_token(sid="sid-li", nonce="n"),
        company.provider.logout_token(sid="sid-li", events={}),
        company.provider.logout_token(),
        "x.y.z",
    ):
        assert told.post("/sign-in/with/corp/ended", data={"logout_token": bad}).status_code == 400
    assert client.get("/account").status_code == 200
    token = company.provider.logout_token(sid="sid-li")
    answer = told.post("/sign-in/with/corp/ended", data={"logout_token": token})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert client.get("/account").status_code == 303
    assert other.get("/account").status_code == 200
    company.clock.advance(timedelta(minutes=3))
    client, _ = company.enter("li")
    told.post("/sign-in/with/corp/ended", data={"logout_token": token})
    assert client.get("/account").status_code == 200, "an old notice ends nothing newer"
    token = company.provider.logout_token(sub="sub-li")
    told.post("/sign-in/with/corp/ended", data={"logout_token": token})
    assert client.get("/account").status_code == 303


def test_a_new_password_and_an_administrator_end_what_a_provider_opened(company: Company) -> None:
    client, _ = company.enter("li")
    admin = company.administrator()
    path = company.page_of("li")
    page = admin.get(path).text
    assert "sub-li" in page
    assert admin.post(path, data={"act": "forget_there", "provider": "corp"}).status_code == 303
    assert client.get("/account").status_code == 303
    assert admin.post(path, data={"act": "email", "email": "wang@corp.example"}).status_code == 422
    assert admin.post(path, data={"act": "email", "email": ""}).status_code == 303
    _, answer = company.enter("li")
    assert answer.status_code == 403
    assert admin.post(path, data={"act": "email", "email": "Li@Corp.example"}).status_code == 303
    client, _ = company.enter("li")
    link = re.search(r'value="https?://[^/]+(/password/[^"]+)"', admin.post(path, data={"act": "link"}).text)
    assert link is not None
    chosen = company.browser().post(link.group(1), data={"new": PASSWORD + "-2"})
    assert chosen.status_code == 303, chosen.text[:300]
    assert client.get("/account").status_code == 303


def test_a_trial_tells_each_step_and_where_it_stops(company: Company) -> None:
    admin = company.administrator()

    def steps() -> list[tuple[str, bool]]:
        page = admin.post("/admin/providers", data={"act": "try", "provider": "corp"})
        assert page.status_code == 200
        part = page.text.partition('<ol class="list trial"')[2].partition("</ol>")[0]
        found = re.findall(r'class="strong">([^<]+)</span>.*?badge tone-(\w+)', part, re.DOTALL)
        return [(label, tone == "success") for label, tone in found]

    good = ["客户端密钥", "发现文档", "出口去向", "签名公钥", "令牌端点"]
    assert steps() == [(label, True) for label in good]
    company.declare(known="corp", client_id="somebody")
    assert steps()[-1] == ("令牌端点", False)
    company.declare(known="corp", secret="missing")
    assert steps()[0] == ("客户端密钥", False)
    company.declare(known="corp", issuer="http://localhost:1")
    assert steps() == [("出口去向", False)]
    assert "port: 1" in admin.get("/admin/providers?provider=corp").text
    company.provider.faults = Faults(down=True)
    company.declare(known="corp")
    assert steps()[-1] == ("发现文档", False)
    assert SECRET not in admin.get("/admin/providers?provider=corp").text


def test_a_provider_that_is_not_whole_is_not_kept(company: Company) -> None:
    admin = company.administrator()
    for changed in (
        {"name": "Corp!"},
        {"name": "corp"},
        {"issuer": "localhost"},
        {"scopes": "email"},
        {"algorithm": "none"},
        {"algorithm": "HS256"},
        {"roles": "sales = nothing", "groups_claim": "groups"},
        {"roles": "sales = clerk"},
        {"domains": "corp"},
    ):
        form = {**FORM, "name": "second", "issuer": company.provider.issuer} | changed
        answer = admin.post("/admin/providers", data=form)
        assert (answer.status_code, 'role="alert"' in answer.text) == (422, True), changed
    assert admin.post("/admin/providers", data={"act": "remove", "provider": "corp"}).status_code == 303
    assert company.browser().get("/sign-in/with/corp").status_code == 404
    assert "/sign-in/with/" not in company.browser().get("/sign-in").text


def test_nothing_left_but_over_the_gate_and_no_value_is_in_the_record(company: Company) -> None:
    company.enter("li")
    rows = company.inside(lambda work: select(work.session, EGRESS, ("destination", "purpose", "decision", "level")))
    assert {tuple(row) for row in rows} == {("directory", "sign_in", "allowed", "G0")}
