"""Lists at work: views that people keep and share, chosen columns, taking out what is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from engine.runtime.audit import newest
from engine.runtime.transfer.sheets import read_sheet
from tests.conftest import KINDS, fresh_url
from tests.web.site import Site, running_site

PAGE = "/app/opportunity_list"


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("lists")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, fresh_url(request.param, dsn, folder)) as running:
        yield running


def keep(client: TestClient, label: str, **given: str) -> str:
    """Keep a view of the list of opportunities; its name in addresses."""
    sent = {(name if name in {"audience"} else f"p.{name}"): text for name, text in given.items()}
    answer = client.post(f"{PAGE}/views", data={"act": "keep", "label": label, **sent})
    assert answer.status_code == 303, answer.text[-2000:]
    return answer.headers["location"].partition("v=")[2]


def headings(text: str) -> list[str]:
    return re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', text)


def test_a_kept_view_is_opened_changed_and_shared_by_its_address(site: Site) -> None:
    li = site.client("li")
    view = keep(li, "我的大单", base="open", sort="-amount", cols="name,amount,stage", **{"f.stage": "qualify"})
    shown = li.get(f"{PAGE}?v={view}").text
    assert headings(shown) == ["商机名称", "预计金额", "阶段"]
    assert re.search(r'aria-current="page">.{0,200}我的大单', shown, re.DOTALL)
    assert "acme deal" in shown
    forward = re.search(rf'href="(/app/opportunity_list\?[^"]*v={re.escape(view)}[^"]*sort=name[^"]*)"', shown)
    assert forward is not None
    changed = li.get(forward[1].replace("&amp;", "&")).text
    assert "已改动" in changed
    assert headings(changed) == ["商机名称", "预计金额", "阶段"], "the rest of the view holds"
    keep_over = {"act": "change", "view": view.removeprefix("s."), "p.cols": "name,stage", "p.base": "all"}
    assert li.post(f"{PAGE}/views", data=keep_over).status_code == 303
    assert headings(li.get(f"{PAGE}?v={view}").text) == ["商机名称", "阶段"]


def test_a_private_view_is_nobody_elses_and_a_shared_one_shows_each_their_own(site: Site) -> None:
    lead, li, wang = (site.client(one) for one in ("lead", "li", "wang"))
    mine = keep(lead, "只给自己")
    shared = keep(lead, "本单元的", audience="unit", sort="-amount")
    assert "只给自己" not in li.get(PAGE).text
    other = li.get(f"{PAGE}?v={mine}").text
    assert "没有共享给你" in other
    assert "只给自己" not in other
    assert "本单元的" in li.get(f"{PAGE}?v={shared}").text
    assert "bravo deal" not in li.get(f"{PAGE}?v={shared}").text
    assert "本单元的" not in wang.get(PAGE).text
    public = shared.removeprefix("s.")
    assert li.post(f"{PAGE}/views", data={"act": "remove", "view": public}).status_code == 403
    assert wang.post(f"{PAGE}/views", data={"act": "remove", "view": public}).status_code == 404
    assert li.post(f"{PAGE}/views", data={"act": "keep", "label": "给大家", "audience": "page"}).status_code == 403
    assert lead.post(f"{PAGE}/views", data={"act": "remove", "view": public}).status_code == 303
    assert "本单元的" not in li.get(PAGE).text


def test_a_shared_view_names_no_field_to_who_may_not_read_it(site: Site) -> None:
    page, lead, li = "/app/quote_list", site.client("lead"), site.client("li")
    sent = {
        "act": "keep",
        "label": "毛利视图",
        "audience": "unit",
        "p.sort": "-margin",
        "p.cols": "name,margin,cost_total",
    }
    kept = lead.post(f"{page}/views", data={**sent, "p.f.margin": "12345"})
    view = kept.headers["location"].partition("v=")[2]
    both = (f"{page}?v={view}", f"{page}/views")
    assert re.search("cost_total|12345|[=,.-]margin\\b", lead.get(both[0]).text), "the control"
    assert "12345" in lead.get(both[1]).text, "the control"
    for one in (*both, f"/export/quote?page=quote_list&v={view}&kind=csv"):
        shown = li.get(one)
        assert shown.status_code == 200
        assert not re.search("cost_total|12345|[=,.-]margin\\b", shown.text)
    assert "看不到的列或条件" in li.get(both[0]).text
    copied = li.post(f"{page}/views", data={"act": "copy", "view": view.removeprefix("s.")}).headers["location"]
    assert not re.search("cost_total|12345|[=,.-]margin\\b", li.get(copied).text)


def test_who_begins_with_a_view_begins_with_it_until_it_is_gone(site: Site) -> None:
    wang = site.client("wang")
    view = keep(wang, "开场", cols="name,owner")
    assert wang.post(f"{PAGE}/views", data={"act": "default", "chosen": view}).status_code == 303
    assert headings(wang.get(PAGE).text) == ["商机名称", "负责人"]
    assert len(headings(wang.get(f"{PAGE}?v=open").text)) > 2
    assert wang.post(f"{PAGE}/views", data={"act": "remove", "view": view.removeprefix("s.")}).status_code == 303
    gone = wang.get(PAGE).text
    assert len(headings(gone)) > 2
    assert "没有共享给你" not in gone


def test_names_are_checked_and_copies_are_ones_own(site: Site) -> None:
    lead, li = site.client("lead"), site.client("li")
    shared = keep(lead, "拿去用", audience="page", q="acme")
    assert li.post(f"{PAGE}/views", data={"act": "copy", "view": shared.removeprefix("s.")}).status_code == 303
    assert "拿去用 副本" in li.get(f"{PAGE}/views").text
    for label, words in (("", "起个名字"), ("字" * 41, "最多 40 个字"), ("拿去用 副本", "已有名为")):
        refused = li.post(f"{PAGE}/views", data={"act": "keep", "label": label, "p.q": "acme"})
        assert refused.status_code == 422
        assert words in refused.text


def test_columns_are_chosen_in_their_order_without_script(site: Site) -> None:
    li = site.client("li")
    picked = "&".join(f"col={one}" for one in ("name", "stage", "amount"))
    assert headings(li.get(f"{PAGE}?{picked}").text) == ["商机名称", "阶段", "预计金额"]
    assert headings(li.get(f"{PAGE}?{picked}&raise=amount").text) == ["商机名称", "预计金额", "阶段"]
    shown = li.get(f"{PAGE}?cols=name,amount,owner&freeze=2&rows=compact").text
    assert 'data-density="compact"' in shown
    assert re.search(r'<th scope="col" class="num frozen"', shown)
    assert headings(li.get(f"{PAGE}?cols=nothing").text) == headings(li.get(PAGE).text)


def test_what_is_seen_is_what_is_taken_out(site: Site) -> None:
    lead = site.client("lead")
    values = {"name": "=1+1", "customer": site.public("acme"), "amount": "1234.50"}
    assert site.client("li").post("/api/records/opportunity", json=values).status_code == 201
    url = "/export/opportunity?page=opportunity_list&cols=amount,name,stage&f.stage=qualify&sort=-amount&kind=csv"
    lines = lead.get(url).content.decode("utf-8-sig").splitlines()
    assert lines[0] == "预计金额,商机名称,阶段"
    assert lines[1].startswith("1234.50,'=1+1,")
    assert "qualify" not in "".join(lines)
    whole = read_sheet("a.xlsx", lead.get(url.replace("csv", "xlsx")).content)
    assert whole.header == ("预计金额", "商机名称", "阶段")
    found = site.installation.workplace.database.read(newest)[0].act
    assert (found.action, found.actor) == ("export", site.ids["lead"])
    assert found.subject == f"entity=opportunity kind=xlsx page=opportunity_list rows={len(whole.rows)}"
    assert lead.get("/export/opportunity?page=quote_list").status_code == 404
