"""A world of sales: both apps installed, stores in their units, and any number of sales, loaded past all services."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from bench.report import SEED
from engine.application import Installation, bring_up_to_date, open_installation
from engine.model.app import AppModel
from engine.model.context import Context, Principal, SeatHeld
from engine.runtime.clock import clock_from
from engine.runtime.database.protocol import Row, Session
from engine.runtime.database.statements import Dialect, Statement
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.records.stored import BUILT_IN
from engine.runtime.settings import Settings
from engine.runtime.storage.fields import encode_date
from engine.runtime.work import Work

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LAST_DAY, DAYS = date(2026, 3, 1), 365
PIECE = 50_000
FIRST_UNIT, FIRST_STORE, FIRST_SALE = 1_000, 10_000, 10**12
FIRST_ASSOCIATE, FIRST_MEMBER = 20_000, 100_000
PAYMENTS = ("wechat", "alipay", "card", "cash", "stored")


@dataclass(frozen=True)
class SalesWorld:
    """An installation with stores and sales; figures are asked by headquarters, an area and one store."""

    installation: Installation
    stores: int
    sales: int
    staff: int = 0
    """Associates of each store; their ids follow each other from FIRST_ASSOCIATE on, store after store."""
    members: int = 0
    """Members of each store, from FIRST_MEMBER on; a third of the sales is to one of them."""

    @property
    def model(self) -> AppModel:
        return self.installation.models.current()

    @property
    def headquarters(self) -> Context:
        return context("headquarters", range(FIRST_UNIT, FIRST_UNIT + 1))

    @property
    def area(self) -> Context:
        return context("area_manager", range(FIRST_UNIT, FIRST_UNIT + max(self.stores // 4, 1)))

    @property
    def store(self) -> Context:
        return context("store_manager", range(FIRST_UNIT + 1, FIRST_UNIT + 2))


def context(role: str, units: range) -> Context:
    """Somebody in one role, seated in these units."""
    held = frozenset(units)
    return Context(
        principal=Principal(0, role, frozenset({role}), service="bench"),
        now=NOW,
        seats=tuple(SeatHeld(unit, role, frozenset({role})) for unit in sorted(held)[:1]),
        scopes={"user.units": held, "user.subtree": held, "user.reports": frozenset()},
    )


def sales_world(folder: Path, database_url: str, stores: int, sales: int) -> SalesWorld:
    """Install both apps in an empty database and fill it; the caller closes the database."""
    url = database_url if database_url.startswith("postgres") else ""
    clock = clock_from(NOW.isoformat())
    installation = open_installation(Settings(data=folder, database=url), clock)
    bring_up_to_date(installation)
    made = SalesWorld(installation, stores, sales)
    installation.workplace.write(made.headquarters, partial(_found, stores=stores))
    add_sales(made, 0, sales)
    return made


def add_sales(world: SalesWorld, first: int, last: int) -> None:
    """Load the sales of these numbers, a piece in a transaction, and let the database look at what it has."""
    database = world.installation.database
    for low in range(first, last, PIECE):
        rows = partial(_sales, world, range(low, min(low + PIECE, last)), database.dialect)
        database.write(lambda session, rows=rows: session.load("sale", _columns(world), rows()))
    database.write(analyze)


def analyze(session: Session) -> None:
    """Let the database look at what it has."""
    session.execute(Statement("ANALYZE", (), session.dialect))


def _found(work: Work, stores: int) -> None:
    since = date(2024, 1, 1)
    rows = []
    for at in range(stores):
        unit = Unit(FIRST_UNIT + at, f"s{at}", "store", f"{at} 号店", None, None, since, None)
        add_unit(work.session, work.model, unit)
        city = ("杭州", "苏州", "南京", "上海")[at % 4]
        values = {"code": f"S{at:03d}", "name": f"{at} 号店", "unit": FIRST_UNIT + at, "city": city}
        rows.append((FIRST_STORE + at, {**values, "store_type": ("community", "office", "mall")[at % 3]}))
    load_rows(work, work.model.entities["store"], rows)
    finish_loading(work, {"store"})


def _columns(world: SalesWorld) -> list[str]:
    return [*BUILT_IN, *world.model.entities["sale"].fields]


def _sales(world: SalesWorld, numbers: range, dialect: Dialect) -> Iterator[Row]:
    """Sales of all stores day after day by one seed, one in fifty entered late; every tenth is a refund."""
    random, instant = Random(SEED + numbers.start), int(NOW.timestamp()) * 1_000_000
    columns = _columns(world)
    for number in numbers:
        store, amount = random.randrange(world.stores), random.randrange(100, 90_000)
        refund, day = number % 10 == 0, _day(world, number, random)
        values = {
            "id": FIRST_SALE + number,
            "version": 1,
            "created_at": instant,
            "updated_at": instant,
            "scope_unit": FIRST_UNIT + store,
            "code": f"B{number:09d}",
            "kind": "refund" if refund else "sale",
            "store": FIRST_STORE + store,
            "sold_on": encode_date(day, dialect),
            "sold_at": instant,
            "hour_slot": random.randrange(8, 22),
            "weekday": f"d{day.isoweekday()}",
            "payment": random.choice(PAYMENTS),
            "amount": amount,
            "net_amount": -amount if refund else amount,
            "quantity": random.randint(1, 5) * 1000,
            "item_count": 1,
            "margin": amount // 3,
            "to_member": _to_member(world, number),
            "associate": FIRST_ASSOCIATE + store * world.staff + number % world.staff if world.staff else None,
            "member": FIRST_MEMBER + store * world.members + number % world.members
            if _to_member(world, number)
            else None,
        }
        yield tuple(values.get(name) for name in columns)


def _to_member(world: SalesWorld, number: int) -> bool:
    return world.members > 0 and number % 3 == 0


def _day(world: SalesWorld, number: int, random: Random) -> date:
    """The day of a sale: later sales have later days, but for those that were entered late."""
    at = random.randrange(DAYS) if random.random() < 0.02 else min(number * DAYS // world.sales, DAYS - 1)
    return LAST_DAY - timedelta(days=DAYS - 1 - at)
