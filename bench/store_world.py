"""A world of stores: that of sales with what a store's dashboard shows beside them, and people who sign in.

A hundred stores, each with five associates, a hundred members, a trading day with its visits by the hour, five shifts
a day and a target a month; every sale has a line of one of five hundred products. Loaded past all services.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial

from bench.copies import STEP, loading, without_indexes
from bench.sales_world import (
    DAYS,
    FIRST_ASSOCIATE,
    FIRST_MEMBER,
    FIRST_STORE,
    FIRST_UNIT,
    LAST_DAY,
    NOW,
    SalesWorld,
    add_sales,
    analyze,
    sales_world,
)
from bench.world import Home
from engine.model.rollups import rollups_of
from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.records.stored import BUILT_IN
from engine.runtime.rollups.building import build_next
from engine.runtime.rollups.state import forget
from engine.runtime.storage.fields import encode_date
from engine.runtime.work import Work

STORES, STAFF, MEMBERS, PRODUCTS, CATEGORIES = 100, 5, 100, 500, 20
FIRST_PRODUCT, FIRST_CATEGORY, FIRST_ROW, FIRST_LINE = 1_000_000, 900_000, 2 * 10**12, 4 * 10**12
HOURS = range(9, 22)
INSTANT = int(NOW.timestamp()) * 1_000_000
MANAGER, CENTRE = "manager", "centre"
"""Who reads: the manager of the second store, and the headquarters."""
COPIES = 10
"""What is loaded is a tenth of the sales; the rest are copies of them in other stores, by other people, at other hours."""
_SALES = f"""
WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < {COPIES - 1}),
  r AS (SELECT s.*, k.n, (s.store - {FIRST_STORE} + k.n * 11) % {STORES} AS at FROM k CROSS JOIN sale AS s)
"""
_COPIED = {
    "id": f"r.id + r.n * {STEP}",
    "code": "r.code || '-' || r.n",
    "scope_unit": f"{FIRST_UNIT} + r.at",
    "store": f"{FIRST_STORE} + r.at",
    "hour_slot": "8 + (r.hour_slot - 8 + r.n * 5) % 14",
    "associate": f"{FIRST_ASSOCIATE} + r.at * {STAFF} + (r.id + r.n) % {STAFF}",
    "member": f"CASE WHEN r.member IS NOT NULL THEN {FIRST_MEMBER} + r.at * {MEMBERS} + (r.id + r.n * 17) % {MEMBERS} END",
}
_LINES = f"""
INSERT INTO sale_line (id, version, created_at, updated_at, scope_unit, sale, product, quantity, price, unit_cost, amount,
  margin, store, sold_on, sold, offered, quantity_squared, net_quantity, net_amount)
SELECT id + {FIRST_LINE}, 1, created_at, updated_at, scope_unit, id, {FIRST_PRODUCT} + (id * 7919) % {PRODUCTS}, quantity,
  amount * 100, amount * 60, amount, margin, store, sold_on, kind = 'sale', promotion IS NOT NULL, quantity * quantity / 10000,
  CASE WHEN kind = 'refund' THEN -quantity ELSE quantity END, net_amount
FROM sale
"""


def store_world(home: Home, sales: int) -> SalesWorld:
    """Both apps installed, the stores furnished, their sales and lines loaded, all roll-ups built; the caller closes it."""
    empty = sales_world(home.folder, home.database, STORES, 0)
    world = SalesWorld(empty.installation, STORES, sales // COPIES, STAFF, MEMBERS)
    world.installation.workplace.write(world.headquarters, _furnish)
    database = world.installation.database
    database.write(partial(_days, world))
    add_sales(world, 0, world.sales)
    _copy(home)
    _build(world)
    database.write(analyze)
    return world


def _build(world: SalesWorld) -> None:
    """All roll-ups from the loaded rows, a range in a transaction, as the job builds them."""
    database = world.installation.database
    for rollup in rollups_of(world.model).values():
        database.write(partial(forget, rollup=rollup))
        step = partial(build_next, entity=world.model.entities[rollup.entity], rollup=rollup)
        while database.write(step) is not None:
            pass


def _copy(home: Home) -> None:
    database = loading(home)
    database.rows("BEGIN")
    with without_indexes(database, "sale"):
        columns = database.columns("sale")
        names = ", ".join(f'"{name}"' for name in columns)
        values = ", ".join(_COPIED.get(name, f'r."{name}"') for name in columns)
        database.rows(f"INSERT INTO sale ({names}) {_SALES} SELECT {values} FROM r")
    with without_indexes(database, "sale_line"):
        database.rows(_LINES)
    database.rows("COMMIT")
    database.close()


def _furnish(work: Work) -> None:
    """Goods, people, members, space and targets; then who signs in."""
    goods = {
        FIRST_PRODUCT + at: {
            "sku": f"P{at}",
            "name": f"商品 {at}",
            "category": FIRST_CATEGORY + at % CATEGORIES,
            "list_price": 100,
            "cost": 60,
        }
        for at in range(PRODUCTS)
    }
    rows: dict[str, Mapping[int, Mapping[str, object]]] = {
        "product_category": {FIRST_CATEGORY + at: {"code": f"c{at}", "name": f"品类 {at}"} for at in range(CATEGORIES)},
        "store_product": goods,
        "associate": {
            FIRST_ASSOCIATE + at: {"code": f"A{at}", "name": f"店员 {at}", "store": FIRST_STORE + at // STAFF}
            for at in range(STORES * STAFF)
        },
        "loyalty_member": {
            FIRST_MEMBER + at: {
                "code": f"V{at}",
                "name": f"会员 {at}",
                "store": FIRST_STORE + at // MEMBERS,
                "joined_on": LAST_DAY - timedelta(days=at % DAYS),
            }
            for at in range(STORES * MEMBERS)
        },
        "zone": {
            FIRST_ROW + at: {"store": FIRST_STORE + at, "name": "中岛", "area": 80, "category": FIRST_CATEGORY}
            for at in range(STORES)
        },
        "target": {
            FIRST_ROW + at: {
                "store": FIRST_STORE + at // 13,
                "month": date(2025 + (at % 13 + 2) // 12, (at % 13 + 2) % 12 + 1, 1),
                "amount": 100_000,
            }
            for at in range(STORES * 13)
        },
    }
    for name, found in rows.items():
        load_rows(work, work.model.entities[name], list(found.items()))
    finish_loading(work, set(rows))
    for at, (account, unit, seat) in enumerate(((MANAGER, FIRST_UNIT + 1, "manager"), (CENTRE, None, ""))):
        roles = () if unit is not None else ("headquarters",)
        create_user(work.session, NewUser(FIRST_ROW + at, account, account, INSTANT, roles=roles))
        if unit is not None:
            held = Membership(FIRST_ROW + at, FIRST_ROW + at, unit, seat, date(2024, 1, 1), None)
            take_seat(work.session, work.model, held)


def _days(world: SalesWorld, session: Session) -> None:
    """The trading days of every store with their visits and shifts."""
    found: dict[str, list[Mapping[str, object]]] = {"trading_day": [], "footfall": [], "shift": []}
    for at in range(STORES * DAYS):
        store, back = divmod(at, DAYS)
        day = encode_date(LAST_DAY - timedelta(days=back), session.dialect)
        shared = {"version": 1, "created_at": INSTANT, "updated_at": INSTANT, "scope_unit": FIRST_UNIT + store}
        trading = FIRST_ROW + at
        state = "closed" if back else "open"
        found["trading_day"].append(
            {
                **shared,
                "id": trading,
                "store": FIRST_STORE + store,
                "business_date": day,
                "state": state,
                "footfall_total": 40 * len(HOURS),
                "day_target": 330_000,
            }
        )
        for hour in HOURS:
            visits = {
                "trading_day": trading,
                "store": FIRST_STORE + store,
                "counted_on": day,
                "hour_slot": hour,
                "visitors": 30 + hour,
            }
            found["footfall"].append({**shared, "id": trading * 100 + hour, **visits})
        for one in range(STAFF):
            hours = {"shift_kind": "early", "hours": 80, "first_hour": 9, "last_hour": 16, "weekday": "d1"}
            person = {"associate": FIRST_ASSOCIATE + store * STAFF + one, "work_date": day}
            found["shift"].append({**shared, "id": trading * 100 + one, **person, **hours})
    for name, rows in found.items():
        columns = [*BUILT_IN, *world.model.entities[name].fields]
        session.load(name, columns, _told(rows, columns))


def _told(rows: list[Mapping[str, object]], columns: list[str]) -> Iterator[tuple[object, ...]]:
    return (tuple(row.get(name) for name in columns) for row in rows)
