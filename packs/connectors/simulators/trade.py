"""The company's trade beside its ERP: bins of its warehouses, tills of its shops, trades of its online shop, tickets of its
customers. Made from a seed out of the same materials, customers and orders, and coherent.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from packs.connectors.simulators.company import START, Company, Customer, Material, Order

WAREHOUSES = ("WH-SZ", "WH-CD")
STORES = ("SH001", "SH002", "HZ001")
DAYS = 20
STATES = ("new", "assigned", "working", "resolved", "closed")
FAULTS = (("E101", "伺服过载", "润滑不足"), ("E205", "相机失焦", "振动松动"), ("E310", "气压不足", "接头漏气"))
REASONS = ("尺寸不符", "少件", "七天无理由")


@dataclass(frozen=True, slots=True)
class Movement:
    """So much of a material into a bin, or out of it for an order."""

    number: str
    document: str
    material: Material
    quantity: int
    warehouse: str
    bin: str
    at: datetime
    order: Order | None
    changed: datetime


@dataclass(frozen=True, slots=True)
class Bin:
    """What the movements left in a bin."""

    warehouse: str
    bin: str
    material: Material
    quantity: int
    changed: datetime


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A line of a ticket or of a trade."""

    number: str
    place: int
    material: Material
    quantity: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        """What it comes to."""
        return self.price * self.quantity


@dataclass(frozen=True, slots=True)
class Sale:
    """A ticket of a till, or a trade of the online shop."""

    number: str
    store: str
    at: datetime
    lines: tuple[SaleLine, ...]
    discount: Decimal
    payment: str
    changed: datetime

    @property
    def total(self) -> Decimal:
        """What was paid."""
        return sum((one.amount for one in self.lines), Decimal(0)) - self.discount


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a customer complained of, and the instants at which each state began."""

    number: str
    customer: Customer
    material: Material
    fault: tuple[str, str, str]
    priority: int
    states: tuple[tuple[str, datetime], ...]
    changed: datetime


class Trade:
    """All of it, each list in the order in which its rows changed."""

    def __init__(self, company: Company, seed: int) -> None:
        self._chance = random.Random(f"trade {seed}")
        self._now = START
        self.company = company
        self.spares = [one for one in company.materials if one.category == "备件"]
        self.inbound = list(self._inbound())
        self.outbound = list(self._outbound())
        self.bins = list(self._bins())
        self.sales = [self._sale(f"P{number:06}", self._chance.choice(STORES), "tills") for number in range(1, 151)]
        self.trades = [self._sale(f"{2_600_000_000 + number}", "online", "online") for number in range(1, 131)]
        self.tickets = [self._ticket(number) for number in range(1, 141)]

    def _later(self) -> datetime:
        self._now += timedelta(seconds=self._chance.randrange(1, 600))
        return self._now

    def _inbound(self) -> Iterator[Movement]:
        """Each material came once into a bin of its own."""
        for number, one in enumerate(self.company.materials, start=1):
            warehouse = WAREHOUSES[number % 2]
            place = f"{'ABCDEF'[number % 6]}-{number:03}"
            at, quantity = START + timedelta(hours=number), self._chance.randrange(200, 900)
            document = f"RK-{number // 5 + 1:05}"
            yield Movement(f"IN-{number:06}", document, one, quantity, warehouse, place, at, None, self._later())

    def _outbound(self) -> Iterator[Movement]:
        """What was sent for orders that were sent: never more than lay there."""
        left = {one.material.code: one.quantity for one in self.inbound}
        at = {one.material.code: one for one in self.inbound}
        sent = [one for one in self.company.orders if one.state in {"已发货", "已关闭"}]
        for number, order in enumerate(sent, start=1):
            material = self._chance.choice(self.company.materials)
            quantity = min(self._chance.randrange(1, 30), left[material.code])
            left[material.code] -= quantity
            came, day = at[material.code], datetime.combine(order.day, START.time()) + timedelta(days=3)
            yield Movement(
                f"OUT-{number:06}",
                f"CK-{number:05}",
                material,
                quantity,
                came.warehouse,
                came.bin,
                day,
                order,
                self._later(),
            )

    def _bins(self) -> Iterator[Bin]:
        gone: dict[str, int] = defaultdict(int)
        for one in self.outbound:
            gone[one.material.code] += one.quantity
        for one in self.inbound:
            left = one.quantity - gone[one.material.code]
            yield Bin(one.warehouse, one.bin, one.material, left, self._later())

    def _sale(self, number: str, store: str, kind: str) -> Sale:
        lines = tuple(
            SaleLine(f"{number}-{place}", place, one, self._chance.randrange(1, 4), one.price)
            for place, one in enumerate(self._chance.sample(self.spares, self._chance.randrange(1, 4)), start=1)
        )
        at = START + timedelta(days=self._chance.randrange(DAYS), minutes=self._chance.randrange(600))
        discount = Decimal(self._chance.choice((0, 0, 0, 10, 50)))
        ways = ("现金", "微信", "支付宝") if kind == "tills" else ("alipay",)
        return Sale(number, store, at, lines, discount, self._chance.choice(ways), self._later())

    def _ticket(self, number: int) -> Ticket:
        at = START + timedelta(days=self._chance.randrange(300), minutes=self._chance.randrange(600))
        states = []
        for state in STATES[: self._chance.randrange(1, len(STATES) + 1)]:
            states.append((state, at))
            at += timedelta(hours=self._chance.randrange(1, 40))
        customer, material = self._chance.choice(self.company.customers), self._chance.choice(self.company.materials)
        fault, priority = self._chance.choice(FAULTS), self._chance.randrange(1, 5)
        return Ticket(f"FW-{number:06}", customer, material, fault, priority, tuple(states), self._later())

    def closings(self) -> Iterator[tuple[str, date, list[Sale]]]:
        """The tickets of each store and day."""
        days: dict[tuple[str, date], list[Sale]] = defaultdict(list)
        for one in self.sales:
            days[one.store, one.at.date()].append(one)
        for (store, day), sales in sorted(days.items(), key=lambda item: max(one.changed for one in item[1])):
            yield store, day, sales
