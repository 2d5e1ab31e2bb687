"""GET /designer/api/events: what happens to the draft, as it happens."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass

import structlog
from starlette.responses import Response

from designer.feed import DesignFeed, Listener, News
from engine.diagnostics import DougongError
from engine.runtime.identifiers import encode_id
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.site import Site
from engine.web.streaming import AGAIN, HEADERS, Line, StreamAnswer

LIFE = 900.0
"""Seconds after which a stream ends, to be opened anew."""
log = structlog.get_logger("dougong.design")


@dataclass(frozen=True, slots=True)
class EventsApi:
    """The endpoint of the designer's events."""

    feed: DesignFeed

    def follow(self, work: Work, call: Call, site: Site) -> Response:
        """The stream: `data: {rev, author, files, origin}` for each change from now on."""
        if call.method == "HEAD":
            return Response(headers=HEADERS, media_type=StreamAnswer.media_type)
        return DesignStream(self.feed, site)


class DesignStream(StreamAnswer):
    """The open stream of one designer."""

    def __init__(self, feed: DesignFeed, site: Site) -> None:
        super().__init__()
        self._feed, self._site = feed, site
        self._listener = Listener()

    def open(self) -> None:
        self._feed.open(self._listener)

    def close(self) -> None:
        self._feed.close(self._listener)

    async def follow(self, line: Line) -> None:
        left = asyncio.create_task(_left(line))
        try:
            await line.write(f"retry: {AGAIN}\n\n")
            await self._tell(line, left)
        except DougongError as error:  # the session has ended, or the database does not answer: the page comes again
            log.info("stream ended", error=error.code)
        finally:
            left.cancel()
            with suppress(OSError):  # the reader has gone
                await line.send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, line: Line, left: asyncio.Task[None]) -> None:
        ends, database = time.monotonic() + LIFE, self._site.workplace.database
        while not left.done() and time.monotonic() < ends:
            waking = asyncio.create_task(self._listener.woken.wait())
            await asyncio.wait(
                (left, waking), timeout=self._site.settings.live_heartbeat, return_when=asyncio.FIRST_COMPLETED
            )
            waking.cancel()
            if left.done():
                return
            await line.runs(lambda: database.read(line.admitted))
            for one in self._listener.taken():
                await line.write(f"data: {json.dumps(_body(one), ensure_ascii=False)}\n\n")
            await line.write(":\n\n")


def _body(one: News) -> dict[str, object]:
    return {
        "rev": one.rev,
        "author": one.author,
        "author_id": None if one.author_id is None else encode_id(one.author_id),
        "files": list(one.files),
        "origin": one.origin,
    }


async def _left(line: Line) -> None:
    """Until the reader has gone, or the server ends."""
    await line.receive()
    await line.receive()
