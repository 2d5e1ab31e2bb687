"""Load: the same requests over kept connections, with the server's CPU read from the kernel and every answer checked."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
Check = Callable[[int, bytes], bool]


@dataclass(frozen=True)
class Asked:
    """One request as it goes over the wire: method, path with query, headers, body."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def wire(self, host: str) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", f"host: {host}", "accept-encoding: identity"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body:
            lines.append(f"content-length: {len(self.body)}")
            if not any(name == "content-type" for name, _ in self.headers):
                lines.append("content-type: application/json")
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body


@dataclass
class Timing:
    """What a round measured: requests, CPU milliseconds of the server, seconds of each request."""

    requests: int = 0
    cpu_ms: float = 0.0
    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    example: str = ""
    """One of the wrong answers."""

    @property
    def cpu_each(self) -> float:
        """CPU milliseconds of the server a request."""
        return self.cpu_ms / max(self.requests, 1)

    def percentile(self, share: float) -> float:
        """Milliseconds below which that share of the requests stayed."""
        ordered = sorted(self.seconds)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 if ordered else 0.0


def cpu_ms(process: int) -> float:
    """CPU milliseconds that a process and its threads have used, from the kernel's own scheduler figures (nanoseconds)."""
    total = 0
    for thread in Path(f"/proc/{process}/task").iterdir():
        total += int((thread / "schedstat").read_text().split()[0])
    return total / 1e6


def run(port: int, process: int, asked: Sequence[Asked], connections: int, right: Check) -> Timing:
    """Send all requests over `connections` kept connections; `right` judges status and body of each answer."""
    timing = Timing(requests=len(asked))
    before = cpu_ms(process)
    asyncio.run(over([port], asked, connections, right, timing))
    timing.cpu_ms = cpu_ms(process) - before
    return timing


async def over(ports: Sequence[int], asked: Sequence[Asked], connections: int, right: Check, timing: Timing) -> None:
    """Send all requests over `connections` connections, which take the ports in turn."""
    queue = iter(asked)
    taken = (ports[number % len(ports)] for number in range(connections))
    await asyncio.gather(*(_connection(port, queue, right, timing) for port in taken))


async def _connection(port: int, queue: Iterator[Asked], right: Check, timing: Timing) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    host = f"127.0.0.1:{port}"
    try:
        for one in queue:
            started = time.perf_counter()
            writer.write(one.wire(host))
            status, body = await _answer(reader)
            timing.seconds.append(time.perf_counter() - started)
            if not right(status, body):
                timing.wrong += 1
                timing.example = f"{status} {body[:400].decode('utf-8', 'replace')}"
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    length = next((int(line.partition(":")[2]) for line in lines if line.lower().startswith("content-length:")), 0)
    return int(lines[0].split(" ")[1]), await reader.readexactly(length)
