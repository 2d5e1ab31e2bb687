"""Feed: the one reader of the event log that all open pages of a process share.

It stands on the log alone and reads it without gaps; a write of this process only wakes it sooner. Nothing is published
between processes: each reads for its own pages. A page that shows nothing of what changed costs no query.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol, TypeVar

import structlog

from engine.diagnostics import DougongError
from engine.model.errors import TooManyRequests
from engine.runtime.database.protocol import Database, Session
from engine.runtime.events import Event, EventPosition, end_of_log, read_events
from engine.runtime.identity.stamp import stamp_of
from engine.web.watches import Changed, Watch, keys_of

Result = TypeVar("Result")
BATCH = 1000
WATCHED, UNWATCHED = 0.25, 2.0
"""Seconds between two looks into the log while pages are open, and while none is."""
AGAIN = 2.0
"""Seconds until a database that did not answer is asked again."""
TOGETHER = 0.02
"""Seconds for which writes that come one after another are waited for, to be read at once."""
STEP = 0.2
"""Seconds between two moments of which it is remembered where the log ended."""
REMEMBERED = 600.0
"""Seconds for which it is known where the log ended: a page that is older reads itself anew whatever has happened."""
OF_ONE_SESSION, OF_ALL = 8, 5_000
"""Open pages that one session and all together may have."""
WAITING = 20_000
"""Changed rows that wait for a page; one whose line is slower than that is let go and comes again."""
log = structlog.get_logger("dougong.live")


class Runs(Protocol):
    """Runs an act in a thread."""

    def __call__(self, act: Callable[[], Result]) -> Awaitable[Result]: ...


class OpenPage:
    """A page that somebody has open: what it shows, and what of that has changed since it was told last."""

    def __init__(self, session: str, reader: int, watches: Sequence[Watch]) -> None:
        self.session = session
        self.reader = reader
        self.watches = watches
        self.behind = False
        self.renewed = False
        self.restood = False
        self._changed: dict[Changed, dict[int, int]] = {}
        self._woken = asyncio.Event()

    def take(self, events: Mapping[str, Sequence[Event]]) -> None:
        """Keep what concerns the page of events by their keys."""
        for watch in self.watches:
            for event in events.get(watch.key(self.reader), ()):
                if watch.takes(event):
                    rows = self._changed.setdefault(Changed(watch, event.entity, event.action == "delete"), {})
                    rows.setdefault(event.record, event.version)
        if self._changed:
            self.behind = self.behind or sum(map(len, self._changed.values())) > WAITING
            self._woken.set()

    def renew(self) -> None:
        """The page is of definitions that are served no more."""
        self.renewed = True
        self._woken.set()

    def restand(self) -> None:
        """Somebody's place in the organisation was changed: its reader's may be another."""
        self.restood = True
        self._woken.set()

    def taken(self) -> Mapping[Changed, Mapping[int, int]]:
        """What has changed, once: ids of rows, each with the first version that the page may not show yet."""
        found, self._changed = self._changed, {}
        self._woken.clear()
        return found

    async def woken(self) -> None:
        """Until something may have changed."""
        await self._woken.wait()


class Feed:
    """Reads the log and gives each open page what concerns it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pages: dict[OpenPage, None] = {}
        self._position: EventPosition | None = None
        self._ends: deque[tuple[float, EventPosition]] = deque()
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._renewed = -REMEMBERED
        self._stamp: int | None = None

    @property
    def position(self) -> EventPosition:
        """Everything up to here was given to the pages."""
        return self._position or EventPosition()

    def position_at(self, age: float) -> EventPosition | None:
        """Where the log ended so many seconds ago or a little earlier; None when that is not known any more."""
        at = time.monotonic() - age
        return next((position for moment, position in reversed(self._ends) if moment <= at), None)

    def wake(self) -> None:
        """Something was written in this process: look at once. Safe in every thread."""
        if self._pages and self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake.set)

    def renew(self) -> None:
        """Other definitions are served: every open page reads itself anew. Safe in every thread."""
        self._renewed = time.monotonic()
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._renew)

    def _renew(self) -> None:
        for page in tuple(self._pages):
            page.renew()

    def renewed_within(self, age: float) -> bool:
        """Whether other definitions came to be served in so many last seconds."""
        return self._renewed > time.monotonic() - age

    def open(self, page: OpenPage) -> None:
        """Give the page what comes. Raises TooManyRequests."""
        sessions = Counter(one.session for one in self._pages)
        if sessions[page.session] >= OF_ONE_SESSION or len(self._pages) >= OF_ALL:
            raise TooManyRequests(30)
        self._pages[page] = None
        self.wake()

    def close(self, page: OpenPage) -> None:
        self._pages.pop(page, None)

    @property
    def open_pages(self) -> int:
        return len(self._pages)

    async def run(self, runs: Runs) -> None:
        """Read until cancelled."""
        self._loop, pause = asyncio.get_running_loop(), 0.0
        while True:
            try:
                self._wake.clear()
                pause = await self._look(runs)
            except DougongError as error:
                log.warning("live pages wait", error=error.code)
                pause = AGAIN
            except Exception as error:  # one look that fails must not leave all open pages as they are
                log.error("live pages wait", exc_info=error)
                pause = AGAIN
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
                await asyncio.sleep(TOGETHER)

    async def _look(self, runs: Runs) -> float:
        """Read on; the seconds until the next look."""
        if self._position is None:
            position, self._stamp = await runs(partial(self._database.read, _beginning))
            self._stands_at(position)
            return 0.0
        events, stamp = await runs(partial(self._database.read, partial(_batch, self._position)))
        if stamp != self._stamp:
            self._stamp = stamp
            for page in tuple(self._pages):
                page.restand()
        if events:
            by_key = by_keys(events)
            for page in tuple(self._pages):
                page.take(by_key)
        self._stands_at(events[-1].position if events else self._position)
        if len(events) == BATCH:
            return 0.0
        return WATCHED if self._pages else UNWATCHED

    def _stands_at(self, position: EventPosition) -> None:
        """The moment is one after the reading: who asks from then on sees all that was read."""
        self._position, moment = position, time.monotonic()
        if not self._ends or moment - self._ends[-1][0] >= STEP:
            self._ends.append((moment, position))
        while len(self._ends) > 1 and self._ends[1][0] < moment - REMEMBERED:
            self._ends.popleft()


def by_keys(events: Sequence[Event]) -> dict[str, list[Event]]:
    """Events under the keys by which watches look for them."""
    found: dict[str, list[Event]] = {}
    for event in events:
        for key in keys_of(event):
            found.setdefault(key, []).append(event)
    return found


def _beginning(session: Session) -> tuple[EventPosition, int | None]:
    return end_of_log(session), stamp_of(session)


def _batch(after: EventPosition, session: Session) -> tuple[list[Event], int | None]:
    """The next events, and the stamp of who may do what."""
    return read_events(session, after, BATCH), stamp_of(session)
