"""Rows that two transactions make at the same moment: the first number of a year, the first use of a key, the first failed try."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from runtime.records.shop import SHOP
from runtime.textual import NOW, Application, application

from engine.runtime.identity.tries import count_failure
from engine.runtime.query.records import get_record
from engine.runtime.records.writing import create
from engine.runtime.rows import select

TOGETHER = 4
NUMBER = '  number: {type: code, label: {zh: 单号, en: No.}, pattern: "O{yyyy}-{seq:5}", per: [year]}\n'
FILES = SHOP | {"entities/order.yaml": SHOP["entities/order.yaml"].replace("fields:\n", f"fields:\n{NUMBER}", 1)}


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Application]:
    with application(tmp_path, database_url, FILES) as opened:
        yield opened


def together(shop: Application, keys: list[str]) -> list[int]:
    """One order a key, all at once; their ids."""
    start = Barrier(len(keys))

    def one(key: str) -> int:
        start.wait()
        return shop.write(lambda work: create(work, "order", {"name": "first"}, key=key).id)

    with ThreadPoolExecutor(len(keys)) as pool:
        return list(pool.map(one, keys))


def test_the_first_numbers_are_all_given_and_all_different(shop: Application) -> None:
    made = together(shop, [f"key {at}" for at in range(TOGETHER)])
    numbers = {shop.read(lambda work, one=one: get_record(work, "order", one).cells["number"]) for one in made}  # type: ignore[misc]
    assert numbers == {f"O2026-{at:05}" for at in range(1, TOGETHER + 1)}


def test_a_key_that_comes_twice_at_once_is_one_order(shop: Application) -> None:
    assert len(set(together(shop, ["the same"] * TOGETHER))) == 1


def test_first_failed_tries_that_come_at_once_are_all_counted(shop: Application) -> None:
    database, start = shop.installation.database, Barrier(TOGETHER)

    def fail(_: int) -> None:
        start.wait()
        database.write(lambda session: count_failure(session, "account:li", NOW))

    with ThreadPoolExecutor(TOGETHER) as pool:
        list(pool.map(fail, range(TOGETHER)))
    counted = database.read(lambda session: select(session, "dougong_attempt", ("count",), {"subject": "account:li"}))
    assert counted == [(TOGETHER,)]
