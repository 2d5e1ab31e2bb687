"""Who waits, and for how long: a held table, a process asked to end, clients that dawdle."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.conftest import fresh_url
from tests.crash.books import Ledger, Shelf, audit
from tests.crash.client import LOST, Line
from tests.crash.serving import Serving, status
from tests.crash.shop import Shop, open_shop

BOUNDED = 20.0
SLOW_CLIENTS = 120


def new_order(shop: Shop, name: str) -> dict[str, object]:
    return {"name": name, "area": shop.areas[0]}


async def together(serving: Serving, shop: Shop, names: list[str]) -> list[tuple[int, dict[str, object]] | None]:
    """An order on a connection of its own for each name, at once; None for one that was never answered."""

    async def one(name: str) -> tuple[int, dict[str, object]] | None:
        line = Line(serving.port, shop.token)
        try:
            return await line.ask("POST", "/api/records/order", new_order(shop, name), name)
        except LOST:
            return None
        finally:
            line.close()

    return list(await asyncio.gather(*(one(name) for name in names)))


def test_when_every_connection_waits_the_rest_is_told_to_come_again(tmp_path: Path, postgres_server: str) -> None:
    shop = open_shop(tmp_path, fresh_url("postgres", postgres_server, tmp_path))
    with Serving(shop.packs, shop.data, shop.database) as serving, psycopg.connect(shop.database) as holder:
        holder.execute(b'LOCK TABLE "order" IN ACCESS EXCLUSIVE MODE')
        began = time.monotonic()
        answers = asyncio.run(together(serving, shop, [f"order {at}" for at in range(24)]))
        assert time.monotonic() - began < BOUNDED
        assert {one and one[0] for one in answers} == {503}
        holder.rollback()
        again = asyncio.run(together(serving, shop, [f"order {at}" for at in range(24)]))
        assert {one and one[0] for one in again} == {201}


def test_a_process_asked_to_end_answers_what_is_under_way(tmp_path: Path, database_url: str) -> None:
    shop = open_shop(tmp_path, database_url)
    names = [f"order {at}" for at in range(6)]
    with Serving(shop.packs, shop.data, shop.database, "tests.crash.planted:answer_slowly") as serving:
        found: list[object] = []
        asking = threading.Thread(target=lambda: found.extend(asyncio.run(together(serving, shop, names))))
        asking.start()
        shelf = Shelf(shop.data, shop.database)
        while not shelf.rows('SELECT 1 FROM "order"'):
            pass
        began = time.monotonic()
        assert serving.stop() == 0
        assert time.monotonic() - began < BOUNDED
        asking.join()
    ledger = Ledger()
    for name, answer in zip(names, found, strict=True):
        if answer is not None:
            ledger.acknowledge(name, name, answer)  # type: ignore[arg-type]
    assert ledger.orders
    assert audit(ledger, Shelf(shop.data, shop.database)).clean
    stored = {str(row[0]) for row in shelf.rows('SELECT name FROM "order"')}
    assert stored <= set(ledger.orders), "what was under way and is stored was answered"


@pytest.mark.one_database
def test_clients_that_dawdle_hold_nobody_up(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, "")
    with Serving(shop.packs, shop.data) as serving, ExitStack() as connections:
        for at in range(SLOW_CLIENTS):
            slow = connections.enter_context(socket.create_connection(("127.0.0.1", serving.port)))
            if at % 3 == 0:
                slow.sendall(b"GET /sign-in HTTP/1.1\r\nhost: x\r\nx-slow")
            elif at % 3 == 1:
                slow.sendall(b"POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nname")
            else:
                slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
                slow.sendall(b"GET /sign-in HTTP/1.1\r\nhost: x\r\n\r\n" * 20)
        began = time.monotonic()
        assert {status(serving.port, "/sign-in") for _ in range(20)} == {200}
        answers = asyncio.run(together(serving, shop, [f"order {at}" for at in range(20)]))
        assert {one and one[0] for one in answers} == {201}
        assert time.monotonic() - began < BOUNDED


@pytest.mark.one_database
def test_a_request_that_does_not_come_to_its_end_is_given_up(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, "")
    impatient = {"DOUGONG_REQUEST_PATIENCE": "1"}
    with Serving(shop.packs, shop.data, environment=impatient) as serving:
        for begun in (
            b"GET /sign-in HTTP/1.1\r\nhost: x\r\nx-slow",
            b"POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nn",
        ):
            with socket.create_connection(("127.0.0.1", serving.port), timeout=BOUNDED) as slow:
                slow.sendall(begun)
                ended = b"".join(iter(lambda slow=slow: slow.recv(1000), b""))  # type: ignore[misc]
                assert ended == b"" or ended.startswith(b"HTTP/1.1 408")
        assert status(serving.port, "/sign-in") == 200
