"""Lineage over HTTP: what lies around a field or a figure, drawn and listed, in names that the reader may know."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from engine.runtime.modeling.model_files import keep_model
from engine.runtime.modeling.model_tables import ModelVersion, VersionState, add_version
from engine.runtime.work import Work
from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site

AMOUNT = "field:opportunity.amount"


@pytest.fixture(params=KINDS, scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("lineage")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def around(client: TestClient, node: str, hops: int = 1) -> dict[str, dict[str, str]]:
    answer = client.get("/api/lineage", params={"node": node, "hops": hops})
    assert answer.status_code == 200, answer.text
    found = answer.json()["data"]
    return {one["id"]: one for one in (*found["from"], *found["to"])}


def test_a_field_shows_what_it_comes_from_and_what_uses_it_with_way_and_purpose(site: Site) -> None:
    found = around(site.client("admin"), AMOUNT)
    assert found["origin:form/opportunity"]["purpose"] in {"采集", "collecting"}
    assert found["field:opportunity.weighted"]["ways"] in {"计算", "computed"}
    assert {"page:opportunity_list", "store:opportunity", "export:opportunity"} <= {
        one.partition("#")[0] for one in found
    }


def test_a_page_draws_it_and_lists_it_for_who_has_no_script(site: Site) -> None:
    page = site.client("admin").get("/lineage", params={"node": AMOUNT, "open": "field"}).text
    drawing = re.search(r'<svg class="line-drawing".*?</svg>', page, re.S)
    assert drawing is not None and "node=field%3Aopportunity.weighted" in drawing[0]
    assert "谁在用我" in page and "来自" in page
    assert re.search(r"有权看到的人：\d+ 位", page)


def test_a_reader_meets_only_names_that_they_may_know(site: Site) -> None:
    known, mine = around(site.client("admin"), AMOUNT, 2), around(site.client("li"), AMOUNT, 2)
    assert mine.keys() < known.keys()
    assert not [one for one in mine if one.startswith(("store:", "access:", "destination:"))]
    hidden = site.client("li").get("/api/lineage", params={"node": AMOUNT}).json()["data"]["withheld"]
    assert hidden["to"] > 0


def test_a_field_that_is_no_name_is_answered_like_one_that_is_not_there(site: Site) -> None:
    secret, missing = (
        site.client("li").get("/api/lineage", params={"node": node})
        for node in ("store:opportunity", "field:opportunity.nothing")
    )
    assert (secret.status_code, missing.status_code) == (404, 404)
    assert secret.json()["error"]["code"] == missing.json()["error"]["code"]


def test_the_search_finds_by_label_and_by_name(site: Site) -> None:
    page = site.client("li").get("/lineage", params={"q": "opportunity.amount"}).text
    assert "node=field%3Aopportunity.amount" in page
    assert "没有找到" in site.client("li").get("/lineage", params={"q": "zzzz"}).text


def test_what_wants_a_look_is_told_once_with_the_entity_of_a_field_and_what_it_is(site: Site) -> None:
    page = site.client("admin").get("/lineage").text
    first, *others = [words(one) for one in re.findall(r"<li><div>.*?</li>", page, re.S)]
    assert first == "来源不明 来源 · 来源不明，按最严处理 待核"
    assert "日报 · 瓶颈主题（旧选项） 字段 · 来源不明，按最严处理 待核" in others


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_record_tells_who_wrote_each_cell_by_what_and_where_it_has_gone(site: Site) -> None:
    client = site.client("li")
    made = client.post(
        "/api/records/opportunity", json={"name": "血缘商机", "customer": site.public("acme"), "amount": "5000"}
    )
    record = made.json()["data"]["id"]
    changed = client.patch(
        made.headers["location"], json={"amount": "7000"}, headers={"if-match": made.headers["etag"]}
    )
    assert changed.status_code == 200
    page = client.get(f"/r/opportunity/{record}/lineage").text
    told = {words(one) for one in re.findall(r"<li>.*?</li>", page, re.S)}
    assert any(one.startswith("预计金额") and "页面或接口" in one for one in told)
    assert any(one.startswith("加权金额 Σ 由公式得出") for one in told)
    assert f"/r/opportunity/{record}/lineage" in client.get(f"/r/opportunity/{record}").text
    assert f"/r/opportunity/{record}/lineage" in client.get(f"/r/opportunity/{record}/edit").text
    assert "/lineage" not in client.get("/r/opportunity/new").text
    assert "还没有流程、决策、模型或导出用到它" in words(page)
    assert client.get("/export/opportunity").status_code == 200
    seen = words(client.get(f"/r/opportunity/{record}/lineage").text)
    assert "此类记录被导出，可能含此条" in seen


def test_a_model_shows_the_rows_that_it_was_learnt_from_and_tells_erased_ones(site: Site) -> None:
    kept, gone = site.ids["acme_deal"], 4242

    def learnt(work: Work) -> None:
        digest = keep_model(work.data_folder, b"graph", b"", [kept, gone])
        version = ModelVersion(
            id=work.ids.next(), model="deal_win", number=1, state=VersionState.CHAMPION, content_hash=digest,
            entity="opportunity", approve_by="", card={}, compared=None, created_at=work.context.now, created_by=None,
        )  # fmt: skip
        add_version(work.session, version)

    site.inside(learnt)
    page = site.client("li").get("/lineage", params={"node": "model:deal_win"}).text
    assert "训练清单 2 行 · 其中 1 行已清除" in words(page)
    assert f'/r/opportunity/{site.public("acme_deal")}">acme deal</a>' in page
    trail = site.client("li").get(f"/r/opportunity/{site.public('acme_deal')}/lineage").text
    assert "deal_win v1" in words(trail) and "node=model%3Adeal_win" in trail
    others = site.client("wang").get("/lineage", params={"node": "model:deal_win"}).text
    assert "acme deal" not in others and "无权查看的一行" in others
