"""The pages of administration over HTTP: who gets in, what they say, what their forms do, on both databases."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from engine.application import make_eraser, make_school
from engine.installation.backing_up import back_up
from engine.installation.demo import service_context
from engine.installation.housekeeping import Housekeeper
from engine.installation.job_runner import STEPS
from engine.installation.outside import outside_steps
from engine.runtime.audit import newest
from engine.runtime.identifiers import encode_id
from engine.runtime.jobs import discard, enqueue, waiting
from engine.runtime.live_settings import LiveSettings
from engine.runtime.rows import update
from engine.runtime.themes.learning import Student
from engine.runtime.work import Work
from engine.runtime.workers import Workers
from engine.web.administration.areas import GROUPS
from engine.web.administration.jobs import KINDS as KINDS_OF_JOBS
from tests.conftest import KINDS, FixedClock, fresh_url, unmade_url
from tests.languages import in_another_language
from tests.web.site import NOW, NURSERY, PASSWORD, Site, running_site

KEPT = re.compile(r"国务院办公厅关于\d+年部分节假日安排的通知|(?<=：)[a-z_, ]+$")
"""The title of a law, and the names of roles as they are typed."""
AREAS = [area for group in GROUPS for area in group.areas]


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("administration")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def text_of(site: Site, path: str, language: str = "zh") -> str:
    """What an administrator reads under an address, without tags."""
    client = site.client("admin")
    client.cookies.set("dougong_language", language)
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.text[:300])
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def job(site: Site, about: str = "opportunity", **columns: object) -> int:
    """A job as row: what `columns` say of it."""

    def make(work: Work) -> int:
        made = enqueue(work, "recompute", about, {})
        update(work.session, "dougong_job", {"due_at": 10**17, **columns}, {"id": made})
        return made

    workplace = site.installation.workplace
    return workplace.write(service_context(workplace, NOW, "Asia/Shanghai"), make)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_navigation_leads_to_every_page_and_says_where_one_is(site: Site, language: str) -> None:
    client = site.client("admin")
    client.cookies.set("dougong_language", language)
    start = client.get("/admin").text
    for area in AREAS:
        assert f'href="{area.url}"' in start
        page = client.get(area.url)
        assert page.status_code == 200, area.url
        current = re.findall(r'class="side-link" href="([^"]+)"[^>]*aria-current="page"', page.text)
        assert current == [area.url]
        assert area.label.text(language) in page.text
        assert in_another_language(page.text, language, KEPT) == [], area.url
    assert 'href="/admin"' in client.get("/account").text


def test_nobody_else_gets_in_nor_is_shown_the_way(site: Site) -> None:
    for area in AREAS:
        assert site.client("lead").get(area.url).status_code == 403, area.url
        assert site.client().get(area.url).status_code == 303, area.url
    assert 'href="/admin"' not in site.client("lead").get("/account").text
    for path in ("/admin/sessions", "/admin/tokens", "/admin/settings", "/admin/jobs", "/admin/storage"):
        assert site.client("lead").post(path, data={"act": "all"}).status_code == 403


def test_the_matrix_says_what_a_role_may_do_and_which_line_says_so(site: Site) -> None:
    page = site.client("admin").get("/admin/roles?role=sales").text
    row = page[page.index("?entity=opportunity") :]
    row = row[: row.index("</tbody>")]
    cells = re.findall(r'class="reach (all|part)" title="([^:：]+)[:：]|class="none"', row)
    assert [name for _, name in cells] == ["查看", "新建", "修改", "", "流转", "导出"]
    assert "scope_unit in user.units and owner = user.id" in html.unescape(row)
    assert "b2b_sales/access/opportunity.yaml:4" in row
    assert "product.yaml" in page
    assert "不能接触" in page
    assert "门店" in page[page.index("不能接触") :]


def test_the_matrix_of_an_entity_names_its_roles_and_unknown_names_are_not_found(site: Site) -> None:
    text = text_of(site, "/admin/roles?entity=opportunity", "en")
    assert "Sales" in text
    assert "rows that meet a condition" in text
    for asked in ("role=nobody", "entity=nothing"):
        assert site.client("admin").get(f"/admin/roles?{asked}").status_code == 404


def test_roles_are_counted_by_seats_and_directly(site: Site) -> None:
    page = site.client("admin").get("/admin/roles").text
    row = page[page.index("/admin/roles?role=sales") :]
    assert re.search(r'class="num" data-label="人数">(\d+)<', row[: row.index("</tr>")])[1] == "2"  # type: ignore[index]


def test_a_session_is_ended_and_then_everybodys_but_ones_own(site: Site) -> None:
    li, wang, admin = site.client("li"), site.client("wang"), site.client("admin")
    page = admin.get("/admin/sessions?q=li").text
    handle = re.search(r'name="session" value="([0-9a-f]+)"', page)
    assert handle
    ended = admin.post("/admin/sessions", data={"act": "end", "user": site.public("li"), "session": handle[1]})
    assert ended.status_code == 303
    assert li.get("/account").status_code == 303
    assert wang.get("/account").status_code == 200
    assert "已让该设备退出" in admin.get(ended.headers["location"]).text
    assert admin.post("/admin/sessions", data={"act": "all"}).status_code == 303
    assert wang.get("/account").status_code == 303
    assert admin.get("/admin/sessions").status_code == 200
    assert [one.act.action for one in site.installation.database.read(newest)][:2] == ["all_sessions", "all_sessions"]


def test_a_session_that_is_not_there_is_said_so_on_the_page(site: Site) -> None:
    answer = site.client("admin").post(
        "/admin/sessions", data={"act": "end", "user": site.public("li"), "session": "0" * 16}
    )
    assert answer.status_code == 404
    assert site.client("admin").post("/admin/sessions", data={"act": "nonsense"}).status_code == 400


def test_tokens_of_everybody_are_seen_and_ended(site: Site) -> None:
    made = site.client("li").post("/account/tokens", data={"name": "对账", "days": "30", "scope": "read"})
    token = re.search(r"dg_[\w-]+", made.text)
    assert token
    program = site.client()
    headers = {"authorization": f"Bearer {token[0]}"}
    assert program.get("/api/records/opportunity", headers=headers).status_code == 200
    page = site.client("admin").get("/admin/tokens").text
    assert token[0] not in page
    assert "对账" in page
    known = re.search(r'name="token" value="(\w+)"', page)
    assert known
    form = {"act": "revoke", "user": site.public("li"), "token": known[1]}
    assert site.client("admin").post("/admin/tokens", data=form).status_code == 303
    assert program.get("/api/records/opportunity", headers=headers).status_code == 401
    assert site.client("admin").post("/admin/tokens", data=form).status_code == 404


def test_a_token_is_narrowed_to_written_scopes(site: Site) -> None:
    for wrong in ("", "customer", "nothing:read", "customer:administer"):
        asked = {"name": "窄", "days": "30", "scope": "some", "scopes": wrong}
        assert site.client("li").post("/account/tokens", data=asked).status_code == 400, wrong
    asked = {"name": "窄", "days": "2", "scope": "some", "scopes": "opportunity:read, opportunity:update"}
    made = site.client("li").post("/account/tokens", data=asked).text
    assert "opportunity:read opportunity:update" in made
    token = re.search(r"dg_[\w-]+", made)
    assert token
    program, headers = site.client(), {"authorization": f"Bearer {token[0]}"}
    deal = f"/api/records/opportunity/{site.public('acme_deal')}"
    assert program.get(deal, headers=headers).status_code == 200
    assert program.patch(deal, json={"name": "改名"}, headers=headers).status_code != 403
    assert program.delete(deal, headers=headers).status_code == 403
    assert program.get("/api/records/customer", headers=headers).status_code == 404


def test_a_token_that_a_disabled_owner_ended_is_shown_as_ended(site: Site) -> None:
    site.client("li").post("/account/tokens", data={"name": "旧脚本", "days": "30"})
    site.client("admin").post(f"/admin/users/{site.public('li')}", data={"act": "disable"})
    assert "旧脚本" in text_of(site, "/admin/tokens?state=ended")
    assert "旧脚本" not in text_of(site, "/admin/tokens?state=good")


def test_an_invitation_is_taken_back_and_its_link_opens_nothing(site: Site) -> None:
    admin = site.client("admin")
    made = admin.post("/admin/users/invite", data={"account": "chen", "name": "陈晨"})
    link = re.search(r'value="http://testserver(/password/[\w-]+)"', made.text)
    assert link
    page = admin.get("/admin/invitations").text
    assert "陈晨" in page
    assert "待加入" in page
    user = re.search(r'action="/admin/invitations".*?name="user" value="(\w+)"', page, re.DOTALL)
    assert user
    assert admin.post("/admin/invitations", data={"act": "withdraw", "user": user[1]}).status_code == 303
    assert site.client().get(link[1]).status_code == 410
    assert "没有可用的链接" in admin.get("/admin/invitations").text
    joined = {"act": "withdraw", "user": site.public("li")}
    assert admin.post("/admin/invitations", data=joined).status_code == 404


def change(site: Site, name: str, value: str | None = None) -> tuple[int, str]:
    form = {"setting": name, **({"act": "default"} if value is None else {"value": value})}
    answer = site.client("admin").post("/admin/settings", data=form)
    return answer.status_code, html.unescape(answer.text)


def test_a_setting_is_changed_on_the_page_and_holds_at_once_and_after_a_restart(site: Site) -> None:
    assert change(site, "language", "en")[0] == 303
    nobody = TestClient(site.application, base_url="http://testserver", headers={"accept-language": ""})  # type: ignore[arg-type]
    assert '<html lang="en' in nobody.get("/sign-in").text
    assert change(site, "body_limit", "100000")[0] == 303
    large = site.client("li").post("/r/opportunity", data={"f.name": "x" * 120_000})
    assert large.status_code == 413
    assert change(site, "body_limit")[0] == 303
    assert site.client("li").post("/r/opportunity", data={"f.name": "x" * 120_000}).status_code != 413
    assert "page" in text_of(site, "/admin/settings", "en")


@pytest.mark.parametrize(
    ("name", "value", "status", "words"),
    [
        ("rate_limit", "many", 422, "应为整数"),
        ("rate_limit", "1", 422, "应在 60 到 10000000 之间"),
        ("language", "fr", 422, "应为其中之一"),
        ("require_second_factor", "nobody", 422, "没有这些角色：nobody"),
        ("port", "1", 403, "不能在页面上更改"),
        ("metrics_token", "mine", 403, "不能在页面上更改"),
        ("nonsense", "1", 403, "不能在页面上更改"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_in_words(
    site: Site, name: str, value: str, status: int, words: str
) -> None:
    found, page = change(site, name, value)
    assert found == status
    assert words in page
    assert change(site, "rate_limit", "6000")[0] == 303


def test_secrets_are_never_shown_and_what_the_start_says_cannot_be_changed(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = "" if "sqlite" in KINDS else fresh_url("postgres", request.getfixturevalue("postgres_dsn"), tmp_path)
    with running_site(tmp_path, url, metrics_token="zz-very-secret") as site:
        page = site.client("admin").get("/admin/settings").text
        assert "zz-very-secret" not in page
        assert "••••••" in page


def test_a_failed_job_is_retried_or_given_up_and_its_end_is_recorded(site: Site) -> None:
    dead = job(site, due_at=None, attempts=8, problem="overflow")
    page = text_of(site, "/admin/dead-letters")
    assert "overflow" in page
    assert "8 / 8" in page
    assert "停在旧值" in page
    assert "overflow" not in text_of(site, "/admin/jobs")
    admin = site.client("admin")
    assert admin.post("/admin/dead-letters", data={"act": "retry", "job": encode_id(dead)}).status_code == 303
    assert "没有死信" in text_of(site, "/admin/dead-letters")
    again = job(site, due_at=None, attempts=8, problem="overflow")
    for status in (303, 404):
        answer = admin.post("/admin/dead-letters", data={"act": "discard", "job": encode_id(again)})
        assert answer.status_code == status
    assert again not in [one.id for one in site.installation.database.read(waiting)]
    acts = [one.act for one in site.installation.database.read(newest)]
    assert ("jobs", f"act=discard job={encode_id(again)}") in [(one.action, one.subject) for one in acts]


def test_every_kind_of_job_has_a_plain_name_in_both_languages(site: Site) -> None:
    settings, live = site.installation.settings, LiveSettings(site.installation.settings)
    housekeeper = Housekeeper(site.installation.workplace, live, site.installation.clock)
    student = Student(site.installation.workplace, Workers("learning of themes", NURSERY), settings.zone)
    school = make_school(site.installation, Workers("training", NURSERY))
    eraser = make_eraser(site.installation, Workers("proving", NURSERY))
    kinds = {*STEPS, *outside_steps(settings, housekeeper, student, school=school, eraser=eraser)}
    assert kinds == set(KINDS_OF_JOBS), "a kind without a name, or a name of no kind"
    job(site)
    for language in ("zh", "en"):
        page = text_of(site, "/admin/jobs", language)
        assert KINDS_OF_JOBS["recompute"][0].text(language) in page and "recompute" not in page


def test_jobs_are_filtered_by_their_state(site: Site) -> None:
    made = {
        "等待": job(site, "customer"),
        "将重试": job(site, "contract", attempts=2, problem="database_busy"),
        "进行中": job(site, "quote", claim=1),
    }
    text = text_of(site, "/admin/jobs")
    assert all(word in text for word in made)
    assert "database_busy" in text_of(site, "/admin/jobs?state=retrying")
    assert "database_busy" not in text_of(site, "/admin/jobs?state=waiting")
    for one in made.values():
        site.installation.database.write(lambda session, one=one: discard(session, one))
    assert "没有等待的作业" in text_of(site, "/admin/jobs")


def test_storage_is_measured_on_demand(site: Site) -> None:
    assert "还没有测量" in text_of(site, "/admin/storage")
    assert site.client("admin").post("/admin/storage").status_code == 303
    page = site.client("admin").get("/admin/storage").text
    row = page[page.index("<code>opportunity</code>") :]
    assert re.search(r'data-label="行数">(\d+)<', row)[1] == "2"  # type: ignore[index]
    assert re.search(r'data-label="大小">([\d.]+ KB)<', row)
    assert "历史" in page


def test_health_names_the_database_and_the_last_backup(site: Site) -> None:
    kind = "SQLite" if site.installation.database.dialect == "sqlite" else "PostgreSQL"
    text = text_of(site, "/admin/health")
    assert kind in text
    assert "上次备份 从未" in text
    back_up(site.installation.settings, site.installation.clock, None, None, lambda *given: None)
    assert "上次备份 刚刚" in text_of(site, "/admin/health")
    clock = site.installation.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(days=3))
    client = site.client()
    client.post("/sign-in", data={"name": "admin", "password": PASSWORD})
    assert "超过两天没有备份" in client.get("/admin/health").text
    assert "超过两天没有备份" in client.get("/admin").text


def test_the_audit_log_is_filtered_by_act_person_and_outcome(site: Site) -> None:
    site.client("li").get("/account")
    site.client().post("/sign-in", data={"name": "li", "password": "wrong-password"})
    refused = text_of(site, "/admin/audit?outcome=refused")
    assert "拒绝" in refused
    assert len(re.findall("登录 — 完成", refused)) == 0
    mine = text_of(site, "/admin/audit?actor=li&action=sign_in")
    assert "Li" in mine
    assert "没有符合条件的结果" in text_of(site, "/admin/audit?action=restore")
    assert site.client("admin").get("/admin/audit?action=%00&actor=%27&below=x").status_code == 200
