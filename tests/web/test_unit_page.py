"""The page of a unit: who holds its seats since when, which are vacant; the quotas of the reader's own seat alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.organisation.members import Membership, leave_seat, take_seat
from engine.runtime.work import Work
from tests.web.site import HASH, NOW, Site, running_site

SEATS = ("单元负责人", "销售", "方案工程师", "交付经理", "服务专员")


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    with running_site(tmp_path, database_url) as found:
        yield found


def take(site: Site, person: str, unit: str, seat: str, since: date) -> int:
    """Give a new person a seat of a unit; the membership."""

    def act(work: Work) -> int:
        site.ids[person] = work.ids.next()
        create_user(work.session, NewUser(site.ids[person], person, person.title(), 0, HASH))
        membership = Membership(work.ids.next(), site.ids[person], site.ids[unit], seat, since, None)
        take_seat(work.session, work.model, membership)
        return membership.id

    return site.inside(act)


def seats(site: Site, person: str) -> tuple[str, dict[str, list[tuple[str, str]]]]:
    """The heading of the unit's seats, and by seat who holds it since which day; nobody is a vacancy."""
    page = site.client(person).get("/app/unit_page", headers={"accept-language": "zh"})
    assert page.status_code == 200
    found = re.search(r'<section class="[^"]*" id="seats".*?</section>', page.text, re.DOTALL)
    assert found is not None
    heading = re.search(r"<h3[^>]*>(.*?)</h3>", found[0], re.DOTALL)
    rows = re.findall(r"<dt>([^<]*)</dt><dd>(.*?)</dd>", found[0], re.DOTALL)
    held = {
        seat: re.findall(r'<span class="name">(\w+)</span> <span.*?<time datetime="([^"]*)"', body)
        for seat, body in rows
    }
    for seat, body in rows:
        assert ("空缺" in body) == (not held[seat]), seat
    return re.sub(r"<[^>]*>", " ", heading[1]).strip() if heading else "", held


def test_a_unit_shows_its_own_seats_with_their_holders_and_what_is_vacant(site: Site) -> None:
    heading, held = seats(site, "li")
    assert tuple(held) == SEATS
    assert held == {seat: [] for seat in SEATS} | {
        "单元负责人": [("Lead", "2020-01-01")],
        "销售": [("Li", "2020-01-01")],
    }
    assert re.fullmatch(r"cju_a\s+空缺 3 席", heading)
    heading, held = seats(site, "wang")
    assert held["单元负责人"] == [] and held["销售"] == [("Wang", "2020-01-01")]
    assert re.fullmatch(r"cju_b\s+空缺 4 席", heading)


def test_somebody_who_comes_stands_there_and_who_has_left_does_not(site: Site) -> None:
    membership = take(site, "qian", "cju_a", "service", date(2026, 2, 1))
    heading, held = seats(site, "li")
    assert held["服务专员"] == [("Qian", "2026-02-01")] and "空缺 2 席" in heading
    assert seats(site, "qian")[1] == held
    site.inside(lambda work: leave_seat(work.session, membership, NOW.date()))
    heading, held = seats(site, "li")
    assert held["服务专员"] == [] and "空缺 3 席" in heading
    assert site.client("qian").get("/app/unit_page").status_code == 404


def test_a_seat_sees_its_own_quotas_and_those_of_no_other_unit(site: Site) -> None:
    take(site, "qian", "cju_a", "service", date(2026, 2, 1))
    deals = {"seat": "sales", "measure": "deals", "owner": site.public("li"), "amount": "7654321.00"}
    tickets = {"seat": "service", "measure": "tickets", "owner": encode_id(site.ids["qian"]), "quantity": 4321}
    for values in (deals, tickets):
        body = {"name": f"目标 {values['seat']}", "unit": site.public("cju_a"), "month": "2026-03-01", **values}
        answer = site.client("lead").post("/api/records/sales_target", json=body)
        assert answer.status_code == 201, answer.text
    shown = {person: site.client(person).get("/app/unit_page").text for person in ("lead", "li", "qian", "wang")}
    told = {person: ("7,654,321" in text, "4,321" in text.replace("7,654,321", "")) for person, text in shown.items()}
    assert told == {"lead": (True, True), "li": (True, True), "qian": (False, True), "wang": (False, False)}


def test_the_page_opens_to_the_units_roles_alone(site: Site) -> None:
    assert site.client("audit").get("/app/unit_page").status_code == 404
    assert site.client("money").get("/app/unit_page").status_code == 404
