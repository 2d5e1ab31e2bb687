"""People at work on the desk: pages, lists, new tasks, changes and moves, every answer looked at."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.crash.client import LOST, Answer, Line
from tests.full.desk import Desk

VERSION = re.compile(r"\bV(\d+)\b")
GOOD = frozenset({200, 201})


@dataclass
class Work:
    """What was asked and how it was answered; `pause` seconds between two requests of one person."""

    desk: Desk
    people: int = 4
    pause: float = 0.0
    stopped: bool = False
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    newest: int = -1
    timings: list[tuple[float, float]] = field(default_factory=list)

    async def run(self) -> None:
        await asyncio.gather(*(self._person(at) for at in range(self.people)))

    async def _person(self, at: int) -> None:
        line, number = Line(self.desk.serving.port, self.desk.token), 0
        while not self.stopped:
            number += 1
            await self._round(line, f"task {at} {number}")
        line.close()

    async def once(self) -> None:
        """One round of one person."""
        await self._round(Line(self.desk.serving.port, self.desk.token), "once")

    async def _round(self, line: Line, name: str) -> None:
        body = {"name": name, "hours": "2", "rate": "10"}
        code, made = await self._ask(line, "POST", "/api/records/task", body, name)
        if code == 201:
            at = f"/api/records/task/{made['data']['id']}"
            await self._ask(line, "PATCH", at, {"rate": "12"}, f"{name} rate")
            await self._ask(line, "GET", at)
            await self._ask(line, "POST", f"{at}/transitions/finish", {}, f"{name} finish")
        for page in ("/app/task_list", "/app/task_board", "/api/records/task?limit=20"):
            await self._ask(line, "GET", page)

    async def _ask(self, line: Line, method: str, path: str, body: object = None, key: str = "") -> Answer:
        started = time.monotonic()
        try:
            code, found = await line.ask(method, path, body, key)
        except LOST as error:
            code, found = 0, {"text": type(error).__name__}
        self.timings.append((started, time.monotonic() - started))
        self.statuses[code] += 1
        if code not in GOOD:
            self.failures.append(f"{method} {path}: {code} {str(found)[:200]}")
        self.look(path, str(found.get("text", "")))
        if self.pause:
            await asyncio.sleep(self.pause)
        return code, found

    def look(self, path: str, text: str) -> None:
        """A page is of one version of the definitions."""
        versions = {int(one) for one in VERSION.findall(text)}
        if len(versions) > 1:
            self.mixed.append(f"{path}: {sorted(versions)}")
        self.newest = max(self.newest, *versions) if versions else self.newest
