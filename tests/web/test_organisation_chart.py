"""The organisation chart: units, seats and people of today, a part of it, and what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.site import Site, running_site

PATH = "/app/unit_chart"


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("chart")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def boxes(page: str) -> dict[str, str]:
    """The text of each unit's box by its name."""
    found = re.findall(r'<article class="unit-box">(.*?)</article>', page, re.S)
    return {
        re.findall(r"<a [^>]*>([^<]*)</a>", one)[0]: " ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found
    }


def test_the_chart_names_units_seats_and_people_of_the_day(site: Site) -> None:
    client = site.client("li")
    shown = boxes(client.get(PATH).text)
    assert list(shown) == ["hq", "cju_a", "cju_b"]
    assert "单元负责人 Lead" in shown["cju_a"]
    assert "销售 Li" in shown["cju_a"]
    assert "单元负责人 空缺" in shown["cju_b"]
    given = {"act": "seat", "unit": site.public("cju_b"), "user": site.public("money"), "seat": "lead"}
    sent = {**given, "since": "2026-03-04"}
    assert site.client("admin").post("/admin/organisation", data=sent).status_code == 303
    assert "空缺" in boxes(client.get(PATH).text)["cju_b"]
    clock = site.installation.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(days=2))
    site.clients.clear()
    assert "单元负责人 Money" in boxes(site.client("li").get(PATH).text)["cju_b"]


def test_a_part_is_shown_with_the_way_up(site: Site) -> None:
    page = site.client("li").get(f"{PATH}?at={site.public('cju_a')}").text
    assert list(boxes(page)) == ["cju_a"]
    assert f'href="{PATH}?at={site.public("hq")}"' in page
    missing = site.client("li").get(f"{PATH}?at={site.public('li')}").text
    assert boxes(missing) == {}
    assert "unit-box" not in missing


def test_what_lies_deeper_is_counted(site: Site) -> None:
    parent = site.ids["hq"]
    for depth in range(5):
        code, name = f"d{depth}", f"部门{depth}"
        above = site.public("hq") if depth == 0 else parent
        sent = {"act": "add", "code": code, "kind": "department", "name": name, "parent": above, "since": "2026-01-01"}
        answer = site.client("admin").post("/admin/organisation", data=sent)
        assert answer.status_code == 303
        parent = answer.headers["location"].partition("unit=")[2]
    shown = boxes(site.client("li").get(PATH).text)
    assert "下级 2 个单元" in shown["部门2"]
    assert "部门3" not in shown
