"""Imports: a million rows with two relations and a key that finds those that stand, killed in the middle, then undone.

`BENCH_IMPORT_ROWS` says how many rows (default 1,000,000), `BENCH_IMPORT_DATABASE` a PostgreSQL address in place of SQLite.
"""

from __future__ import annotations

import contextlib
import csv
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.report import SEED, Row
from bench.sales_world import sales_world
from engine.runtime.rows import select
from engine.runtime.transfer.importing import Importer, ImportPlan, SheetRow
from engine.runtime.work import Work

ROWS = int(os.environ.get("BENCH_IMPORT_ROWS", "1000000"))
DATABASE = os.environ.get("BENCH_IMPORT_DATABASE", "")
COLUMNS = {
    "货号": "sku",
    "品名": "name",
    "品类": "category",
    "品牌": "brand",
    "供应商": "supplier",
    "单位": "sales_unit",
    "标价": "list_price",
    "成本": "cost",
    "安全库存": "safety_stock",
    "上市": "launched_on",
}
NAMES = ["苏打饼干", "牛奶巧克力", "矿泉水", "洗衣液", "抽纸", "酸奶", "薯片", "方便面", "酱油", "茶叶"]
REPEATED = 0.05
"""The share of lines that say again what an earlier line said."""
YARD_ROWS = 100_000


def measured() -> list[Row]:
    """Seconds for the rows, of wall and of processors, the same against bare inserts, and seconds to undo."""
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as name:
        folder = Path(name)
        _prepare(folder)
        yard = _yardstick(folder)
        sheet = folder / "sheet.csv"
        different = _write_sheet(sheet)
        before = _cpu()
        began = time.perf_counter()
        kills = _import(folder)
        wall, cpu = time.perf_counter() - began, _cpu() - before
        made = _count(folder)
        if made != different:
            raise RuntimeError(f"{made} rows are there of {different}, after {kills} kills")
        before, began = _cpu(), time.perf_counter()
        _act(folder, "undo")
        back, back_cpu = time.perf_counter() - began, _cpu() - before
        if _count(folder) != 0:
            raise RuntimeError("not all rows were taken back")
    million = 1_000_000 / ROWS
    words = f"{ROWS} rows of two relations and a key, {ROWS - different} said twice, killed {kills} time in the middle"
    return [
        Row("import_million", f"seconds a million: {words}", 180, wall * million, "s"),
        Row("import_cpu", "processor seconds a million of it", 300, cpu * million, "s"),
        Row("import_ratio", "processor time against bare inserts of the same rows", 30, cpu / ROWS / yard, "x"),
        Row("import_undo", "seconds a million to undo it", 60, back * million, "s"),
        Row("import_undo_cpu", "processor seconds a million of it", 60, back_cpu * million, "s"),
    ]


def _prepare(folder: Path) -> None:
    """An installation with categories and suppliers that the rows name."""
    world = sales_world(folder, DATABASE, 8, 0)
    for entity, prefix, many in (("product_category", "K", 200), ("supplier", "SUP", 1000)):
        rows = [SheetRow(at, {"c": f"{prefix}{at:04d}", "n": f"{prefix} {at}"}) for at in range(many)]
        world.installation.workplace.write(world.headquarters, partial(_bring, entity=entity, rows=rows))
    world.installation.database.close()


def _bring(work: Work, entity: str, rows: list[SheetRow]) -> None:
    importer = Importer(work, work.model.entities[entity], ImportPlan(entity, {"c": "code", "n": "name"}))
    importer.write(rows)
    if importer.report.problems:
        raise RuntimeError(str(importer.report.problems[0]))


def _line(number: int) -> list[str]:
    price = number * 7 % 100_000
    return [
        f"SKU{number:08d}",
        f"{NAMES[number % 10]} {number % 9973}g",
        f"K{number % 200:04d}",
        f"牌{number % 50}",
        f"SUP{number % 1000:04d}",
        ("件", "盒", "瓶", "袋")[number % 4],
        f"{price / 100:.2f}",
        f"{price * 6 // 1000 / 10:.2f}",
        str(number % 60),
        f"2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
    ]


def _write_sheet(path: Path) -> int:
    """The sheet, in GBK; how many different rows it has."""
    drawn, different = random.Random(SEED), 0
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for _ in range(ROWS):
            again = different > 100 and drawn.random() < REPEATED
            writer.writerow(_line(drawn.randrange(different) if again else different))
            different += not again
    return different


def _yardstick(folder: Path) -> float:
    """Processor seconds a row of bare inserts of such rows in a table with the same columns and indexes, on SQLite."""
    with contextlib.closing(sqlite3.connect(folder / "yard.sqlite3", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        names = [f"c{at}" for at in range(10)]
        connection.execute(f"CREATE TABLE yard (id INTEGER PRIMARY KEY, {', '.join(names)})")
        connection.execute("CREATE UNIQUE INDEX yard_key ON yard (c0)")
        for at in (2, 4, 9):
            connection.execute(f"CREATE INDEX yard_{at} ON yard (c{at})")
        rows = [(number, *_line(number)) for number in range(YARD_ROWS)]
        before = time.process_time()
        for start in range(0, YARD_ROWS, 2_000):
            connection.execute("BEGIN")
            connection.executemany(f"INSERT INTO yard VALUES ({', '.join('?' * 11)})", rows[start : start + 2_000])
            connection.execute("COMMIT")
        return (time.process_time() - before) / YARD_ROWS


def _import(folder: Path) -> int:
    """Bring the sheet in by a process that is killed in the middle, then by another; how many were killed."""
    with _process(folder, "import") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) * 2 > ROWS * 0.8:
                os.kill(process.pid, signal.SIGKILL)
                break
        killed = process.wait() != 0
    _act(folder, "import")
    return int(killed)


def _act(folder: Path, act: str) -> None:
    with _process(folder, act) as process:
        process.communicate()
        if process.returncode:
            raise RuntimeError(f"{act} failed")


def _process(folder: Path, act: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.importing", str(folder), DATABASE, act]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _cpu() -> float:
    """Processor seconds of this process's children that have ended, theirs too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _count(folder: Path) -> int:
    with _process(folder, "count") as process:
        return int(process.communicate()[0])


def living(work: Work) -> int:
    return len(select(work.session, "store_product", ("id",), {"deleted_at is null": None}))
