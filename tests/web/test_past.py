"""The past: what a page, a list, a record or a figure was at a moment equals what it showed at that moment."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.model.context import Context, Principal
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from engine.web.front import Front
from tests.conftest import KINDS, FixedClock, fresh_url
from tests.web.site import HASH, NURSERY, PASSWORD

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PACK = {
    "pack.yaml": "label: {zh: 物料, en: Things}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/keeper.yaml": "label: {zh: 保管员, en: Keeper}\n",
    "roles/owner.yaml": "label: {zh: 经手人, en: Holder}\n",
    "roles/boss.yaml": "label: {zh: 管理员, en: Administrator}\nadministers: true\n",
    "entities/maker.yaml": """label: {zh: 厂家, en: Maker}
title: name
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  worth: {type: money, formula: "sum(things.price)", label: {zh: 货值, en: Worth}}
""",
    "entities/thing.yaml": """label: {zh: 物料, en: Thing}
title: name
fields:
  name: {type: text, required: true, search: 3, label: {zh: 名称, en: Name}}
  note: {type: long_text, format: rich, label: {zh: 备注, en: Note}}
  letters: {type: integer, formula: "length(note)", label: {zh: 字数, en: Letters}}
  pieces: {type: integer, label: {zh: 件数, en: Pieces}}
  weight: {type: decimal, precision: 12, scale: 3, label: {zh: 重量, en: Weight}}
  price: {type: money, label: {zh: 价格, en: Price}}
  rate: {type: percent, label: {zh: 费率, en: Rate}}
  good: {type: boolean, label: {zh: 合格, en: Good}}
  made_on: {type: date, label: {zh: 生产日期, en: Made on}}
  seen: {type: instant, label: {zh: 查看时间, en: Seen}}
  took: {type: duration, label: {zh: 用时, en: Took}}
  grade: {type: choice, label: {zh: 等级, en: Grade}, choices: {plain: {zh: 普通, en: Plain}, fine: {zh: 精品, en: Fine}}}
  marks: {type: choices, label: {zh: 标记, en: Marks}, choices: {a: {zh: 甲, en: A}, b: {zh: 乙, en: B}, c: {zh: 丙, en: C}}}
  maker: {type: relation, to: maker, on_delete: clear, inverse: things, label: {zh: 厂家, en: Maker}}
  holder: {type: user, label: {zh: 经手人, en: Holder}}
  secret: {type: text, label: {zh: 内部, en: Inside}}
  total: {type: money, formula: "round(price * pieces, 2)", label: {zh: 金额, en: Total}}
""",
    "access/maker.yaml": "grants: [{id: all, roles: [keeper], actions: [read, create, update, delete]}, "
    "{id: see, roles: [owner], actions: [read]}]\n",
    "access/thing.yaml": """grants:
  - {id: all, roles: [keeper], actions: [read, create, update, delete]}
  - {id: own, roles: [owner], actions: [read], rows: "holder = user.id"}
fields:
  - {id: inside, fields: [secret], roles: [keeper], right: write}
  - {id: own_fine, fields: [secret], roles: [owner], right: read, when: 'grade = "fine"'}
""",
    "metrics/things_worth.yaml": "label: {zh: 货值, en: Worth}\nentity: thing\nmeasure: sum(price)\ntime: made_on\nowner: keeper\n"
    "dimensions: [grade, maker]\n",
    "pages/thing_list.yaml": """kind: list
label: {zh: 物料, en: Things}
entity: thing
roles: [keeper, owner]
items:
  - {id: t, widget: table, columns: [name, price, maker.name, secret], filters: [grade], sort: [name]}
""",
    "pages/board.yaml": """kind: free
label: {zh: 看板, en: Board}
roles: [keeper, owner]
items:
  - {id: k, widget: kpi, metric: things_worth}
  - {id: t, widget: table, entity: thing, columns: [name, price], sort: [name]}
""",
}
CELLS: dict[str, Callable[[random.Random], object]] = {
    "name": lambda dice: dice.choice(["甲", "乙", "a, b", 'q"x', "丙 %", "name"]),
    "note": lambda dice: dice.choice([None, "first\nsecond", '{"name": 1}', {"html": "它说：“<b>好</b>”"}]),
    "pieces": lambda dice: dice.choice([None, 0, -3, 12345678901]),
    "weight": lambda dice: dice.choice([None, "0.000", "-1.250", "123456789.125"]),
    "price": lambda dice: dice.choice([None, "0.05", "-12.50", "9999999.99"]),
    "rate": lambda dice: dice.choice([None, "0.1250", "1"]),
    "good": lambda dice: dice.choice([None, True, False]),
    "made_on": lambda dice: dice.choice([None, "2026-02-28", "1999-12-31"]),
    "seen": lambda dice: dice.choice([None, "2026-03-01T01:00:00Z", "1969-12-31T23:59:58.000001Z", "2026-03-01T01:00:00.999999Z"]),
    "took": lambda dice: dice.choice([None, "PT0S", "PT1H30M", "-PT5M2S", "PT26H", "PT59S"]),
    "grade": lambda dice: dice.choice([None, "plain", "fine"]),
    "marks": lambda dice: dice.choice([None, ["a"], ["a", "c"], ["a", "b", "c"]]),
    "secret": lambda dice: dice.choice([None, "s1", "s2"]),
}  # fmt: skip


@dataclass
class Store:
    """The installation, its people and what was made."""

    installation: Installation
    application: Front
    clock: FixedClock
    pack: Path
    clients: dict[str, TestClient] = field(default_factory=dict)

    def client(self, person: str) -> TestClient:
        if person not in self.clients:
            made = TestClient(self.application, base_url="http://testserver", follow_redirects=False)
            assert made.post("/sign-in", data={"name": person, "password": PASSWORD}).status_code == 303
            self.clients[person] = made
        return self.clients[person]

    def seen(self, person: str, moment: datetime | None = None) -> object:
        """All that somebody reads: lists in two orders, a filter, each record, figures; as of a moment or now."""
        client, more = self.client(person), {"as_of": moment.isoformat()} if moment else {}

        def read(address: str, **asked: str) -> object:
            answer = client.get(address, params={**asked, **more})
            return answer.json()["data"] if answer.status_code == 200 else answer.status_code

        every = read("/api/records/thing", limit="200", sort="-price,name")
        assert isinstance(every, list)
        assert len(every) < 200
        return {
            "things": every,
            "by_maker": read("/api/records/thing", limit="200", sort="maker.name,-made_on", fields="name,maker.name"),
            "filtered": read("/api/records/thing", limit="200", grade="fine", fields="name,holder.name,marks"),
            "makers": read("/api/records/maker", limit="200", sort="name"),
            "records": [read(f"/api/records/thing/{one['id']}") for one in every],
            "figure": read("/api/metrics/things_worth"),
            "split": read("/api/metrics/things_worth", by="grade,maker"),
            "months": read("/api/metrics/things_worth", bucket="month"),
        }


@pytest.fixture(scope="module", params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("past")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url(request.param, dsn, folder) if request.param == "postgres" else ""
    clock = FixedClock(NOW)
    pack = folder / "packs" / "things"
    _write(pack)
    settings = Settings(data=folder / "data", database=url, packs=str(folder / "packs"), rate_limit=100_000)
    installation = open_installation(settings, clock)
    bring_up_to_date(installation)
    application = make_application(installation, nursery=NURSERY)
    context = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
    installation.workplace.write(context, _people)
    yield Store(installation, application, clock, pack)
    application.site.workers.close()
    installation.database.close()


def _write(pack: Path) -> None:
    for name, text in PACK.items():
        path = pack / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _people(work: Work) -> None:
    for account, role in (("kim", "keeper"), ("lee", "owner"), ("max", "boss")):
        create_user(work.session, NewUser(work.ids.next(), account, account.title(), 0, HASH, roles=(role,)))


def _identities(store: Store) -> dict[str, str]:
    people = store.client("kim").get("/api/records/thing/pick/holder").json()["data"]
    return {one["label"]: one["id"] for one in people}


def test_the_past_equals_what_was_seen_then(store: Store) -> None:
    dice, kim, holders = random.Random(7), store.client("kim"), [*_identities(store).values(), None]
    living: dict[str, list[str]] = {"thing": [], "maker": []}
    buried: list[str] = []
    moments: list[tuple[datetime, object]] = []

    def values(names: list[str]) -> dict[str, object]:
        found = {name: CELLS[name](dice) for name in names}
        return found | {"maker": dice.choice([*living["maker"], None]), "holder": dice.choice(holders)}

    def act() -> None:
        kind = dice.choice(
            ["make", "make", "change", "change", "change", "bury", "revive", "maker", "rename", "unmake"]
        )
        if kind == "maker" or not living["maker"]:
            answer = kim.post("/api/records/maker", json={"name": dice.choice(["华东厂", "华北厂", "A"])})
            living["maker"].append(answer.json()["data"]["id"])
        elif kind == "rename":
            kim.patch(f"/api/records/maker/{dice.choice(living['maker'])}", json={"name": dice.choice(["B", "C 厂"])})
        elif kind == "unmake":
            one = living["maker"].pop(dice.randrange(len(living["maker"])))
            assert kim.delete(f"/api/records/maker/{one}").status_code == 204
        elif kind == "make" or not living["thing"]:
            answer = kim.post("/api/records/thing", json=values(list(CELLS)))
            assert answer.status_code == 201, answer.text
            living["thing"].append(answer.json()["data"]["id"])
        elif kind == "bury":
            buried.append(living["thing"].pop(dice.randrange(len(living["thing"]))))
            assert kim.delete(f"/api/records/thing/{buried[-1]}").status_code == 204
        elif kind == "revive" and buried:
            living["thing"].append(buried.pop(dice.randrange(len(buried))))
            assert kim.post(f"/api/records/thing/{living['thing'][-1]}/restore").status_code == 200
        else:
            changed = values([name for name in CELLS if dice.random() < 0.4])
            answer = kim.patch(f"/api/records/thing/{dice.choice(living['thing'])}", json=changed)
            assert answer.status_code == 200, answer.text

    for _ in range(7):
        for _ in range(9):
            act()
            store.clock.advance(timedelta(milliseconds=dice.choice([0, 1, 700_000])))
        moments.append((store.clock.now(), store.seen("kim")))
        store.clock.advance(timedelta(milliseconds=dice.choice([1, 90_000_000])))
    for moment, then in moments:
        assert store.seen("kim", moment) == then, moment
    assert len({str(then) for _, then in moments}) == len(moments)


def test_the_stricter_of_then_and_now_holds(store: Store) -> None:
    kim, lee, people = store.client("kim"), store.client("lee"), _identities(store)

    def made(**values: object) -> str:
        answer = kim.post("/api/records/thing", json={"name": "strict", **values})
        return str(answer.json()["data"]["id"])

    kept = made(holder=people["Lee"], grade="fine", secret="kept", price="1")
    given = made(holder=people["Lee"], grade="fine", secret="given", price="2")
    taken = made(holder=people["Kim"], grade="fine", secret="taken", price="4")
    dulled = made(holder=people["Lee"], grade="fine", secret="dulled", price="8")
    shone = made(holder=people["Lee"], grade="plain", secret="shone", price="16")
    buried = made(holder=people["Lee"], grade="fine", secret="buried", price="32")
    store.clock.advance(timedelta(hours=1))
    then = {"as_of": store.clock.now().isoformat()}
    before = {one["id"]: one.get("secret") for one in lee.get("/api/records/thing?name=strict").json()["data"]}
    assert before == {kept: "kept", given: "given", dulled: "dulled", shone: None, buried: "buried"}
    store.clock.advance(timedelta(hours=1))
    kim.patch(f"/api/records/thing/{given}", json={"holder": people["Kim"]})
    kim.patch(f"/api/records/thing/{taken}", json={"holder": people["Lee"]})
    kim.patch(f"/api/records/thing/{dulled}", json={"grade": "plain"})
    kim.patch(f"/api/records/thing/{shone}", json={"grade": "fine"})
    kim.delete(f"/api/records/thing/{buried}")

    found = lee.get("/api/records/thing", params={**then, "name": "strict"}).json()["data"]
    rows = {one["id"]: one.get("secret") for one in found}
    assert rows == {kept: "kept", dulled: None, shone: None, buried: "buried"}
    for hidden in (given, taken):
        assert lee.get(f"/api/records/thing/{hidden}", params=then).status_code == 404
    every = lee.get("/api/records/thing", params={**then, "limit": "200"}).json()["data"]
    worth = sum((Decimal(one["price"]) for one in every if one["price"]), Decimal(0))
    assert Decimal(lee.get("/api/metrics/things_worth", params=then).json()["data"][0]["value"]) == worth
    assert {Decimal(one["price"]) for one in found} == {1, 8, 16, 32}
    assert kim.get(f"/api/records/thing/{given}", params=then).json()["data"]["secret"] == "given"


def test_pages_show_the_past_read_only_with_a_way_back(store: Store) -> None:
    kim = store.client("kim")
    one = kim.post("/api/records/thing", json={"name": "旧名字", "price": "70"}).json()["data"]["id"]
    day = store.clock.now().date().isoformat()
    store.clock.advance(timedelta(days=2))
    kim.patch(f"/api/records/thing/{one}", json={"name": "新名字", "price": "71"})
    zh = {"accept-language": "zh-CN"}
    page = kim.get(f"/r/thing/{one}?as_of={day}", headers=zh).text
    assert "旧名字" in page
    assert "新名字" not in page.partition("<main")[2]
    assert "的样子，只能看" in page
    assert f'href="/r/thing/{one}"' in page
    for act in ("/edit", "/delete", "/move/", "data-live="):
        assert act not in page.partition("<main")[2], act
    assert "新名字" in kim.get(f"/r/thing/{one}", headers=zh).text
    listed = kim.get(f"/app/thing_list?as_of={day}", headers=zh).text.partition("<main")[2]
    assert "旧名字" in listed
    assert f"/r/thing/{one}?as_of={day}" in listed
    assert "/r/thing/new" not in listed
    assert "/import/" not in listed
    board = kim.get(f"/app/board?as_of={day}", headers=zh).text.partition("<main")[2]
    assert "旧名字" in board
    assert "新名字" not in board
    searched = kim.get(f"/app/thing_list?as_of={day}&q=x", headers=zh).text
    assert "不能搜索" in searched
    for wrong in ("2026-13-01", "yesterday", "2999-01-01"):
        assert kim.get(f"/r/thing/{one}?as_of={wrong}").status_code == 400, wrong
        assert kim.get("/api/records/thing", params={"as_of": wrong}).status_code == 400
    early = kim.get(f"/r/thing/{one}?as_of=2020-01-01", headers=zh)
    assert (early.status_code, "那时还没有这条记录" in early.text) == (404, True)
    missing = kim.get("/r/thing/0000000000001?as_of=2020-01-01")
    assert (missing.status_code, "那时" in missing.text) == (404, False)
    assert "搜索此列表" not in listed
    assert (
        kim.get(f"/r/thing/{one}?as_of={store.clock.now().date().isoformat()}", headers=zh).text.count("的样子，只能看")
        == 0
    )


def test_a_grouped_list_of_the_past_has_the_groups_counts_and_sums_of_then(store: Store) -> None:
    kim = store.client("kim")

    def heads(more: str = "") -> list[list[str]]:
        page = kim.get(f"/app/thing_list?group=grade&cols=name,price{more}", headers={"accept-language": "zh-CN"}).text
        found = re.findall(r'<tr class="group-head">(.*?)</tr>', page, re.DOTALL)
        return [re.sub(r"<[^>]+>|\s+", " ", one).split() for one in found]

    values = [{"name": "一", "price": "10", "grade": "plain"}, {"name": "二", "price": "20", "grade": "fine"}]
    made = [kim.post("/api/records/thing", json=one).json()["data"]["id"] for one in values]
    then, moment = heads(), store.clock.now().isoformat().replace("+", "%2B")
    assert {one[0] for one in then} >= {"普通", "精品"}
    store.clock.advance(timedelta(hours=1))
    kim.patch(f"/api/records/thing/{made[0]}", json={"grade": "fine", "price": "15"})
    kim.delete(f"/api/records/thing/{made[1]}")
    assert heads() != then
    assert heads(f"&as_of={moment}") == then
    past = kim.get(f"/app/thing_list?group=grade&cols=name,price&as_of={moment}").text.partition("<main")[2]
    toggles = re.findall(r'href="([^"]+)" aria-expanded', past)
    assert toggles and all("as_of=" in one for one in toggles), "opening a group stays at the moment"


def test_fields_that_there_were_not_yet_are_told(store: Store) -> None:
    kim = store.client("kim")
    one = kim.post("/api/records/thing", json={"name": "先有"}).json()["data"]["id"]
    day = store.clock.now().date().isoformat()
    store.clock.advance(timedelta(days=2))
    entity = store.pack / "entities" / "thing.yaml"
    entity.write_text(
        entity.read_text("utf-8") + "  colour: {type: text, label: {zh: 后加的颜色, en: Colour}}\n", "utf-8"
    )
    store.installation.models.open()
    bring_up_to_date(store.installation)
    page = kim.get(f"/r/thing/{one}?as_of={day}", headers={"accept-language": "zh-CN"})
    assert page.status_code == 200
    assert re.search("那时还没有的字段：[^<]*后加的颜色", page.text)
    later = kim.get(f"/r/thing/{one}?as_of={store.clock.now().isoformat()}", headers={"accept-language": "zh-CN"})
    assert "那时还没有的字段" not in later.text
