"""CSV, Excel and SQLite files as sources: the same rows from each, bad rows alone refused, a repetition changes nothing."""

from __future__ import annotations

import io
import sqlite3
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from runtime.source_world import SHEET_FIELDS, SQL_FIELDS, SourceWorld, source

from engine.extensions import SourceFile
from engine.runtime.rows import select
from engine.runtime.sources.faults import AlreadyRunning, NoSuchSource
from engine.runtime.sources.running import SourceOrder
from engine.runtime.sources.tables import Counts, begin_run, confirm_run
from tests.conftest import FixedClock

HEADER = ("编码", "名称", "价格", "生产日期", "等级", "厂家", "备注")
ROWS = (
    ("A1", "轴承", "12.50", "2026-01-05", "精品", "M1", "x"),
    ("A2", "齿轮,大", "0.1", "2026-01-06", "", "华北厂", ""),
    ("A3", '"特" 号', "", "", "普通", "", ""),
)
EXPECTED = [
    ("A1", "轴承", Decimal("12.5000"), date(2026, 1, 5), "fine", "华东厂"),
    ("A2", "齿轮,大", Decimal("0.1000"), date(2026, 1, 6), "plain", "华北厂"),
    ("A3", '"特" 号', None, None, "plain", None),
]
SOURCES = {
    "sheet": source("csv", SHEET_FIELDS, "{}"),
    "waiting": source("csv", SHEET_FIELDS, "{path: drop/items.csv, encoding: gbk, delimiter: ';'}"),
    "strict": source("csv", SHEET_FIELDS, "{encoding: utf-8}"),
    "outside": source("csv", SHEET_FIELDS, "{path: ../dougong.sqlite3}"),
    "absolute": source("csv", SHEET_FIELDS, "{path: /etc/hostname}"),
    "linked": source("csv", SHEET_FIELDS, "{path: link.csv}"),
    "book": source("excel", SHEET_FIELDS, "{sheet: 物料}"),
    "unfounded": source("csv", SHEET_FIELDS, "{}", ""),
    "powerless": source("csv", SHEET_FIELDS, "{}", "roles: [reader]"),
    "base": source("sql", SQL_FIELDS, "{path: items.sqlite3, table: items}"),
    "asked": source(
        "sql", SQL_FIELDS, "{path: items.sqlite3, query: 'SELECT * FROM items WHERE sku <> ''A3'' ORDER BY sku'}"
    ),
    **{
        name: source("sql", SQL_FIELDS, f"{{path: items.sqlite3, query: {query!r}}}")
        for name, query in {
            "writes": "DELETE FROM items",
            "twice": "SELECT * FROM items; DROP TABLE items",
            "hidden": "WITH gone AS (DELETE FROM items RETURNING *) SELECT * FROM gone",
            "attaches": "ATTACH DATABASE 'x' AS y",
            "pragma": "PRAGMA user_version = 5",
            "bound": "SELECT * FROM items WHERE sku = :sku",
            "endless": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT count(*) AS sku FROM n",
            "short": "SELECT sku FROM items",
            "unknown": "SELECT * FROM nothing",
        }.items()
    },
    "neither": source("sql", SQL_FIELDS, "{path: items.sqlite3}"),
}


def csv_text(rows: tuple[tuple[str, ...], ...] = ROWS, mark: str = ",") -> str:
    quoted = [mark.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in (HEADER, *rows)]
    return "\r\n".join(quoted) + "\r\n"


def book(rows: tuple[tuple[object, ...], ...]) -> bytes:
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    workbook.add_worksheet("说明").write_string(0, 0, "不是这一张")
    sheet = workbook.add_worksheet("物料")
    for line, row in enumerate((HEADER, *rows)):
        for column, value in enumerate(row):
            sheet.write(line, column, value)
    workbook.close()
    return out.getvalue()


def stored(world: SourceWorld, *rows: tuple[object, ...]) -> Path:
    path = world.inbox / "items.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE items (sku, title, price, made, grade, maker)")
        connection.executemany("INSERT INTO items VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.close()
    return path


SQLITE_ROWS = (
    ("A1", "轴承", 12.5, "2026-01-05", "fine", "M1"),
    ("A2", "齿轮,大", 0.1, "2026-01-06", "plain", "M2"),
    ("A3", '"特" 号', None, None, "plain", None),
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_csv_in_either_encoding_gives_the_same_rows(world: SourceWorld, encoding: str) -> None:
    report = world.run("sheet", ("items.csv", csv_text().encode(encoding)))
    assert (report.fault, report.problems, report.counts) == (None, (), Counts(3, 3, 0, 0, 0))
    assert world.rows() == EXPECTED


def test_a_second_run_of_the_same_rows_changes_nothing_and_writes_no_version(world: SourceWorld) -> None:
    content = csv_text().encode()
    world.run("sheet", ("items.csv", content))
    before = world.versions()
    world.clock.advance(timedelta(days=1))
    assert world.run("sheet", ("items.csv", content)).counts == Counts(3, 0, 0, 3, 0)
    assert world.versions() == before
    changed = content.replace("轴承".encode(), "轴套".encode())
    assert world.run("sheet", ("items.csv", changed)).counts == Counts(3, 0, 1, 2, 0)
    assert world.versions() == before + 1
    assert [(one.counts.created, one.counts.updated, one.error) for one in world.runs("sheet")] == [
        (0, 1, None),
        (0, 0, None),
        (3, 0, None),
    ]


def test_a_declared_file_waits_in_the_inbox_with_its_encoding_and_delimiter(world: SourceWorld) -> None:
    (world.inbox / "drop").mkdir()
    file = world.inbox / "drop" / "items.csv"
    file.write_bytes(csv_text(mark=";").encode("gbk"))
    assert world.run("waiting").counts.created == 3
    assert world.rows() == EXPECTED
    file.unlink()
    (world.inbox / "drop").rmdir()
    assert world.run("waiting").error == "no_file"


def test_a_file_in_another_encoding_than_declared_is_refused(world: SourceWorld) -> None:
    assert world.run("strict", ("items.csv", csv_text().encode("gbk"))).error == "unreadable_sheet"
    assert world.rows() == []


def test_a_file_that_takes_too_much_to_read_ends_its_run_and_not_the_server(world: SourceWorld) -> None:
    report = world.run("sheet", ("items.csv", b"ab," * 13_000_000))
    assert report.error == "too_large"
    assert report.fault is not None and "512 MB" in report.fault.message.zh
    assert world.run("sheet", ("items.csv", csv_text().encode())).counts.created == 3


@pytest.mark.parametrize("name", ["outside", "absolute", "linked"])
def test_no_path_leads_out_of_the_inbox(world: SourceWorld, name: str, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(csv_text())
    (world.inbox / "link.csv").symlink_to(tmp_path / "secret.csv")
    assert world.run(name).error == "outside_inbox"
    assert [one.error for one in world.runs(name)] == ["outside_inbox"]


def test_a_workbook_gives_the_rows_of_the_named_sheet(world: SourceWorld) -> None:
    rows: tuple[tuple[object, ...], ...] = (
        ("A1", "轴承", 12.5, date(2026, 1, 5), "精品", "M1", "x"),
        ("A2", "齿轮,大", 0.1, date(2026, 1, 6), "", "华北厂", ""),
        ("A3", '"特" 号', "", "", "普通", "", ""),
    )
    assert world.run("book", ("items.xlsx", book(rows))).problems == ()
    assert world.rows() == EXPECTED
    assert world.run("book", ("items.xlsx", csv_text().encode())).error == "unreadable_sheet"


def test_bad_rows_are_named_by_their_lines_and_keep_nobody_out(world: SourceWorld) -> None:
    rows = (
        ROWS[0],
        ("", "无编码", "1", "", "", "", ""),
        ("B1", "坏价格", "十二", "", "", "", ""),
        ("B2", "没有这个厂", "1", "", "", "M9", ""),
        ("A1", "同一编码", "1", "", "", "", ""),
        ("B" * 21, "", "-1", "2026-13-01", "别的", "", ""),
        ROWS[1],
    )
    report = world.run("sheet", ("items.csv", csv_text(rows).replace("\r\n", "\r\n\r\n", 1).encode()))
    assert report.counts == Counts(7, 2, 0, 0, 5)
    assert [one[0] for one in world.rows()] == ["A1", "A2"]
    places = {(one.position.en, one.field) for one in report.problems}
    assert {("line 4", "code"), ("line 5", "price"), ("line 6", "maker"), ("line 7", "code")} <= places
    assert {field for place, field in places if place == "line 8"} >= {"name", "price", "made_on"}
    assert all(one.message.zh and one.message.en for one in report.problems)


def test_a_missing_column_is_said_before_anything_is_written(world: SourceWorld) -> None:
    report = world.run("sheet", ("items.csv", "编码,名称\nA1,轴承\n".encode()))
    assert report.error == "missing_column"
    assert report.fault is not None
    assert "价格" in report.fault.message.zh
    assert world.rows() == []


def test_a_rehearsal_says_the_same_and_leaves_nothing(world: SourceWorld) -> None:
    report = world.run("sheet", ("items.csv", csv_text().encode()), dry_run=True)
    assert report.counts == Counts(3, 3, 0, 0, 0)
    assert (world.rows(), world.versions(), world.runs("sheet")) == ([], 0, [])


def test_a_source_has_the_rights_of_its_roles_and_none_without(world: SourceWorld) -> None:
    content = csv_text().encode()
    assert world.run("unfounded", ("items.csv", content)).error == "no_roles"
    assert world.run("powerless", ("items.csv", content)).counts == Counts(3, 0, 0, 0, 3)
    assert world.rows() == []


def test_history_names_the_source_and_its_run(world: SourceWorld) -> None:
    world.run("sheet", ("items.csv", csv_text().encode()))
    found = world.installation.database.read(
        lambda session: select(session, "item__version", ("cause", "actor", "run"))
    )
    assert {(row[0], row[1]) for row in found} == {("source:sheet", None)}
    assert len({row[2] for row in found}) == 1


def test_two_runs_of_one_source_do_not_overlap_and_a_dead_one_stops_nobody(world: SourceWorld) -> None:
    database, now = world.installation.database, world.clock.now()
    run = world.installation.ids.next()
    database.write(lambda session: begin_run(session, run, "sheet", now, None))
    with pytest.raises(AlreadyRunning):
        world.run("sheet", ("items.csv", csv_text().encode()))
    world.clock.advance(timedelta(hours=2))
    assert world.run("sheet", ("items.csv", csv_text().encode())).error is None


def test_of_two_runs_that_began_unseen_by_each_other_none_goes_on(world: SourceWorld) -> None:
    database, now = world.installation.database, world.clock.now()
    first, second = world.installation.ids.next(), world.installation.ids.next()
    database.write(lambda session: begin_run(session, first, "sheet", now - timedelta(hours=3), None))
    database.write(lambda session: begin_run(session, second, "sheet", now, None))
    assert database.write(lambda session: confirm_run(session, second, "sheet", now))
    assert not database.write(lambda session: confirm_run(session, first, "sheet", now))
    assert [one.id for one in world.runs("sheet")] == [second]


def test_a_name_that_nobody_declared_is_no_source(world: SourceWorld) -> None:
    with pytest.raises(NoSuchSource):
        world.run("nothing")


def test_many_rows_are_written_in_several_transactions(world: SourceWorld) -> None:
    rows = tuple((f"C{number:04}", f"物料 {number}", "1", "", "", "", "") for number in range(450))
    assert world.run("sheet", ("items.csv", csv_text(rows).encode())).counts == Counts(450, 450, 0, 0, 0)
    assert world.run("sheet", ("items.csv", csv_text(rows).encode())).counts == Counts(450, 0, 0, 450, 0)


def test_a_table_of_a_sqlite_file_is_read(world: SourceWorld) -> None:
    stored(world, *SQLITE_ROWS)
    report = world.run("base")
    assert (report.fault, report.problems) == (None, ())
    assert world.rows() == EXPECTED
    assert world.run("base").counts == Counts(3, 0, 0, 3, 0)


def test_one_select_picks_rows_and_a_file_may_be_given(world: SourceWorld) -> None:
    path = stored(world, *SQLITE_ROWS)
    content = path.read_bytes()
    path.unlink()
    assert world.run("asked").error == "no_file"
    assert world.run("asked", ("items.sqlite3", content)).counts.created == 2


@pytest.mark.parametrize("name", ["writes", "twice", "hidden", "attaches", "pragma", "bound"])
def test_what_is_not_one_reading_select_is_refused(world: SourceWorld, name: str) -> None:
    path = stored(world, *SQLITE_ROWS)
    before = path.read_bytes()
    assert world.run(name).error == "bad_query"
    assert path.read_bytes() == before


def test_a_query_that_gives_too_little_or_fails_is_said(world: SourceWorld) -> None:
    stored(world, *SQLITE_ROWS)
    assert world.run("short").error == "missing_column"
    assert world.run("unknown").error == "query_failed"
    assert world.run("neither").error == "bad_settings"
    (world.inbox / "items.sqlite3").write_bytes(b"not a database" * 100)
    assert world.run("base").error == "query_failed"


class Ticking(FixedClock):
    """Each look passes time: a second by the deadline's clock, twenty minutes by the wall's."""

    def now(self) -> datetime:
        self.advance(timedelta(minutes=20))
        return super().now()

    def monotonic(self) -> float:
        self.advance(timedelta(seconds=1))
        return super().monotonic()


def test_a_run_that_takes_half_an_hour_is_stopped_and_keeps_what_it_wrote(world: SourceWorld) -> None:
    rows = tuple((f"C{number:04}", f"物料 {number}", "1", "", "", "", "") for number in range(450))
    slow = replace(world.runner, clock=Ticking(world.clock.now()))
    report = slow.run(SourceOrder("sheet", SourceFile("items.csv", csv_text(rows).encode())))
    written = report.counts.created
    assert report.error == "timed_out"
    assert written in {200, 400}, "whole pieces of two hundred"
    assert [(one.error, one.counts.created) for one in world.runs("sheet")] == [("timed_out", written)]


def test_a_query_without_an_end_is_ended(world: SourceWorld) -> None:
    stored(world, *SQLITE_ROWS)
    hurried = replace(world.runner, clock=Ticking(world.clock.now()))
    assert hurried.run(SourceOrder("endless")).error == "timed_out"


def test_bytes_are_the_problem_of_their_row_alone(world: SourceWorld) -> None:
    stored(world, SQLITE_ROWS[0], ("A2", b"\xff\x00", 1, None, None, None))
    report = world.run("base")
    assert report.counts == Counts(2, 1, 0, 0, 1)
    assert [(one.position.en, one.field) for one in report.problems] == [("row 2", "name")]


def test_rows_that_stand_already_are_found_by_their_key(world: SourceWorld) -> None:
    world.run("sheet", ("items.csv", csv_text(ROWS[:1]).encode()))
    stored(world, ("A1", "轴承", 13, "2026-01-05", "fine", "M1"))
    assert world.run("base").counts == Counts(1, 0, 1, 0, 0)
    assert [row[2] for row in world.rows()] == [Decimal("13.0000")]


def test_runs_are_kept_apart_by_source(world: SourceWorld) -> None:
    world.run("sheet", ("items.csv", csv_text().encode()))
    assert world.runs("base") == []
    assert world.runs("sheet")[0].ended is not None
