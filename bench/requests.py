"""Requests: CPU a request against the yardstick in the same interleaved run, as the restricted sales role."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.load import Asked, Timing, run
from bench.report import Row
from bench.server import Server
from bench.world import FILE, world

ROUNDS = 5
ACCOUNT = "li_wei"
"""A sales person who sees one unit of three."""
LIST = (
    "/api/records/opportunity?stage=negotiation&sort=-amount&limit=25&fields=name,stage,amount,close_date,customer.name"
)
_NUMBERS = count(1)


@dataclass(frozen=True)
class Side:
    """One of the two servers, with a session in its own database."""

    server: Server
    headers: tuple[tuple[str, str], ...]
    ids: Sequence[str]
    customers: Sequence[str]

    def get(self, path: str) -> Asked:
        return Asked("GET", path, self.headers)

    def create(self) -> Asked:
        number = next(_NUMBERS)
        body = {"name": f"压测 {number}", "customer": self.customers[number % len(self.customers)], "amount": "1000.00"}
        headers = (*self.headers, ("idempotency-key", f"bench-{number}-{secrets.token_hex(4)}"))
        return Asked("POST", "/api/records/opportunity", headers, json.dumps(body).encode())


@dataclass(frozen=True)
class Operation:
    """What is measured: how many requests a round, how each is made, what its answer must be like, and the bar."""

    id: str
    what: str
    requests: int
    make: Callable[[Side], Asked]
    right: Callable[[int, bytes], bool]
    bar: float


def _deep(side: Side) -> Asked:
    return side.get(LIST + f"&cursor={_deep_cursor(side)}")


_CURSORS: dict[int, str] = {}


def _deep_cursor(side: Side) -> str:
    """The cursor after ten pages of the list, walked to once."""
    if side.server.port not in _CURSORS:
        cursor = ""
        for _ in range(10):
            path = LIST + (f"&cursor={cursor}" if cursor else "")
            request = urllib.request.Request(f"http://127.0.0.1:{side.server.port}{path}", headers=dict(side.headers))
            cursor = json.loads(urllib.request.urlopen(request).read())["next_cursor"]
        _CURSORS[side.server.port] = cursor
    return _CURSORS[side.server.port]


def _picked(side: Side) -> str:
    return side.ids[next(_NUMBERS) % len(side.ids)]


def _has_rows(status: int, body: bytes) -> bool:
    return status == 200 and body.count(b'"customer.name"') == 25


def _has_row(status: int, body: bytes) -> bool:
    return status == 200 and b'"customer.@title"' in body


def _is_new(status: int, body: bytes) -> bool:
    return status == 201 and b'"weighted":"100.00"' in body


OPERATIONS = (
    Operation(
        "list", "25 of 100k, filtered, sorted, customer joined", 600, lambda side: side.get(LIST), _has_rows, 2.0
    ),
    Operation(
        "get",
        "one opportunity",
        1000,
        lambda side: side.get(f"/api/records/opportunity/{_picked(side)}"),
        _has_row,
        2.0,
    ),
    Operation("deep_page", "a later page by cursor", 600, _deep, _has_rows, 2.0),
    Operation("create", "a new opportunity with all sinks", 300, Side.create, _is_new, 2.5),
)


def measured() -> list[Row]:
    """CPU of the product over CPU of the yardstick, the median of interleaved rounds, at 1 and 16 connections."""
    rows: list[Row] = []
    with world() as here, Server.of_engine(here.product) as product, Server.of_yardstick(here.yardstick) as yardstick:
        sides = (_side(product, here.product), _side(yardstick, here.yardstick))
        for operation in OPERATIONS:
            for connections in (1, 16):
                rows += list(_compared(operation, sides, connections))
    return rows


def _compared(operation: Operation, sides: tuple[Side, Side], connections: int) -> Iterator[Row]:
    rounds = [
        (_round(operation, sides[0], connections), _round(operation, sides[1], connections)) for _ in range(ROUNDS + 1)
    ]
    kept = rounds[1:]
    ratio = statistics.median(pair[0].cpu_each / pair[1].cpu_each for pair in kept)
    ours, theirs = (statistics.median(pair[at].cpu_each for pair in kept) for at in (0, 1))
    tail = statistics.median(pair[0].percentile(0.99) for pair in kept)
    words = f"{operation.what} · {ours:.3f} ms against {theirs:.3f} ms CPU, p99 {tail:.1f} ms"
    yield Row(f"{operation.id}_x{connections}", words, operation.bar, ratio, "×")


def _round(operation: Operation, side: Side, connections: int) -> Timing:
    asked = [operation.make(side) for _ in range(operation.requests)]
    timing = run(side.server.port, side.server.pid, asked, connections, operation.right)
    if timing.wrong:
        raise RuntimeError(f"{operation.id}: {timing.wrong} of {timing.requests} answers are wrong")
    return timing


def _side(server: Server, folder: Path) -> Side:
    """A session made in the server's own database, and rows that its user may see."""
    connection = sqlite3.connect(folder / FILE, timeout=10)
    token = secrets.token_urlsafe(32)
    user, epoch, unit = connection.execute(
        "SELECT u.id, u.epoch, m.unit FROM dougong_user u JOIN dougong_membership m ON m.user_id = u.id WHERE u.account = ?",
        (ACCOUNT,),
    ).fetchone()
    with connection:
        connection.execute(
            "INSERT INTO dougong_session (token, user_id, epoch, created_at, expires_at) VALUES (?, ?, ?, 0, ?)",
            (hashlib.sha256(token.encode()).hexdigest(), user, epoch, int((time.time() + 86_400) * 1e6)),
        )
    picked = "SELECT id FROM {} WHERE scope_unit = ? AND deleted_at IS NULL ORDER BY id DESC LIMIT 300"
    ids, customers = (
        [_text(row[0]) for row in connection.execute(picked.format(table), (unit,))]
        for table in ("opportunity", "customer")
    )
    connection.close()
    return Side(server, (("cookie", f"dougong_session={token}"),), ids, customers)


def _text(number: int) -> str:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "".join(alphabet[number >> shift & 31] for shift in range(60, -1, -5))
