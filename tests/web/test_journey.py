"""The journey of a customer: its stages with their days, through the reader's rights, in few statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.work import Work
from tests.web.counted import Count
from tests.web.site import Site, running_site

TODAY = date(2026, 3, 2)


@pytest.fixture
def count() -> Count:
    return Count()


@pytest.fixture
def site(tmp_path: Path, database_url: str, count: Count) -> Iterator[Site]:
    with running_site(tmp_path, database_url, count=count) as found:
        values = {"name": "压装线", "customer": "@acme", "owner": "@li", "stage": "qualify", "opened_on": day(-120)}
        load(found, "deal", "opportunity", values)
        yield found


def day(days: int) -> date:
    return TODAY + timedelta(days=days)


def load(site: Site, name: str, entity: str, values: dict[str, object]) -> None:
    """A row as an import brings it: with dates that only a transition writes otherwise."""

    def act(work: Work) -> None:
        site.ids[name] = work.ids.next()
        resolved = {key: site.ids.get(one[1:]) if str(one).startswith("@") else one for key, one in values.items()}
        load_rows(work, work.model.entities[entity], [(site.ids[name], resolved)])
        finish_loading(work, {entity})

    site.inside(act)


def contract(site: Site, state: str = "active") -> None:
    values = {"name": "合同", "customer": "@acme", "owner": "@li", "kind": "sale", "amount": 10, "state": state}
    load(site, "deed", "contract", {**values, "signed_on": day(-90)})


def delivery(site: Site, name: str, planned: date, accepted: date | None = None) -> None:
    state = "planned" if accepted is None else "accepted"
    values = {"name": name, "customer": "@acme", "contract": "@deed", "manager": "@li", "state": state}
    load(site, name, "delivery", {**values, "planned_on": planned, "accepted_on": accepted})


def renewal(site: Site, due: date) -> None:
    values = {"name": "续约", "customer": "@acme", "contract": "@deed", "owner": "@li", "state": "upcoming"}
    load(site, "again", "renewal", {**values, "due_on": due})


def shown(site: Site, person: str, name: str = "acme") -> tuple[str, list[tuple[str, str, str]]]:
    """The journey's HTML, and of each stage how it stands, its label and its day in words."""
    answer = site.client(person).get(f"/r/customer/{site.public(name)}")
    assert answer.status_code == 200
    found = re.search(r'<section class="[^"]*" id="journey".*?</section>', answer.text, re.DOTALL)
    html = found[0] if found else ""
    steps = re.findall(r'<li class="(\w+)"(.*?)</li>', html, re.DOTALL)
    return html, [(state, _text(body, "journey-name"), _text(body, "journey-day")) for state, body in steps]


def _text(html: str, name: str) -> str:
    found = re.search(rf'class="{name}"[^>]*>(?:<time[^>]*>)?([^<]*)<', html)
    return found[1] if found else ""


def states(site: Site, person: str = "li") -> list[str]:
    return [state for state, _, _ in shown(site, person)[1]]


def test_a_customer_stands_at_the_furthest_stage_reached(site: Site) -> None:
    """A customer with an opportunity alone: no lead came before it, all else is ahead."""
    assert states(site) == ["skipped", "current", "ahead", "ahead", "ahead", "ahead", "ahead"]


def test_from_the_lead_to_the_renewal(site: Site) -> None:
    values = {"company": "acme", "person": "王", "phone": "13812345678", "unit": "@cju_a", "customer": "@acme"}
    load(site, "first", "lead", {**values, "source": "web", "state": "converted", "received_on": day(-200)})
    contract(site)
    delivery(site, "line one", day(5))
    assert states(site) == ["done", "done", "skipped", "done", "current", "ahead", "ahead"]
    assert shown(site, "li")[1][4] == ("current", "交付验收", "计划 3 月 7 日")
    delivery(site, "line two", day(-12))
    assert shown(site, "li")[1][4] == ("late", "交付验收", "应于 2 月 18 日，晚了 12 天")


def test_maintenance_runs_three_years_from_the_acceptance(site: Site) -> None:
    contract(site)
    delivery(site, "line one", day(-40), day(-30))
    html, stages = shown(site, "li")
    assert [one[0] for one in stages] == ["skipped", "done", "skipped", "done", "done", "current", "ahead"]
    assert stages[5] == ("current", "三年维保", "到 2029 年 1 月 31 日")
    assert html.count('aria-current="step"') == 1
    assert f'href="/r/delivery/{site.public("line one")}"' in html
    renewal(site, day(60))
    assert shown(site, "li")[1][6] == ("current", "续约", "计划 5 月 1 日")


def test_a_renewal_before_its_window_is_ahead_and_after_its_day_late(site: Site) -> None:
    contract(site)
    delivery(site, "line one", day(-40), day(-30))
    renewal(site, day(120))
    assert shown(site, "li")[1][6] == ("ahead", "续约", "计划 6 月 30 日")
    site.client("li").patch(f"/api/records/renewal/{site.public('again')}", json={"due_on": day(-3).isoformat()})
    assert shown(site, "li")[1][6][0] == "late"


def test_a_contract_that_is_not_signed_does_not_pass_its_stage(site: Site) -> None:
    contract(site, "draft")
    assert states(site)[3] == "ahead"


def test_a_stage_whose_rows_one_may_not_read_is_not_there(site: Site) -> None:
    """Finance reads contracts, deliveries and renewals, but no leads; the lead of the unit reads everything."""
    contract(site)
    delivery(site, "line one", day(5))
    assert [label for _, label, _ in shown(site, "lead")[1]] == [
        "线索",
        "商机",
        "报价",
        "合同",
        "交付验收",
        "三年维保",
        "续约",
    ]
    html, stages = shown(site, "money")
    assert [label for _, label, _ in stages] == ["商机", "报价", "合同", "交付验收", "三年维保", "续约"]
    assert "线索" not in html


def test_a_journey_takes_as_many_statements_however_many_rows(site: Site, count: Count) -> None:
    contract(site)
    for name in ("first", "second"):
        delivery(site, name, day(4), day(-30))
    path = f"/r/customer/{site.public('acme')}"

    def statements() -> int:
        site.client("li").get(path)
        count.empty()
        site.client("li").get(path)
        return sum(1 for one in count.statements if '"delivery"' in one)

    few = statements()
    for number in range(6):
        delivery(site, f"line {number}", day(number), day(-30))
    assert statements() == few > 2
