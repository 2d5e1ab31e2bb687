"""SQL sources in pages: what changed since by a version, from a SQLite file; ClickHouse by its interface over HTTP."""

from __future__ import annotations

import json
import sqlite3

import pytest
from runtime.simulator import Answer, Asked
from runtime.source_world import SQL_FIELDS, SourceWorld, source

from engine.runtime.sources.tables import Counts

SERVER = "roles: [keeper]\ndestination: erp"
SOURCES = {
    "file": source("sql", SQL_FIELDS, "{path: trade.db, table: items, version: changed, page_size: 3}"),
    "unordered": source(
        "sql", SQL_FIELDS, "{path: trade.db, query: 'SELECT *, 1 AS one FROM items', version: one, page_size: 2}"
    ).replace("key: [code]", "key: [name]"),
    "house": source(
        "sql", SQL_FIELDS, "{database: trade, user: reader, password: house, table: items, page_size: 2}", SERVER
    ),
}
SECRETS = {"DOUGONG_SECRET_HOUSE": "s3cret"}
NAMES = ["sku", "title", "price", "made", "grade", "maker"]


def store(world: SourceWorld, *rows: tuple[object, ...]) -> None:
    with sqlite3.connect(world.inbox / "trade.db") as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS items (sku PRIMARY KEY, title, price, made, grade, maker, changed)"
        )
        connection.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, 1.5, NULL, NULL, NULL, ?)", rows)
    connection.close()


def test_a_run_reads_what_changed_since_the_last_one(world: SourceWorld) -> None:
    store(
        world, *((f"A{number}", f"物料 {number}", 100 + number // 4) for number in range(9)), ("A9", "没有版本", None)
    )
    assert world.run("file").counts == Counts(9, 9, 0, 0, 0)
    store(world, ("A2", "改名", 300), ("B'\\", "新的", 300))
    assert world.run("file").counts == Counts(3, 1, 1, 1, 0)
    assert [row[1] for row in world.rows() if row[0] in {"A2", "B'\\"}] == ["改名", "新的"]
    assert world.run("file").counts == Counts(2, 0, 0, 2, 0)


def test_rows_that_the_order_does_not_tell_apart_end_the_run_in_words(world: SourceWorld) -> None:
    store(world, *((f"A{number}", "同名", number) for number in range(5)))
    assert world.run("unordered").error == "bad_key"


def test_clickhouse_is_asked_for_pages_by_key_and_for_reading_alone(world: SourceWorld) -> None:
    rows = [[f"A{number}", f"物料 {number}", "1.5", None, None, None] for number in range(5)]
    asked: list[Asked] = []

    def answer(one: Asked) -> Answer:
        asked.append(one)
        found = rows[2 * (len(asked) - 1) : 2 * len(asked) + 1]
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in [NAMES, *found])
        return Answer(200, lines.encode(), (("Content-Type", "application/x-ndjson"),))

    world.simulator.lay("/", answer)
    assert world.run("house").counts == Counts(5, 5, 0, 0, 0)
    assert {(one.query["readonly"], one.query["database"]) for one in asked} == {("2", "trade")}
    assert all(one.headers.get("x-clickhouse-key", one.headers.get("X-ClickHouse-Key")) == "s3cret" for one in asked)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(500, b"Code: 60. DB::Exception"), "bad_status"),
        (Answer(403, b"Code: 516"), "not_authorised"),
        (Answer(200, b""), "bad_answer"),
        (Answer(200, b"{}"), "bad_answer"),
        (Answer(200, b'["sku"]'), "missing_column"),
    ],
)
def test_what_goes_wrong_at_clickhouse_has_a_name(world: SourceWorld, answer: Answer, error: str) -> None:
    world.simulator.lay("/", answer)
    report = world.run("house")
    assert report.error == error
    assert report.fault is not None and report.fault.message.zh
