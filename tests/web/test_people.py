"""People under administration, over HTTP: found, invited by a link that works once, kept out at once, their sessions ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from engine.runtime.audit import newest
from engine.runtime.identity.users import all_users
from engine.runtime.rows import select
from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.site import PASSWORD, Site, running_site

LINK = re.compile(r'value="(http://testserver)(/password/[\w-]+)"')
CHOSEN = {"new": "my-own-long-word"}


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("people")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def person(site: Site, name: str) -> str:
    return f"/admin/users/{site.public(name)}"


def invited(site: Site, account: str = "chen", **given: str) -> str:
    """The path of the link that inviting somebody shows."""
    form = {"account": account, "name": "陈晨", "role": "finance", **given}
    answer = site.client("admin").post("/admin/users/invite", data=form)
    assert answer.status_code == 200, answer.text[:300]
    found = LINK.search(answer.text)
    assert found
    return found[2]


def reset(site: Site, name: str) -> str:
    answer = site.client("admin").post(person(site, name), data={"act": "link"})
    found = LINK.search(answer.text)
    assert found
    return found[2]


def wait(site: Site, by: timedelta) -> None:
    clock = site.installation.clock
    assert isinstance(clock, FixedClock)
    clock.advance(by)


def signs_in(site: Site, account: str, password: str) -> bool:
    answer = site.client().post("/sign-in", data={"name": account, "password": password})
    assert answer.status_code in {303, 401}
    return answer.status_code == 303


def test_an_invited_person_chooses_a_password_and_is_in(site: Site) -> None:
    path, client = invited(site), site.client()
    assert "待加入" in site.client("admin").get("/admin/users?state=invited").text
    assert not signs_in(site, "chen", "")
    page = client.get(path)
    assert page.status_code == 200
    assert "陈晨" in page.text
    answer = client.post(path, data=CHOSEN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.get("/account").status_code == 200
    assert signs_in(site, "chen", CHOSEN["new"])
    rows = site.installation.database.read(
        lambda session: select(session, "dougong_user", ("password",), {"account": "chen"})
    )
    assert str(rows[0][0]).startswith("$argon2id$v=19$m=19456,t=2,p=1$"), "19 MiB, two passes"
    assert "陈晨" not in site.client("admin").get("/admin/users?state=invited").text
    acts = [one.act for one in site.installation.database.read(newest)]
    assert ("invite", "account=chen act=invite") in [(one.action, one.subject) for one in acts] or any(
        one.action == "invite" and "account=chen" in one.subject for one in acts
    )
    assert any(one.action == "password_link" and one.actor is not None for one in acts)
    assert path.rsplit("/", 1)[1] not in str(acts)


def test_a_link_works_once(site: Site) -> None:
    path = invited(site)
    assert site.client().post(path, data=CHOSEN).status_code == 303
    for answer in (site.client().get(path), site.client().post(path, data={"new": "somebody-elses-word"})):
        assert answer.status_code == 410
        assert "已用过或已过期" in answer.text
    assert signs_in(site, "chen", CHOSEN["new"])
    assert not signs_in(site, "chen", "somebody-elses-word")


def test_links_end_by_time_and_by_a_newer_one(site: Site) -> None:
    first = invited(site)
    (user,) = [one for one in site.installation.database.read(all_users) if one.account == "chen"]
    site.ids["chen"] = user.id
    second = reset(site, "chen")
    assert site.client().get(first).status_code == 410
    assert "欢迎" in site.client().get(second).text
    wait(site, timedelta(days=7, minutes=1))
    assert site.client().post(second, data=CHOSEN).status_code == 410
    assert "邀请已过期" in site.client("admin").get("/admin/users?state=invited").text
    third = reset(site, "li")
    wait(site, timedelta(hours=23))
    assert site.client().get(third).status_code == 200
    wait(site, timedelta(hours=2))
    assert site.client().get(third).status_code == 410


def test_a_password_that_cannot_be_leaves_the_link_good(site: Site) -> None:
    path = invited(site)
    answer = site.client().post(path, data={"new": "short"})
    assert answer.status_code == 422
    assert "密码至少 10 位" in answer.text
    assert site.client().post(path, data=CHOSEN).status_code == 303


@pytest.mark.parametrize("ticket", ["x", "0" * 43, "%00", "..%2f..%2fadmin", "字", "a" * 3000])
def test_a_made_up_link_opens_nothing(site: Site, ticket: str) -> None:
    for answer in (site.client().get(f"/password/{ticket}"), site.client().post(f"/password/{ticket}", data=CHOSEN)):
        assert answer.status_code in {404, 410}


def test_a_reset_ends_what_was_given_out_before_and_keeps_the_second_factor_in_the_way(site: Site) -> None:
    li = site.client("li")
    path = reset(site, "li")
    assert li.get("/account").status_code == 200, "a link alone ends nothing"
    assert site.client().post(path, data=CHOSEN).status_code == 303
    assert li.get("/account").status_code == 303
    assert signs_in(site, "li", CHOSEN["new"])
    assert not signs_in(site, "li", PASSWORD)


def test_only_the_hash_of_a_link_is_stored(site: Site) -> None:
    path = invited(site)
    names = ("ticket", "purpose", "user_id")
    rows = str(site.installation.database.read(lambda session: select(session, "dougong_ticket", names)))
    assert "invitation" in rows, "the control: what stands there is found"
    assert path.rsplit("/", 1)[1] not in rows
    assert path not in site.client("admin").get("/admin/users").text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"account": "li"}, "账号 li 已存在"),
        ({"account": "Bad Name"}, "账号用小写字母"),
        ({"account": ""}, "请填写账号"),
        ({"name": ""}, "请填写名称"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_in_words(site: Site, given: dict[str, str], words: str) -> None:
    form = {"account": "chen", "name": "陈晨", **given}
    answer = site.client("admin").post("/admin/users/invite", data=form)
    assert answer.status_code in {400, 422}
    assert words in answer.text
    assert "/password/" not in answer.text


def test_a_role_that_does_not_exist_is_not_given(site: Site) -> None:
    invited(site, role="root")
    (user,) = [one for one in site.installation.database.read(all_users) if one.account == "chen"]
    rows = site.installation.database.read(
        lambda session: select(session, "dougong_user_role", ("role",), {"user_id": user.id})
    )
    assert rows == []


def test_people_are_found_by_name_and_account(site: Site) -> None:
    client = site.client("admin")
    for query, found, missing in (
        ("q=li", ["Li"], ["Wang", "Money"]),
        ("q=WANG", ["Wang"], ["Money"]),
        ("q=%25", [], ["Wang"]),
        ("q=nobody", [], ["Wang"]),
        ("state=disabled", [], ["Wang"]),
        ("after=lead", ["Wang", "Money"], [">Admin<"]),
        ("state=nonsense&q=" + "x" * 500, [], ["Wang"]),
    ):
        page = client.get(f"/admin/users?{query}")
        assert page.status_code == 200
        assert [name for name in found if f'"strong">{name}' not in page.text] == [], query
        assert [name for name in missing if f'"strong">{name}' in page.text] == [], query


def test_more_than_a_page_of_people_goes_on(site: Site) -> None:
    for at in range(60):
        invited(site, account=f"p{at:02d}", name=f"第 {at} 位")
    client, seen, path = site.client("admin"), [], "/admin/users"
    while path:
        page = client.get(path).text
        seen += re.findall(r'"subtle">([\w.-]+)</span>', page)
        more = re.search(r'href="(/admin/users\?after=[\w.-]+)"', page)
        path = more[1] if more else ""
    assert sorted(seen) == sorted(one.account for one in site.installation.database.read(all_users))


def test_disabling_ends_everything_at_once_and_links_too(site: Site) -> None:
    li, link = site.client("li"), reset(site, "li")
    assert li.get("/account").status_code == 200
    assert site.client("admin").post(person(site, "li"), data={"act": "disable"}).status_code == 303
    assert li.get("/account").status_code == 303
    assert site.client().get(link).status_code == 410
    answer = site.client("admin").post(person(site, "li"), data={"act": "link"})
    assert answer.status_code == 400
    assert "请先启用该账号" in answer.text
    assert not signs_in(site, "li", PASSWORD)
    site.client("admin").post(person(site, "li"), data={"act": "enable"})
    assert site.client().get(link).status_code == 410
    assert signs_in(site, "li", PASSWORD)


def test_nobody_shuts_themselves_out(site: Site) -> None:
    client = site.client("admin")
    for form in ({"act": "disable"}, {"act": "roles", "role": "finance"}, {"act": "roles"}):
        answer = client.post(person(site, "admin"), data=form)
        assert answer.status_code == 400, form
        assert "不能停用自己" in answer.text
    assert client.get("/admin/users").status_code == 200
    assert client.post(person(site, "money"), data={"act": "roles", "role": "auditor"}).status_code == 303
    assert re.search(r'value="auditor" checked', client.get(person(site, "money")).text)


def test_sessions_of_a_person_are_seen_and_ended(site: Site) -> None:
    phone = TestClient(
        site.application,  # type: ignore[arg-type]
        base_url="http://testserver",
        follow_redirects=False,
        headers={"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Version/18.0 Safari/604.1"},
    )
    phone.post("/sign-in", data={"name": "li", "password": PASSWORD})
    desk, client = site.client("li"), site.client("admin")
    page = client.get(person(site, "li")).text
    assert "iPhone 上的 Safari" in page
    handles = re.findall(r'name="session" value="(\w+)"', page)
    assert len(handles) == 2
    assert client.post(person(site, "wang"), data={"act": "end_session", "session": handles[0]}).status_code == 404
    assert client.post(person(site, "li"), data={"act": "end_session", "session": "x"}).status_code == 404
    assert client.post(person(site, "li"), data={"act": "end_session", "session": handles[0]}).status_code == 303
    assert sorted(one.get("/account").status_code for one in (phone, desk)) == [200, 303]
    assert client.post(person(site, "li"), data={"act": "end_sessions"}).status_code == 303
    assert [one.get("/account").status_code for one in (phone, desk)] == [303, 303]


def test_seats_lead_to_the_organisation(site: Site) -> None:
    page = site.client("admin").get(person(site, "li")).text
    assert f'href="/admin/organisation?unit={site.public("cju_a")}"' in page


def test_nobody_else_reaches_the_pages_of_people(site: Site) -> None:
    for name in ("li", "lead", "audit", "money"):
        client = site.client(name)
        for path in ("/admin/users", "/admin/users/invite", person(site, "wang"), person(site, name)):
            assert client.get(path).status_code == 403
        form = {"account": "mole", "name": "Mole", "role": "administrator"}
        assert client.post("/admin/users/invite", data=form).status_code == 403
        for act in ("roles", "link", "disable", "reset_second_factor", "end_sessions"):
            assert client.post(person(site, name), data={"act": act, "role": "administrator"}).status_code == 403
    assert "mole" not in [one.account for one in site.installation.database.read(all_users)]


@pytest.mark.parametrize("path", ["0SAPHB2RR0002", "x", "invite2", "%00"])
def test_a_person_that_does_not_exist_is_not_found(site: Site, path: str) -> None:
    assert site.client("admin").get(f"/admin/users/{path}").status_code == 404
    assert site.client("admin").post(f"/admin/users/{path}", data={"act": "disable"}).status_code == 404


def test_an_act_that_does_not_exist_is_refused(site: Site) -> None:
    answer = site.client("admin").post(person(site, "li"), data={"act": "promote"})
    assert answer.status_code == 400
    assert "不认识的操作" in answer.text
