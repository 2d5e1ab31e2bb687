"""R6: the database is restarted under load: nothing acknowledged is lost, nobody waits long, service is back at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.books import Books, Ledger, Shelf, audit
from tests.crash.client import AGAIN, LOST, Line
from tests.crash.cluster import Cluster
from tests.crash.serving import Serving
from tests.crash.shop import Shop, open_shop

RATE = 200
"""Requests a second."""
LINES = 20


@dataclass(frozen=True)
class Asked:
    """One try of a request: when it was sent and answered, and how; 0 when it was never answered."""

    sent: float
    ended: float
    status: int


@dataclass
class Outcome:
    """What became of a load under which the database was restarted."""

    books: Books
    asked: list[Asked]
    down: float
    up: float

    @property
    def slowest(self) -> float:
        """Seconds that the slowest try took."""
        return max(one.ended - one.sent for one in self.asked)

    @property
    def refused(self) -> int:
        return sum(one.status in AGAIN or one.status == 0 for one in self.asked)

    @property
    def unavailable(self) -> float:
        """Seconds from the end of the restart to the last refusal."""
        return max((one.ended - self.up for one in self.asked if one.status in AGAIN or one.status == 0), default=0.0)

    @property
    def rate(self) -> float:
        """Requests that were sent a second before the restart."""
        before = [one for one in self.asked if one.sent < self.down]
        return len(before) / max(self.down - min(one.sent for one in before), 0.001)


@dataclass
class _Load:
    """Orders at a fixed rate, each asked for until it is answered for good."""

    shop: Shop
    serving: Serving
    ledger: Ledger = field(default_factory=Ledger)
    asked: list[Asked] = field(default_factory=list)
    stopped: bool = False

    async def run(self, restart: asyncio.Task[tuple[float, float]]) -> None:
        await asyncio.gather(*(self._line(at) for at in range(LINES)))
        await restart

    async def _line(self, at: int) -> None:
        line = Line(self.serving.port, self.shop.token)
        due, number = time.monotonic() + at / RATE, 0
        while not self.stopped:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due, number = max(due, time.monotonic() - 1) + LINES / RATE, number + 1
            await self._order(line, f"order {at} {number}")
        line.close()

    async def _order(self, line: Line, name: str) -> None:
        body = {"name": name, "area": self.shop.areas[0], "lines": [{"what": "part", "price": "3", "count": "1"}]}
        while True:
            sent = time.monotonic()
            try:
                status, found = await line.ask("POST", "/api/records/order", body, name)
            except LOST:
                status, found = 0, {}
            self.asked.append(Asked(sent, time.monotonic(), status))
            if status not in AGAIN and status != 0:
                self.ledger.acknowledge(name, name, (status, found))
                return
            await asyncio.sleep(0.1)


async def _restarted(load: _Load, server: Cluster, before: float, after: float) -> tuple[float, float]:
    await asyncio.sleep(before)
    down = time.monotonic()
    await asyncio.to_thread(server.stop, "immediate")
    await asyncio.to_thread(server.start)
    up = time.monotonic()
    await asyncio.sleep(after)
    load.stopped = True
    return down, up


def attempt(folder: Path, server: Cluster, fault: str = "", seconds: float = 3.0) -> Outcome:
    """So many seconds of load before the restart of the database and after it."""
    shop = open_shop(folder, server.new_database())
    with Serving(shop.packs, shop.data, shop.database, fault) as serving:
        load = _Load(shop, serving)
        down, up = asyncio.run(_under(load, server, seconds))
        serving.stop()
    return Outcome(audit(load.ledger, Shelf(shop.data, shop.database)), load.asked, down, up)


async def _under(load: _Load, server: Cluster, seconds: float) -> tuple[float, float]:
    restart = asyncio.create_task(_restarted(load, server, seconds, seconds))
    await load.run(restart)
    return restart.result()
