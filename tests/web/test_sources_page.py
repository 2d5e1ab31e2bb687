"""The sources of the B2B pack against a simulator of the ERP: on the page, by the command, and what each says afterwards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from runtime.simulator import Answer, Asked, Simulator, json_answer, running_simulator
from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.cli import main
from engine.installation.served import pack_folders
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.sources.tables import Counts, begin_run, end_run
from tests.conftest import KINDS, FixedClock, fresh_url
from tests.web.site import HASH, NOW, NURSERY, PASSWORD

SHEET = (
    "竞争对手,动态,类型,日期,区域,数量,交付天数,来源,可信度,详情\n"
    "华屹智控,三周交付三台,交付节奏,2026-02-01,华东,3,21,招投标公告,已核实,中标公告\n"
    "科锐装备,换帅,人事,2026-02-02,,,,公开报道,,\n"
    "不认识的,什么,交付节奏,2026-02-03,,,,,,\n"
    "北辰工软,新版本,新品,2026-02-05,,,,,,\n"
)


@pytest.fixture(scope="module")
def erp() -> Iterator[Simulator]:
    with running_simulator() as running:
        running.lay("/api/materials", materials)
        yield running


def materials(asked: Asked) -> Answer:
    """130 materials in pages of 100; the last has no price, which the product needs."""
    first = (int(asked.query["page"]) - 1) * 100
    return json_answer({"data": [material(number) for number in range(first, min(first + 100, 130))]})


def material(number: int) -> dict[str, object]:
    price = {"list": f"{number}.5"} if number < 129 else {}
    supply = {"lead_days": number % 60, "on_hand": number}
    return {
        "sku": f"MAT-{number:03}",
        "title": f"物料 {number}",
        "category": "备件",
        "model": None,
        "price": price,
        "supply": supply,
    }


class Application:
    """An installation with the shipped packs and a layer that says where this customer's ERP stands."""

    def __init__(self, folder: Path, url: str, port: int) -> None:
        layer = folder / "customer"
        (layer / "destinations").mkdir(parents=True)
        (layer / "pack.yaml").write_text(
            "label: {zh: 客户层, en: Customer}\nversion: 0.1.0\nlanguages: [zh, en]\nextends: b2b_sales\napp: false\n"
            "requires: [b2b_sales]\n",
            "utf-8",
        )
        erp = f"scheme: http\nhost: localhost\nport: {port}\n"
        (layer / "destinations" / "erp.yaml").write_text(erp, "utf-8")
        self.folder = folder
        self.packs = ":".join(str(one) for one in (*pack_folders(""), layer))
        self.database = url if url.startswith("postgres") else ""
        settings = Settings(data=folder / "data", packs=self.packs, database=self.database, rate_limit=100_000)
        self.clock = FixedClock(NOW)
        self.installation: Installation = open_installation(settings, self.clock)
        bring_up_to_date(self.installation)
        self.app = make_application(self.installation, nursery=NURSERY)
        for account, roles in (("admin", ("administrator",)), ("product", ("product",))):
            new = NewUser(self.installation.ids.next(), account, account, 0, HASH, roles=roles)
            self.installation.database.write(lambda session, user=new: create_user(session, user))

    def client(self, account: str) -> TestClient:
        client = TestClient(self.app, base_url="http://testserver", follow_redirects=False)
        assert client.post("/sign-in", data={"name": account, "password": PASSWORD}).status_code == 303
        return client

    def count(self, table: str) -> int:
        return len(self.installation.database.read(lambda session: select(session, table, ("version",))))


@pytest.fixture(scope="module", params=KINDS)
def application(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, erp: Simulator
) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("application")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    made = Application(folder, fresh_url(request.param, dsn, folder), erp.port)
    with TestClient(made.app):
        yield made


def said(text: str) -> str:
    """What the banner of a page says."""
    banner = re.search(r'class="banner [a-z]+" role="(?:status|alert)">(.*?)</div>', text, re.DOTALL)
    return re.sub(r"<[^>]+>", "", banner[1]) if banner else ""


def test_the_page_lists_every_source_before_it_ever_ran(application: Application) -> None:
    text = application.client("admin").get("/admin/sources").text
    for words in ("ERP 物料主数据", "竞品动态表格", "每天", "手动运行", "从未运行", "本地 ERP (localhost)"):
        assert words in text
    assert "/admin/sources" in application.client("admin").get("/admin/health").text
    assert application.client("product").get("/admin/sources").status_code == 403
    assert application.client("product").post("/admin/sources", data={}).status_code == 403


def test_the_materials_of_the_erp_become_products(application: Application, erp: Simulator) -> None:
    client = application.client("admin")
    form = {"source": "erp_products", "act": "run"}
    answer = client.post("/admin/sources", data={**form, "act": "rehearse"})
    assert "试运行" in said(answer.text)
    assert application.count("product") == 0
    answer = client.post("/admin/sources", data=form)
    assert answer.status_code == 200
    assert "读取 130 行，新增 129，更新 0，不变 0，拒绝 1" in said(answer.text)
    assert "第 2 页第 30 条" in answer.text
    row = application.client("product").get("/api/records/product?code=MAT-128").json()["data"][0]
    assert (row["list_price"], row["category"], row["stock"], row["lead_days"]) == ("128.5000", "spare", 128, 8)
    before = application.count("product__version")
    assert "不变 129" in said(client.post("/admin/sources", data=form).text)
    assert application.count("product__version") == before
    assert {asked.query["page"] for asked in erp.asked} == {"1", "2"}
    page = client.get("/admin/sources").text
    assert "2026-03-02 09:00" in page
    assert "拒绝 1" in page
    assert "放行" in page


def test_refused_rows_wait_on_a_page_of_their_own(application: Application, erp: Simulator) -> None:
    client, path = application.client("admin"), "/admin/sources/erp_products/refused"
    client.post("/admin/sources", data={"source": "erp_products", "act": "run"})
    assert f'href="{path}"' in client.get("/admin/sources").text
    page = client.get(path).text
    assert "MAT-129" in page and "第 2 页第 30 条" in page and "目录价" in page
    assert "仍被拒绝 1" in said(client.post(path, data={"act": "again"}).text)
    row = re.search(r'name="row" value="([0-9A-Z]{13})"', client.get(path).text)
    assert row is not None
    assert "MAT-129" in client.get(f"{path}?after={row[1]}").text, "behind the last stands the first again"
    assert application.client("product").get(path).status_code == 403
    assert client.post(path, data={"act": "let_go", "row": row[1]}).status_code == 303
    assert "没有被拒绝的行" in client.get(path).text
    assert client.get("/admin/sources/nothing/refused").status_code == 404
    assert client.post(path, data={"act": "drop"}).status_code == 400


def test_a_sheet_of_competitors_is_uploaded(application: Application) -> None:
    client = application.client("admin")
    form = {"source": "competitor_sheet", "act": "run"}
    for expected in ("新增 3，更新 0，不变 0，拒绝 1", "新增 0，更新 0，不变 3，拒绝 1"):
        answer = client.post("/admin/sources", data=form, files={"file": ("竞品.csv", SHEET.encode())})
        assert expected in said(answer.text)
    assert "第 4 行" in answer.text
    assert "没有这个选项" in answer.text
    rows = application.client("product").get("/api/records/competitor_event?sort=happened_on").json()["data"]
    assert [(row["competitor"], row["confidence"]) for row in rows] == [
        ("huayi", "high"),
        ("kerui", "medium"),
        ("beichen", "medium"),
    ]


def test_a_run_that_fails_says_why_on_the_page(application: Application, erp: Simulator) -> None:
    client = application.client("admin")
    erp.lay("/api/materials", Answer(500))
    answer = client.post("/admin/sources", data={"source": "erp_products", "act": "run"})
    erp.lay("/api/materials", materials)
    assert answer.status_code == 200
    assert "对方回应 500" in said(answer.text)
    assert "失败：bad_status" in client.get("/admin/sources").text
    missing = client.post("/admin/sources", data={"source": "competitor_sheet", "act": "run"})
    assert "--file" in said(missing.text)


def test_a_source_that_is_under_way_is_not_started_again(application: Application) -> None:
    installation, now = application.installation, application.installation.clock.now()
    run = installation.ids.next()
    installation.database.write(lambda session: begin_run(session, run, "competitor_sheet", now, None))
    answer = application.client("admin").post("/admin/sources", data={"source": "competitor_sheet", "act": "run"})
    installation.database.write(lambda session: end_run(session, run, now, Counts(), None))
    assert (answer.status_code, "正在运行" in said(answer.text), "运行中" in answer.text) == (409, True, True)


@pytest.mark.parametrize("form", [{"source": "nothing", "act": "run"}, {"source": "erp_products", "act": "drop"}, {}])
def test_a_form_that_asks_for_nothing_known_is_refused(application: Application, form: dict[str, str]) -> None:
    assert application.client("admin").post("/admin/sources", data=form).status_code in {400, 404}


def command(folder: Path, application: Application, *arguments: str) -> list[str]:
    return ["--data", str(folder), "--packs", application.packs, "--language", "en", "sync", *arguments]


def test_the_command_runs_a_source_and_answers_as_json(
    application: Application, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "competitors.csv"
    file.write_bytes(SHEET.encode("gbk"))
    data = tmp_path / "data"
    assert main(command(data, application, "erp_products", "--json")) == 1
    answered = json.loads(capsys.readouterr().out)
    assert (answered["read"], answered["created"], answered["refused"], answered["error"]) == (130, 129, 1, None)
    assert answered["problems"][0]["position"] == "page 2, item 30"
    assert main(command(data, application, "competitor_sheet", "--file", str(file), "--dry-run")) == 1
    assert "unreadable_sheet" in capsys.readouterr().out, "the source says UTF-8"
    file.write_text(SHEET, "utf-8")
    assert main(command(data, application, "competitor_sheet", "--file", str(file), "--dry-run")) == 1
    assert "4 read, 3 created, 0 updated, 0 unchanged, 1 refused" in capsys.readouterr().out
    assert main(command(data, application, "no_such_source")) == 1
    assert "There is no source" in capsys.readouterr().err
    assert main(command(data, application, "competitor_sheet", "--file", str(tmp_path / "none.csv"))) == 1
    assert "cannot be read" in capsys.readouterr().err


STAMP = re.compile(r'<p class="(stale(?: old)?)" title="([^"]*)">(.*?)</p>', re.DOTALL)


def stamps(application: Application, path: str, language: str = "zh") -> list[tuple[str, str]]:
    """The stamps of a page: whether each warns, and its words."""
    text = application.client("product").get(path, headers={"accept-language": language}).text
    return [("old" if kind != "stale" else "", re.sub(r"<[^>]+>", "", words)) for kind, _, words in STAMP.findall(text)]


def test_what_a_source_fills_says_as_of_when_and_warns_once_that_is_not_as_promised(
    application: Application, erp: Simulator
) -> None:
    client, product = application.client("admin"), application.client("product")
    assert client.post("/admin/sources", data={"source": "erp_products", "act": "run"}).status_code == 200
    assert stamps(application, "/app/product_list") == [("", "数据截至今天 09:00")]
    assert stamps(application, "/app/product_list", "en") == [("", "As of today 09:00")]
    assert stamps(application, "/app/competitor_event_list") in ([], [("", "数据截至今天 09:00")])
    answer = product.get("/api/records/product?limit=1")
    record = answer.json()["data"][0]["id"]
    assert (answer.headers["dougong-data-as-of"], answer.headers.get("dougong-data-late")) == (NOW.isoformat(), None)
    assert stamps(application, f"/r/product/{record}")[0] == ("", "数据截至今天 09:00")
    clock = application.clock
    clock.advance(timedelta(hours=18))
    assert [warns for warns, _ in stamps(application, "/app/product_list")] == ["old"]
    assert stamps(application, "/app/product_list")[0][1].endswith("· ERP 物料主数据 没有按计划更新")
    assert product.get("/api/records/product?limit=1").headers["dougong-data-late"] == "behind"
    erp.lay("/api/materials", Answer(500))
    for _ in range(2):
        client.post("/admin/sources", data={"source": "erp_products", "act": "run"})
        clock.advance(timedelta(hours=1))
    assert stamps(application, "/app/product_list")[0][1].endswith("· ERP 物料主数据 自今天 03:00 起读取失败")
    assert product.get(f"/api/records/product/{record}").headers["dougong-data-late"] == "failing"
    erp.lay("/api/materials", materials)
    client.post("/admin/sources", data={"source": "erp_products", "act": "run"})
    assert [warns for warns, _ in stamps(application, "/app/product_list")] == [""]
    assert stamps(application, f"/app/product_list?as_of={NOW.date()}T12:00") == []
