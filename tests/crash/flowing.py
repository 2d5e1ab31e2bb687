"""Flows under kills: the serving process is killed while orders run through calls outside and approvals; nothing is lost,
nothing is done twice inside, every effect outside came under one key, and nothing is stuck."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from engine.application import open_installation
from engine.model.context import Context, Principal
from engine.model.flows import Flow
from engine.runtime.identifiers import decode_id
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from engine.runtime.workflow.flow_events import Completed, Decided
from engine.runtime.workflow.flow_instances import Instance, LogEntry, flow_of, instances_of, log_of
from engine.runtime.workflow.flow_machine import replayed
from engine.runtime.workflow.flow_refusals import FlowRefused
from tests.crash.client import Line
from tests.crash.depot import Depot
from tests.crash.serving import Serving
from tests.crash.shop import Shop, open_shop

CALLS = 2
"""Effects outside of one order."""
LINES = 4
PATIENCE = 180.0
"""Seconds that a trial may take, and one more for each order."""
FLOW = """label: {zh: 发货, en: Dispatch}
entity: order
triggers: [{id: made, type: created}]
title: name
steps:
  - {id: book, type: call, label: {zh: 订仓, en: Book}, destination: depot, url: /book, values: {order: name}, take: {note: /receipt}}
  - {id: check, type: approval, label: {zh: 核对, en: Check}, approvers: [{type: initiator}], own: allow}
  - {id: pay, type: call, label: {zh: 付款, en: Pay}, destination: depot, url: /pay, values: {order: name}}
  - {id: finish, type: transition, label: {zh: 完成, en: Finish}, transition: finish}
"""


@dataclass(frozen=True)
class FlowTrial:
    """How many orders, how often a process is killed meanwhile, by which seed, with which fault planted.

    On PostgreSQL there are two processes, which compete for the jobs; SQLite has one.
    """

    orders: int
    kills: int
    seed: int
    fault: str = ""


@dataclass
class FlowBooks:
    """What was found wrong afterwards."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.stuck or self.torn)


@dataclass
class FlowOutcome:
    """What became of a trial; `events` are those of all logs."""

    books: FlowBooks
    kills: int
    events: int
    repeated: int


def attempt_flows(trial: FlowTrial, folder: Path, database_url: str) -> FlowOutcome:
    """Carry a trial out in a folder, on SQLite there or on the database of the URL."""
    with Depot() as depot:
        shop = _shop(folder, database_url, depot.port)
        with ExitStack() as stack:
            processes = [
                stack.enter_context(Serving(shop.packs, shop.data, shop.database, trial.fault))
                for _ in range(2 if shop.database else 1)
            ]
            course = _Course(trial, shop, processes)
            asyncio.run(course.run())
            for one in processes:
                one.await_answer()
                one.stop()
        books, events = _audit(shop, course.made, depot)
        repeated = sum(count - 1 for count in depot.asked.values())
        return FlowOutcome(books, course.kills, events, repeated)


def _shop(folder: Path, database_url: str, port: int) -> Shop:
    packs = folder / "packs" / "shop"
    (packs / "workflows").mkdir(parents=True)
    (packs / "destinations").mkdir()
    (packs / "workflows" / "dispatch.yaml").write_text(FLOW, "utf-8")
    (packs / "destinations" / "depot.yaml").write_text(
        f"label: {{zh: 仓库, en: Depot}}\nscheme: http\nhost: 127.0.0.1\nport: {port}\njurisdiction: CN\n"
        "max_level: G2\npurposes: [operation]\nowner: {zh: 物流, en: Logistics}\nallow_private: true\n",
        "utf-8",
    )
    return open_shop(folder, database_url)


@dataclass
class _Course:
    """A trial under way: orders are made and checked while processes are killed, one after the other."""

    trial: FlowTrial
    shop: Shop
    processes: Sequence[Serving]
    made: dict[str, str] = field(default_factory=dict)
    answered: int = 0
    kills: int = 0

    async def run(self) -> None:
        names = iter(f"order {number}" for number in range(self.trial.orders))
        killer = asyncio.create_task(self._kill())
        try:
            await asyncio.gather(*(self._make(names, at) for at in range(LINES)), self._check())
        finally:
            killer.cancel()
        for one in self.processes:
            if not one.alive:
                one.start()

    async def _make(self, names: Iterator[str], at: int) -> None:
        """Make the orders that are left; several do it side by side, at one process or another."""
        line = Line(self.processes[at % len(self.processes)].port, self.shop.token)
        for name in names:
            parts = [{"what": "part", "price": "5", "count": "2"}]
            body = {"name": name, "area": self.shop.areas[0], "lines": parts}
            code, found = await line.until_answered("POST", "/api/records/order", body, name)
            assert code in {200, 201}, found
            self.made[name] = found["data"]["id"]
            self.answered += 1
        line.close()

    async def _check(self) -> None:
        """Approve whatever waits, until every order has gone its way."""
        line, ends = Line(self.processes[-1].port, self.shop.token), time.monotonic() + PATIENCE + self.trial.orders
        done: set[str] = set()
        while len(done) < self.trial.orders and time.monotonic() < ends:
            _, found = await line.until_answered("GET", "/api/inbox")
            for task in found["data"]:
                await line.until_answered("POST", f"/api/tasks/{task['id']}/approve", {})
                self.answered += 1
            for name, record in [*self.made.items()]:
                if name not in done:
                    _, told = await line.until_answered("GET", f"/api/records/order/{record}/flows")
                    if told["flows"] and told["flows"][0]["outcome"]:
                        done.add(name)
            await asyncio.sleep(0.05)
        line.close()

    async def _kill(self) -> None:
        drawn = random.Random(self.trial.seed)
        while self.kills < self.trial.kills:
            await asyncio.sleep(0.3 + drawn.random() * 1.2)
            serving = self.processes[self.kills % len(self.processes)]
            await asyncio.to_thread(serving.kill)
            self.kills += 1
            serving.start()
            await asyncio.to_thread(serving.await_answer)


def _audit(shop: Shop, made: dict[str, str], depot: Depot) -> tuple[FlowBooks, int]:
    """Read everything back and compare it with what was acknowledged and with what the depot has."""
    books = FlowBooks()
    settings = Settings(data=shop.data, database=shop.database, packs=str(shop.packs))
    installation = open_installation(settings)
    counted: list[int] = []

    def look(work: Work) -> None:
        for name, record in made.items():
            rows = instances_of(work.session, "order", decode_id(record))
            if len(rows) != 1:
                (books.lost if not rows else books.doubled).append(f"{name}: {len(rows)} flows")
                continue
            counted.append(_judge(work, name, rows[0], books))

    try:
        context = Context(Principal(0, "audit", frozenset(), service="audit"), installation.clock.now())
        installation.workplace.read(context, look)
    finally:
        installation.database.close()
    effects = Counter(depot.taken.values())
    books.doubled += [f"{order}{path}: {count} keys" for (path, order), count in effects.items() if count > 1]
    books.lost += [
        f"{name}{path} was never asked" for name in made for path in ("/book", "/pay") if not effects[path, name]
    ]
    return books, sum(counted)


def _judge(work: Work, name: str, row: Instance, books: FlowBooks) -> int:
    """One instance: ended well, its log whole and of the stored state, each effect completed once."""
    log = log_of(work.session, row.id)
    if row.outcome != "approved":
        books.stuck.append(f"{name}: {row.outcome} {row.problem}")
    if [one.number for one in log] != list(range(1, len(log) + 1)):
        books.torn.append(f"{name}: numbers {[one.number for one in log]}")
    flow = flow_of(work, row)
    if flow is None or not _replays(flow, log, row):
        books.torn.append(f"{name}: the log is not the state")
    done = Counter((one.event.token, one.event.visit) for one in log if isinstance(one.event, Completed))
    decided = sum(isinstance(one.event, Decided) for one in log)
    if any(count > 1 for count in done.values()) or decided > 1:
        books.doubled.append(f"{name}: {done} {decided}")
    return len(log)


def _replays(flow: Flow, log: list[LogEntry], row: Instance) -> bool:
    try:
        return replayed(flow, [one.event for one in log if one.event]) == row.state
    except FlowRefused:
        return False
