"""Streaming: answers that go on after their head, one server-sent event after another, until the reader leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Receive, Send

from engine.runtime.database.protocol import Session
from engine.runtime.work import Work
from engine.web.feed import Runs

AGAIN = 3_000
"""Milliseconds after which a browser comes again when its stream has ended."""
HEADERS = {"cache-control": "no-store, no-transform", "x-accel-buffering": "no"}
Admitted = Callable[[Session], Work]


@dataclass(frozen=True, slots=True)
class Line:
    """What a stream is written with: `admitted` gives the work of the reader in a session, or raises when they may not read
    any more; `runs` runs an act in a thread."""

    admitted: Admitted
    runs: Runs
    receive: Receive
    send: Send

    async def write(self, text: str) -> None:
        await self.send({"type": "http.response.body", "body": text.encode(), "more_body": True})


class StreamAnswer(Response):
    """An answer that goes on."""

    media_type = "text/event-stream"

    def __init__(self) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]

    def open(self) -> None:
        """Take its place among the open ones. Raises TooManyRequests."""

    def close(self) -> None:
        """Its reader has left."""

    async def follow(self, line: Line) -> None:
        """Write what comes, until the reader leaves, may not read any more, or the server ends."""
        raise NotImplementedError
