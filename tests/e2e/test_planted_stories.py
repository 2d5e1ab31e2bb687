"""The stories that the demonstration plants in three stores: for each, the tile that ranks or flags it is read as it stands on its page."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from tests.e2e.people import Person, Server


@dataclass
class Centre:
    """Pages as the director of the retail centre reads them, asked for without showing them."""

    person: Person

    def page(self, path: str) -> str:
        answer = self.person.context.request.get(self.person.base + path)
        assert answer.status == 200, path
        return answer.text()

    def chart(self, path: str, title: str) -> list[tuple[str, str]]:
        """The categories of a chart with their figures, as its table says them."""
        table = re.search(rf"<caption>{re.escape(title)}</caption>.*?</table>", self.page(path), re.DOTALL)
        assert table is not None, title
        rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td>', table[0])
        return [(html.unescape(name), value) for name, value in rows]

    def lines(self, path: str, title: str) -> list[list[str]]:
        """The lines of a table of figures."""
        table = re.search(rf'aria-label="{re.escape(title)}".*?</table>', self.page(path), re.DOTALL)
        assert table is not None, title
        rows = re.findall(r"<tr.*?</tr>", table[0][table[0].index("<tbody") :], re.DOTALL)
        return [[words(cell) for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)] for row in rows]

    def record(self, entity: str, field: str, value: str) -> str:
        return words(self.page(f"/r/{entity}/{self.identity(entity, field, value)}"))

    def identity(self, entity: str, field: str, value: str) -> str:
        found = self.person.context.request.get(f"{self.person.base}/api/records/{entity}?limit=200").json()["data"]
        return str(next(one["id"] for one in found if one[field] == value))


def words(page: str) -> str:
    """What a page says, its drawings left out."""
    without = re.sub(r"<svg.*?</svg>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", without))).strip()


def number(text: str) -> float:
    """The first number of a text; its minus may be typographic."""
    found = re.search(r"-?\d[\d,]*\.?\d*", text.replace("−", "-"))
    assert found is not None, text
    return float(found[0].replace(",", ""))


@pytest.fixture(scope="module")
def centre(browser: Browser, server: Server) -> Iterator[Centre]:
    person = Person(browser, server, "fang_ling")
    yield Centre(person)
    person.close()


def test_an_associate_sells_more_with_every_sale(centre: Centre) -> None:
    lines = centre.lines("/app/store_basket?period=last_90_days", "谁最会连带？")
    assert lines[0][0] == "叶青"
    assert number(lines[0][1]) > 1.1 * number(lines[1][1])


def test_a_faulty_batch_comes_back_in_one_store(centre: Centre) -> None:
    rates = dict(centre.chart("/app/headquarters_home?period=last_90_days", "哪家店退货率异常？"))
    worst = max(rates, key=lambda store: number(rates[store]))
    assert worst == "国贸健康药房"
    assert number(rates[worst]) > 1.5 * sorted(map(number, rates.values()))[-2]


def test_the_promotion_that_sold_most_earned_least(centre: Centre) -> None:
    sold = centre.chart("/app/store_promotions?period=all", "哪场促销卖得多？")
    margins = dict(centre.chart("/app/store_promotions?period=all", "哪场促销不赚钱？"))
    assert sold[0][0] == min(margins, key=lambda name: number(margins[name])) == "双 11 全场狂欢"


def test_its_effect_is_not_called_a_success(centre: Centre) -> None:
    told = centre.record("promotion", "code", "CX-001")
    assert "不足以判断赚还是亏" in told or "不划算：" in told, "with ten times as many sales the interval is narrower"


def test_goods_of_last_winter_do_not_move(centre: Centre) -> None:
    flagged = {line[0] for line in centre.lines("/app/store_goods?period=last_30_days", "哪些货压着不动？")}
    assert flagged & {"毛绒热水袋"}, flagged


def test_what_runs_out_comes_first_among_what_to_order(centre: Centre) -> None:
    lines = centre.lines("/app/store_replenish", "今天该补什么？")
    days = [number(line[3]) for line in lines]
    assert lines[0][0].startswith("低糖燕麦饼干")
    assert days == sorted(days)
    assert days[0] < 10


def test_a_product_whose_price_was_tried_has_an_elasticity(centre: Centre) -> None:
    told = centre.record("store_product", "name", "手冲滤纸 V60 100 张")
    assert "换个价格会怎样？ 现在每周约" in told
    assert "换个价格会怎样？ 不足以判断" in centre.record("store_product", "name", "毛绒热水袋")


def test_a_launch_is_told_by_the_course_of_those_before_it(centre: Centre) -> None:
    told = centre.record("store_product", "sku", "XP07")
    found = re.search(r"上市 4 周卖了 (\d+) 件，到第 12 周约 (\d+) 件", told)
    assert found is not None
    assert int(found[2]) > int(found[1])
    off = re.search(r"按走势 ([\d.]+) %，按速度 ([\d.]+) %，取同类平均 ([\d.]+) %", told)
    assert off is not None
    by_course, by_pace, by_mean = map(float, off.groups())
    print(f"off by {by_course} % by their course, {by_pace} % by pace, {by_mean} % by their mean")
    assert by_course < min(by_pace, by_mean)


def test_more_visitors_come_and_fewer_of_them_buy(centre: Centre) -> None:
    """The mall store: of its own rate in the months before, the others keep theirs."""
    now, before = (
        {line[1]: number(line[2]) for line in centre.lines(f"/app/store_traffic?period={period}", "各店每一步")}
        for period in ("last_30_days", "last_90_days")
    )
    fallen = {store: now[store] / before[store] for store in now}
    assert min(fallen, key=lambda store: fallen[store]) == "朝阳大悦城商场店", fallen


def test_chronic_care_members_make_the_pharmacy_sell_most_to_members(centre: Centre) -> None:
    told = centre.chart("/app/store_members?period=last_90_days", "哪家店会员贡献大？")
    shares = {store: number(share) for store, share in told}
    assert max(shares, key=lambda store: shares[store]) == "国贸健康药房", shares


def test_noon_is_short_of_hands_on_working_days(centre: Centre) -> None:
    pharmacy = centre.identity("store", "code", "GM")
    page = words(centre.page(f"/app/store_planning?period=last_90_days&store={pharmacy}"))
    noon = re.search(r"12–13((?: ▲| ▽)? \S+){7}", page)
    assert noon is not None
    assert noon[0].count("▲") >= 3


def test_an_aisle_is_dead(centre: Centre) -> None:
    """The aisle of stationery and gifts in the community store is large and sells least per square metre."""
    lines = centre.lines("/app/store_floor?period=last_90_days", "哪条过道不出货？")
    assert lines[0][:2] == ["文具礼品", "望京社区店"], lines
    assert number(lines[0][2]) < 0.7 * number(lines[1][2]), lines


def test_the_week_end_runs_out_on_fridays(centre: Centre) -> None:
    days = dict(centre.chart("/app/store_goods?period=last_90_days", "星期几缺货多？"))
    worst = max(days, key=lambda day: number(days[day]))
    assert worst == "周五", days
    assert number(days[worst]) > 2 * sorted(map(number, days.values()))[-2]
    missing = centre.chart("/app/store_goods?period=last_90_days", "什么常缺货？")
    assert {name for name, _ in missing[:2]} == {"每日坚果 30 包", "黄油曲奇礼盒"}, missing


def test_a_launch_takes_from_its_own_category(centre: Centre) -> None:
    told = centre.record("store_product", "sku", "SPS02")
    assert "抢了同类 新品每周卖" in told and "「原味苏打饼干 12 片」少得最多" in told
    rate = re.search(r"约 (\d+) % 是从同类抢来的", told)
    assert rate is not None and 30 < int(rate[1]) < 130, told
    assert "看不出抢了同类" in centre.record("store_product", "sku", "XP06")
