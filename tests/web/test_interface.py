"""The interface over HTTP: sessions, rights, records, pages, bad input."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from engine.installation.job_runner import JobRunner
from engine.model.divisions import divisions
from engine.model.pages import PageKind
from engine.runtime.transfer.runs import IMPORT_JOB, ImportRunner
from engine.web.dispatch import Right
from engine.web.responses import SECURITY_HEADERS
from engine.web.routes import ROUTES
from tests.conftest import KINDS, FixedClock, unmade_url
from tests.languages import in_another_language
from tests.web.site import NOW, PASSWORD, Site, running_site, without_request_id

MISSING = "0SAPHB2RR0002"
ZH = {"accept-language": "zh-CN"}


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def filled(path: str, record: str) -> str:
    """A route's path with its parameters."""
    values = {
        "page": "opportunity_list",
        "entity": "opportunity",
        "record": record,
        "transition": "x",
        "flow": "x",
        "document": "x",
        "field": "customer",
        "metric": "won_amount",
        "negotiation": "opportunity",
        "decision": record,
    }
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], MISSING), path)


def test_who_is_not_signed_in_reaches_public_routes_only(site: Site) -> None:
    client = site.client()
    for route in ROUTES:
        for method in route.methods:
            answer = client.request(method, filled(route.path, MISSING))
            allowed = route.right is Right.PUBLIC or (route.right is Right.SCREEN and answer.status_code == 404)
            assert (
                allowed
                or answer.status_code == 401
                or (answer.status_code == 303 and "/sign-in" in answer.headers["location"])
            ), route.path


def test_administration_is_closed_to_everybody_else(site: Site) -> None:
    for route in ROUTES:
        if route.right is Right.ADMINISTRATOR:
            for method in route.methods:
                assert site.client("li").request(method, route.path).status_code == 403, route.path


def test_a_record_of_another_unit_looks_like_one_that_does_not_exist(site: Site) -> None:
    client, others = site.client("li"), site.public("bravo_deal")
    for route in ROUTES:
        if "{record}" not in route.path:
            continue
        for method in route.methods:
            kwargs = {"json": {"name": "x"}} if route.path.startswith("/api") and method in {"PATCH", "POST"} else {}
            real = client.request(method, filled(route.path, others), **kwargs)
            none = client.request(method, filled(route.path, MISSING), **kwargs)
            assert (real.status_code, without_request_id(real.text).replace(others, "ROW")) == (
                none.status_code,
                without_request_id(none.text).replace(MISSING, "ROW"),
            ), route.path
            assert real.status_code == 404 or "files" in route.path or real.status_code in {403, 400}, (
                route.path,
                real.status_code,
            )


def test_a_row_is_created_read_changed_deleted_and_restored(site: Site) -> None:
    client = site.client("li")
    made = client.post(
        "/api/records/opportunity", json={"name": "新商机 <b>", "customer": site.public("acme"), "amount": "1000.50"}
    )
    assert made.status_code == 201, made.text
    row, path = made.json()["data"], made.headers["location"]
    assert (row["name"], row["amount"], row["version"]) == ("新商机 <b>", "1000.50", 1)
    again = client.get(path)
    assert client.get(path, headers={"if-none-match": again.headers["etag"]}).status_code == 304
    changed = client.patch(path, json={"amount": "2000"}, headers={"if-match": made.headers["etag"]})
    assert (changed.status_code, changed.json()["data"]["amount"]) == (200, "2000.00")
    history = client.get(f"{path}/history").json()["data"]
    assert [(one["field"], one["old"], one["new"]) for one in history if one["field"] == "amount"] == [
        ("amount", "1000.50", "2000.00")
    ]
    page = client.get(path.replace("/api/records", "/r")).text
    assert "新商机 &lt;b&gt;" in page
    assert "新商机 <b>" not in page


def test_money_changed_by_somebody_else_is_a_conflict_that_shows_both(site: Site) -> None:
    client = site.client("li")
    made = client.post(
        "/api/records/opportunity", json={"name": "两人同改", "customer": site.public("acme"), "amount": "1"}
    )
    path, first = made.headers["location"], made.headers["etag"]
    assert client.patch(path, json={"amount": "2"}, headers={"if-match": first}).status_code == 200
    clash = client.patch(path, json={"amount": "3"}, headers={"if-match": first})
    assert clash.status_code == 412
    said = clash.json()["error"]["fields"]["amount"]
    assert (said["yours"], said["theirs"], said["base"], said["by"]) == ("3.00", "2.00", "1.00", "Li")
    merged = client.patch(path, json={"name": "改名可以合并"}, headers={"if-match": first})
    assert merged.status_code == 200, merged.text


def test_a_repeated_key_does_the_work_once(site: Site) -> None:
    client, body = site.client("li"), {"name": "只做一次", "customer": site.public("acme")}
    first = client.post("/api/records/opportunity", json=body, headers={"idempotency-key": "k1"})
    second = client.post("/api/records/opportunity", json=body, headers={"idempotency-key": "k1"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["data"]["id"] == second.json()["data"]["id"]
    other = client.post("/api/records/opportunity", json={**body, "name": "另一个"}, headers={"idempotency-key": "k1"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize(
    "query", ["nonsense=1", "amount__like=1", "sort=nonsense", "cursor=abc", "limit=0", "limit=x", "created_at=never"]
)
def test_queries_that_mean_nothing_are_refused_in_words(site: Site, query: str) -> None:
    answer = site.client("li").get(f"/api/records/opportunity?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"name": NaN}', "application/json", 400),
        (b"[" * 200 + b"]" * 200, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"name=x", "text/plain", 415),
        (b'{"nonsense": 1}', "application/json", 400),
        (b'{"id": "0SAPHB2RR0002"}', "application/json", 400),
        (b'{"stage": "won"}', "application/json", 422),
        (b'{"name": "x", "customer": "not an id"}', "application/json", 422),
        (b'{"name": "a\\u0000b"}', "application/json", 422),
        (b'{"amount": "1e999"}', "application/json", 422),
    ],
)
def test_bad_bodies_are_refused_and_nothing_is_written(site: Site, body: bytes, kind: str, status: int) -> None:
    client = site.client("li")
    before = client.get("/api/records/opportunity?count=true").json()["total"]
    answer = client.post("/api/records/opportunity", content=body, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"]
    assert client.get("/api/records/opportunity?count=true").json()["total"] == before


def test_injections_come_back_as_the_text_they_are(site: Site) -> None:
    client = site.client("li")
    for text in (
        "'; DROP TABLE opportunity;--",
        "{{ 7*7 }}",
        "${7*7}",
        "=cmd|' /C calc'!A0",
        "<script>alert(1)</script>",
        "%s %(x)s :y",
        "𠮷🀄 é",
    ):
        made = client.post("/api/records/opportunity", json={"name": text, "customer": site.public("acme")})
        assert made.json()["data"]["name"] == text
        assert "<script>alert" not in client.get(made.headers["location"].replace("/api/records", "/r")).text


def test_other_sites_cannot_write(site: Site) -> None:
    client = site.client("li")
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert client.post("/r/opportunity", data={"f.name": "x"}, headers=headers).status_code == 403
    assert (
        client.post("/preferences", data={"theme": "dark"}, headers={"sec-fetch-site": "same-origin"}).status_code
        == 303
    )


def test_every_answer_carries_the_security_headers(site: Site) -> None:
    for path in ("/", "/sign-in", "/app/opportunity_list", "/nothing", "/api/openapi.json", "/healthz"):
        answer = site.client("li").get(path)
        assert all(answer.headers.get(name) == value for name, value in SECURITY_HEADERS.items()), path


def kept_texts(site: Site) -> re.Pattern[str]:
    """What rows and authorities call things, which stands on pages as it is in every language."""
    entities = site.installation.models.current().entities
    begun = [str(text) for one in entities.values() for row in one.starts_with.values() for text in row.values()]
    found = [
        site.client("audit").get(f"/api/records/{one}?limit=200").json()["data"] for one in ("customer", "opportunity")
    ]
    names = [row["name"] for rows in found for row in rows] + [one.name for one in divisions().of("")]
    return re.compile("|".join(re.escape(one) for one in sorted(names + begun, key=len, reverse=True)))


def test_every_page_opens_for_its_roles_in_both_languages_without_inline_script_or_style(site: Site) -> None:
    model = site.installation.models.current()
    kept = kept_texts(site)
    for person in ("li", "lead", "audit", "money", "admin"):
        client = site.client(person)
        for language in ("zh", "en"):
            client.cookies.set("dougong_language", language)
            for page in model.pages.values():
                if page.kind is PageKind.RECORD:
                    continue
                answer = client.get(f"/app/{page.name}")
                assert answer.status_code in {200, 404}, (person, page.name)
                assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son[a-z]+=", answer.text), page.name
                assert in_another_language(answer.text, language, kept) == [], page.name
        client.cookies.delete("dougong_language")


def test_a_list_has_one_view_of_everything(site: Site) -> None:
    text = site.client("li").get("/app/customer_list").text
    views = text.partition('<nav class="views"')[2].partition("</nav>")[0]
    assert views.count("全部") == 1
    assert views.count("aria-current") == 1


def test_what_happened_stands_beside_what_is(site: Site) -> None:
    """A record page: timeline, files and history in an area of their own, everything else in the main one."""
    client = site.client("li")
    record = client.get("/api/records/opportunity?limit=1").json()["data"][0]["id"]
    main, aside = client.get(f"/r/opportunity/{record}").text.split("<aside", 1)
    assert 'class="timeline"' not in main
    assert "修改历史" in aside
    assert "决策链" in main
    assert "决策链" not in aside


def test_openapi_names_nothing_that_the_caller_may_not_use(site: Site) -> None:
    sales = json.loads(site.client("li").get("/api/openapi.json").text)
    auditor = json.loads(site.client("audit").get("/api/openapi.json").text)
    assert sales["openapi"] == "3.1.0"
    assert "post" in sales["paths"]["/api/records/opportunity"]
    assert "post" not in auditor["paths"]["/api/records/opportunity"]
    assert "cost" not in json.dumps(sales["components"]["schemas"].get("product", {}))


def test_a_form_refused_keeps_what_was_typed(site: Site) -> None:
    answer = site.client("li").post("/r/opportunity", data={"f.name": "", "f.amount": "十二", "@key": "form-1"})
    assert answer.status_code == 422
    assert 'value="十二"' in answer.text
    assert answer.text.count('role="alert"') >= 2


def test_a_transition_by_button_asks_for_what_is_missing(site: Site) -> None:
    client = site.client("li")
    workflow = site.installation.models.current().workflow_of("opportunity")
    assert workflow is not None
    move = next(one for one in workflow.leaving(workflow.initial) if "sales" in one.roles)
    answer = client.post(f"/r/opportunity/{site.public('acme_deal')}/move/{move.id}", data={})
    assert answer.status_code in {303, 422}
    assert client.post(f"/r/opportunity/{site.public('acme_deal')}/move/nothing", data={}).status_code == 404


def test_too_many_wrong_passwords_lock_the_account_for_a_while(site: Site) -> None:
    client = site.client()
    answers = [client.post("/sign-in", data={"name": "money", "password": "wrong"}).status_code for _ in range(9)]
    assert answers[:8] == [401] * 8
    assert answers[8] == 429
    assert client.post("/sign-in", data={"name": "money", "password": PASSWORD}).status_code == 429


def test_signing_out_everywhere_else_ends_every_other_session(site: Site) -> None:
    client, other = site.client("wang"), site.client()
    assert other.post("/sign-in", data={"name": "wang", "password": PASSWORD}).status_code == 303
    assert [one.get("/app/opportunity_list").status_code for one in (client, other)] == [200, 200]
    assert other.post("/account/sessions", data={"act": "others"}).status_code == 303
    assert [one.get("/app/opportunity_list").status_code for one in (client, other)] == [303, 200]
    del site.clients["wang"]


def test_an_administrator_looks_through_a_role_without_writing_and_comes_back(site: Site) -> None:
    client = site.client("admin")
    assert client.post("/view-as", data={"role": "sales"}).status_code == 303
    assert client.post("/api/records/opportunity", json={"name": "x"}).status_code == 403
    assert client.post("/view-as", data={"role": ""}).status_code == 303
    assert client.get("/admin/users").status_code == 200


def test_a_sheet_is_rehearsed_then_written(site: Site) -> None:
    client = site.client("li")
    rows = "商机名称,客户全称,预计金额\n导入的商机,acme 公司,12.5\n坏的,没有这家,1\n"
    label = site.installation.models.current().entities["opportunity"].fields["customer"].label.text("zh")
    rows = rows.replace("客户全称", label)
    form = {"rows": rows, "act": "rehearse", "map.0": "name", "map.1": "customer", "map.2": "amount"}
    before = client.get("/api/records/opportunity?count=true").json()["total"]
    assert client.post("/import/opportunity", data=form).status_code == 200
    assert client.get("/api/records/opportunity?count=true").json()["total"] == before
    client.post("/import/opportunity", data={**form, "act": "write"})
    assert client.get("/api/records/opportunity?count=true").json()["total"] == before + 1


def test_days_of_a_sheet_are_read_as_people_write_them(site: Site) -> None:
    client = site.client("li")
    written = {
        "日期一": "2026/3/2",
        "日期二": "2026年3月2日",
        "日期三": "2026.03.02",
        "日期四": "20260302",
        "日期五": "2026/3/2 0:00",
    }
    lines = [f"{name},张三,13800000001,展会,{day}" for name, day in {**written, "坏日期": "2026/2/30"}.items()]
    form = {f"map.{at}": field for at, field in enumerate(("company", "person", "phone", "source", "next_on"))}
    rows = "\n".join(["公司,联系人,手机,来源,下次跟进", *lines])
    answer = client.post("/import/lead", data={"rows": rows, **form, "act": "write"})
    page = client.get(answer.headers["location"]).text
    assert page.count("这里需要日期") == 1
    found = client.get("/api/records/lead", params={"limit": "100"}).json()["data"]
    assert {one["company"]: one["next_on"] for one in found if one["company"] in written} == dict.fromkeys(
        written, "2026-03-02"
    )
    assert not [one for one in found if one["company"] == "坏日期"]


def test_an_export_neutralises_formulas(site: Site) -> None:
    client = site.client("li")
    client.post("/api/records/opportunity", json={"name": "=1+1", "customer": site.public("acme")})
    text = client.get("/export/opportunity?kind=csv").content.decode("utf-8-sig")
    assert "'=1+1" in text
    assert "bravo deal" not in text


def test_what_the_engine_writes_itself_is_told_like_every_other_field(site: Site) -> None:
    row = site.client("li").get("/api/records/customer?limit=1").json()["data"][0]
    assert (row["scope_unit"], row["scope_unit.@title"]) == (site.public("cju_a"), "cju_a")
    assert row["created_by"] is None or len(row["created_by"]) == 13
    assert row["created_at"].endswith("Z")
    properties = site.client("li").get("/api/openapi.json").json()["components"]["schemas"]["customer"]["properties"]
    assert {"created_at", "created_by", "updated_at", "updated_by", "scope_unit"} <= properties.keys()


def test_a_large_sheet_is_brought_in_by_a_job_mended_and_undone(site: Site) -> None:
    li, clock = site.client("li"), FixedClock(NOW)
    jobs = JobRunner(site.installation.workplace, clock, "Asia/Shanghai", {IMPORT_JOB: ImportRunner(clock)})
    heading, lines = (
        "公司名称,联系人,手机号,来源,备注\n",
        [f"甲{at},张{at},1380000000{at},展会,{'长' * 40_000}\n" for at in range(6)],
    )
    lines[4] = "戊,,13800000004,展会,\n"
    file = {"file": ("线索.csv", (heading + "".join(lines)).encode("gb18030"), "text/csv")}
    answer = li.post("/import/lead", files=file, follow_redirects=False)
    page = answer.headers["location"]
    assert re.search(r'name="map.2" aria-label="手机号">.*?<option value="phone" selected>', li.get(page).text, re.S)
    form = {"map.0": "company", "map.1": "person", "map.2": "phone", "map.3": "source", "map.4": "note", "key": ""}

    def count() -> int:
        return int(li.get("/api/records/lead?count=true").json()["total"])

    def until(words: str) -> str:
        """The page once it says so: the job is done here, or by the site's own runner, which may have taken it first."""
        for _ in range(300):
            jobs.run_due()
            text = li.get(page, headers=ZH).text
            if words in text:
                break
        assert words in text
        return text

    before = count()
    li.post(page, data={**form, "act": "rehearse"})
    until("已试运行")
    assert count() == before
    li.post(page, data={**form, "act": "write"})
    until("改正并导入")
    assert count() == before + 5
    for path in (page, f"{page}/problems"):
        assert site.client("wang").get(path).status_code == 404
    assert site.client("wang").post(page, data={"act": "undo"}).status_code == 404
    assert "戊" in li.get(f"{page}/problems").content.decode("utf-8-sig")
    cell = re.search(r'name="(cell\.\w+\.)1"', li.get(page).text)
    assert cell is not None
    li.post(page, data={f"{cell[1]}1": "赵五", "act": "mend"})
    assert count() == before + 6
    found = li.get("/api/records/lead?fields=company,state&limit=200").json()["data"]
    kept = next(row for row in found if row["company"] == "甲0")
    li.patch(f"/api/records/lead/{kept['id']}", json={"city": "杭州"}, headers={"if-match": f'"{kept["version"]}"'})
    li.post(page, data={"act": "undo"})
    text = until("已撤销 5")
    assert "导入后已被修改" in text
    assert count() == before + 1
