"""Drafts: half-filled forms are offered again to the one who wrote them, on any device, until they are saved or too old."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from engine.runtime.drafts import DRAFT
from engine.runtime.retention import prune
from engine.runtime.rows import select
from tests.conftest import KINDS, unmade_url
from tests.web.site import NOW, PASSWORD, Site, running_site

HALF = {"f.company": "写到一半的公司", "f.phone": "13912345678", "@key": "k1"}


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("drafts")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def elsewhere(site: Site, person: str) -> TestClient:
    client = site.client()
    assert client.post("/sign-in", data={"name": person, "password": PASSWORD}).status_code == 303
    return client


def kept(site: Site) -> int:
    return site.inside(lambda work: len(select(work.session, DRAFT, ("user_id",))))


def test_a_draft_is_offered_on_another_device_and_gone_once_it_is_saved(site: Site) -> None:
    li = site.client("li")
    assert li.post("/drafts/lead", data=HALF).json() == {"kept": True}
    assert "你写到一半，刚刚" in li.get("/r/lead/new").text
    phone = elsewhere(site, "li")
    offered = phone.get("/r/lead/new").text
    assert "你在另一台设备上写到一半" in offered
    assert "写到一半的公司" not in offered
    assert 'value="写到一半的公司"' in phone.get("/r/lead/new?draft=1").text
    assert "写到一半" not in site.client("wang").get("/r/lead/new").text
    sent = HALF | {"f.person": "周宁", "f.source": "web", "@key": "k2"}
    assert phone.post("/r/lead", data=sent).status_code == 303
    assert "写到一半" not in li.get("/r/lead/new").text
    late = li.post("/drafts/lead", data=sent).json()
    assert late == {"kept": False}, "what was under way when the form was saved"


def test_a_draft_is_thrown_away_when_it_is_not_wanted(site: Site) -> None:
    li = site.client("li")
    li.post("/drafts/lead", data=HALF)
    assert li.post("/drafts/lead/drop").headers["location"] == "/r/lead/new"
    assert "写到一半" not in li.get("/r/lead/new").text


def test_a_draft_brings_back_only_what_its_writer_may_write(site: Site) -> None:
    """A technical score is an engineer's to write, the amount of a line nobody's: a form that sales take up has neither."""
    li = site.client("li")
    li.post("/drafts/opportunity", data={"f.name": "真的名字", "f.technical_score": "97", "@key": "k8"})
    li.post("/drafts/quote", data={"f.reason": "真的理由", "c.lines.0.amount": "4321.09", "@key": "k9"})
    deal, quote = (li.get(f"/r/{one}/new?draft=1").text for one in ("opportunity", "quote"))
    for entity in ("opportunity", "quote"):
        li.post(f"/drafts/{entity}/drop")
    assert "真的名字" in deal and "真的理由" in quote
    assert not re.search(r">\s*97\b|\"97\"", deal)
    assert "4321.09" not in quote and "4,321" not in quote


def test_a_draft_tells_nothing_of_a_field_of_its_head_that_its_writer_may_not_write(site: Site) -> None:
    """Who is to be named as the recorder of a payment is nobody's to write: the form has no such value to follow."""
    money = site.client("money")
    half = {"f.recorded_by": site.public("wang"), "f.paid_on": "2026-02-11", "@key": "k7"}
    money.post("/drafts/payment", data=half)
    page = money.get("/r/payment/new?draft=1").text
    money.post("/drafts/payment/drop")
    assert 'value="2026-02-11"' in page
    assert re.findall(r'data-told="([^"]*)"', page) == ["paid_on"]


def lead(site: Site, company: str, phone: str) -> str:
    body = {"company": company, "person": "y", "phone": phone, "source": "web"}
    return str(site.client("li").post("/api/records/lead", json=body).json()["data"]["id"])


def test_an_edit_goes_on_from_the_version_that_was_read(site: Site) -> None:
    li, record = site.client("li"), lead(site, "改前", "13900002222")
    half = {"f.company": "改到一半", "@version": "1"}
    li.post(f"/drafts/lead?record={record}", data=half)
    saved = li.post(f"/r/lead/{record}", data={"f.position": "厂长", "@version": "1", "@key": "e1"})
    assert saved.status_code == 303
    assert "写到一半" not in li.get(f"/r/lead/{record}/edit").text, "saving drops the draft of the same record"
    li.post(f"/drafts/lead?record={record}", data=half)
    page = li.get(f"/r/lead/{record}/edit?draft=1").text
    assert 'value="改到一半"' in page
    assert 'name="@version" value="1"' in page


def test_what_may_no_longer_be_written_is_left_out(site: Site) -> None:
    li = site.client("li")
    record = lead(site, "换人", "13900001111")
    typed = {"f.company": "换人中", "f.owner": site.public("wang"), "f.state": "converted", "f.nothing": "x"}
    assert li.post(f"/drafts/lead?record={record}", data=typed).json() == {"kept": True}
    page = li.get(f"/r/lead/{record}/edit?draft=1").text
    assert 'value="换人中"' in page
    assert "converted" not in page


@pytest.mark.parametrize("path", ["/drafts/lead", "/drafts/lead/drop", "/drafts/nothing"])
def test_nobody_keeps_a_draft_of_what_they_may_not_write(site: Site, path: str) -> None:
    assert site.client("audit").post(path, data=HALF).status_code in {403, 404}
    assert site.client().post(path, data=HALF).status_code in {303, 401}
    foreign = site.client("li").post(f"/drafts/opportunity?record={site.public('bravo_deal')}", data={"f.name": "x"})
    missing = site.client("li").post("/drafts/opportunity?record=0SAPHB2RR0002", data={"f.name": "x"})
    assert (foreign.status_code, missing.status_code) == (404, 404)


def test_old_drafts_and_those_of_who_leaves_are_removed(site: Site) -> None:
    installation = site.installation
    site.client("li").post("/drafts/lead", data=HALF)
    site.client("wang").post("/drafts/lead", data=HALF)
    before = kept(site)
    site.client("admin").post(f"/admin/users/{site.public('wang')}", data={"act": "disable"})
    assert kept(site) == before - 1
    site.client("admin").post(f"/admin/users/{site.public('wang')}", data={"act": "enable"})
    model = installation.workplace.models.current()
    prune(installation.database, model, installation.settings, NOW + timedelta(days=29))
    assert kept(site) == before - 1
    prune(installation.database, model, installation.settings, NOW + timedelta(days=31))
    assert kept(site) == 0


def shown(page: str) -> str:
    """The step of a form that is shown."""
    found = re.findall(r'<section class="[^"]*form-step" aria-label="([^"]+)" data-current', page)
    assert len(found) == 1
    return str(found[0])


def test_a_form_in_steps_is_judged_step_by_step_and_its_draft_keeps_the_step(site: Site) -> None:
    lead, count = site.client("lead"), "/api/records/contract?count=true"
    page = lead.get("/r/contract/new").text
    assert (shown(page), page.count("form-step"), "第 1 步，共 3 步" in page) == ("合同概况", 3, True)
    assert "保存合同</button>" in page, "without script it is one long form"
    before = lead.get(count).json()["total"]
    typed = {"f.customer": site.public("acme"), "f.kind": "sale", "f.amount": "120000", "f.owner": site.public("lead")}
    wrong = lead.post("/r/contract", data={**typed, "f.name": "", "f.prepayment": "250", "@step": "what"})
    assert (wrong.status_code, shown(wrong.text), "有 1 处需要修改" in wrong.text) == (422, "合同概况", True)
    typed |= {"f.name": "一期合同", "f.prepayment": "250"}
    on = lead.post("/r/contract", data={**typed, "@step": "what"})
    assert (on.status_code, shown(on.text), 'value="一期合同"' in on.text) == (200, "条款与付款", True)
    stays = lead.post("/r/contract", data={**typed, "@step": "terms"})
    assert (stays.status_code, shown(stays.text)) == (422, "条款与付款")
    back = lead.post("/r/contract", data={**typed, "@at": "terms", "@back": "what"})
    assert (back.status_code, shown(back.text), 'value="250"' in back.text) == (200, "合同概况", True)
    typed |= {"f.prepayment": "30", "@at": "dates"}
    assert lead.post("/drafts/contract", data=typed).json() == {"kept": True}
    assert shown(lead.get("/r/contract/new?draft=1").text) == "期限与法务"
    turned = {**typed, "f.starts_on": "2026-03-09", "f.ends_on": "2026-03-02"}
    assert shown(lead.post("/r/contract", data={**turned, "f.name": "x"}).text) == "期限与法务"
    assert lead.get(count).json()["total"] == before, "nothing is written before the last step"
    saved = lead.post("/r/contract", data={**typed, "@key": "a-contract"})
    assert saved.status_code == 303, saved.text[:200]
    assert lead.get(count).json()["total"] == before + 1
    again = lead.post("/r/contract", data={**typed, "f.name": "二期合同", "@key": "a-contract", "@step": "what"})
    assert (again.status_code >= 400, shown(again.text)) == (True, "合同概况"), "what cannot be judged is not left"
    address = saved.headers["location"]
    edited = lead.post(address, data={"f.name": "", "@step": "what"})
    assert (edited.status_code, shown(edited.text)) == (422, "合同概况")
    assert shown(lead.post(address, data={"f.name": "改名", "@step": "what"}).text) == "条款与付款"
    assert "改名" not in lead.get(address).text
