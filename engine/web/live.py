"""Live: an open page is told that something it shows has changed, over one stream of server-sent events.

A message says nothing but that, `renewed` when other definitions are served or the reader has another place in the organisation, `changed` of what the page shows and `counted` of what waits for its reader: the page then
reads itself, or the counts around it, anew with its reader's rights. Before every message the reader is identified again and
one of the changed rows must be found through the choke point, so that a change of what may not be read gives no byte. Heartbeats come at fixed times and end the stream of a session that has ended.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog
from starlette.responses import Response
from starlette.types import Receive, Send

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest
from engine.runtime.database.protocol import Session
from engine.runtime.events import EventPosition, read_events
from engine.runtime.query.cursors import open_cursor, seal_cursor
from engine.runtime.work import Work
from engine.web.calls import SESSION_COOKIE, Call
from engine.web.feed import BATCH, OpenPage, Runs, by_keys
from engine.web.site import Site
from engine.web.standing_marks import LENGTH, standing_mark
from engine.web.streaming import AGAIN, HEADERS, Admitted, Line, StreamAnswer
from engine.web.watches import Changed, any_readable, read_watches

LIFE = 900.0
"""Seconds after which a stream ends, to be opened anew."""
BETWEEN = 1.0
"""Seconds between two messages to one page."""
LATENESS = 0.5
"""Seconds that a request may have been under way when its page tells how old it is."""
MISSED = 50
"""Batches of events that a page which comes back is looked through for; beyond that it reads itself anew."""
RENEWED = "renewed"
"""The word that other definitions are served than those that the page was made by."""
log = structlog.get_logger("dougong.live")


@dataclass(frozen=True, slots=True)
class Since:
    """From where a page that opens its stream wants to know of changes: where its last stream was, or how old it is; and
    where its reader stood when it was made ("": not said)."""

    position: EventPosition | None
    age: float
    standing: str = ""


class LiveAnswer(StreamAnswer):
    """The answer that goes on: what it follows, and since when."""

    def __init__(self, site: Site, page: OpenPage, since: Since) -> None:
        super().__init__()
        self.site, self.page, self.since = site, page, since

    def open(self) -> None:
        self.site.feed.open(self.page)

    def close(self) -> None:
        self.site.feed.close(self.page)

    async def follow(self, line: Line) -> None:
        await Stream(self, line.admitted, line.runs, line.send).run(line.receive)


def follow(work: Work, call: Call, site: Site) -> Response:
    """GET /live?on=…&age=…: changes of what the page says that it shows. Raises BadRequest when it shows nothing."""
    watches = read_watches(call.first.get("on", ""))
    age = call.first.get("age", "0")
    if not watches or not (age.isascii() and age.isdigit() and len(age) < 13):
        raise BadRequest(Message("没有说明页面显示了什么", "It is not said what the page shows"))
    if call.method == "HEAD":
        return Response(headers=HEADERS, media_type=LiveAnswer.media_type)
    reader = work.context.principal.user_id
    since = Since(
        _position(work, reader, call.headers.get("last-event-id", "")),
        int(age) / 1000,
        call.first.get("standing", "")[:LENGTH],
    )
    page = OpenPage(call.token or call.cookies.get(SESSION_COOKIE, ""), reader, watches)
    return LiveAnswer(site, page, since)


def _position(work: Work, reader: int, text: str) -> EventPosition | None:
    try:
        values = open_cursor(work.key, _binding(reader), text, 3) if text else ()
    except BadRequest:
        return None
    return EventPosition(int(str(values[0])), int(str(values[1]))) if values else None


def _binding(reader: int) -> str:
    return f"live:{reader}"


class Stream:
    """One open stream. `admitted` gives the work of the reader in a session, or raises when they may not read any more."""

    def __init__(self, answer: LiveAnswer, admitted: Admitted, runs: Runs, send: Send) -> None:
        self._answer, self._admitted, self._runs, self._send = answer, admitted, runs, send
        self._page, self._site = answer.page, answer.site
        self._database = answer.site.workplace.database
        self._standing = answer.since.standing

    async def run(self, receive: Receive) -> None:
        """Tell of changes until the reader leaves, may not read any more, or the server ends."""
        left, place = asyncio.create_task(_left(receive)), self._place()
        try:
            await self._write(f"retry: {AGAIN}\n\n")
            moved = await self._moved()
            if moved or self._site.feed.renewed_within(self._answer.since.age + LATENESS):
                self._page.renew()
            await self._told_of(await self._runs(self._missed))
            await self._write(f"{place}\n")
            await self._follow(left)
        except DougongError as error:  # the session has ended, or the database does not answer: the page comes again
            log.info("stream ended", error=error.code)
        finally:
            left.cancel()
            with suppress(OSError):  # the reader has gone
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _follow(self, left: asyncio.Task[None]) -> None:
        ends = time.monotonic() + LIFE
        while not left.done() and not self._page.behind and time.monotonic() < ends:
            if self._page.restood:
                self._page.restood = False
                self._page.renewed = await self._moved() or self._page.renewed
            if self._page.renewed:
                self._page.renewed = False
                await self._write(f"{self._place()}event: {RENEWED}\ndata: 1\n\n")
            if await _one_of(left, self._page.woken(), self._site.settings.live_heartbeat):
                if await self._told_of(self._page.taken()):
                    await asyncio.wait((left,), timeout=BETWEEN)
            elif not left.done():
                place = self._place()
                await self._runs(partial(self._database.read, self._admitted))
                await self._write(f"{place}\n")

    async def _moved(self) -> bool:
        """Whether the reader's roles, seats or units are others than they were."""
        before, self._standing = self._standing, await self._runs(partial(self._database.read, self._stands))
        return before not in ("", self._standing)

    def _stands(self, session: Session) -> str:
        return standing_mark(self._site.workplace.key, self._admitted(session).context)

    async def _told_of(self, changed: Mapping[Changed, Mapping[int, int]] | None) -> bool:
        """Tell the page when it shows something of what has changed; None is not known, so it is told."""
        said = _OF_WATCHES if changed is None else await self._runs(partial(self._said, changed))
        for word, _ in said:
            await self._write(f"{self._place()}event: {word}\ndata: 1\n\n")
        return bool(said)

    def _said(self, changed: Mapping[Changed, Mapping[int, int]]) -> list[tuple[str, bool]]:
        """What is to be told of what has changed, as far as the reader may read it, as they stand now."""
        if not changed:
            return []

        def look(session: Session) -> list[tuple[str, bool]]:
            work = self._admitted(session)
            return [
                (word, mine)
                for word, mine in _OF_WATCHES
                if any_readable(work, {one: rows for one, rows in changed.items() if one.watch.of_reader is mine})
            ]

        return self._database.read(look)

    def _missed(self) -> Mapping[Changed, Mapping[int, int]] | None:
        """What has changed between the page's reading and the opening of its stream; None when that is not known."""
        since, feed = self._answer.since, self._site.feed
        position = since.position or feed.position_at(since.age + LATENESS)
        if position is None:
            return None
        page = OpenPage("", self._page.reader, self._page.watches)
        for _ in range(MISSED):
            if position >= feed.position:
                return page.taken()
            events = self._database.read(partial(read_events, after=position, limit=BATCH))
            page.take(by_keys(events))
            if len(events) < BATCH:
                return page.taken()
            position = events[-1].position
        return None

    def _place(self) -> str:
        """Where the stream is, sealed with salt: that it moved tells of changes that may not be read."""
        position = self._site.feed.position
        values = (position.transaction, position.event, secrets.randbits(60))
        return f"id: {seal_cursor(self._site.workplace.key, _binding(self._page.reader), values)}\n"

    async def _write(self, text: str) -> None:
        await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})


_OF_WATCHES = (("changed", False), ("counted", True))
"""The messages, and whether each is about what comes to the reader."""


async def _left(receive: Receive) -> None:
    """Until the reader has gone, or the server ends: after the request nothing else comes."""
    await receive()
    await receive()


async def _one_of(left: asyncio.Task[None], woken: Coroutine[object, object, None], seconds: float) -> bool:
    """Whether the page was woken before the reader left and the time was over."""
    waking = asyncio.create_task(woken)
    try:
        await asyncio.wait((left, waking), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return waking.done() and not left.done()
    finally:
        waking.cancel()
