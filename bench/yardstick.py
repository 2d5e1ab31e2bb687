"""The yardstick: the same requests answered by a Starlette handler with SQL written by hand, as well as we can.

It has the duties of the product's request and no generality: the session row with the user's epoch, the scope set, one
read transaction in one hop, ids and decimals as text, a signed cursor, ETag, security headers; a write also its
idempotency row, history rows, event rows, document number and the parent's sums, committed in groups at WAL + FULL.
`python -m bench.yardstick FOLDER PORT`; it serves `dougong.sqlite3` of the folder.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import queue
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.runtime.identifiers import decode_id, encode_id
from engine.web.responses import SECURITY_HEADERS

KEY = b"yardstick"
LIST_SQL = """
SELECT o.id, o.version, o.name, o.stage, o.amount, o.close_date, c.name
FROM opportunity o INDEXED BY ix_opportunity_scope_unit_amount
LEFT JOIN customer c ON c.id = o.customer AND c.deleted_at IS NULL AND c.scope_unit = ?1
WHERE o.deleted_at IS NULL AND o.scope_unit = ?1 AND o.stage = ?2 ORDER BY o.amount DESC, o.id DESC LIMIT 26"""
AFTER_SQL = LIST_SQL.replace(
    "ORDER BY", "AND (o.amount < ?3 OR (o.amount = ?3 AND o.id < ?4)) AND o.amount <= ?3 ORDER BY"
)
COLUMNS = [
    "code",
    "name",
    "customer",
    "owner",
    "solution_engineer",
    "stage",
    "kind",
    "source",
    "lead",
    "product",
    "amount",
    "probability",
    "weighted",
    "opened_on",
    "close_date",
    "next_step",
    "next_step_on",
    "competitor",
    "budget",
    "budget_node",
    "budget_approved",
    "decision_maker",
    "criteria",
    "hidden_kpi",
    "hidden_kpi_weight",
    "technical_score",
    "solution",
    "poc_on",
    "poc_result",
    "won_on",
    "lost_on",
    "lost_reason",
    "lesson",
    "won_value",
    "open_value",
    "cycle_days",
    "quote_count",
    "activity_count",
    "last_activity_on",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "scope_unit",
]
OWN_ONLY = frozenset({"budget", "budget_node", "budget_approved", "decision_maker", "hidden_kpi", "hidden_kpi_weight"})
IDS = frozenset(
    {
        "customer",
        "owner",
        "solution_engineer",
        "lead",
        "product",
        "decision_maker",
        "created_by",
        "updated_by",
        "scope_unit",
    }
)
MONEY = frozenset({"amount", "weighted", "budget", "won_value", "open_value"})
GET_SQL = f"""
SELECT o.id, o.version, {", ".join(f"o.{name}" for name in COLUMNS)}, c.name, u.name, e.name, p.name
FROM opportunity o LEFT JOIN customer c ON c.id = o.customer AND c.scope_unit = ?2 LEFT JOIN dougong_user u ON u.id = o.owner
LEFT JOIN dougong_user e ON e.id = o.solution_engineer LEFT JOIN product p ON p.id = o.product
WHERE o.id = ?1 AND o.deleted_at IS NULL AND o.scope_unit = ?2"""
SESSION_SQL = """
SELECT s.user_id, s.expires_at, u.epoch = s.epoch AND u.disabled = 0, m.unit
FROM dougong_session s JOIN dougong_user u ON u.id = s.user_id JOIN dougong_membership m ON m.user_id = u.id
WHERE s.token = ? AND m.valid_to IS NULL"""


@dataclass(frozen=True, slots=True)
class Caller:
    user: int
    unit: int


class NotSignedIn(Exception):
    """No session."""


def caller(connection: sqlite3.Connection, token: str) -> Caller:
    row = connection.execute(SESSION_SQL, (hashlib.sha256(token.encode()).hexdigest(),)).fetchone()
    if row is None or not row[2] or row[1] <= time.time() * 1e6:
        raise NotSignedIn
    return Caller(row[0], row[3])


def money(value: int | None) -> str | None:
    if value is None:
        return None
    sign, whole = ("-", -value) if value < 0 else ("", value)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def listed(connection: sqlite3.Connection, token: str, stage: str, cursor: str | None) -> bytes:
    who = caller(connection, token)
    if cursor is None:
        rows = connection.execute(LIST_SQL, (who.unit, stage)).fetchall()
    else:
        amount, last = opened(cursor)
        rows = connection.execute(AFTER_SQL, (who.unit, stage, amount, last)).fetchall()
    data = [
        {
            "id": encode_id(r[0]),
            "version": r[1],
            "name": r[2],
            "stage": r[3],
            "amount": money(r[4]),
            "close_date": r[5],
            "customer.name": r[6],
        }
        for r in rows[:25]
    ]
    following = sealed((rows[24][4], rows[24][0])) if len(rows) > 25 else None
    return dumped({"data": data, "next_cursor": following})


def one(connection: sqlite3.Connection, token: str, record: int) -> tuple[bytes, int] | None:
    who = caller(connection, token)
    row = connection.execute(GET_SQL, (record, who.unit)).fetchone()
    return shown(row, who) if row else None


def shown(row: tuple[Any, ...], who: Caller) -> tuple[bytes, int]:
    body: dict[str, object] = {"id": encode_id(row[0]), "version": row[1]}
    owner = row[2 + COLUMNS.index("owner")]
    for name, value in zip(COLUMNS, row[2:], strict=False):
        if name in OWN_ONLY and owner != who.user:
            continue
        if name in MONEY:
            body[name] = money(value)
        elif name in IDS:
            body[name] = encode_id(value) if value is not None else None
        else:
            body[name] = value
    body["customer.@title"], body["owner.@title"], body["solution_engineer.@title"], body["product.@title"] = row[-4:]
    return dumped({"data": body}), row[1]


def sealed(values: tuple[object, ...]) -> str:
    plain = json.dumps(values).encode()
    return base64.urlsafe_b64encode(hmac.digest(KEY, plain, "sha256") + plain).decode()


def opened(cursor: str) -> tuple[int, int]:
    raw = base64.urlsafe_b64decode(cursor)
    if not hmac.compare_digest(raw[:32], hmac.digest(KEY, raw[32:], "sha256")):
        raise ValueError(cursor)
    amount, last = json.loads(raw[32:])
    return amount, last


def dumped(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


class Writer:
    """One thread, units that wait together are committed together."""

    def __init__(self, path: str) -> None:
        self.path, self.queue = path, queue.SimpleQueue[tuple[Callable[[sqlite3.Connection], Any], Future[Any]]]()
        self.last = int(time.time() * 1000) << 22
        threading.Thread(target=self.loop, daemon=True).start()

    def submit(self, act: Callable[[sqlite3.Connection], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        self.queue.put((act, future))
        return future

    def next_id(self) -> int:
        self.last += 1
        return self.last

    def loop(self) -> None:
        connection = connect(self.path)
        connection.execute("PRAGMA synchronous = FULL")
        while True:
            group = [self.queue.get()]
            while len(group) < 64 and not self.queue.empty():
                group.append(self.queue.get())
            connection.execute("BEGIN IMMEDIATE")
            ended: list[Callable[[], None]] = []
            for act, future in group:
                connection.execute("SAVEPOINT unit")
                try:
                    ended.append(partial(future.set_result, act(connection)))
                except Exception as error:
                    connection.execute("ROLLBACK TO unit")
                    ended.append(partial(future.set_exception, error))
                connection.execute("RELEASE unit")
            connection.execute("COMMIT")
            for settle in ended:
                settle()


def connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -32000")
    return connection


def created(writer: Writer, connection: sqlite3.Connection, token: str, key: str, text: bytes) -> tuple[bytes, int]:
    """A new opportunity with everything that follows from it."""
    who, now, given = caller(connection, token), int(time.time() * 1e6), json.loads(text)
    digest = hashlib.sha256(text).hexdigest()
    known = connection.execute(
        "SELECT record FROM dougong_idempotency WHERE user_id = ? AND key = ?", (who.user, key)
    ).fetchone()
    if known:
        row = connection.execute(GET_SQL, (known[0], who.unit)).fetchone()
        return shown(row, who)
    customer = decode_id(given["customer"])
    unit = connection.execute(
        "SELECT unit, version, opportunity_count, open_amount FROM customer WHERE id = ? AND scope_unit = ? AND deleted_at IS NULL",
        (customer, who.unit),
    ).fetchone()
    taken = connection.execute(
        "SELECT 1 FROM opportunity WHERE customer = ? AND name = ? AND deleted_at IS NULL", (customer, given["name"])
    ).fetchone()
    if unit is None or taken:
        raise ValueError("refused")
    today, amount = date.today().isoformat(), round(float(given["amount"]) * 100)
    sequence = f"yardstick:{unit[0]}:{today[:7]}"
    connection.execute(
        "INSERT INTO dougong_sequence VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1", (sequence,)
    )
    (number,) = connection.execute("SELECT last FROM dougong_sequence WHERE name = ?", (sequence,)).fetchone()
    record = writer.next_id()
    connection.execute(
        "INSERT INTO opportunity (id, version, created_at, created_by, updated_at, updated_by, scope_unit, code, name, customer, owner, stage, kind, amount, probability, weighted, opened_on, budget_approved, won_value, open_value, quote_count, activity_count)"
        " VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'qualify', 'new_business', ?, 1000, ?, ?, 0, 0, ?, 0, 0)",
        (
            record,
            now,
            who.user,
            now,
            who.user,
            unit[0],
            f"YS-{unit[0]}-{number}",
            given["name"],
            customer,
            who.user,
            amount,
            amount // 10,
            today,
            amount,
        ),
    )
    connection.execute(
        "UPDATE customer SET version = version + 1, updated_at = ?, updated_by = ?, opportunity_count = opportunity_count + 1, open_amount = coalesce(open_amount, 0) + ? WHERE id = ?",
        (now, who.user, amount, customer),
    )
    connection.execute(
        "UPDATE customer__version SET valid_to = ? WHERE record = ? AND version = ?", (now, customer, unit[1])
    )
    version = "INSERT INTO {}__version (record, version, valid_from, action, actor, changed, before, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    row = connection.execute(GET_SQL, (record, who.unit)).fetchone()
    whole = dict(zip(COLUMNS, row[2:], strict=False))
    connection.execute(
        version.format("opportunity"),
        (record, 1, now, "create", who.user, json.dumps(list(given)), None, json.dumps(whole, ensure_ascii=False)),
    )
    before = {"opportunity_count": unit[2], "open_amount": unit[3]}
    after = {"opportunity_count": (unit[2] or 0) + 1, "open_amount": (unit[3] or 0) + amount}
    connection.execute(
        version.format("customer"),
        (
            customer,
            unit[1] + 1,
            now,
            "compute",
            who.user,
            json.dumps(list(after)),
            json.dumps(before),
            json.dumps(after),
        ),
    )
    event = 'INSERT INTO dougong_event (id, "transaction", entity, record, version, action, at) VALUES (?, 0, ?, ?, ?, ?, ?)'
    connection.execute(event, (writer.next_id(), "opportunity", record, 1, "create", now))
    connection.execute(event, (writer.next_id(), "customer", customer, unit[1] + 1, "compute", now))
    connection.execute(
        "INSERT INTO dougong_idempotency VALUES (?, ?, ?, 'opportunity', ?, 1, ?)", (who.user, key, digest, record, now)
    )
    return shown(row, who)


def application(path: str) -> Starlette:
    """The handlers, one reading thread and one writing thread."""
    local, threads, writer = threading.local(), ThreadPoolExecutor(1), Writer(path)

    def reading(act: Callable[[sqlite3.Connection], Any]) -> Any:
        connection = getattr(local, "connection", None)
        if connection is None:
            connection = local.connection = connect(path)
        connection.execute("BEGIN")
        try:
            return act(connection)
        finally:
            connection.execute("COMMIT")

    async def hop(act: Callable[[sqlite3.Connection], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(threads, reading, act)

    def answer(body: bytes, status: int = 200, **more: str) -> Response:
        headers = {**SECURITY_HEADERS, "cache-control": "no-store", **more}
        return Response(body, status, headers, "application/json")

    def token(request: Request) -> str:
        return request.cookies.get("dougong_session", "")

    async def get_list(request: Request) -> Response:
        query, key = request.query_params, token(request)
        return answer(await hop(lambda connection: listed(connection, key, query["stage"], query.get("cursor"))))

    async def get_one(request: Request) -> Response:
        record, key = decode_id(request.path_params["record"]), token(request)
        found = await hop(lambda connection: one(connection, key, record))
        return answer(found[0], etag=f'"{found[1]}"') if found else answer(b"{}", 404)

    async def post(request: Request) -> Response:
        text, key, session = await request.body(), request.headers["idempotency-key"], token(request)
        body, version = await asyncio.wrap_future(
            writer.submit(lambda connection: created(writer, connection, session, key, text))
        )
        return answer(body, 201, etag=f'"{version}"')

    async def alive(request: Request) -> Response:
        return answer(b"{}")

    return Starlette(
        routes=[
            Route("/api/records/opportunity", get_list, methods=["GET"]),
            Route("/api/records/opportunity", post, methods=["POST"]),
            Route("/api/records/opportunity/{record}", get_one, methods=["GET"]),
            Route("/healthz", alive),
        ]
    )


if __name__ == "__main__":
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    uvicorn.run(application(str(folder / "dougong.sqlite3")), port=port, log_level="warning", access_log=False)
