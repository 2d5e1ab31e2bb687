"""A client that never gives up: what was not answered is sent again under the same key until it is."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

Answer = tuple[int, dict[str, Any]]
PATIENCE = 30.0
"""Seconds after which a request counts as never answered."""
LOST = (ConnectionError, asyncio.IncompleteReadError, EOFError)
AGAIN = frozenset({429, 500, 502, 503, 504, 507})


@dataclass
class Line:
    """One kept connection; `resent` counts what had to be sent more than once."""

    port: int
    token: str
    keyed: bool = True
    resent: int = 0
    slowest: float = 0.0
    refused: list[int] = field(default_factory=list)
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: object = None, key: str = "") -> Answer:
        """One request and its answer. Raises one of LOST when the connection ends before it."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        content = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            "host: localhost",
            f"authorization: Bearer {self.token}",
            "accept-language: en",
        ]
        lines += ["content-type: application/json"] if content else []
        lines += [f"idempotency-key: {key}"] if key and self.keyed else []
        lines += [f"content-length: {len(content)}", "", ""]
        started = asyncio.get_running_loop().time()
        try:
            writer.write("\r\n".join(lines).encode() + content)
            found = await asyncio.wait_for(_answer(reader), PATIENCE)
        except BaseException:
            self.close()
            raise
        finally:
            self.slowest = max(self.slowest, asyncio.get_running_loop().time() - started)
        return found

    async def until_answered(self, method: str, path: str, body: object = None, key: str = "") -> Answer:
        """Send it until it is answered for good."""
        while True:
            try:
                code, found = await self.ask(method, path, body, key)
            except LOST:
                self.resent += 1
                await asyncio.sleep(0.02)
                continue
            if code not in AGAIN:
                return code, found
            self.refused.append(code)
            await asyncio.sleep(0.02)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    length = next((int(line.partition(":")[2]) for line in head if line.lower().startswith("content-length:")), 0)
    body = await reader.readexactly(length)
    found = json.loads(body) if body.startswith(b"{") else {"text": body.decode("utf-8", "replace")}
    return int(head[0].split(" ")[1]), found
