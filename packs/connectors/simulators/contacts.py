"""Who the customers of the company are as people, who of the company follows them, and with which tags."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from packs.connectors.simulators.company import START, Company, Customer

MEMBERS = ("li_wei", "zhao_rui", "sun_qi", "wu_min", "tang_li", "he_miao")
FAMILIES, GIVEN = "王李张刘陈杨黄赵周吴徐孙马朱胡", ("建国", "晓燕", "志强", "丽华", "海涛", "文静", "国栋", "雪梅")
POSTS = ("采购经理", "设备主管", "生产总监", "财务经理", "总经理", "工艺工程师")
TAGS = {"客户等级": ("战略", "重点", "一般"), "需求阶段": ("了解", "比价", "决策"), "来源": ("展会", "转介绍", "官网")}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a customer."""

    code: str
    name: str
    post: str
    gender: int
    mobile: str
    customer: Customer


@dataclass(frozen=True, slots=True)
class Follow:
    """A member of the company follows somebody since a moment, with tags by their numbers in TAGS."""

    person: Person
    member: str
    since: datetime
    way: int
    tags: tuple[int, ...]


class Contacts:
    """The people of all customers, and their followers: nobody without one, some with two; some customers are
    nobody's contact."""

    def __init__(self, company: Company, seed: int) -> None:
        self._chance = random.Random(seed + 1)
        self.people = [one for customer in company.customers for one in self._people(customer)]
        self.follows = sorted(self._follows(), key=lambda one: (MEMBERS.index(one.member), one.person.code))

    def _people(self, customer: Customer) -> Iterator[Person]:
        for _ in range(self._chance.choice((0, 0, 1, 1, 2))):
            gender = self._chance.choice((1, 2))
            name = self._chance.choice(FAMILIES) + self._chance.choice(GIVEN)
            code = f"wm{self._chance.getrandbits(72):018x}"
            mobile = f"199{self._chance.randrange(10**8):08}"
            yield Person(code, name, self._chance.choice(POSTS), gender, mobile, customer)

    def _follows(self) -> Iterator[Follow]:
        most = sum(len(names) for names in TAGS.values())
        for person in self.people:
            for member in self._chance.sample(MEMBERS, self._chance.choice((1, 1, 1, 2))):
                since = START + timedelta(minutes=self._chance.randrange(500_000))
                tags = tuple(sorted(self._chance.sample(range(most), self._chance.randrange(3))))
                yield Follow(person, member, since, self._chance.choice((1, 2, 3, 6, 10, 201)), tags)
