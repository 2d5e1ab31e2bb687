"""Handing over: all that a unit owns or a person answers for passes on in one act, and every day has one owner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from engine.model.context import Context, Principal
from engine.model.requests import QueryRequest
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.query.lists import list_records
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.records.owners import owner_on, owners_of
from engine.runtime.rows import select
from engine.runtime.work import Work
from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.site import HASH, NOW, SINCE, Site, running_site

PATH = "/admin/hand-over"
SEATS = {"ann": ("cju_a", "sales"), "eve": ("cju_a", "solution_engineer"), "bea": ("cju_b", "solution_engineer")}


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("hand_over")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        running.inside(lambda work: _furnish(work, running))
        yield running


def _furnish(work: Work, site: Site) -> None:
    ids = site.ids
    for account, (unit, seat) in SEATS.items():
        ids[account] = work.ids.next()
        create_user(work.session, NewUser(ids[account], account, account.title(), 0, HASH))
        take_seat(work.session, work.model, Membership(work.ids.next(), ids[account], ids[unit], seat, SINCE, None))
    rows = {
        "won_deal": ("opportunity", {"name": "won deal", "owner": "li", "stage": "won"}),
        "open_deal": (
            "opportunity",
            {"name": "open deal", "owner": "ann", "solution_engineer": "eve", "stage": "qualify"},
        ),
        "old_visit": ("activity", {"subject": "old", "owner": "li", "done_on": date(2026, 2, 1)}),
        "next_visit": ("activity", {"subject": "next", "owner": "li", "opportunity": "open_deal"}),
        "ticket": ("service_ticket", {"title": "stuck", "owner": "eve", "state": "working"}),
        "chore": ("task", {"title": "资料", "assignee": "li", "unit": "cju_a", "status": "open"}),
        "done_chore": ("task", {"title": "旧", "assignee": "li", "unit": "cju_a", "status": "done"}),
    }
    for name, (entity, values) in rows.items():
        ids[name] = work.ids.next()
        declared = work.model.entities[entity].fields
        given = {"customer": ids["acme"], **{key: ids.get(str(one), one) for key, one in values.items()}}
        load_rows(work, work.model.entities[entity], [(ids[name], {k: v for k, v in given.items() if k in declared})])
    finish_loading(work, {entity for entity, _ in rows.values()})


@dataclass(frozen=True)
class Picture:
    """Where everything stands: the unit and the person of each row by name."""

    units: dict[str, str]
    people: dict[str, str]


def picture(site: Site) -> Picture:
    names = {number: name for name, number in site.ids.items()}
    holders = {
        "customer": "owner",
        "opportunity": "owner",
        "activity": "owner",
        "service_ticket": "owner",
        "task": "assignee",
    }

    def look(work: Work) -> Picture:
        found = [
            (names[int(str(row[0]))], names[int(str(row[1]))], names.get(int(str(row[2] or 0)), ""))
            for entity, holder in holders.items()
            for row in select(work.session, entity, ("id", "scope_unit", holder))
        ]
        return Picture({name: unit for name, unit, _ in found}, {name: person for name, _, person in found})

    return site.inside(look)


def send(site: Site, unit: str, to_unit: str = "", person: str = "", leaves: bool = False, **successors: str) -> str:
    form = {"unit": site.public(unit)}
    form |= {"to_unit": site.public(to_unit)} if to_unit else {}
    form |= {"person": site.public(person)} if person else {}
    form |= {"leaves": "on"} if leaves else {}
    form |= {f"successor_{site.public(one)}": site.public(other) for one, other in successors.items()}
    answer = site.client("admin").post(PATH, data=form)
    assert answer.status_code in {303, 400}, answer.text[:300]
    return answer.headers.get("location", answer.text)


def deals(site: Site, person: str) -> set[str]:
    answer = site.client(person).get("/api/records/opportunity")
    return {row["name"] for row in answer.json()["data"]} if answer.status_code == 200 else set()


def test_a_unit_hands_over_everything_and_history_keeps_its_people(site: Site) -> None:
    before = picture(site)
    page = site.client("admin").get(f"{PATH}?unit={site.public('cju_a')}&to_unit={site.public('cju_b')}").text
    assert "将要交接" in page
    assert "接手人" in page
    send(site, "cju_a", "cju_b", li="wang", ann="wang", eve="bea", lead="wang")
    after = picture(site)
    moved = set(before.units) - {"bravo", "bravo_deal", "done_chore"}
    assert {name for name in before.units if after.units[name] == "cju_b"} == moved | {"bravo", "bravo_deal"}
    people = {
        "acme": "wang",
        "acme_deal": "wang",
        "open_deal": "wang",
        "next_visit": "wang",
        "ticket": "bea",
        "chore": "wang",
    }
    assert {name: after.people[name] for name in people} == people
    assert after.people["won_deal"] == after.people["old_visit"] == after.people["done_chore"] == "li"
    assert deals(site, "li") == deals(site, "ann") == set()
    assert deals(site, "wang") == {"acme deal", "won deal", "open deal", "bravo deal"}


def test_who_leaves_passes_on_what_is_open_and_sees_nothing_at_the_next_request(site: Site) -> None:
    assert deals(site, "li") == {"acme deal", "won deal", "open deal"}
    send(site, "cju_a", person="li", leaves=True, li="ann")
    after = picture(site)
    assert set(after.units.values()) == {"cju_a", "cju_b"}
    assert [after.people[name] for name in ("acme", "acme_deal", "next_visit", "chore")] == ["ann"] * 4
    assert after.people["won_deal"] == "li"
    assert deals(site, "li") == set()
    assert "won deal" in deals(site, "ann")
    assert site.client("ann").get(f"/r/customer/{site.public('acme')}/edit").status_code == 200
    won = f"opportunity/{site.public('won_deal')}"
    for path in (f"/r/{won}", f"/api/records/{won}", f"/api/records/{won}/history", "/r/customer/new"):
        assert site.client("li").get(path).status_code in {403, 404}, f"{path}: the leaver's very next request"
    assert site.client("ann").get(f"/api/records/{won}").json()["data"]["owner"] == site.public("li")
    assert site.client("ann").get(f"/api/records/{won}/history").status_code == 200, "history stays with the unit"


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"unit": "cju_a", "to_unit": "cju_b", "li": "wang", "eve": "bea"}, "还有无人负责的记录"),
        ({"unit": "cju_a", "person": "li", "leaves": True}, "还有无人负责的记录"),
        ({"unit": "cju_a", "person": "li", "leaves": True, "li": "wang"}, "接手人须在接手单元有席位"),
        ({"unit": "cju_a", "to_unit": "hq", "li": "audit"}, "接手人须在接手单元有席位"),
        ({"unit": "cju_a", "to_unit": "hq"}, "不能归该类单元所有"),
        ({"unit": "cju_a"}, "请选择交接的人或另一个单元"),
        ({"unit": "cju_a", "to_unit": "cju_b", "leaves": True}, "请选择离开的人"),
    ],
)
def test_what_would_leave_an_orphan_is_refused_whole(site: Site, order: dict[str, Any], words: str) -> None:
    before = picture(site)
    assert words in send(site, **order)
    assert picture(site) == before
    assert deals(site, "li") == {"acme deal", "won deal", "open deal"}


def test_nobody_but_an_administrator_hands_over(site: Site) -> None:
    assert site.client("lead").get(PATH).status_code in {403, 404}
    answer = site.client("lead").post(PATH, data={"unit": site.public("cju_a"), "to_unit": site.public("cju_b")})
    assert answer.status_code in {403, 404}


def shown_owners(site: Site) -> list[tuple[date, date | None]]:
    """The days of the owning units as the customer's page tells them, newest first."""
    html = site.client("audit").get(f"/r/customer/{site.public('acme')}").text
    found = re.search(r'<section class="[^"]*" id="owners".*?</section>', html, re.DOTALL)
    assert found is not None
    days = [re.findall(r'datetime="([0-9-]+)"', one) for one in re.findall(r"<li.*?</li>", found[0], re.DOTALL)]
    return [(date.fromisoformat(one[0]), date.fromisoformat(one[1]) if one[1:] else None) for one in days]


def test_a_customer_has_exactly_one_owner_on_every_day(site: Site) -> None:
    """Units change hands at random, several times on some days; each day belongs to whoever had it at its end."""
    draw, clock, ids = Random(4), site.installation.clock, site.ids
    assert isinstance(clock, FixedClock)
    held, owner = dict[date, int](), "cju_a"
    today = NOW.date()
    for _ in range(25):
        if draw.random() < 0.6:
            unit, other = owner, "cju_b" if owner == "cju_a" else "cju_a"
            taker, engineer = ("wang", "bea") if other == "cju_b" else ("li", "eve")
            mine = ("li", "ann", "lead", "eve") if unit == "cju_a" else ("wang", "bea")
            send(site, unit, other, **{one: engineer if one in {"eve", "bea"} else taker for one in mine})
            owner = other
        for _ in range(draw.choice([0, 0, 1, 3])):
            held[today] = ids[owner]
            today += timedelta(days=1)
            clock.advance(timedelta(days=1))
            site.clients.clear()
    held[today] = ids[owner]

    def look(work: Work) -> tuple[dict[date, int | None], list[tuple[date, date | None]]]:
        days = {day: owner_on(work, "customer", ids["acme"], day) for day in held}
        return days, [(one.valid_from, one.valid_to) for one in owners_of(work, "customer", ids["acme"])]

    days, spans = site.inside(look)
    assert days == held
    assert shown_owners(site) == [(since, until) for since, until in reversed(spans)]
    assert [until for _, until in spans[:-1]] == [since for since, _ in spans[1:]]
    assert spans[-1][1] is None
    assert all(until is None or since < until for since, until in spans)


def test_the_rows_of_a_handed_over_unit_are_found_by_every_right(site: Site) -> None:
    """The choke point and the stored unit agree: who reads all finds each row once, in its new unit."""
    send(site, "cju_a", "cju_b", li="wang", ann="wang", eve="bea", lead="wang")

    def look(work: Work) -> int:
        reader = Principal(site.ids["audit"], "audit", frozenset({"auditor"}))
        theirs = work.under(Context(reader, work.context.now))
        return len(list_records(theirs, QueryRequest("opportunity", (("name",),))).records)

    assert site.inside(look) == 4
