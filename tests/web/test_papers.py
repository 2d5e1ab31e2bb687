"""Documents about records over HTTP: what stands in them for whom, how they become files, and who may send them to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from zlib import decompress, error

import pytest
from starlette.testclient import TestClient

from engine.runtime.demo.marking import mark, unmark
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.work import Work
from tests.conftest import KINDS, unmade_url
from tests.web.quotes import Quote
from tests.web.site import HASH, SINCE, Site, running_site


@pytest.fixture(params=KINDS, scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("papers")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


@pytest.fixture(scope="module")
def paper(site: Site) -> str:
    """The address of a quotation."""
    return f"/r/quote/{Quote.made(site).path.rpartition('/')[2]}/documents/quotation"


@pytest.fixture(scope="module")
def contract(site: Site) -> str:
    """The address of a contract's paper, and somebody who may read the contract and not its amount."""

    def make(work: Work) -> None:
        values = {
            "name": "供货合同",
            "customer": site.ids["acme"],
            "owner": site.ids["li"],
            "amount": Decimal(88_888),
            "cost": Decimal(77_777),
            "signed_on": date(2026, 2, 3),
        }
        site.ids["contract"] = work.ids.next()
        load_rows(work, work.model.entities["contract"], [(site.ids["contract"], values)])
        finish_loading(work, {"contract"})
        site.ids["dan"] = work.ids.next()
        create_user(work.session, NewUser(site.ids["dan"], "dan", "Dan", 0, HASH, roles=()))
        seat = Membership(work.ids.next(), site.ids["dan"], site.ids["cju_a"], "delivery_manager", SINCE, None)
        take_seat(work.session, work.model, seat)

    site.inside(make)
    return f"/r/contract/{site.public('contract')}/documents/contract_paper"


def words(html: str) -> str:
    found = re.search(r'<article class="paper.*?</article>', html, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def audited(site: Site) -> int:
    return site.client("admin").get("/admin/audit?action=document").text.count("生成单据")


def test_a_paper_about_made_up_rows_says_so(site: Site, paper: str) -> None:
    site.inside(lambda work: mark(work.session, work.context.now))
    marked = words(site.client("li").get(paper).text), words(site.client("li").get(f"{paper}?language=en").text)
    site.inside(lambda work: unmark(work.session))
    assert marked[0].startswith("演示数据 ") and marked[1].startswith("Demo data ")
    assert "演示数据" not in words(site.client("li").get(paper).text)


def test_a_quotation_has_head_lines_and_total(site: Site, paper: str) -> None:
    page = site.client("li").get(paper)
    assert page.status_code == 200
    said = words(page.text)
    assert "报价单 QT-" in said and "acme 公司" in said
    assert "1 控制器" in said and "3 控制器" in said and "合计 ¥60.00" in said
    assert "含税总价 ¥67.80" in said and "陆拾柒元捌角整" in said
    assert "预付 30 %，其余货到验收后 30 天内付清" in said and "2026 年 4 月 1 日" in said
    assert "成本" not in said
    english = words(site.client("li").get(f"{paper}?language=en").text)
    assert "Quotation QT-" in english and "Total ¥67.80" in english
    record = paper.partition("/documents")[0]
    assert f'href="{paper}"' in site.client("li").get(record).text


def test_it_is_there_for_readers_of_the_record_alone(site: Site, paper: str) -> None:
    missing = paper.replace(paper.split("/")[3], site.public("wang"))
    for ending in ("", "/pdf"):
        unseen, none = (site.client("wang").get(one + ending) for one in (paper, missing))
        assert (unseen.status_code, none.status_code) == (404, 404)
    assert site.client("li").get(paper.replace("quotation", "contract_paper")).status_code == 404
    assert site.client().get(paper).status_code == 303


def test_what_its_reader_may_not_read_stands_nowhere_in_it(site: Site, contract: str) -> None:
    mine, theirs = (words(site.client(person).get(contract).text) for person in ("li", "dan"))
    assert "合同金额 ¥88,888.00" in mine and "捌万捌仟捌佰捌拾捌元整" in mine
    assert "供货合同" in theirs and "2026 年 2 月 3 日" in theirs
    for word in ("88,888", "捌万", "金额大写", "税率", "77,777"):
        assert word not in theirs
    assert "77,777" not in mine


def test_a_colleague_gets_it_who_may_read_the_record(site: Site, paper: str) -> None:
    lead, wang = str(site.ids["lead"]), str(site.ids["wang"])
    before = audited(site)
    refused = site.client("li").post(paper, data={"act": "send", "person": wang})
    assert refused.status_code == 400 and "能看这条记录" in refused.text
    assert site.client("li").post(paper, data={"act": "send", "person": lead}).status_code == 303
    told = site.client("lead").get("/inbox?tab=notices").text
    assert "报价单" in told and paper in told
    assert "报价单" not in site.client("wang").get("/inbox?tab=notices").text
    assert site.client("li").post(paper, data={"act": "burn"}).status_code == 400
    assert audited(site) == before + 1


@pytest.mark.one_database
def test_a_pdf_is_kept_with_the_record_by_who_may_change_it(site: Site, paper: str) -> None:
    if site.installation.database.dialect != "sqlite":
        return  # what is rendered does not hang on the database, and costs seconds
    file = site.client("li").get(f"{paper}/pdf")
    assert file.status_code == 200 and file.headers["content-type"] == "application/pdf"
    assert "filename*=UTF-8''%E6%8A%A5" in file.headers["content-disposition"]
    assert file.content.startswith(b"%PDF-") and b"NotoSansCJK" in plain(file.content).replace(b"-", b"")
    record = paper.partition("/documents")[0]
    assert site.client("li").post(paper, data={"act": "attach"}).status_code == 303
    assert ".pdf" in site.client("li").get(record).text
    assert site.client("audit").post(paper, data={"act": "attach"}).status_code == 403


def plain(content: bytes) -> bytes:
    """A PDF with its streams unpacked."""
    found = [content]
    for part in re.findall(rb"stream\r?\n(.*?)endstream", content, re.S):
        try:
            found.append(decompress(part))
        except error:
            continue
    return b"\n".join(found)


def test_a_report_of_a_store_tells_the_month_that_is_asked_for(site: Site) -> None:
    client: TestClient = site.client("audit")

    def make(work: Work) -> None:
        site.ids["store"] = work.ids.next()
        values = {"code": "S1", "name": "一店", "active": True}
        load_rows(work, work.model.entities["store"], [(site.ids["store"], values)])
        finish_loading(work, {"store"})

    site.inside(make)
    url = f"/r/store/{site.public('store')}/documents/store_month"
    said = words(client.get(url).text)
    assert "一店" in said and "2026 年 2 月" in said and "销售额 ¥0.00 ¥0.00" in said
    assert "2025 年 11 月" in words(client.get(f"{url}?on=2025-11").text)
    assert "2026 年 2 月" in words(client.get(f"{url}?on=yesterday").text)
    daily = words(client.get(url.replace("month", "day")).text)
    assert "2026 年 3 月 1 日" in daily
