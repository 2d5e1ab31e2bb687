"""Document numbers: one after the other in each unit and month, whoever writes at the same time; failures leave no gap."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from httpx2 import Response

from engine.runtime.database.protocol import Session
from engine.runtime.records import numbering
from engine.runtime.rows import select
from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.site import NOW, Site, running_site


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("numbers")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def create(site: Site, person: str, customer: str, name: str) -> Response:
    body = {"name": name, "customer": site.public(customer)}
    return site.client(person).post("/api/records/opportunity", json=body)


def number(site: Site, person: str, customer: str, name: str) -> str:
    answer = create(site, person, customer, name)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["code"])


def at_once(site: Site, count: int) -> list[int]:
    """The numbers of rows that eight writers make in one unit at the same time, in order."""
    site.client("li")
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(partial(number, site, "li", "acme"), [f"同时 {at}" for at in range(count)]))
    assert {code.rpartition("-")[0] for code in codes} == {"OP-CJU_A-202603"}
    return sorted(int(code.rpartition("-")[2]) for code in codes)


def test_writers_at_the_same_time_get_no_double_and_leave_no_gap(site: Site) -> None:
    found = at_once(site, 24)
    assert found == list(range(found[0], found[0] + 24))


def test_a_count_that_is_read_and_written_apart_is_found_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without its lock the count of PostgreSQL doubles; SQLite has one writer, whose count is spoiled."""

    def careless(work: numbering.Work, name: str, many: int) -> int:
        found = select(work.session, numbering.SEQUENCE, ("last",), {"name": name})
        return int(str(found[0][0])) if found else 1

    monkeypatch.setattr(numbering, "_count", careless)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(partial(create, site, "li", "acme"), [f"同时 {at}" for at in range(8)]))
    codes = [one.json()["data"]["code"] for one in answers if one.status_code == 201]
    assert len(set(codes)) < 8


def test_what_fails_gives_its_number_back(site: Site) -> None:
    first = number(site, "li", "acme", "一")
    assert create(site, "li", "acme", "一").status_code == 422
    assert create(site, "li", "acme", "").status_code == 422
    second = number(site, "li", "acme", "二")
    assert int(second[-4:]) == int(first[-4:]) + 1


def test_a_deleted_row_keeps_its_number(site: Site) -> None:
    first = create(site, "lead", "acme", "删")
    site.client("lead").delete(first.headers["location"])
    assert int(number(site, "li", "acme", "后")[-4:]) == int(first.json()["data"]["code"][-4:]) + 1


def test_a_unit_learns_nothing_of_the_count_of_another(site: Site) -> None:
    before = number(site, "wang", "bravo", "一")
    for at in range(3):
        number(site, "li", "acme", f"别的单元 {at}")
    after = number(site, "wang", "bravo", "二")
    assert (before[:15], int(after[-4:]) - int(before[-4:])) == ("OP-CJU_B-202603", 1)


def test_counting_begins_anew_with_the_month_of_the_business_day(site: Site) -> None:
    clock = site.installation.clock
    assert isinstance(clock, FixedClock)
    number(site, "li", "acme", "三月")
    clock.advance(datetime(2026, 3, 31, 15, 59, tzinfo=UTC) - NOW)
    site.clients.clear()
    assert number(site, "li", "acme", "三月最后一分钟").startswith("OP-CJU_A-202603-")
    clock.advance(timedelta(minutes=1))
    site.clients.clear()
    assert number(site, "li", "acme", "四月第一分钟") == "OP-CJU_A-202604-0001"
    clock.advance(datetime(2026, 12, 31, 16, 0, tzinfo=UTC) - clock.now())
    site.clients.clear()
    assert number(site, "li", "acme", "新年") == "OP-CJU_A-202701-0001"


def test_a_number_that_comes_with_the_row_uses_none_up(site: Site) -> None:
    def sequences(session: Session) -> list[tuple[object, ...]]:
        return sorted(tuple(one) for one in select(session, numbering.SEQUENCE, ("name", "last")))

    number(site, "li", "acme", "一")
    before = site.installation.database.read(sequences)
    body = {"name": "带号", "customer": site.public("acme"), "code": "OP-OLD-1"}
    answer = site.client("li").post("/api/records/opportunity", json=body)
    assert answer.status_code in {201, 422}, answer.text
    if answer.status_code == 201:
        assert site.installation.database.read(sequences) == before
