"""Everybody who has the designer open is told of changes, also of another process's and of a consultant's save."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from designer.feed import DesignFeed, Listener
from engine.application import make_studio
from tests.conftest import unmade_url
from tests.designer.workshop import ENTITY, PAGE, another_process, workshop

SOON = 10.0


class Ear:
    """A listener at the feed of a process, heard in a loop of the test's own."""

    def __init__(self, feed: DesignFeed) -> None:
        self.feed, self.listener = feed, Listener()
        self.heard: list[dict[str, object]] = []

    async def hears(self, act: Callable[[], object]) -> dict[str, object]:
        """What is told of an act."""
        await asyncio.to_thread(act)
        async with asyncio.timeout(SOON):
            await self.listener.woken.wait()
        one = self.listener.taken()[-1]
        return {"rev": one.rev, "author": one.author, "files": list(one.files), "origin": one.origin}


def test_listeners_are_told_of_commands_and_of_saves_outside(tmp_path: Path) -> None:
    with workshop(tmp_path, unmade_url("sqlite", None, tmp_path)) as shop:
        ann = shop.person("ann")
        other = another_process(shop)
        studio = make_studio(other.installation)
        feed = DesignFeed(other.installation.workplace, studio, other.installation.clock)

        async def run() -> list[dict[str, object]]:
            reading = asyncio.create_task(feed.run(asyncio.to_thread))
            ear = Ear(feed)
            feed.open(ear.listener)
            await asyncio.sleep(0)
            async with asyncio.timeout(SOON):
                while feed._rev is None:
                    await asyncio.sleep(0.01)
            live = shop.live(PAGE)
            told = [
                await ear.hears(lambda: ann.does({"do": "set", "file": PAGE, "path": ["icon"], "value": "box"})),
                await ear.hears(lambda: shop.saved(ENTITY, shop.live(ENTITY) + "# saved\n")),
                await ear.hears(lambda: shop.saved(PAGE, live.replace("zh: 概况", "zh: 概要"))),
                await ear.hears(ann.undo),
            ]
            reading.cancel()
            feed.close(ear.listener)
            return told

        told = asyncio.run(run())
        assert told == [
            {"rev": 1, "author": "Ann", "files": [PAGE], "origin": "designer"},
            {"rev": 1, "author": None, "files": [ENTITY], "origin": "outside"},
            {"rev": 2, "author": None, "files": [PAGE], "origin": "outside"},
            {"rev": 3, "author": "Ann", "files": [PAGE], "origin": "designer"},
        ]
        assert ann.state()["rev"] == 3
