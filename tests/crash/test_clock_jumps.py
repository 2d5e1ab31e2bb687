"""R8: the clock of the serving process jumps by days, and the process is killed meanwhile: nothing is lost, no identifier repeats."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.runtime.database.open import open_database
from engine.runtime.events import EventPosition, read_events
from engine.runtime.identifiers import decode_id
from tests.crash.client import Line
from tests.crash.serving import BASE, free_port, status
from tests.crash.shop import Shop, open_shop

LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
JUMPS = ("+0", "+3d", "+0", "-3d", "+0", "@2028-02-29 23:59:57", "@2026-12-31 23:59:57", "+0")
"""What the clock says in turn: as it is, ahead, back, behind, a leap day that ends, a year that ends."""
EACH = 6


@contextmanager
def serving(shop: Shop, port: int, clock: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The serving process under a clock that follows a file; killed at the end."""
    command = [sys.executable, "-m", "engine.cli", "--packs", str(shop.packs), "--data", str(shop.data), "serve"]
    faked = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with shop.data.with_suffix(".log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            env={**os.environ, **BASE, "DOUGONG_DATABASE": shop.database, **faked},
            stdout=log,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + 60
        while status(port, "/healthz") != 200:
            assert process.poll() is None, shop.data.with_suffix(".log").read_text()[-2000:]
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


async def orders(shop: Shop, port: int, first: int) -> list[int]:
    """Some orders one after another; their identifiers."""
    line, made = Line(port, shop.token), []
    for number in range(first, first + EACH):
        body = {"name": f"order {number}", "area": shop.areas[0]}
        code, found = await line.until_answered("POST", "/api/records/order", body, f"key {number}")
        assert code == 201, found
        made.append(decode_id(found["data"]["id"]))
    line.close()
    return made


def jumped(shop: Shop, folder: Path, kill_at: frozenset[int]) -> list[int]:
    """Orders under every clock, the process killed and started again before some of them."""
    clock, port, made = folder / "clock", free_port(), []
    remaining = list(enumerate(JUMPS))
    while remaining:
        clock.write_text(remaining[0][1])
        with serving(shop, port, clock):
            while remaining:
                number, says = remaining.pop(0)
                clock.write_text(says)
                made += asyncio.run(orders(shop, port, number * EACH))
                if number in kill_at:
                    break
    return made


@pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed")
def test_a_clock_that_jumps_loses_nothing_and_repeats_no_identifier(tmp_path: Path, database_url: str) -> None:
    shop = open_shop(tmp_path, database_url)
    made = jumped(shop, tmp_path, frozenset({1, 3, 5}))
    assert len(set(made)) == len(JUMPS) * EACH
    database = open_database(shop.database or f"sqlite:///{shop.data / 'dougong.sqlite3'}")
    events = database.read(lambda session: read_events(session, EventPosition(), 10_000))
    database.close()
    created = [one.record for one in events if one.entity == "order" and one.action == "create"]
    assert created == made, "events are read in the order in which they were written"
