"""One's own sessions over HTTP: listed in plain words, ended one by one or all but this one, a new password among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.site import PASSWORD, Site, running_site

PAGE = "/account/security"
AGENTS = {
    "Windows 电脑上的 Edge": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131 Safari/537.36 Edg/131",
    "安卓手机上的微信": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/116 MicroMessenger/8.0",
    "Mac 上的 Firefox": "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.4; rv:132.0) Gecko/20100101 Firefox/132.0",
    "未知设备": "<script>alert(1)</script>",
}


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("sessions")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def browser(site: Site, agent: str, person: str = "li") -> TestClient:
    client = TestClient(
        site.application,  # type: ignore[arg-type]
        base_url="http://testserver",
        follow_redirects=False,
        headers={"user-agent": agent},
    )
    assert client.post("/sign-in", data={"name": person, "password": PASSWORD}).status_code == 303
    return client


def handles(client: TestClient) -> list[str]:
    """What ends each of the other sessions, as the page offers it."""
    return re.findall(r'name="session" value="(\w+)"', client.get(PAGE).text)


def alive(*clients: TestClient) -> list[bool]:
    return [one.get(PAGE).status_code == 200 for one in clients]


def test_sessions_are_told_in_plain_words(site: Site) -> None:
    clients = [browser(site, agent) for agent in AGENTS.values()]
    page = clients[0].get(PAGE).text
    assert [words for words in AGENTS if words not in page] == []
    assert page.count('tone-success">这台设备') == 1
    assert "alert(1)" not in page
    clients[0].cookies.set("dougong_language", "en")
    assert "Edge on Windows" in clients[0].get(PAGE).text
    assert "Edge" not in site.client("wang").get(PAGE).text


def test_one_session_is_ended(site: Site) -> None:
    here, there = (browser(site, agent) for agent in list(AGENTS.values())[:2])
    (handle,) = handles(here)
    assert site.client("wang").post("/account/sessions", data={"act": "end", "session": handle}).status_code == 404
    assert alive(here, there) == [True, True]
    assert here.post("/account/sessions", data={"act": "end", "session": handle}).status_code == 303
    assert alive(here, there) == [True, False]
    assert here.post("/account/sessions", data={"act": "end", "session": handle}).status_code == 404


@pytest.mark.parametrize(
    ("form", "status"),
    [({}, 400), ({"act": "end"}, 400), ({"act": "end", "session": "%"}, 404), ({"act": "every"}, 400)],
)
def test_what_ends_nothing_is_refused(site: Site, form: dict[str, str], status: int) -> None:
    here, there = (browser(site, agent) for agent in list(AGENTS.values())[:2])
    assert here.post("/account/sessions", data=form).status_code == status
    assert alive(here, there) == [True, True]


def test_all_others_are_ended_and_tokens_stay(site: Site) -> None:
    clients = [browser(site, agent) for agent in AGENTS.values()]
    made = clients[0].post("/account/tokens", data={"name": "report", "days": "30", "scope": "read"})
    token = re.search(r"<code>(dg_[\w-]+)</code>", made.text)
    assert token
    assert clients[0].post("/account/sessions", data={"act": "others"}).status_code == 303
    assert alive(*clients) == [True, False, False, False]
    bearer = {"authorization": f"Bearer {token[1]}"}
    assert site.client().get("/api/records/opportunity", headers=bearer).status_code == 200


def test_a_new_password_ends_the_others_and_keeps_this_one(site: Site) -> None:
    here, there = (browser(site, agent) for agent in list(AGENTS.values())[:2])
    before = here.cookies["dougong_session"]
    wrong = here.post("/account/password", data={"current": "no", "new": "another-long-word"})
    assert wrong.status_code == 422
    assert alive(here, there) == [True, True]
    assert here.post("/account/password", data={"current": PASSWORD, "new": "another-long-word"}).status_code == 303
    assert alive(here, there) == [True, False]
    assert here.cookies["dougong_session"] != before
    assert site.client().post("/sign-in", data={"name": "li", "password": PASSWORD}).status_code == 401


def test_when_a_session_was_used_last_is_written_down_now_and_then(site: Site) -> None:
    here, there = (browser(site, agent) for agent in list(AGENTS.values())[:2])
    clock = site.installation.clock
    assert isinstance(clock, FixedClock)
    there.get(PAGE)
    clock.advance(timedelta(minutes=40))
    assert here.get(PAGE).text.count("最近使用 40 分钟前") == 2
    there.get("/account")
    assert here.get(PAGE).text.count("最近使用 刚刚") == 2
    clock.advance(timedelta(minutes=3))
    there.get("/account")
    assert here.get(PAGE).text.count("最近使用 3 分钟前") == 2, "not at every request"


def test_an_ended_session_leaves_the_list(site: Site) -> None:
    here, there = (browser(site, agent) for agent in list(AGENTS.values())[:2])
    assert len(handles(here)) == 1
    there.post("/sign-out")
    assert handles(here) == []
    assert "退出其他所有设备" not in here.get(PAGE).text
