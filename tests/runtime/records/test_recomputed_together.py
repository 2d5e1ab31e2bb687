"""A row that one writer changes while others make what it counts: every version once, every count right."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from runtime.records.shop import SHOP
from runtime.textual import Application, application

from engine.runtime.database.errors import UniqueViolation
from engine.runtime.identifiers import encode_id
from engine.runtime.query.records import get_record
from engine.runtime.records import changes
from engine.runtime.records.stored import stored_row
from engine.runtime.records.writing import create, update
from engine.runtime.rows import select

WRITERS, EACH = 4, 6
ROUNDS = 20
"""Writers may happen to come one after another; so often they do not."""


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Application]:
    with application(tmp_path, database_url, SHOP) as opened:
        yield opened


def together(shop: Application) -> int:
    """Half of the writers change the area itself, half make orders in it, which the area counts; the area."""
    area = shop.write(lambda work: create(work, "area", {"name": "north"}).id)
    start = Barrier(WRITERS)

    def one(writer: int) -> None:
        start.wait()
        for turn in range(EACH):
            if writer % 2:
                shop.write(partial(update, entity="area", record=area, values={"name": f"north {writer} {turn}"}))
            else:
                values = {"name": f"order {writer} {turn}", "area": encode_id(area)}
                shop.write(partial(create, entity="order", values=values))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(one, range(WRITERS)))
    return area


def test_writers_of_a_row_and_of_what_it_counts_do_not_trip_over_each_other(shop: Application) -> None:
    area = together(shop)
    found = shop.read(lambda work: get_record(work, "area", area))
    versions = shop.read(lambda work: select(work.session, "area__version", ("version",), {"record": area}))
    assert found.cells["orders_count"] == WRITERS // 2 * EACH
    assert found.version == 1 + WRITERS * EACH
    assert sorted(int(str(row[0])) for row in versions) == list(range(1, found.version + 1))


@pytest.mark.parametrize("database_kind", ["postgres"])
def test_rows_that_are_recomputed_without_being_held_are_seen(
    shop: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: two writers give a row the same version, sooner or later."""
    monkeypatch.setattr(changes, "locked_row", stored_row)
    with pytest.raises((UniqueViolation, AssertionError)):
        for _ in range(ROUNDS):
            test_writers_of_a_row_and_of_what_it_counts_do_not_trip_over_each_other(shop)
