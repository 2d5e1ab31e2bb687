"""Addresses: chosen by province, city and district with and without script, judged on the server, found, exported, read back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from httpx2 import Response

from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site

WEST_LAKE = {"f.address@province": "33", "f.address@city": "3301", "f.address@district": "330106"}
LEAD = {"f.company": "西湖精工", "f.person": "周宁", "f.phone": "13800138000", "f.source": "web"}


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("addresses")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def sent(site: Site, **values: str) -> Response:
    parts = {name.replace("__", "."): value for name, value in values.items()}
    return site.client("li").post("/r/lead", data=LEAD | parts)


def offered(page: str, part: str) -> list[str]:
    """The codes that a form offers for a part of the address; a chosen one is marked."""
    select = re.search(rf'<select[^>]*name="f.address@{part}"[^>]*>(.*?)</select>', page, re.DOTALL)
    assert select is not None
    return re.findall(r'<option value="(\d+)"', select[1])


def test_a_form_without_script_offers_the_cities_of_the_chosen_province(site: Site) -> None:
    new = site.client("li").get("/r/lead/new").text
    assert len(offered(new, "province")) == 34
    assert offered(new, "city") == []
    pressed = LEAD | {
        "f.address@province": "33",
        "f.address@city": "1301",
        "f.address@detail": "文三路",
        "@cascade": "1",
    }
    shown = site.client("li").post("/r/lead", data=pressed)
    assert (shown.status_code, "3301" in offered(shown.text, "city")) == (200, True)
    assert '<option value="33" selected>浙江省' in shown.text
    assert 'value="文三路"' in shown.text
    assert "西湖精工" in shown.text


def test_an_address_is_stored_by_its_code_and_read_by_its_names(site: Site) -> None:
    made = site.client("li").post("/r/lead", data=LEAD | WEST_LAKE | {"f.address@detail": "文三路 90 号"})
    assert made.status_code == 303
    record = made.headers["location"].rpartition("/")[2]
    assert "浙江省 杭州市 西湖区 文三路 90 号" in site.client("li").get(made.headers["location"]).text
    assert site.client("li").get(f"/api/records/lead/{record}").json()["data"]["address"] == "330106 文三路 90 号"
    edit = site.client("li").get(f"{made.headers['location']}/edit").text
    assert '<option value="330106" selected>西湖区' in edit
    found = site.client("li").get("/search", params={"q": "杭州市"}).text
    assert "西湖精工" in found


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"f.address@province": "33", "f.address@city": "1301", "f.address@district": "130102"}, "对不上"),
        ({"f.address@province": "33"}, "请选择到区县"),
        ({"f.address@detail": "文三路"}, "请选择到区县"),
        ({"f.address@province": "<script>"}, "对不上"),
    ],
)
def test_what_does_not_lie_in_each_other_is_refused_beside_the_field(
    site: Site, given: dict[str, str], refused: str
) -> None:
    answer = site.client("li").post("/r/lead", data=LEAD | given)
    assert answer.status_code == 422
    assert refused in answer.text
    assert "<script>" not in answer.text.replace("<script src", "")


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("浙江省杭州市西湖区文三路90号", "330106 文三路90号"),
        ("浙江 杭州 西湖区 文三路", "330106 文三路"),
        ("北京海淀区中关村大街", "110108 中关村大街"),
        ("湖北省仙桃市沔街", "429004 沔街"),
        ({"province": "44", "city": "4419", "detail": "长安镇"}, "4419 长安镇"),
        ("台湾省 台北", "71 台北"),
        ("吉林市船营区", "220204"),
    ],
)
def test_the_interface_takes_names_codes_and_parts(site: Site, written: object, stored: str) -> None:
    body = {"company": "x", "person": "y", "phone": "13800138000", "source": "web", "address": written}
    answer = site.client("li").post("/api/records/lead", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["data"]["address"] == stored


def test_a_list_is_narrowed_to_a_province_a_city_or_a_district(site: Site) -> None:
    for name, code in (("杭州甲", "330106"), ("宁波乙", "330203"), ("上海丙", "310101")):
        body = {"company": name, "person": "y", "phone": "13800138000", "source": "web", "address": code}
        assert site.client("li").post("/api/records/lead", json=body).status_code == 201
    for code, shown in (("33", {"杭州甲", "宁波乙"}), ("3302", {"宁波乙"}), ("330106", {"杭州甲"}), ("31", {"上海丙"})):
        page = site.client("li").get("/app/lead_list", params={"f.address": code, "v": "all"}).text
        assert {name for name in ("杭州甲", "宁波乙", "上海丙") if name in page} == shown
    assert "浙江省 宁波市" in site.client("li").get("/app/lead_list", params={"f.address": "33"}).text


def test_an_export_writes_names_and_an_import_finds_the_code_again(site: Site) -> None:
    body = {"company": "往返", "person": "y", "phone": "13800138000", "source": "web", "address": "650104 北京路 1 号"}
    site.client("li").post("/api/records/lead", json=body)
    answer = site.client("li").get("/export/lead", params={"kind": "csv"})
    rows = [row for row in csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))) if row["公司"] == "往返"]
    assert [row["公司地址"] for row in rows] == ["新疆维吾尔自治区 乌鲁木齐市 新市区 北京路 1 号"]
    again = site.client("li").post("/api/records/lead", json=body | {"address": rows[0]["公司地址"]})
    assert again.json()["data"]["address"] == "650104 北京路 1 号"
