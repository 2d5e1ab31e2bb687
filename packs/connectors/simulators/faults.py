"""Faults that are switched on: what goes wrong with answers on their way, and with the rows in them."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Row = dict[str, object]
Fault = Literal[
    "hang",
    "trickle",
    "reset",
    "error",
    "redirect",
    "flood",
    "wrong_types",
    "duplicates",
    "shuffled",
    "expired",
    "stuck",
    "limited",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
"""On the way: nothing comes, a byte a second, half an answer, a 500, a redirect to loopback, five gigabytes. In the rows: texts
for numbers, rows twice, another order. `expired`: tokens are over at once. `stuck`: whatever is
asked for, the first page comes. `limited`: there were too many calls."""
FOREVER = -1
SWITCH = "/_simulator/faults"
FLOOD = 5_000_000_000
CHUNK = b" " * 1_000_000


@dataclass(slots=True)
class Faults:
    """Which faults are on, each for how many answers (`FOREVER`: until it is switched off)."""

    left: dict[Fault, int] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def switch(self, name: Fault, times: int = FOREVER) -> None:
        """Turn a fault on for so many answers; off with none."""
        self.left[name] = times

    def takes(self, name: Fault) -> bool:
        """Whether this answer has the fault."""
        times = self.left.get(name, 0)
        if times > 0:
            self.left[name] = times - 1
        return times != 0

    def spoiled(self, rows: Sequence[Row], numbers: Sequence[str]) -> list[Row]:
        """The rows of an answer, with the faults of rows that are on; `numbers` are what wrong types make texts of."""
        found = list(rows)
        if self.takes("wrong_types"):
            found = [row | {name: f"约 {row[name]}" for name in numbers if name in row} for row in found]
        if self.takes("duplicates"):
            found = [one for row in found for one in (row, row)]
        if self.takes("shuffled"):
            self.chance.shuffle(found)
        return found


def faulty(app: ASGIApp, faults: Faults) -> ASGIApp:
    """The application behind faults, which `POST /_simulator/faults {"reset": 2}` switches on."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif scope["path"] == SWITCH:
            await _switched(scope, receive, send, faults)
        else:
            await _spoiled(app, scope, receive, send, faults)

    return answer


async def _switched(scope: Scope, receive: Receive, send: Send, faults: Faults) -> None:
    if scope["method"] == "POST":
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        faults.left.clear()
        asked = json.loads(body or b"{}")
        for name in FAULTS:
            if name in asked:
                faults.switch(name, int(asked[name]))
    await _say(send, 200, json.dumps(faults.left).encode())


async def _spoiled(app: ASGIApp, scope: Scope, receive: Receive, send: Send, faults: Faults) -> None:
    if faults.takes("hang"):
        await asyncio.sleep(3600)
    elif faults.takes("error"):
        await _say(send, 500, b'{"error": "internal"}')
    elif faults.takes("redirect"):
        await send({"type": "http.response.start", "status": 302, "headers": [(b"location", b"http://127.0.0.1:1/")]})
        await send({"type": "http.response.body"})
    elif faults.takes("flood"):
        await _start(send, 200, FLOOD)
        for _ in range(FLOOD // len(CHUNK)):
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
        await send({"type": "http.response.body"})
    elif faults.takes("reset"):
        await _start(send, 200, 1000)
        await send({"type": "http.response.body", "body": b"{"})
    elif faults.takes("trickle"):
        await app(scope, receive, _dripping(send))
    else:
        await app(scope, receive, send)


def _dripping(send: Send) -> Send:
    """Sends a body byte by byte, one a second."""

    async def drip(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        for byte in message.get("body", b""):
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
            await asyncio.sleep(1)
        await send({"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)})

    return drip


async def _say(send: Send, status: int, body: bytes) -> None:
    await _start(send, status, len(body))
    await send({"type": "http.response.body", "body": body})


async def _start(send: Send, status: int, length: int) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(length).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
