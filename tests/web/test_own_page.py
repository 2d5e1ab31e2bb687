"""One's own page over HTTP: tokens made, shown once, revoked; passwords; what ends a session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.site import PASSWORD, Site, running_site

LIST = "/api/records/opportunity"


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("own")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def token(site: Site, **form: str) -> dict[str, str]:
    """The header of a new token of li's."""
    made = site.client("li").post("/account/tokens", data={"name": "report", "days": "30", **form})
    found = re.search(r"<code>(dg_[\w-]+)</code>", made.text)
    assert found, made.text[:300]
    assert found[1] not in site.client("li").get("/account").text
    return {"authorization": f"Bearer {found[1]}"}


def test_a_token_opens_what_its_scope_and_its_owner_may(site: Site) -> None:
    reads, all_rights = token(site, scope="read"), token(site, scope="all", name="sync")
    client = site.client()
    for header in (reads, all_rights):
        assert [row["name"] for row in client.get(LIST, headers=header).json()["data"]] == ["acme deal"]
    body = {"name": "by program", "customer": site.public("acme")}
    assert client.post(LIST, json=body, headers=reads).status_code == 403
    assert client.post(LIST, json=body, headers=all_rights).status_code == 201
    assert client.get(LIST, headers={"authorization": "Bearer dg_nonsense"}).status_code == 401


def test_a_token_ends_by_time_revocation_and_a_new_password(site: Site) -> None:
    first, second, third = (token(site, scope="read", name=f"t{at}") for at in range(3))
    page = site.client("li").get("/account").text
    ids = dict(zip(re.findall(r"<div>(t\d) ", page), re.findall(r'name="token" value="(\w+)"', page), strict=True))
    revoke = {"act": "revoke", "token": ids["t0"]}
    assert site.client("wang").post("/account/tokens", data=revoke).status_code == 404
    assert site.client("li").post("/account/tokens", data=revoke).status_code == 303
    client = site.client()
    assert [client.get(LIST, headers=one).status_code for one in (first, second, third)] == [401, 200, 200]
    changed = {"act": "password", "current": PASSWORD, "new": "another-long-word"}
    assert site.client("li").post("/account/password", data=changed).status_code == 303
    assert client.get(LIST, headers=second).status_code == 401


def test_a_token_is_over_after_its_days(site: Site) -> None:
    header, client = token(site, scope="read", days="2"), site.client()
    clock = site.installation.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(days=1, hours=23))
    assert client.get(LIST, headers=header).status_code == 200
    clock.advance(timedelta(hours=2))
    assert client.get(LIST, headers=header).status_code == 401


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": ""}, "请填写名称"),
        ({"days": "0"}, "有效期为 1 到 365 天"),
        ({"days": "九"}, "有效期为 1 到 365 天"),
        ({"days": "9999999999"}, "有效期为 1 到 365 天"),
        ({"scope": "root"}, "没有这个权限范围"),
    ],
)
def test_a_token_that_cannot_be_is_refused_in_words(site: Site, form: dict[str, str], words: str) -> None:
    answer = site.client("li").post("/account/tokens", data={"name": "x", "days": "9", "scope": "read", **form})
    assert answer.status_code == 400
    assert words in answer.text


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        ("/account/password", {"current": "wrong", "new": "another-long-word"}, "当前密码不正确"),
        ("/account/password", {"current": PASSWORD, "new": "short"}, "密码至少 10 位"),
        ("/account", {"act": "preferences", "zone": "Mars/Base"}, "没有这个时区"),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_field(site: Site, path: str, form: dict[str, str], words: str) -> None:
    answer = site.client("li").post(path, data=form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert words in answer.text


def test_somebody_kept_out_is_out_at_once(site: Site) -> None:
    header = token(site, scope="read")
    assert site.client("li").get("/account").status_code == 200
    site.client("admin").post(f"/admin/users/{site.public('li')}", data={"act": "disable"})
    assert site.client("li").get("/account").status_code == 303
    assert site.client().get(LIST, headers=header).status_code == 401
    answer = site.client().post("/sign-in", data={"name": "li", "password": PASSWORD})
    assert answer.status_code == 401
    site.client("admin").post(f"/admin/users/{site.public('li')}", data={"act": "enable"})
    assert site.client().post("/sign-in", data={"name": "li", "password": PASSWORD}).status_code == 303


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(site: Site) -> None:
    client: TestClient = site.client()
    cookie = client.post("/sign-in", data={"name": "li", "password": PASSWORD}).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie or "samesite=strict" in cookie


def test_a_wrong_account_and_a_wrong_password_look_the_same(site: Site) -> None:
    answers = [
        site.client().post("/sign-in", data={"name": name, "password": "nonsense-word"}) for name in ("li", "nobody")
    ]
    texts = [re.sub(r"[0-9a-f]{16}", "", one.text).replace("nobody", "li") for one in answers]
    assert answers[0].status_code == answers[1].status_code == 401
    assert texts[0] == texts[1]
