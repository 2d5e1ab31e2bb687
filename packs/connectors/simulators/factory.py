"""The works of the company: lines, what is made on which, jobs for the orders, weeks that add up to them, stops, item data."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from packs.connectors.simulators.company import START, Company, Material

LINES = (("L1", "一线·压装"), ("L2", "二线·检测"), ("L3", "三线·装配"), ("L4", "四线·备件"))
HOURS = Decimal(80)
"""Hours of a line in a week: two shifts on five days."""
WEEKS = 104
CAUSES = (
    ("计划内", "换型"),
    ("计划内", "保养"),
    ("故障", "伺服驱动器报警"),
    ("故障", "夹具磨损"),
    ("缺料", "导轨未到"),
)
WHY = ("首次发布", "供应商停产", "客诉改进", "降本")


@dataclass(frozen=True, slots=True)
class Job:
    """So many of a material are made on a line, within a week."""

    number: str
    material: Material
    line: str
    quantity: int
    hours: Decimal
    monday: date
    made: int
    changed: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """A line stood still."""

    number: str
    line: str
    since: datetime
    hours: int
    category: str
    reason: str
    changed: datetime


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of a line in a week: taken, free, and lost to stops."""

    line: str
    monday: date
    committed: Decimal
    available: Decimal
    unattainable: Decimal
    changed: datetime


@dataclass(frozen=True, slots=True)
class Alternate:
    """A material that may stand in for another one, everywhere or within one assembly."""

    number: str
    base: Material
    other: Material
    within: Material | None
    priority: int
    changed: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """So many of a part in an assembly."""

    number: str
    whole: Material
    part: Material
    quantity: int
    place: int
    changed: datetime


class Factory:
    """All of it; what a week has taken are the hours of its jobs, and no week takes more than it has."""

    def __init__(self, company: Company, seed: int) -> None:
        self._chance = random.Random(seed + 2)
        self._now = START
        self.company = company
        self.hours = {one.code: Decimal(self._chance.randrange(4, 30)) / 4 for one in company.materials}
        self.monday = START.date() - timedelta(days=START.weekday())
        self._left: dict[tuple[str, date], Decimal] = defaultdict(lambda: HOURS)
        self.stops = [self._stop(number) for number in range(1, 121)]
        self._lost = {place: HOURS - left for place, left in self._left.items()}
        self.jobs = list(self._jobs())
        self.weeks = list(self._weeks())
        self.usages = list(self._usages())
        self.alternates = list(self._alternates())

    @staticmethod
    def line_of(material: Material) -> str:
        """The line that makes a material."""
        first = {"伺服压装机": "L1", "视觉检测站": "L2", "无尘装配单元": "L3"}
        return next((line for name, line in first.items() if material.name.startswith(name)), "L4")

    def later(self) -> datetime:
        """A moment after all before."""
        self._now += timedelta(seconds=self._chance.randrange(1, 600))
        return self._now

    def _stop(self, number: int) -> Stop:
        line = self._chance.choice(LINES)[0]
        monday = self.monday + timedelta(weeks=self._chance.randrange(WEEKS))
        hours = min(self._chance.randrange(1, 17), int(self._left[line, monday]))
        self._left[line, monday] -= hours
        category, reason = self._chance.choice(CAUSES)
        since = datetime.combine(monday, START.time()) + timedelta(days=self._chance.randrange(5))
        return Stop(f"ST-{number:05}", line, since, hours, category, reason, self.later())

    def _jobs(self) -> Iterator[Job]:
        """A job for every order: in its week, or the first one after it with room."""
        for number, order in enumerate((one for one in self.company.orders if one.state != "开立"), start=1):
            material = self._chance.choice(self.company.materials)
            line, each = self.line_of(material), self.hours[material.code]
            quantity = min(1 + int(order.amount // material.price), int(HOURS / 4 / each))
            monday = order.day - timedelta(days=order.day.weekday())
            while self._left[line, monday] < each * quantity:
                monday += timedelta(weeks=1)
            self._left[line, monday] -= each * quantity
            made = quantity if order.state in {"已发货", "已关闭"} else 0
            yield Job(f"WO-{number:06}", material, line, quantity, each * quantity, monday, made, self.later())

    def _weeks(self) -> Iterator[Week]:
        taken: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
        for one in self.jobs:
            taken[one.line, one.monday] += one.hours
        last = max(one.monday for one in self.jobs)
        for number in range(max(WEEKS, (last - self.monday).days // 7 + 1)):
            monday = self.monday + timedelta(weeks=number)
            for line, _ in LINES:
                lost = self._lost.get((line, monday), Decimal(0))
                committed = taken[line, monday]
                yield Week(line, monday, committed, HOURS - lost - committed, lost, self.later())

    def _usages(self) -> Iterator[Usage]:
        parts = [one for one in self.company.materials if one.category == "备件"]
        number = 0
        for whole in (one for one in self.company.materials if one.category == "设备"):
            for place, part in enumerate(self._chance.sample(parts, 5), start=1):
                number += 1
                yield Usage(f"BL-{number:06}", whole, part, self._chance.randrange(1, 9), place, self.later())

    def _alternates(self) -> Iterator[Alternate]:
        """For every second part another one of its kind; now and then within one assembly alone."""
        number = 0
        for base in self.company.materials:
            kind = base.name.removesuffix(base.model)
            others = [one for one in self.company.materials if one.name.startswith(kind) and one.code != base.code]
            for priority, other in enumerate(self._chance.sample(others, min(len(others), self._chance.randrange(3)))):
                number += 1
                used = [one.whole for one in self.usages if one.part.code == base.code]
                within = self._chance.choice(used) if used and self._chance.random() < 0.3 else None
                yield Alternate(f"ALT-{number:05}", base, other, within, priority + 1, self.later())
