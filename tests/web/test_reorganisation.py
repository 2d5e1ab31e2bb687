"""A new organisation is tried before it is lived in: what it breaks is listed, and it is published at no problem alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.cli import main
from engine.model.flows import Approval, Flow, People, PeopleKind, Step
from engine.model.names import Label, Place
from engine.runtime.work import Work
from engine.runtime.workflow.flow_driver import start
from engine.runtime.workflow.flow_tasks import open_tasks
from tests.conftest import KINDS, unmade_url
from tests.web.site import NOW, Site, running_site

PATH = "/admin/reorganisation"
PLACE = Place("b2b_sales", "workflows/deal_check.yaml", 1)


def flow(name: str, source: People) -> Flow:
    step = Step("decide", Label({"zh": "审批", "en": "Decide"}), PLACE, Approval((source,)))
    label = Label({"zh": "商机评审", "en": "Deal review"})
    return Flow(name, label, PLACE, "b2b_sales", "opportunity", (), (step,), fingerprint=name, source=name)


FLOWS = (
    flow("deal_check", People(PeopleKind.HEAD, PLACE)),
    flow("owner_check", People(PeopleKind.MEMBER, PLACE, path=("owner",))),
)


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("reorganisation")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        models = running.installation.models
        before = models.current()
        models.serve(replace(before, flows={one.name: one for one in FLOWS}))
        yield running
        models.serve(before)


def send(site: Site, act: str, *lines: str) -> tuple[int, str]:
    answer = site.client("admin").post(PATH, data={"act": act, "plan": "\n".join(lines)})
    return answer.status_code, answer.text


def units(site: Site) -> str:
    return str(site.client("admin").get("/admin/organisation").text)


def deals(site: Site, person: str) -> set[str]:
    answer = site.client(person).get("/api/records/opportunity")
    return {row["name"] for row in answer.json()["data"]} if answer.status_code == 200 else set()


def test_a_step_that_would_find_nobody_is_a_problem(site: Site) -> None:
    status, page = send(site, "try", "离席 lead 自 lead 于 cju_a")
    assert status == 200
    assert "找不到人" in page
    assert "商机评审" in page
    assert "单元负责人" in page, "the role that is lost"
    assert send(site, "publish", "离席 lead 自 lead 于 cju_a")[0] == 400
    status, page = send(site, "try", "离席 lead 自 lead 于 cju_a", "就座 money 任 lead 于 cju_a")
    assert "没有问题" in page


def test_records_that_nobody_answers_for_are_problems(site: Site) -> None:
    status, page = send(site, "try", "take li seat sales in cju_a")
    assert status == 200
    assert "客户的负责人已不在该单元" in page
    assert "商机的负责人已不在该单元" in page
    assert deals(site, "li") == {"acme deal"}, "nothing was changed"


def test_a_unit_is_not_closed_over_its_customers(site: Site) -> None:
    page = send(site, "try", "close cju_b")[1]
    assert "还归已关闭的单元" in page
    status, page = send(site, "publish", "close cju_b")
    assert status == 400
    assert "未发布" in page
    assert "cju_b" in units(site)
    assert deals(site, "wang") == {"bravo deal"}


def test_open_tasks_of_who_loses_every_seat_are_problems(site: Site) -> None:
    model = site.installation.models.current()
    row = site.inside(lambda work: start(work, model.flows["owner_check"], site.ids["acme_deal"], "manual"))
    assert row is not None
    assert "流程待办的负责人已无席位" in send(site, "try", "take li seat sales in cju_a")[1]


def test_a_hand_over_brings_open_tasks_to_the_successor(site: Site) -> None:
    model = site.installation.models.current()
    site.inside(lambda work: start(work, model.flows["owner_check"], site.ids["acme_deal"], "manual"))
    lines = "hand over cju_a to cju_b with li=wang, lead=wang", "close cju_a"
    status, page = send(site, "publish", *lines)
    assert status == 303, page[:2000]

    def waiting(work: Work) -> dict[str, list[int]]:
        return {one: [task.record for task in open_tasks(work.session, site.ids[one])] for one in ("li", "wang")}

    assert site.inside(waiting) == {"li": [], "wang": [site.ids["acme_deal"]]}
    assert deals(site, "wang") == {"acme deal", "bravo deal"}


def test_a_plan_without_problems_is_published_whole(site: Site) -> None:
    lines = (
        "# 新单元接手二组",
        "新建 cju_9 类型 cju 名称 长尾二组 上级 hq",
        "就座 money 任 sales 于 cju_9",
        "就座 audit 任 lead 于 cju_9",
        "交接 cju_b 到 cju_9 由 wang=money",
        "关闭 cju_b",
    )
    status, page = send(site, "try", *lines)
    assert status == 200
    assert "没有问题，可以发布" in page
    assert "长尾二组" not in units(site)
    assert send(site, "publish", *lines)[0] == 303
    assert "长尾二组" in units(site)
    assert ">cju_b<" not in units(site)
    assert deals(site, "wang") == set()
    assert "bravo deal" in deals(site, "money")


def test_three_units_to_begin_with_are_published_as_they_are(site: Site) -> None:
    invited = {"account": "newcomer", "name": "新人"}
    assert site.client("admin").post("/admin/users/invite", data=invited).status_code == 200
    page = site.client("admin").get(f"{PATH}?start=1").text
    plan = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)
    assert plan
    lines = plan[1].splitlines()
    assert [line.split()[5] for line in lines if line.startswith("新建")] == [
        "战略客户单元",
        "长尾客户单元",
        "试用转化单元",
    ]
    assert "就座 audit 任 lead 于 cju_strategic" in lines
    assert any("newcomer" in line for line in lines)
    assert "没有问题" in send(site, "try", *lines)[1]
    assert send(site, "publish", *lines)[0] == 303
    assert "试用转化单元" in units(site)
    assert site.client("audit").get("/app/unit_desk").status_code == 200
    assert site.client("audit").get("/app/customer_list").status_code == 200


FIRST = "/admin/first-units"


def test_three_units_are_made_on_one_page_and_their_people_work_at_once(site: Site) -> None:
    admin = site.client("admin")
    assert admin.post("/admin/users/invite", data={"account": "newcomer", "name": "新人"}).status_code == 200
    page = admin.get(FIRST).text
    proposed = dict(re.findall(r'<input class="input" id="name-\d" name="(name_\d)" value="([^"]+)"', page))
    assert list(proposed.values()) == ["战略客户单元", "长尾客户单元", "试用转化单元"]
    assert site.client("audit").get("/app/unit_desk").status_code == 404, "the control"
    form = proposed | {"name_1": "华东战略", "seat_1_lead": "audit", "seat_2_sales": "newcomer"}
    answer = admin.post(FIRST, data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{FIRST}?made=3")
    assert "已建好" in admin.get(answer.headers["location"]).text
    assert all(name in units(site) for name in ("华东战略", "长尾客户单元", "试用转化单元"))
    assert site.client("audit").get("/app/unit_desk").status_code == 200


def test_each_seat_says_what_it_brings(site: Site) -> None:
    """Flows by what they ask for: those that ask for a head come to the lead alone."""
    table = site.client("admin").get(FIRST).text.split("<tbody>")[1]
    rows = {re.findall(r">([^<]+)</td>", row)[0]: row for row in table.split("<tr>")[1:]}
    assert "商机评审" in rows["单元负责人"]
    assert "商机评审" not in rows["销售"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name_1": ""}, "第 1 个单元的名称"),
        ({"name_2": "长" * 61}, "第 2 个单元的名称"),
        ({"seat_3_sales": "nobody"}, "没有账号 nobody"),
        ({"above": "nowhere"}, "上级单元不存在"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(site: Site, given: dict[str, str], words: str) -> None:
    form = {"name_1": "甲组", "name_2": "乙组", "name_3": "丙组", "seat_1_lead": "audit"} | given
    answer = site.client("admin").post(FIRST, data=form)
    assert (answer.status_code, words in answer.text) == (400, True)
    assert re.search(r'value="audit" selected', answer.text)
    assert "丙组" in answer.text
    assert "丙组" not in units(site)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("",), "1 到"),
        (("# 空",), "1 到"),
        (("关闭 cju_b", "搬家 cju_a"), "第 2 行看不懂"),
        (("关闭 cju_7",), "第 1 行：没有编码为 cju_7 的单元"),
        (("就座 nobody 任 sales 于 cju_a",), "第 1 行：没有账号 nobody"),
        (("就座 li 任 boss 于 cju_a",), "第 1 行：该单元没有席位 boss"),
        (("移动 hq 到 cju_a",), "单元不能放到自己的下级"),
        (("离席 li 自 lead 于 cju_a",), "此人没有这个席位"),
        (("交接 cju_a 到 cju_b 由 li-wang",), "第 1 行的接手人"),
    ],
)
def test_a_line_that_cannot_be_is_named(site: Site, lines: tuple[str, ...], words: str) -> None:
    status, page = send(site, "try", *lines)
    assert status == 400
    assert words in page


def test_the_command_line_tries_and_publishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with running_site(folder, unmade_url("sqlite", None, folder)):
        pass
    plan = tmp_path / "plan.txt"
    monkeypatch.setenv("DOUGONG_NOW", NOW.isoformat())
    given = ["--data", str(folder), "organisation", "plan", str(plan), "--json"]
    plan.write_text("close cju_b\n", "utf-8")
    assert main([*given, "--publish"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert not said["published"]
    assert {one["kind"] for one in said["problems"]} == {"unit"}
    plan.write_text("add cju_9 kind cju name Nine under hq\n", "utf-8")
    assert main([*given, "--publish"]) == 0
    assert json.loads(capsys.readouterr().out)["published"]
    assert main(given) == 1, "the code is taken now"
    capsys.readouterr()
    assert main(["--data", str(folder), "organisation", "minimal", str(plan)]) == 0
    assert main([*given, "--publish"]) == 0
