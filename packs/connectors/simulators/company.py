"""The company that all simulators speak of: its materials, customers, orders and receivables, made from a seed and coherent."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

CITIES = (
    "上海",
    "苏州",
    "杭州",
    "宁波",
    "南京",
    "合肥",
    "青岛",
    "济南",
    "郑州",
    "武汉",
    "长沙",
    "广州",
    "深圳",
    "成都",
    "西安",
)
MAKERS = ("精密", "重工", "电子", "汽车零部件", "轴承", "机器人", "包装", "纺织", "食品机械", "医疗器械")
NAMES = (
    "华辰",
    "永信",
    "海润",
    "中泰",
    "嘉禾",
    "鼎峰",
    "远航",
    "瑞丰",
    "天工",
    "博雅",
    "宏图",
    "金石",
    "创元",
    "恒力",
    "盛达",
)
GOODS = (("伺服压装机", "设备", 168_000), ("视觉检测站", "设备", 231_000), ("无尘装配单元", "设备", 415_000))
SPARES = (
    ("导轨", "备件", 1_260),
    ("伺服驱动器", "备件", 6_800),
    ("力传感器", "备件", 3_450),
    ("气动夹爪", "备件", 980),
)
START = datetime(2025, 1, 1, 8, 0, 0)


@dataclass(frozen=True, slots=True)
class Material:
    """A thing that is sold."""

    code: str
    name: str
    model: str
    category: str
    price: Decimal
    stopped: bool
    changed: datetime


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys."""

    code: str
    name: str
    credit_code: str
    city: str
    phone: str
    strategic: bool
    changed: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer ordered."""

    number: str
    customer: Customer
    day: date
    amount: Decimal
    state: str
    changed: datetime


@dataclass(frozen=True, slots=True)
class Receivable:
    """What a customer owes for an order, and what of it is still open."""

    number: str
    order: Order
    day: date
    due: date
    amount: Decimal
    balance: Decimal
    changed: datetime


class Company:
    """All of it; rows in the order in which they changed last. `go_on` changes some, as the days do."""

    def __init__(self, seed: int, size: int = 1) -> None:
        self._chance = random.Random(seed)
        self._now = START
        self.materials = [self._material(number) for number in range(1, 120 * size + 1)]
        self.customers = [self._customer(number) for number in range(1, 150 * size + 1)]
        self.orders = [self._order(number) for number in range(1, 400 * size + 1)]
        self.receivables = list(self._receivables())

    def go_on(self, changes: int = 5) -> None:
        """So many materials get another price, and as many receivables are paid."""
        for _ in range(changes):
            at = self._chance.randrange(len(self.materials))
            one = self.materials.pop(at)
            price = (one.price * Decimal(self._chance.randrange(95, 109)) / 100).quantize(Decimal("0.01"))
            self.materials.append(replace(one, price=price, changed=self._later()))
            debt = self.receivables.pop(self._chance.randrange(len(self.receivables)))
            self.receivables.append(replace(debt, balance=Decimal("0.00"), changed=self._later()))

    def _later(self) -> datetime:
        self._now += timedelta(seconds=self._chance.randrange(1, 900))
        return self._now

    def _material(self, number: int) -> Material:
        name, category, price = self._chance.choice((*GOODS, *SPARES, *SPARES))
        model = f"{self._chance.choice('ABCDEFGH')}{self._chance.randrange(100, 999)}"
        exact = (Decimal(price) * self._chance.randrange(80, 130) / 100).quantize(Decimal("0.01"))
        stopped = self._chance.random() < 0.05
        return Material(f"MAT-{number:05}", f"{name} {model}", model, category, exact, stopped, self._later())

    def _customer(self, number: int) -> Customer:
        city = self._chance.choice(CITIES)
        name = f"{city}{self._chance.choice(NAMES)}{self._chance.choice(MAKERS)}有限公司"
        code = f"91{self._chance.randrange(10**15):015}X"
        phone = f"199{self._chance.randrange(10**8):08}"
        return Customer(f"KH-{number:05}", name, code, city, phone, self._chance.random() < 0.1, self._later())

    def _order(self, number: int) -> Order:
        day = START.date() + timedelta(days=self._chance.randrange(540))
        amount = Decimal(self._chance.randrange(3_000, 3_000_000)) + Decimal(self._chance.randrange(100)) / 100
        state = self._chance.choice(("已审核", "已审核", "已发货", "已关闭", "开立"))
        return Order(f"XS-{number:06}", self._chance.choice(self.customers), day, amount, state, self._later())

    def _receivables(self) -> Iterator[Receivable]:
        for number, order in enumerate((one for one in self.orders if one.state != "开立"), start=1):
            due = order.day + timedelta(days=self._chance.choice((30, 60, 90)))
            open_share = self._chance.choice((0, 0, 0, 50, 100))
            balance = (order.amount * open_share / 100).quantize(Decimal("0.01"))
            yield Receivable(f"AR-{number:06}", order, order.day, due, order.amount, balance, self._later())
