"""Patience: a request whose head or body does not come to its end in time is given up, so that nobody holds connections."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from engine.diagnostics import DougongError, Message


class BodyTooSlow(DougongError):
    """The body did not arrive in time."""

    code = "request_timeout"
    status = 408

    def __init__(self) -> None:
        super().__init__(Message("请求没有在限定时间内发完", "The request did not arrive in time"))


def patient_protocol(seconds: float) -> type[HttpToolsProtocol]:
    """uvicorn's protocol that closes a connection on which no request has come to the end of its head for so long."""

    class PatientProtocol(HttpToolsProtocol):
        head: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.head = self.loop.call_later(seconds, transport.close)

        def on_message_begin(self) -> None:
            self._head_came()
            self.head = self.loop.call_later(seconds, self.transport.close)
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._head_came()
            super().on_headers_complete()

        def shutdown(self) -> None:
            """The server ends: what waits for its client to go is woken, so that streams end with it."""
            super().shutdown()
            if self.cycle is not None:
                self.cycle.message_event.set()

        def connection_lost(self, exc: Exception | None) -> None:
            self._head_came()
            super().connection_lost(exc)

        def _head_came(self) -> None:
            if self.head is not None:
                self.head.cancel()
                self.head = None

    return PatientProtocol
