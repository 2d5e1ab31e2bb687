"""R1: the serving process is killed at random moments while people write; nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.books import Books, Ledger, Shelf, audit
from tests.crash.client import Line
from tests.crash.serving import Serving
from tests.crash.shop import Shop, open_shop

STEPS = 4
"""Requests of one order: created, noted, dated, finished."""
LINES = 8
"""Connections that write at the same time."""
LATE = "tests.crash.planted:answer_late"


@dataclass(frozen=True)
class Trial:
    """How much is asked, how often the process is killed meanwhile, by which seed, with which fault planted."""

    requests: int
    kills: int
    seed: int
    fault: str = ""
    keyed: bool = True


@dataclass(frozen=True)
class Control:
    """A planted fault, and what it must be seen as."""

    name: str
    fault: str
    keyed: bool
    seen_as: str

    def trial(self, seed: int) -> Trial:
        return Trial(requests=240, kills=8, seed=seed, fault=self.fault, keyed=self.keyed)

    def seen(self, books: Books) -> bool:
        return bool(getattr(books, self.seen_as))


CONTROLS = (
    Control("a client without keys", LATE, False, "doubled"),
    Control("keys stored apart", "tests.crash.planted:keep_keys_in_a_transaction_of_their_own", True, "doubled"),
    Control("answers before the commit", "tests.crash.planted:answer_before_the_commit", True, "lost"),
)


@dataclass
class Outcome:
    """What became of a trial."""

    books: Books
    acknowledged: int
    kills: int
    resent: int
    finished: bool


@dataclass
class _Course:
    """A trial under way."""

    trial: Trial
    shop: Shop
    serving: Serving
    ledger: Ledger = field(default_factory=Ledger)
    answered: int = 0
    kills: int = 0
    resent: int = 0
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        names = iter(f"order {number}" for number in range(self.trial.requests // STEPS))
        killer = asyncio.create_task(self._kill())
        try:
            await asyncio.gather(*(self._write(names) for _ in range(LINES)))
        finally:
            killer.cancel()

    async def _write(self, names: object) -> None:
        line = Line(self.serving.port, self.shop.token, self.trial.keyed)
        for name in names:  # type: ignore[attr-defined]
            await self._order(line, str(name))
        self.resent += line.resent
        line.close()

    async def _order(self, line: Line, name: str) -> None:
        chosen = random.Random(f"{self.trial.seed} {name}")
        parts = [{"what": f"part {at}", "price": str(chosen.randint(1, 90)), "count": "2"} for at in range(2)]
        body = {"name": name, "area": chosen.choice(self.shop.areas), "lines": parts}
        if not await self._ask(line, name, ("POST", "/api/records/order", body, "create")):
            return
        at = f"/api/records/order/{self.ledger.orders[name]['id']}"
        for act in (
            ("PATCH", at, {"note": f"note of {name}"}, "note"),
            ("PATCH", at, {"due_on": f"2026-03-{chosen.randint(1, 28):02}"}, "date"),
            ("POST", f"{at}/transitions/finish", {}, "finish"),
        ):
            await self._ask(line, name, act)

    async def _ask(self, line: Line, name: str, act: tuple[str, str, object, str]) -> bool:
        method, path, body, step = act
        key = f"{name} {step}"
        answer = await line.until_answered(method, path, body, key)
        self.answered += 1
        self.progress.set()
        return self.ledger.acknowledge(name, key, answer)

    async def _kill(self) -> None:
        """A kill after so many answers, drawn anew each time, and an instant more; then the next process."""
        drawn = random.Random(self.trial.seed)
        mean = self.trial.requests / (self.trial.kills * 1.3 + 2)
        while True:
            await self._reach(self.answered + max(1, int(drawn.expovariate(1 / mean))))
            await asyncio.sleep(drawn.random() * 0.01)
            await asyncio.to_thread(self.serving.kill)
            self.kills += 1
            self.serving.start()
            await asyncio.to_thread(self.serving.await_answer)

    async def _reach(self, count: int) -> None:
        while self.answered < count:
            self.progress.clear()
            await self.progress.wait()


def attempt(trial: Trial, folder: Path, database_url: str) -> Outcome:
    """Carry a trial out in a folder, on SQLite there or on the database of the URL."""
    shop = open_shop(folder, database_url)
    with Serving(shop.packs, shop.data, shop.database, trial.fault) as serving:
        course = _Course(trial, shop, serving)
        asyncio.run(course.run())
        if not serving.alive:
            serving.start()
        serving.await_answer()
        finished = serving.stop() == 0
    books = audit(course.ledger, Shelf(shop.data, shop.database))
    return Outcome(books, course.answered, course.kills, course.resent, finished)
