"""A small trade as text and rows: clients, their bills, visits and ratings, in which late payment can be learnt.

Ratings come from a survey: nothing relates them to a client but the code that both have.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application, make_school, open_installation
from engine.extensions import Clock
from engine.installation.job_runner import JobRunner
from engine.installation.served import compiled_packs
from engine.model.context import Context, Principal
from engine.runtime.identity.users import NewUser, create_user, hash_password
from engine.runtime.modeling.trainings import TRAIN
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from engine.runtime.workers import Workers
from engine.web.front import Front
from tests.conftest import FixedClock
from tests.web.site import HASH, NOW, NURSERY, PASSWORD

PACK = "trade"
PEOPLE = {"ann": ("designer", "boss"), "bo": ("drawer",), "wu": ("worker",), "cy": ("designer", "drawer")}
REGIONS = ("east", "west", "north")
FIRST = date(2024, 1, 1)
_ALL = "grants:\n  - {id: all, roles: [boss], actions: [read, create, update, delete]}\n"
FILES: Mapping[str, str] = {
    "pack.yaml": "label: {zh: 买卖, en: Trade}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/designer.yaml": "label: {zh: 设计者, en: Designer}\nadministers: true\ndesigns: true\n",
    "roles/drawer.yaml": "label: {zh: 画图者, en: Drawer}\ndesigns: true\n",
    "roles/worker.yaml": "label: {zh: 员工, en: Worker}\n",
    "roles/boss.yaml": "label: {zh: 老板, en: Boss}\nhome: bill_list\ntabs: [bill_list]\n",
    "pages/bill_list.yaml": """kind: list
label: {zh: 账单, en: Bills}
icon: check
roles: [boss]
entity: bill
items:
  - {id: table, widget: table, columns: [name, client, amount, due_on], sort: [due_on]}
""",
    "entities/client.yaml": """label: {zh: 客户, en: Client}
title: name
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  code: {type: text, required: true, unique: true, label: {zh: 编码, en: Code}}
  since: {type: date, required: true, label: {zh: 建档日, en: Since}}
  region:
    type: choice
    required: true
    label: {zh: 区域, en: Region}
    choices: {east: {zh: 华东, en: East}, west: {zh: 西北, en: West}, north: {zh: 华北, en: North}}
""",
    "entities/bill.yaml": """label: {zh: 账单, en: Bill}
title: name
fields:
  name: {type: text, required: true, label: {zh: 编号, en: No.}}
  client: {type: relation, to: client, required: true, inverse: bills, inverse_label: {zh: 账单, en: Bills}, label: {zh: 客户, en: Client}}
  amount: {type: money, currency: CNY, required: true, label: {zh: 金额, en: Amount}}
  terms: {type: integer, required: true, label: {zh: 账期, en: Terms}}
  issued_on: {type: date, required: true, label: {zh: 开出日, en: Issued on}}
  due_on: {type: date, required: true, label: {zh: 到期日, en: Due on}}
  settled_on: {type: date, label: {zh: 结清日, en: Settled on}}
  days_late: {type: integer, label: {zh: 逾期天数, en: Days late}}
""",
    "entities/visit.yaml": """label: {zh: 拜访, en: Visit}
title: name
fields:
  name: {type: text, required: true, label: {zh: 编号, en: No.}}
  client: {type: relation, to: client, required: true, inverse: visits, inverse_label: {zh: 拜访, en: Visits}, label: {zh: 客户, en: Client}}
  visited_on: {type: date, required: true, label: {zh: 拜访日, en: Visited on}}
  minutes: {type: integer, required: true, label: {zh: 分钟, en: Minutes}}
""",
    "entities/rating.yaml": """label: {zh: 问卷评分, en: Rating}
title: client_code
fields:
  client_code: {type: text, required: true, label: {zh: 客户编码, en: Client's code}}
  answered_on: {type: date, required: true, label: {zh: 答卷日, en: Answered on}}
  stars: {type: integer, required: true, label: {zh: 星数, en: Stars}}
""",
    "access/client.yaml": _ALL + "  - {id: some, roles: [drawer], actions: [read]}\n",
    "access/bill.yaml": _ALL + "  - {id: some, roles: [drawer], actions: [read]}\n"
    "fields:\n  - {id: amounts, fields: [amount], roles: [boss], right: write}\n",
    "access/visit.yaml": _ALL,
    "access/rating.yaml": _ALL,
}
LATE = f"{PACK}/pipelines/late.yaml"
PIPELINE = """label: {zh: 逾期, en: Late}
nodes:
  - {id: bills, node: source, settings: {entity: bill, at: issued_on, known_at: {settled_on: settled_on, days_late: settled_on}}}
  - {id: clients, node: source, settings: {entity: client, at: since}}
  - {id: visits, node: source, settings: {entity: visit, at: visited_on}}
  - {id: with_client, node: join, settings: {by: client}}
  - {id: some, node: filter, settings: {where: "terms > 30"}}
  - id: known
    node: features
    settings:
      as_of: issued_on
      features:
        - {name: amount, from: amount}
        - {name: terms, from: terms, monotone: 1}
        - {name: region, from: client.region}
        - {name: earlier, agg: share, of: "days_late > 0", over: bill, by: client, known_at: settled_on}
        - {name: visits, agg: count, over: visit, by: client, window: {days: 90}}
  - {id: late, node: label, settings: {event: "settled_on > due_on", known_at: settled_on}}
  - {id: in_time, node: split, settings: {holdout: 0.25, gap: {days: 30}}}
  - {id: learnt, node: train, settings: {learner: logistic}}
  - {id: card, node: card}
  - {id: live, node: deploy, settings: {approve_by: boss, watch: {every: {days: 7}}}}
edges:
  - {from: bills, to: with_client, port: left}
  - {from: clients, to: with_client, port: right}
  - {from: with_client, to: some}
  - {from: some, to: known}
  - {from: visits, to: known, port: facts}
  - {from: known, to: late}
  - {from: late, to: in_time}
  - {from: in_time, to: learnt}
  - {from: learnt, to: card}
  - {from: card, to: live}
"""


def laid_out(folder: Path) -> Path:
    """The pack with its pipeline in a folder; the folder."""
    for name, text in {**FILES, "pipelines/late.yaml": PIPELINE}.items():
        path = folder / PACK / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@dataclass
class Shop:
    """The running trade."""

    installation: Installation
    application: Front

    def client(self, person: str) -> TestClient:
        """A client signed in as a person."""
        made = TestClient(self.application, base_url="http://testserver", follow_redirects=False)
        answer = made.post("/sign-in", data={"name": person, "password": PASSWORD})
        assert answer.status_code == 303, answer.text[:300]
        return made

    def train(self, clock: Clock | None = None) -> None:
        """Carry out the trainings that wait, at a clock of their own."""
        worker, installation = Workers(), self.installation
        school = replace(make_school(installation, worker), clock=clock or installation.clock)
        try:
            JobRunner(installation.workplace, installation.clock, "UTC", {TRAIN: school}).run_due()
        finally:
            worker.close()


@contextmanager
def running(folder: Path, database_url: str = "") -> Iterator[Shop]:
    """The trade for as long as the block lasts."""
    installation = opened(folder, database=database_url)
    application = make_application(installation, nursery=NURSERY)
    with TestClient(application):
        yield Shop(installation, application)


def opened(folder: Path, now: datetime = NOW, password: str = "", database: str = "") -> Installation:
    """The installation with its people and rows; `password` is everybody's, else that of other tests."""
    packs = laid_out(folder / "packs")
    settings = Settings(data=folder / "data", database=database, rate_limit=100_000, packs=str(packs))
    installation = open_installation(settings, FixedClock(now), compiled_packs(str(packs)))
    bring_up_to_date(installation)
    context = Context(Principal(0, "setup", frozenset(), service="setup"), installation.clock.now())
    known = hash_password(password) if password else HASH
    installation.workplace.write(context, lambda work: _fill(work, known))
    return installation


def _fill(work: Work, known: str) -> None:
    for account, roles in PEOPLE.items():
        create_user(work.session, NewUser(work.ids.next(), account, account.title(), 0, known, roles=roles))
    for entity, rows in rows_of_trade(work.ids.next):
        load_rows(work, work.model.entities[entity], rows)
    finish_loading(work, {"client", "bill", "visit", "rating"})


Rows = list[tuple[int, Mapping[str, object]]]


def rows_of_trade(next_id: Callable[[], int], bills: int = 700, seed: int = 3) -> Iterator[tuple[str, Rows]]:
    """The rows, client by client and day by day: who was late before, is far away or has long terms is late again."""
    chance = random.Random(seed)
    clients: Rows = [
        (next_id(), {"name": f"客户{at}", "code": f"C{at:03}", "since": FIRST, "region": chance.choice(REGIONS)})
        for at in range(40)
    ]
    careless = {identity: chance.gauss(0, 1.2) for identity, _ in clients}
    found: Rows = []
    for at in range(bills):
        identity, client = chance.choice(clients)
        terms, on = chance.choice((15, 30, 60, 90)), FIRST + timedelta(days=at * 780 // bills)
        score = -1.2 + careless[identity] + 0.015 * terms + 0.8 * (client["region"] == "west")
        late = chance.random() < 1 / (1 + math.exp(-score))
        days = chance.randrange(1, 40) if late else -chance.randrange(0, 10)
        due = on + timedelta(days=terms)
        amount = Decimal(round(math.exp(chance.gauss(9, 1))))
        values = {"name": f"B{at:04}", "client": identity, "amount": amount, "terms": terms, "issued_on": on}
        settled = due + timedelta(days=days)
        told = {"settled_on": settled, "days_late": days} if settled < NOW.date() else {}
        found.append((next_id(), {**values, "due_on": due, **told}))
    visits: Rows = [
        (
            next_id(),
            {
                "name": f"V{at}",
                "client": chance.choice(clients)[0],
                "visited_on": FIRST + timedelta(days=chance.randrange(800)),
                "minutes": chance.randrange(10, 90),
            },
        )
        for at in range(300)
    ]
    ratings: Rows = [
        (
            next_id(),
            {
                "client_code": clients[at % 36][1]["code"] if at % 12 else "X",
                "answered_on": FIRST + timedelta(days=chance.randrange(700)),
                "stars": chance.randrange(1, 6),
            },
        )
        for at in range(120)
    ]
    yield from (("client", clients), ("bill", found), ("visit", visits), ("rating", ratings))
