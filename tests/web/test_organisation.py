"""The organisation by day: seats with dates, delegations that end by themselves, units that stood elsewhere before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.site import Site, running_site

LIST = "/api/records/opportunity"


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("organisation")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def advance(site: Site, days: int) -> None:
    """Days pass; sessions may have ended meanwhile."""
    clock = site.installation.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(days=days))
    site.clients.clear()


def seen(site: Site, person: str) -> set[str]:
    answer = site.client(person).get(LIST)
    return {row["name"] for row in answer.json()["data"]} if answer.status_code == 200 else set()


def change(site: Site, act: str, **form: str) -> str:
    answer = site.client("admin").post("/admin/organisation", data={"act": act, **form})
    assert answer.status_code in {303, 400}, answer.text[:300]
    return answer.text


def test_a_seat_counts_from_its_first_day_to_the_day_before_its_end(site: Site) -> None:
    given = {"unit": site.public("cju_b"), "user": site.public("li"), "seat": "sales"}
    change(site, "seat", since="2026-03-05", until="2026-03-08", **given)
    assert seen(site, "li") == {"acme deal"}
    advance(site, 3)
    assert seen(site, "li") == {"acme deal", "bravo deal"}
    advance(site, 3)
    assert seen(site, "li") == {"acme deal"}


def test_a_seat_that_ends_before_it_begins_or_is_no_day_is_refused_in_words(site: Site) -> None:
    given = {"unit": site.public("cju_b"), "user": site.public("li"), "seat": "sales"}
    assert "结束日期须晚于开始日期" in change(site, "seat", since="2026-03-05", until="2026-03-05", **given)
    assert "开始日期须写成日期" in change(site, "seat", since="5 March", **given)
    assert "请填写名称" in change(site, "add", code="x", kind="cju")


def test_who_leaves_a_seat_loses_its_rights_that_day(site: Site) -> None:
    page = site.client("admin").get(f"/admin/organisation?unit={site.public('cju_a')}").text
    for membership in re.findall(r'name="membership" value="(\w+)"', page):
        change(site, "leave", unit=site.public("cju_a"), membership=membership)
    assert seen(site, "li") == set()
    assert "空缺" in site.client("admin").get(f"/admin/organisation?unit={site.public('cju_a')}").text


def test_a_delegate_acts_for_some_days_and_no_longer(site: Site) -> None:
    lead = site.client("lead")
    form = {"seat": f"{site.public('cju_a')}/lead", "user": site.public("money"), "until": "2026-03-05"}
    assert lead.post("/account/delegations", data=form).status_code == 303
    assert "已委托 Money" in lead.get("/account").text
    assert "代行 Lead" in site.client("money").get("/account").text
    path = f"/r/opportunity/{site.public('acme_deal')}/edit"
    assert site.client("money").get(path).status_code == 200
    advance(site, 3)
    assert site.client("money").get(path).status_code in {403, 404}


def test_a_delegation_is_taken_back_by_its_giver_alone(site: Site) -> None:
    lead = site.client("lead")
    form = {"seat": f"{site.public('cju_a')}/lead", "user": site.public("money"), "until": "2026-03-09"}
    lead.post("/account/delegations", data=form)
    found = re.search(r'name="delegation" value="(\w+)"', lead.get("/account").text)
    assert found
    taken = {"act": "end", "delegation": found[1]}
    assert site.client("li").post("/account/delegations", data=taken).status_code == 404
    assert lead.post("/account/delegations", data=taken).status_code == 303
    path = f"/r/opportunity/{site.public('acme_deal')}/edit"
    assert site.client("money").get(path).status_code in {403, 404}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seat": "cju_a/sales"}, "只能委托自己的席位"),
        ({"user": "wang"}, "不能委托给自己"),
        ({"until": "2026-03-01"}, "晚于开始"),
        ({"until": "soon"}, "须写成日期"),
    ],
)
def test_a_delegation_that_cannot_be_is_refused_in_words(site: Site, changes: dict[str, str], words: str) -> None:
    form = {"seat": "cju_b/sales", "user": "money", "until": "2026-03-05", **changes}
    unit, _, seat = form["seat"].partition("/")
    sent = {**form, "seat": f"{site.public(unit)}/{seat}", "user": site.public(form["user"])}
    answer = site.client("wang").post("/account/delegations", data=sent)
    assert answer.status_code == 400
    assert words in answer.text


def test_a_unit_that_moved_stood_elsewhere_before(site: Site) -> None:
    change(site, "add", code="hq2", kind="hq", name="二总部", since="2026-01-01")
    page = site.client("admin").get("/admin/organisation").text
    second = re.search(r'/admin/organisation\?unit=(\w+)"[^>]*>二总部', page)
    assert second
    advance(site, 5)
    change(site, "move", unit=site.public("cju_a"), parent=second[1])

    def above(day: str) -> str:
        shown = site.client("admin").get(f"/admin/organisation?unit={site.public('cju_a')}&on={day}").text
        found = re.search(r"<dt>上级</dt><dd>([^<]*)</dd>", shown)
        return found[1] if found else ""

    assert above("2026-03-07") == "二总部"
    assert above("2026-03-06") == "hq"
    change(site, "move", unit=site.public("cju_a"), parent=site.public("hq"))
    assert above("2026-03-07") == "hq"
    refused = change(site, "move", unit=site.public("hq"), parent=site.public("cju_a"))
    assert "单元不能放到自己的下级" in refused


def test_a_unit_is_renamed_and_closed(site: Site) -> None:
    change(site, "rename", unit=site.public("cju_b"), name="新单元", name_en="New unit")
    change(site, "close", unit=site.public("cju_b"), until="2026-03-04")
    assert "新单元" in site.client("admin").get("/admin/organisation").text
    advance(site, 2)
    assert "新单元" not in site.client("admin").get("/admin/organisation").text
    assert "新单元" in site.client("admin").get("/admin/organisation?on=2026-03-03").text
