"""The components of the store application on their pages: figures worked out by hand, rows behind them, who sees what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest

from engine.model.requests import AggregateRow
from engine.runtime.identity.users import set_roles
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.work import Work
from engine.widgets.figure_table.ranks import Ranks
from engine.widgets.pairs.query import pairs_of
from tests.conftest import KINDS, unmade_url
from tests.web.site import SINCE, Site, running_site

FIRST = date(2026, 1, 12)
"""A Monday: four weeks of baseline, the week of the offer, two weeks after it. Today is 2026-03-02."""
WEEKS = {
    ("one", "coffee"): (90, 110, 90, 110, 150, 80, 80),
    ("one", "tea"): (200, 200, 200, 200, 190, 200, 200),
    ("two", "coffee"): (40, 60, 40, 60, 55, 50, 50),
    ("two", "tea"): (100, 100, 100, 100, 100, 100, 100),
}
ENTITIES = [
    "store",
    "product_category",
    "supplier",
    "store_product",
    "store_price",
    "associate",
    "promotion",
    "sale",
    "sale_line",
    "stock_movement",
]


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("store")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        running.inside(lambda work: _Shops(work, running.ids).fill())
        yield running


class _Shops:
    """Two stores of one area with their goods, people and sales."""

    def __init__(self, work: Work, ids: dict[str, int]) -> None:
        self.work, self.ids = work, ids
        self.rows: dict[str, list[tuple[int, dict[str, object]]]] = {name: [] for name in ENTITIES}

    def fill(self) -> None:
        self._units()
        self._goods()
        self._people()
        for (store, product), weeks in WEEKS.items():
            for day in range(49):
                self._sell(store, product, FIRST + timedelta(days=day), price=weeks[day // 7])
        for name, values in self.rows.items():
            load_rows(self.work, self.work.model.entities[name], values)
        finish_loading(self.work, set(ENTITIES))

    def _units(self) -> None:
        for code, kind, parent in (
            ("retail", "retail_centre", "hq"),
            ("east", "sales_area", "retail"),
            ("one", "store", "east"),
            ("two", "store", "east"),
        ):
            unit = f"unit_{code}"
            self.ids[unit] = self.work.ids.next()
            above = self.ids["hq" if parent == "hq" else f"unit_{parent}"]
            add_unit(
                self.work.session, self.work.model, Unit(self.ids[unit], code, kind, code, None, above, SINCE, None)
            )
            if kind == "store":
                self._row(code, "store", code=code, name=f"店 {code}", unit=self.ids[unit], active=True)

    def _goods(self) -> None:
        self._row("mill", "supplier", code="G1", name="云岭", lead_days=4, lead_deviation=Decimal(2))
        for product in ("coffee", "tea"):
            self._row(f"of_{product}", "product_category", code=product, name=product)
            self._row(
                product,
                "store_product",
                sku=product,
                name=f"{product} 一盒",
                category=self.ids[f"of_{product}"],
                supplier=self.ids["mill"],
                list_price=Decimal(100),
                cost=Decimal(50),
                pack_size=6,
                active=True,
            )
        place = {"product": self.ids["coffee"], "store": self.ids["one"]}
        self._row("price", "store_price", **place, price=Decimal(100), valid_from=date(2025, 1, 1))
        self._row("opening", "stock_movement", **place, kind="in", quantity=210, moved_on=date(2025, 11, 1))
        self._row(
            "offer",
            "promotion",
            code="CX-1",
            name="咖啡周",
            store=self.ids["one"],
            category=self.ids["of_coffee"],
            state="ended",
            promotion_kind="discount",
            starts_on=date(2026, 2, 9),
            ends_on=date(2026, 2, 15),
            discount=Decimal("0.1"),
            budget=Decimal(20),
        )

    def _people(self) -> None:
        """li and three colleagues in store one; lead heads it, wang works for the headquarters."""
        session, model = self.work.session, self.work.model
        for account, unit, seat in (("li", "one", "associate"), ("lead", "one", "manager")):
            seat_id = self.work.ids.next()
            take_seat(
                session, model, Membership(seat_id, self.ids[account], self.ids[f"unit_{unit}"], seat, SINCE, None)
            )
        set_roles(session, self.ids["wang"], ["headquarters"])
        for name, store, price, count in (
            ("own", "one", 200, 30),
            ("second", "one", 100, 30),
            ("third", "one", 100, 30),
            ("fourth", "one", 500, 2),
            ("fifth", "two", 300, 30),
            ("sixth", "two", 100, 30),
        ):
            user = {"user": self.ids["li"]} if name == "own" else {}
            self._row(name, "associate", code=name, name=f"店员 {name}", store=self.ids[store], active=True, **user)
            for day in range(count):
                self._sell(store, "tea", date(2025, 12, 3) + timedelta(days=day), price=price, associate=name)

    def _sell(self, store: str, product: str, day: date, price: int, associate: str = "") -> None:
        name = f"sale {len(self.rows['sale'])}"
        person = {"associate": self.ids[associate]} if associate else {}
        self._row(name, "sale", code=name, kind="sale", store=self.ids[store], sold_on=day, **person)
        self._row(
            f"{name} line",
            "sale_line",
            sale=self.ids[name],
            product=self.ids[product],
            quantity=Decimal(1),
            price=Decimal(price),
            unit_cost=Decimal(price) / 2,
        )

    def _row(self, called: str, entity: str, **values: object) -> None:
        self.ids[called] = self.work.ids.next()
        self.rows[entity].append((self.ids[called], values))


def page_of(site: Site, person: str, path: str) -> str:
    answer = site.client(person).get(path)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def cells_of(page: str, lead: str) -> list[str]:
    """The figures in the line that begins with these words, without what stands around them."""
    line = next(one for one in re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.S) if lead in one and "lead" in one)
    return [re.sub(r"<[^>]+>", "", one).strip() for one in re.findall(r"<td[^>]*>(.*?)</td>", line, re.S)]


def test_a_promotion_is_held_against_its_baseline(site: Site) -> None:
    """Costs are half of every price, so margins are half of sales. Store one sold 90 and 110 coffee a day in turn, mean 100.

    Offer: store two sold 55 against its mean of 50, so times 1.1: margin 7 × 50 × 1.1 = 385 expected, 7 × 75 = 525 was.
    Tea beside it: 7 × 100 = 700 expected, 7 × 95 = 665 was: −35. After: 14 × 50 = 700 expected, 14 × 40 = 560 was: −140.
    Together 140 − 35 − 140 = −35; less the budget of 20 it is −55.
    """
    page = page_of(site, "money", f"/r/promotion/{site.public('offer')}")
    assert cells_of(page, "活动期间")[1:4] == ["¥525.00", "¥385.00", "¥140.00"]
    assert cells_of(page, "同店其他品类")[1:4] == ["¥665.00", "¥700.00", "−¥35.00"]
    assert cells_of(page, "结束后 14 天")[1:4] == ["¥560.00", "¥700.00", "−¥140.00"]
    assert cells_of(page, "合计")[3] == "−¥35.00"
    assert "−¥55" in page and "不足以判断" in page
    assert "没有对照" not in page


def test_the_rows_behind_what_a_promotion_sold_open(site: Site) -> None:
    page = page_of(site, "money", f"/r/promotion/{site.public('offer')}")
    link = re.search(r'href="(/figures/product_margin/rows[^"]*since=2026-02-09[^"]*)"[^>]*>¥525', page)
    assert link
    rows = page_of(site, "money", link[1])
    assert "¥525" in rows
    assert "d.category" in link[1] and "d.store" in link[1]


def test_a_manager_of_one_store_is_told_that_there_is_no_control(site: Site) -> None:
    """Expected is the plain mean then: 7 × 50 = 350."""
    page = page_of(site, "lead", f"/r/promotion/{site.public('offer')}")
    assert cells_of(page, "活动期间")[1:4] == ["¥525.00", "¥350.00", "¥175.00"]
    assert "没有对照" in page
    assert "店 two" not in page


def test_ones_profile_is_held_against_the_middle_of_the_store(site: Site) -> None:
    """Baskets of 200, 100 and 100: the median is 100, told as 90 to 110; the one with two sales is no peer."""
    assert cells_of(page_of(site, "li", "/app/associate_home"), "客单价")[1:] == ["¥200", "¥90 ~ ¥110", "强项"]
    manager = page_of(site, "lead", f"/r/associate/{site.public('second')}")
    assert cells_of(manager, "客单价")[1:] == ["¥100", "¥90 ~ ¥110", "持平"]


def test_a_profile_is_nobody_elses_and_needs_cases(site: Site) -> None:
    assert "能力雷达" in page_of(site, "li", f"/r/associate/{site.public('own')}")
    assert "能力雷达" not in page_of(site, "li", f"/r/associate/{site.public('second')}")
    assert "满 30 笔再画" in page_of(site, "lead", f"/r/associate/{site.public('fourth')}")


def test_two_are_not_held_against_each_other(site: Site) -> None:
    """Of two the middle would give the other one away."""
    page = page_of(site, "wang", f"/r/associate/{site.public('fifth')}")
    assert "样本够的人不足，不作比较" in page
    assert cells_of(page, "客单价")[1:] == ["¥300", "—", "—"]


def test_an_associate_is_shown_no_ranking_of_colleagues(site: Site) -> None:
    page = page_of(site, "li", "/app/associate_home?period=all")
    assert "店员 second" not in page
    assert "店员 second" in page_of(site, "lead", "/app/store_home?period=all")


def test_an_order_is_proposed_and_made_of_the_proposal(site: Site) -> None:
    """Since 2026-01-05 store one sold 49 coffee, one a day: d = 49 ÷ 56 = 0.875, σd = √(49 ÷ 56) = 0.9354.

    Safety stock 1.6449 × √(4 × 0.875 + 0.875² × 4) = 4.21; reorder point 3.5 + 4.21 = 7.71, so 8.
    Of 210 in stock 49 are sold: 161 are left and nothing is proposed; with 156 written off, 5 are: 8 + 6.125 − 5 = 9.125
    are missing, two packs of six.
    """
    assert "今天没有需要补货的商品" in page_of(site, "wang", "/app/store_replenish")
    written_off = {
        "product": site.public("coffee"),
        "store": site.public("one"),
        "kind": "out",
        "quantity": 156,
        "moved_on": "2026-03-01",
    }
    assert site.client("lead").post("/api/records/stock_movement", json=written_off).status_code == 201
    page = page_of(site, "wang", "/app/store_replenish")
    assert cells_of(page, "coffee 一盒")[2:8] == ["12 件", "5.7 天", "5 件", "0 件", "8 件", "4.2 件"]
    link = re.search(r'href="(/r/replenishment_order/new[^"]*)"', page)
    assert link
    form = page_of(site, "wang", link[1])
    assert re.search(r'name="f.quantity"[^>]* value="12"', form)
    assert "账面为负" not in cells_of(page, "coffee 一盒")[0]
    answer = site.client("lead").post("/api/records/stock_movement", json={**written_off, "quantity": 20})
    assert answer.status_code == 201
    below = cells_of(page_of(site, "wang", "/app/store_replenish"), "coffee 一盒")
    assert "账面为负，先盘点" in below[0] and below[3:5] == ["0 天", "−15 件"], below


def test_pairs_beyond_chance_are_told_from_chance() -> None:
    """Of 100 baskets 20 hold a, 20 hold b, 15 both: chance brings 20 × 20 ÷ 100 = 4, so the lift is 15 ÷ 4 = 3.75.

    c lies in 50 baskets, with a in 11: chance brings 50 × 20 ÷ 100 = 10, the lift is 1.1, which chance brings often.
    """
    lines = [(n, "a") for n in range(20)] + [(n, "b") for n in range(5, 25)]
    lines += [(n, "c") for n in (*range(9, 20), *range(50, 89))] + [(n, "d") for n in range(90, 100)]
    lines += [(n, "e") for n in range(25, 50)] + [(89, "e")]
    found = {(one.first, one.second): one for one in pairs_of(lines, 5)}
    assert len({basket for basket, _ in lines}) == 100
    assert (found["a", "b"].together, found["a", "b"].lift, found["a", "b"].certain) == (15, 3.75, True)
    assert (found["a", "c"].together, found["a", "c"].lift, found["a", "c"].certain) == (11, 1.1, False)
    assert pairs_of(lines, 16) == []


def test_ranks_tell_how_lines_moved_and_where_they_stand_among_their_kind() -> None:
    def rows(*keys: str) -> list[AggregateRow]:
        kinds = {"north": "mall", "south": "office", "west": "mall"}
        return [AggregateRow((key, kinds[key]), (key, None), {}) for key in keys]

    now = rows("north", "south", "west")
    ranks = Ranks.of(now, rows("south", "north"), 1)
    assert [ranks.moved(row) for row in now] == [1, -1, None]
    assert [ranks.among(row) for row in now] == ["1/2", "1/1", "2/2"]


def test_a_mobile_that_belongs_to_a_member_is_refused_whoever_writes(site: Site) -> None:
    manager = site.client("lead")
    member = {"code": "V1", "name": "王小明", "phone": "13900000001", "store": site.public("one")}
    assert manager.post("/api/records/loyalty_member", json=member).status_code == 201
    again = manager.post("/api/records/loyalty_member", json={**member, "code": "V2", "phone": "+86 139-0000-0001"})
    assert (again.status_code, again.json()["error"]["problems"][0]["code"]) == (422, "duplicate")
    typed = {f"f.{name}": value for name, value in {**member, "code": "V3"}.items()}
    page = manager.post("/r/loyalty_member", data=typed)
    assert page.status_code == 422
    assert "这个手机号已是会员" in page.text
    assert 'name="@confirm"' not in page.text, "nobody can say that it is another one"
    other = {**typed, "f.phone": "13900000002"}
    assert manager.post("/r/loyalty_member", data=other).status_code == 303, "another mobile is a member"
    theirs = site.client("li").post("/api/records/loyalty_member", json={**member, "name": "李", "code": "V4"})
    assert (theirs.status_code, "另有 1 条你无权查看" in theirs.text) == (422, True)
    assert "王小明" in again.text and "王小明" not in theirs.text, "whose mobile it is stays behind the mask"
