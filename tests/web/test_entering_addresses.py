"""Addresses and locations: entered with and without script, judged on the server, found, exported, read back."""

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


HALL = {"f.place@point": "30.274085, 120.155070", "f.place@words": "3 号楼前台"}
CUSTOMER = {"name": "拱宸精机", "industry": "smart_manufacturing", "segment": "trial"}


def customer(site: Site, person: str = "li", **values: object) -> Response:
    unit = {"unit": site.public("cju_a")}
    return site.client(person).post("/api/records/customer", json=CUSTOMER | unit | values)


def near(site: Site, **asked: str) -> list[str]:
    found = site.client("li").get("/api/records/customer", params={"fields": "name", **asked})
    assert found.status_code == 200, found.text
    return sorted(one["name"] for one in found.json()["data"])


def test_a_location_is_entered_shown_with_a_link_to_the_map_and_kept_with_how_exact_it_was(site: Site) -> None:
    new = site.client("li").get("/r/customer/new").text
    assert "data-here" in new
    form = {f"f.{name}": value for name, value in CUSTOMER.items()} | {"f.unit": site.public("cju_a")} | HALL
    taken = {"f.place@accuracy": "12.4", "f.place@taken": "2026-03-02T01:00:00Z", "f.place@was": HALL["f.place@point"]}
    made = site.client("li").post("/r/customer", data=form | taken)
    assert made.status_code == 303, made.text
    page = site.client("li").get(made.headers["location"]).text
    assert 'href="geo:30.274085,120.155070?q=30.274085,120.155070(3%20%E5%8F%B7%E6%A5%BC%E5%89%8D%E5%8F%B0)"' in page
    assert re.search(r"±12 米 · (刚刚|今天 09:00)", page), page[page.index("±12") :][:60]
    record = made.headers["location"].rpartition("/")[2]
    stored = site.client("li").get(f"/api/records/customer/{record}").json()["data"]["place"]
    assert stored == "wtmknpnr+30.274085+120.155070/12 2026-03-02T01:00:00Z 3 号楼前台"
    edit = site.client("li").get(f"{made.headers['location']}/edit").text
    assert 'value="30.274085, 120.155070"' in edit
    moved = form | taken | {"f.place@point": "30.28, 120.16", "@version": "1"}
    assert site.client("li").post(f"/r/customer/{record}", data=moved).status_code == 303
    assert site.client("li").get(f"/api/records/customer/{record}").json()["data"]["place"] == (
        "wtmkq23c+30.280000+120.160000/ 3 号楼前台"
    )
    assert "拱宸精机" in site.client("li").get("/search", params={"q": "3 号楼前台"}).text


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"f.place@point": "91, 120"}, "纬度要在 −90 到 90 之间"),
        ({"f.place@point": "120.155070, 30.274085"}, "经度和纬度写反了"),
        ({"f.place@point": "30, 181"}, "经度要在 −180 到 180 之间"),
        ({"f.place@point": "NaN, NaN"}, "这里需要一个位置"),
        ({"f.place@words": "3 号楼前台"}, "这里需要一个位置"),
        ({"f.place@point": "https://surl.amap.com/4mXkTqN1"}, "这是短链接"),
        ({"f.place@point": "https://map.baidu.com/@13375812,3509012,13z"}, "用的是米制坐标"),
        ({"f.place@point": "30, 120", "f.place@system": "<script>"}, "坐标系只能是"),
        ({"f.place@point": "30, 120", "f.place@accuracy": "-1"}, "精度是 0 到 999999"),
    ],
)
def test_what_is_no_location_is_refused_beside_the_field(site: Site, given: dict[str, str], refused: str) -> None:
    form = {f"f.{name}": value for name, value in CUSTOMER.items()} | {"f.unit": site.public("cju_a")}
    answer = site.client("li").post("/r/customer", data=form | given)
    assert answer.status_code == 422
    assert refused in answer.text
    assert "<script>" not in answer.text.replace("<script src", "")


def test_lists_of_programs_are_narrowed_to_places_near_a_point_and_within_a_box(site: Site) -> None:
    for name, place in (
        ("近", "30.2741,120.1551"),
        ("一公里", "30.2831,120.1551"),
        ("远", "31.2304,121.4737"),
        ("悉尼", "-33.8688,151.2093"),
    ):
        assert customer(site, name=f"测距{name}", place=place).status_code == 201
    assert customer(site, name="测距无").status_code == 201
    ours = {"name__starts_with": "测距"}
    assert near(site, place__near="30.2741,120.1551~900", **ours) == ["测距近"]
    assert near(site, place__near="30.2741,120.1551~1001", **ours) == ["测距一公里", "测距近"]
    assert near(site, place__near="31,121~200000", **ours) == ["测距一公里", "测距近", "测距远"]
    assert near(site, place__near="30.27,120.15~20100000", **ours) == ["测距一公里", "测距悉尼", "测距近", "测距远"]
    assert near(site, place__within="30,120,31,121", **ours) == ["测距一公里", "测距近"]
    assert near(site, place__within="-40,150,-30,-150", **ours) == ["测距悉尼"]
    for asked in (
        {"place__near": "91,0~5"},
        {"place__near": "30,x~5"},
        {"place__within": "31,0,30,1"},
        {"name__near": "30,120~5"},
    ):
        assert site.client("li").get("/api/records/customer", params=asked).status_code == 400


def test_a_location_is_exported_in_one_cell_and_read_back(site: Site) -> None:
    place = {
        "lat": 30.276405,
        "lng": "120.150362",
        "accuracy": 8,
        "taken": "2026-03-02T09:00:00+08:00",
        "words": "东门",
    }
    assert customer(site, name="往返精机", place=place).status_code == 201
    answer = site.client("li").get("/export/customer", params={"kind": "csv", "f.segment": "trial"})
    rows = [row for row in csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))) if "往返精机" in row.values()]
    written = "30.276405,120.150362 ±8m 2026-03-02T01:00:00Z 东门"
    assert [written in row.values() for row in rows] == [True]
    again = customer(site, name="往返二机", place=written).json()["data"]["place"]
    assert again == "wtmknpdu+30.276405+120.150362/8 2026-03-02T01:00:00Z 东门"


def test_a_visit_is_checked_in_at_the_customer_and_says_how_far_from_it(site: Site) -> None:
    made = customer(site, name="签到精机", place="30.274085,120.155070").json()["data"]["id"]
    visit = {
        "subject": "拜访",
        "kind": "visit",
        "customer": made,
        "done": True,
        "done_on": "2026-03-02",
        "outcome": "progress",
    }
    body = visit | {"checked_in": "https://uri.amap.com/marker?position=120.159720,30.271740&name=签到"}
    answer = site.client("li").post("/api/records/activity", json=body).json()["data"]
    assert (answer["from_customer"], answer["checked_in"].endswith("/ 签到")) == (5, True)
