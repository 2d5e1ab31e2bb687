"""Planning in a store: odd days are told once to whom they concern; forecast, staffing and price say what can be said, and what cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from engine.model.twofold import MARK, told_in
from engine.runtime.alerts.watching import AlertClock
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.moments import remember_moment
from engine.runtime.notices import notices_for
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.work import Work
from tests.conftest import KINDS, unmade_url
from tests.web.site import HASH, NOW, SINCE, Site, running_site

SUNDAY = date(2026, 3, 1)
SUNDAYS = (100, 110, 90, 100, 120, 100, 80, 100)
"""What store one sold on the eight Sundays before: the median is 100, the MAD 5."""
UNITS = (
    ("retail", "retail_centre", "hq"),
    ("north", "sales_area", "retail"),
    ("one", "store", "north"),
    ("two", "store", "north"),
    ("three", "store", "north"),
)
LAUNCHES = {
    "first": (date(2025, 9, 1), (10, 10, 10, 10, *(5,) * 8)),
    "second": (date(2025, 9, 1), (5, 5, 5, 5, *(1.25,) * 8)),
    "third": (date(2025, 9, 1), (15, 15, 15, 15, *(3.75,) * 8)),
    "newest": (date(2026, 2, 2), (8, 8, 4, 0)),
}
"""What products sold in store three on the Mondays after their launch."""
PEOPLE = {
    "manager": ("one", "manager"),
    "seller": ("one", "associate"),
    "elsewhere": ("two", "manager"),
    "third": ("three", "manager"),
    "leader": ("north", "area_manager"),
    "centre": ("retail", "director"),
}


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("planning")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder), NOW) as running:
        running.inside(lambda work: _stores(work, running.ids))
        running.inside(lambda work: _goods_and_sales(work, running.ids))
        yield running


def _stores(work: Work, ids: dict[str, int]) -> None:
    for code, kind, parent in UNITS:
        ids[code] = work.ids.next()
        add_unit(work.session, work.model, Unit(ids[code], code, kind, code, None, ids[parent], SINCE, None))
    for account, (unit, seat) in PEOPLE.items():
        ids[account] = work.ids.next()
        create_user(work.session, NewUser(ids[account], account, account.title(), 0, HASH, roles=()))
        take_seat(work.session, work.model, Membership(work.ids.next(), ids[account], ids[unit], seat, SINCE, None))


def _rows(work: Work, ids: dict[str, int], entity: str, rows: dict[str, dict[str, object]]) -> None:
    ids.update({name: work.ids.next() for name in rows})
    load_rows(work, work.model.entities[entity], [(ids[name], values) for name, values in rows.items()])


def _goods_and_sales(work: Work, ids: dict[str, int]) -> None:
    """Sundays of store one at 1 yuan a piece; a pot that sells with elasticity -2 about 10 yuan, a leaf at one price."""
    _rows(
        work,
        ids,
        "store",
        {f"shop_{one}": {"code": one, "name": f"店{one}", "unit": ids[one]} for one in ("one", "two", "three")},
    )
    _rows(
        work,
        ids,
        "product_category",
        {"drinks": {"code": "drinks", "name": "饮品"}, "snacks": {"code": "snacks", "name": "零食"}},
    )
    goods: dict[str, dict[str, object]] = {
        name: {"sku": name, "name": name, "category": ids["drinks"], "list_price": 10, "cost": 6}
        for name in ("pot", "leaf")
    }
    for name, (launched, _) in LAUNCHES.items():
        goods[name] = {**goods["pot"], "sku": name, "name": name, "category": ids["snacks"], "launched_on": launched}
    _rows(work, ids, "store_product", goods)
    _rows(
        work, ids, "associate", {"me": {"code": "A1", "name": "小顾", "user": ids["seller"], "store": ids["shop_one"]}}
    )
    sales: dict[str, dict[str, object]] = {}
    lines: dict[str, dict[str, object]] = {}

    def sell(name: str, store: str, day: date, product: str, quantity: float, price: float) -> None:
        at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
        sales[name] = {"kind": "sale", "store": ids[f"shop_{store}"], "sold_on": day, "sold_at": at, "code": name}
        lines[f"{name}_l"] = {
            "sale": name,
            "product": ids[product],
            "quantity": str(quantity),
            "price": f"{price:.2f}",
            "unit_cost": 6,
        }

    for back, amount in enumerate((160, *reversed(SUNDAYS))):
        sell(f"sunday_{back}", "one", SUNDAY - timedelta(days=7 * back), "leaf", amount, 1)
    for back, amount in enumerate((100, *reversed(SUNDAYS))):
        sell(f"saturday_{back}", "three", SUNDAY - timedelta(days=7 * back + 1), "leaf", amount, 1)
    for back in range(1, 41):
        price = 10 * (1.0, 0.9, 1.1, 0.8)[back % 4]
        noise = (1.02, 0.98, 1.01, 0.99, 1.0)[back % 5]
        quantity = round(40 * (price / 10) ** -2 * noise, 3)
        sell(f"week_{back}", "two", SUNDAY - timedelta(days=7 * back + 3), "pot", quantity, price)
    for name, (launched, weeks) in LAUNCHES.items():
        for week, quantity in enumerate(weeks):
            if quantity:
                sell(f"{name}_{week}", "three", launched + timedelta(days=7 * week), name, quantity, 10)
    _rows(work, ids, "sale", sales)
    _rows(work, ids, "sale_line", {name: {**one, "sale": ids[str(one["sale"])]} for name, one in lines.items()})
    shift = {"associate": ids["me"], "shift_kind": "late", "starts_at_hour": 16, "hours": 4}
    shifts = {f"shift_{back}": {**shift, "work_date": SUNDAY - timedelta(days=7 * back)} for back in range(9)}
    _rows(work, ids, "shift", shifts)
    finish_loading(work, {"store", "product_category", "store_product", "associate", "sale", "sale_line", "shift"})


def page(site: Site, person: str, path: str) -> str:
    answer = site.client(person).get(path, headers={"accept-language": "zh-CN"})
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def test_an_odd_day_is_told_once_to_whom_it_concerns(site: Site) -> None:
    # The Sunday sold 160: 0.6745 x (160 - 100) / 5 = 8.09. Store two sold nothing on
    # Thursday the 26th of February, for the first time in eight weeks; on any Sunday it did as ever.
    clock = AlertClock(site.installation.workplace, "Asia/Shanghai")
    assert clock.look(NOW.replace(hour=0) - timedelta(hours=1)) == 0, "its hour has not come"
    assert clock.look(NOW) == 2
    assert clock.look(NOW) == 0
    found = site.client("manager").get("/api/records/store_alert").json()["data"]
    told = {name: found[0][name] for name in ("day", "value", "usual", "score", "weeks", "direction", "status")}
    assert told == {
        "day": "2026-03-01", "value": "160.00", "usual": "100.00", "score": "8.09", "weeks": 8, "direction": "high", "status": "open",
    }  # fmt: skip
    assert len(found) == 1 and "店one 3月1日周日销售额偏高" in found[0]["title"]
    others = site.client("elsewhere").get("/api/records/store_alert").json()["data"]
    assert [(one["day"], one["value"], one["direction"]) for one in others] == [("2026-02-26", "0.00", "low")]
    assert site.client("seller").get("/api/records/store_alert").status_code == 404
    assert found[0]["title"].endswith("店one, Sun 1 Mar: Sales high, 160 against a usual 100")
    for language, words in (("zh-CN", "店one 3月1日周日销售额偏高：160，平常 100<"), ("en", "店one, Sun 1 Mar: ")):
        for path in ("/app/store_alert_list", f"/r/store_alert/{found[0]['id']}", "/inbox"):
            shown = site.client("manager").get(path, headers={"accept-language": language}).text
            assert words in shown and MARK not in shown, (path, language)
        notice = site.client("leader").get("/inbox?tab=notices", headers={"accept-language": language}).text
        assert words.rstrip("<") in notice and MARK not in notice, language
    leaders = site.inside(lambda work: notices_for(work.session, site.ids["leader"]))
    assert "店one 3月1日周日销售额偏高：160，平常 100" in [told_in(one.message.title, "zh") for one in leaders]
    inbox = site.client("manager").get("/api/inbox").json()["data"]
    assert [one["title"] for one in inbox] == ["店one 3月1日周日销售额偏高：160，平常 100"]


def test_what_a_till_brings_in_late_is_judged_when_it_comes(site: Site) -> None:
    """Saturday the 28th sold 100 in store three, as ever; two days later a till brings in 60 more of it."""
    clock = AlertClock(site.installation.workplace, "Asia/Shanghai")
    clock.look(NOW)

    line = {"product": site.public("leaf"), "quantity": "60", "price": "1.00"}
    late = {"kind": "sale", "store": site.public("shop_three"), "sold_on": "2026-02-28", "lines": [line]}
    answer = site.client("third").post("/api/records/sale", json=late)
    assert answer.status_code == 201, answer.text
    assert clock.look(NOW + timedelta(minutes=10)) == 0, "not more often than every quarter of an hour"
    assert clock.look(NOW + timedelta(minutes=20)) == 1
    assert clock.look(NOW + timedelta(minutes=40)) == 0, "once"
    told = site.client("centre").get("/api/records/store_alert?day=2026-02-28").json()["data"]
    assert [(one["value"], one["direction"]) for one in told] == [("160.00", "high")]


def test_a_fact_that_was_dismissed_is_not_told_again(site: Site) -> None:
    clock = AlertClock(site.installation.workplace, "Asia/Shanghai")
    clock.look(NOW)
    manager = site.client("manager")
    row = manager.get("/api/records/store_alert").json()["data"][0]
    answer = manager.patch(
        f"/api/records/store_alert/{row['id']}", json={"status": "dismissed", "reason": "group_order"}
    )
    assert answer.status_code == 200, answer.text
    for alert in site.installation.models.current().alerts:
        site.inside(lambda work, name=alert: remember_moment(work.session, f"alert:{name}", NOW - timedelta(days=9)))
    assert clock.look(NOW) == 0


def test_a_price_that_moved_is_foretold_and_one_that_stood_still_is_not(site: Site) -> None:
    pot = page(site, "centre", f"/r/store_product/{site.public('pot')}")
    # 40 weeks at 8, 9, 10 and 11 yuan with elasticity -2; the noise is at most 2 %.
    assert "价格弹性 −2.0" in pot and "90 % 区间" in pot
    assert "按这个价起草门店价" in pot and f"product={site.public('pot')}" in pot
    # The cost is 6: no price below it is offered, whatever the slider says.
    assert 'min="6.0"' in pot
    leaf = page(site, "centre", f"/r/store_product/{site.public('leaf')}")
    assert "不足以判断" in leaf and "价格弹性" not in leaf
    manager = page(site, "manager", f"/r/store_product/{site.public('pot')}")
    assert "不足以判断" in manager, "store one never sold it: what store two sold is not told"
    below = {
        "product": site.public("pot"),
        "store": site.public("shop_two"),
        "price": "5.99",
        "valid_from": "2026-03-02",
    }
    assert site.client("centre").post("/api/records/store_price", json=below).status_code == 422
    assert site.client("centre").post("/api/records/store_price", json={**below, "price": "6.00"}).status_code == 201


def test_a_series_long_enough_is_foretold_with_its_backtest(site: Site) -> None:
    shown = page(site, "manager", "/app/store_planning")
    # From the first Sunday, 4 January, to the 1st of March there are 57 days: enough. The week has its least of 28 not.
    assert "MASE" in shown and "57 期历史" in shown
    assert "需要至少 28 周的历史，现有 9" in shown
    assert "/figures/sales_amount/rows" in shown
    other = page(site, "elsewhere", "/app/store_planning")
    assert "57 期历史" not in other


def test_hours_with_too_few_and_too_many_at_work_are_named(site: Site) -> None:
    """On nine Sundays 960 yuan are sold at 18, with one at work from 16 to 20: 36 hours, 26.67 yuan each on average.

    At 18 it is 960 ÷ 9 = 106.67, four times that; in the other three hours nothing.
    """
    shown = page(site, "manager", "/app/store_planning")
    staff = shown[shown.index("staffing") :]
    assert "每工时平均 ¥26.7，" in staff and "约 36 个在岗小时" in staff
    assert re.findall(r"<strong>(周日 [^<]+)</strong> 每工时 ([^，]+)，是平均的 ([0-9.]+) 倍", staff) == [
        ("周日 18–19", "¥107", "4.0"),
        ("周日 16–17", "¥0", "0.0"),
        ("周日 17–18", "¥0", "0.0"),
        ("周日 19–20", "¥0", "0.0"),
    ]
    assert "这段时间没有销售或排班" in page(site, "elsewhere", "/app/store_planning")
    days = page(site, "manager", "/app/shift_list?v=all")
    assert set(re.findall(r'class="event"[^>]*>([^<]*)<', days)) == {"小顾"}, "a reference is told by its name"


def test_a_new_product_goes_on_as_those_launched_before_it_went_on(site: Site) -> None:
    """Of 12 weeks four are over. Whole to four weeks: 80 ÷ 40 = 2, 30 ÷ 20 and 90 ÷ 60 = 1.5, the median 1.5: 20 × 1.5 = 30.

    Left out one by one: |60 − 80| + |35 − 30| + |105 − 90| = 40 of 200; by pace 40 + 30 + 90 = 160, by mean 20 + 55 + 35 = 110.
    """
    shown = page(site, "centre", f"/r/store_product/{site.public('newest')}")
    curve = shown[shown.index("launch-curve") :]
    assert re.search(r"上市 4 周卖了 20 [^，]*，到第 12 周约 <strong>30 ", curve)
    assert "按 3 个同类新品" in curve and "按走势 20 %，按速度 80 %，取同类平均 55 %" in curve
    others = page(site, "manager", f"/r/store_product/{site.public('newest')}")
    assert "到第 12 周约" not in others, "store one never sold it: what store three sold is not told"


def test_a_plan_begins_with_the_stores_own_figures(site: Site) -> None:
    """From the 2nd of February on store one sold 100 + 80 + 100 + 160 = 440 pieces at 1 yuan: 15.71 a day, 7 days 109.97."""
    plan = {"store": site.public("shop_one"), "category": site.public("drinks"), "starts_on": "2026-03-09"}
    made = site.client("manager").post("/api/records/promotion", json=plan)
    assert made.status_code == 201, made.text
    kept = site.client("manager").get(f"/api/records/promotion/{made.json()['data']['id']}").json()["data"]
    told = {name: kept[name] for name in ("day_sales", "day_units", "baseline_sales", "stock_units")}
    assert told == {
        "day_sales": "15.71", "day_units": "15.714", "baseline_sales": "109.97", "stock_units": "-960.000",
    }  # fmt: skip
    typed = site.client("manager").post("/api/records/promotion", json={**plan, "day_sales": "20.00"})
    assert typed.status_code == 201, typed.text
    kept = site.client("manager").get(f"/api/records/promotion/{typed.json()['data']['id']}").json()["data"]
    assert (kept["day_sales"], kept["baseline_sales"]) == ("20.00", "140.00")
