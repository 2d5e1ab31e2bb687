"""Everybody who has the designer open is told of changes, also of another process's and of a consultant's save."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from designer.commands.sheets import Texts
from designer.draft.acting import settle
from designer.feed import DesignFeed, Listener
from designer.studio import Studio
from engine.application import make_studio
from engine.runtime.database.errors import DatabaseBusy
from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import user_by_account
from engine.runtime.organisation.standings import Standings
from engine.runtime.work import Work
from engine.runtime.workers import Workers
from engine.web.feed import Result
from tests.conftest import unmade_url
from tests.designer.workshop import ENTITY, PAGE, another_process, workshop
from tests.web.site import NURSERY

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


async def seen_all(feed: DesignFeed) -> None:
    """Until a feed that somebody listens to has looked once."""
    async with asyncio.timeout(SOON):
        while feed._rev is None:
            await asyncio.sleep(0.01)


def test_listeners_are_told_of_commands_and_of_saves_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of saves by the system's own word: what looks at the files now and then looks once in this test."""
    monkeypatch.setattr("designer.feed.SURELY", 3600.0)
    with workshop(tmp_path, unmade_url("sqlite", None, tmp_path)) as shop:
        ann = shop.person("ann")
        other = another_process(shop)
        studio = make_studio(other.installation, Workers("practice", NURSERY))
        feed = DesignFeed(other.installation.workplace, studio, other.installation.clock)

        async def run() -> list[dict[str, object]]:
            reading = asyncio.create_task(feed.run(asyncio.to_thread))
            ear = Ear(feed)
            feed.open(ear.listener)
            await seen_all(feed)
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


@pytest.mark.parametrize("fault", [DatabaseBusy(), TypeError("a fault of the product")], ids=["busy", "fault"])
def test_a_save_that_a_failing_look_saw_is_told_by_the_next(
    fault: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look that comes to nothing, because the database does not answer or the product is at fault, ends no looking."""
    monkeypatch.setattr("designer.feed.AGAIN", 0.01)
    down = [fault]

    def settled(work: Work, studio: Studio) -> object:
        if down:
            raise down.pop()
        return settle(work, studio)

    monkeypatch.setattr("designer.feed.settle", settled)
    with workshop(tmp_path, unmade_url("sqlite", None, tmp_path)) as shop:
        place = shop.installation
        feed = DesignFeed(place.workplace, make_studio(place, Workers("practice", NURSERY)), place.clock)

        async def run() -> dict[str, object]:
            reading = asyncio.create_task(feed.run(asyncio.to_thread))
            ear = Ear(feed)
            feed.open(ear.listener)
            await seen_all(feed)
            told = await ear.hears(lambda: shop.saved(ENTITY, shop.live(ENTITY) + "# saved\n"))
            reading.cancel()
            return told

        assert asyncio.run(run())["files"] == [ENTITY]
        assert not down


def test_the_draft_is_compiled_ahead_once_somebody_is_here_who_designs(tmp_path: Path) -> None:
    """Whoever may open the designer waits for no first compilation when they do; for others nothing is compiled."""
    with workshop(tmp_path, unmade_url("sqlite", None, tmp_path)) as shop:
        ann, seen = shop.person("ann"), Standings()
        ann.does({"do": "set", "file": PAGE, "path": ["icon"], "value": "box"})
        texts: Texts = {PAGE: str(ann.file(PAGE)["text"])}
        other = another_process(shop)
        studio, workplace, clock = (
            make_studio(other.installation, Workers("practice", NURSERY)),
            other.installation.workplace,
            other.installation.clock,
        )
        feed = DesignFeed(workplace, studio, clock, lambda: seen.designers)

        def comes(account: str) -> bool:
            """Whether the draft has been compiled after a look of the feed that comes after this person."""

            def stands(session: Session) -> None:
                user = user_by_account(session, account)
                assert user is not None
                seen.standing(session, workplace.models.current(), user.id, clock.now().date(), None)

            workplace.database.read(stands)
            return asyncio.run(looked())

        async def looked() -> bool:
            rested = asyncio.Event()

            async def runs(act: Callable[[], Result]) -> Result:
                done = act()
                rested.set()
                return done

            reading = asyncio.create_task(feed.run(runs))
            feed.open(Listener())
            async with asyncio.timeout(SOON):
                await rested.wait()
                await asyncio.sleep(0)
            reading.cancel()
            return studio.with_page(texts, PAGE) is not None

        assert [comes("wu"), comes("ann")] == [False, True]
