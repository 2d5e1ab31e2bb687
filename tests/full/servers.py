"""SQL sources against servers of other makers as they are: MariaDB, which speaks MySQL's protocol, and ClickHouse's engine.

MariaDB is Debian's (`mariadb-server-core`). ClickHouse is chdb (extra `clickhouse`), its engine within a process, behind an
HTTP interface of ours that hands on statement and settings: what it does not show is how a ClickHouse server signs people in.
"""

from __future__ import annotations

import datetime
import importlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bench.report import Row
from engine.runtime.sources.looking import Looker
from tests.runtime.simulator import running_simulator
from tests.runtime.source_world import KEEPER, SQL_FIELDS, SourceWorld, source, source_world

ROWS = 1_200
AWKWARD = "A\\' OR '1'='1"
"""A key that ends a text wherever a statement is written carelessly."""
SETTINGS = "{database: trade, user: reader, password: db_password, tls: none, "
QUERIES = {
    "changes": "table: items, version: changed, page_size: 500}",
    "counted": "query: 'SELECT sku, title, price, made, grade, maker, number FROM items', version: number, page_size: 500}",
    "awkward": "query: 'SELECT * FROM items WHERE number < 3', version: changed, page_size: 1}",
    "locks": "query: 'SELECT * FROM items FOR UPDATE'}",
    "nothing": "table: nothing, version: changed}",
}
Execute = Callable[[str], object]


def measured() -> list[Row]:
    """A row a server: which of its checks hold."""
    return [_row("F-servers-mysql", "MariaDB", mariadb), _row("F-servers-clickhouse", "ClickHouse (chdb)", clickhouse)]


def _row(id: str, what: str, serving: Callable[[Path], Any]) -> Row:
    folder = Path(tempfile.mkdtemp(prefix="dougong-servers-"))
    try:
        with serving(folder) as (port, scheme, execute):
            passed, failed = _checked(folder, port, scheme, execute)
    except (ImportError, FileNotFoundError) as error:
        passed, failed = [], [f"not installed: {error}"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found = ", ".join(passed) + (f"; not: {', '.join(failed)}" if failed else "")
    return Row(id, f"SQL source of {what}: {found}", 0, len(failed), "checks that fail")


def _checked(folder: Path, port: int, scheme: str, execute: Execute) -> tuple[list[str], list[str]]:
    where = folder / "pack" / "destinations" / "warehouse.yaml"
    where.parent.mkdir(parents=True)
    where.write_text(
        f"label: {{zh: 数据仓库, en: Warehouse}}\nscheme: {scheme}\nhost: localhost\nport: {port}\nmax_level: G1\n"
        "purposes: [operation]\nallow_private: true\n",
        "utf-8",
    )
    sources = {
        name: source("sql", SQL_FIELDS, SETTINGS + rest, "roles: [keeper]\ndestination: warehouse")
        for name, rest in QUERIES.items()
    }
    passed: list[str] = []
    failed: list[str] = []
    secrets = {"DOUGONG_SECRET_DB_PASSWORD": "s3cret"}
    with (
        running_simulator() as simulator,
        source_world(folder, f"sqlite:///{folder}/own.db", simulator, sources, secrets) as world,
    ):
        for name, check in CHECKS.items():
            try:
                check(world, execute)
                passed.append(name)
            except AssertionError as error:
                failed.append(f"{name} ({error})")
    return passed, failed


def _all_once(world: SourceWorld, execute: Execute) -> None:
    report = world.run("changes")
    assert report.fault is None, report.fault and report.fault.message.en
    assert (report.counts.created, report.problems) == (ROWS + 1, ()), report
    first = {str(row[0]): row for row in world.rows()}["A00001"]
    assert (first[2], first[3], first[4]) == (Decimal("1.5000"), datetime.date(2026, 1, 5), "fine"), first
    again = world.run("changes")
    assert (again.fault, again.counts.created, again.counts.updated) == (None, 0, 0)
    assert again.counts.read < ROWS, again.counts


def _changes_alone(world: SourceWorld, execute: Execute) -> None:
    execute(
        "INSERT INTO items VALUES ('A99999', '新物料', 9.25, '2026-02-03', 'plain', 'M2', '2026-03-01 00:00:01', 99999)"
    )
    report = world.run("changes")
    assert (report.fault, report.counts.created) == (None, 1), report


def _by_number(world: SourceWorld, execute: Execute) -> None:
    report = world.run("counted")
    assert (report.fault, report.counts.read) == (None, ROWS + 2), report
    assert world.run("counted").counts.read == 1


def _awkward_keys(world: SourceWorld, execute: Execute) -> None:
    report = world.run("awkward")
    assert (report.fault, report.counts.read) == (None, 3), report


def _offered(world: SourceWorld, execute: Execute) -> None:
    looker = Looker(world.runner)
    source = world.installation.workplace.models.current().sources["changes"]
    [items] = [one for one in looker.objects(source, KEEPER) if one.name == "items"]
    kinds = {one.name: one.kind for one in items.columns}
    assert (kinds["sku"], kinds["price"], kinds["changed"], len(kinds)) == ("text", "number", "instant", 8), kinds
    settings = {name: value for name, value in source.settings.items() if name not in {"version", "table"}}
    assert len(looker.rows(replace(source, key=(), settings=settings), items, KEEPER)) == 20


def _only_reads(world: SourceWorld, execute: Execute) -> None:
    assert world.run("locks").error == "bad_query"


def _named(world: SourceWorld, execute: Execute) -> None:
    assert world.run("nothing").error in {"query_failed", "bad_status"}


CHECKS: dict[str, Callable[[SourceWorld, Execute], None]] = {
    "all rows once": _all_once,
    "changes alone": _changes_alone,
    "a version that is a number": _by_number,
    "keys that end a text": _awkward_keys,
    "what it offers": _offered,
    "only reading": _only_reads,
    "a table that is not there": _named,
}


def _values() -> Iterator[str]:
    for number in range(1, ROWS + 1):
        at = datetime.datetime(2026, 1, 1) + datetime.timedelta(minutes=number // 3)
        yield f"('A{number:05}', '轴承 {number}', {number * 1.5}, '2026-01-05', 'fine', 'M1', '{at}', {number})"


@contextmanager
def mariadb(folder: Path) -> Iterator[tuple[int, str, Execute]]:
    """A server with the items in it."""
    driver = importlib.import_module("pymysql")
    server = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
    if server is None:
        raise FileNotFoundError("mariadb-server-core")
    data, port = folder / "mariadb", _free_port()
    _bootstrapped(server, data)
    first = folder / "first.sql"
    first.write_text(
        "DELETE FROM mysql.global_priv WHERE user = '';\nFLUSH PRIVILEGES;\n"
        "CREATE USER own@'%' IDENTIFIED BY 'own';\nGRANT ALL ON *.* TO own@'%' WITH GRANT OPTION;\n"
    )
    running = subprocess.Popen(
        [server, *_PLAIN, f"--datadir={data}", f"--socket={data}/s", f"--port={port}", f"--init-file={first}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        own = _until(
            lambda: driver.connect(host="127.0.0.1", port=port, user="own", password="own", autocommit=True),
            driver.MySQLError,
        )
        execute = own.cursor().execute
        execute("CREATE DATABASE trade CHARACTER SET utf8mb4")
        execute("USE trade")
        execute(
            "CREATE TABLE items (sku varchar(20) PRIMARY KEY, title varchar(80), price decimal(12,4), made date,"
            " grade varchar(10), maker varchar(10), changed datetime, number bigint)"
        )
        execute(f"INSERT INTO items VALUES {','.join(_values())}")
        own.cursor().execute(
            "INSERT INTO items VALUES (%s, 'x', 1, NULL, NULL, NULL, '2026-01-01 00:00:00', 0)", (AWKWARD,)
        )
        execute("CREATE USER reader@'%' IDENTIFIED BY 's3cret'")
        execute("GRANT SELECT ON trade.* TO reader@'%'")
        yield port, "mysql", execute
        own.close()
    finally:
        running.terminate()
        running.wait()


_PLAIN = ("--no-defaults", "--user=root", "--bind-address=127.0.0.1", "--innodb-buffer-pool-size=32M")


def _bootstrapped(server: str, data: Path) -> None:
    """The tables that a server needs itself, as its own files make them."""
    data.mkdir()
    shipped = Path("/usr/share/mysql")
    files = (shipped / name for name in ("mysql_system_tables.sql", "mysql_system_tables_data.sql"))
    text = "CREATE DATABASE mysql;\nUSE mysql;\n" + "\n".join(one.read_text("utf-8") for one in files)
    subprocess.run(
        [server, *_PLAIN, "--bootstrap", f"--datadir={data}"], input=text.encode(), check=True, capture_output=True
    )


@contextmanager
def clickhouse(folder: Path) -> Iterator[tuple[int, str, Execute]]:
    """The engine with the items in it, behind HTTP."""
    session = importlib.import_module("chdb.session").Session(str(folder / "clickhouse"))
    lock = threading.Lock()

    def execute(sql: str) -> object:
        with lock:
            return session.query(sql)

    execute("CREATE DATABASE trade ENGINE = Atomic")
    execute("USE trade")
    execute(
        "CREATE TABLE trade.items (sku String, title String, price Decimal(12,4), made Nullable(Date), grade"
        " Nullable(String), maker Nullable(String), changed DateTime, number Int64) ENGINE = MergeTree ORDER BY sku"
    )
    execute(f"INSERT INTO trade.items VALUES {','.join(_values())}")
    awkward = AWKWARD.replace("\\", "\\\\").replace("'", "\\'")
    execute(f"INSERT INTO trade.items VALUES ('{awkward}', 'x', 1, NULL, NULL, NULL, '2026-01-01 00:00:00', 0)")

    class Interface(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = dict(parse_qsl(urlsplit(self.path).query))
            sql = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form, database = asked.pop("default_format"), asked.pop("database")
            for name in ("readonly", "wait_end_of_query"):  # of the server, not of the engine
                asked.pop(name)
            allowed = (self.headers["X-ClickHouse-User"], self.headers["X-ClickHouse-Key"]) == ("reader", "s3cret")
            try:
                with lock:
                    session.query(f"USE {database}")
                    settings = ", ".join(
                        f"{name} = {value if value.isdigit() else repr(value)}" for name, value in asked.items()
                    )
                    body = session.query(f"{sql} SETTINGS {settings}", form).bytes() if allowed else b""
                status = 200 if allowed else 403
            except RuntimeError as error:
                status, body = 404, str(error).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Interface)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], "http", lambda sql: execute(sql.replace("INTO items", "INTO trade.items"))
    finally:
        server.shutdown()
        thread.join()
        session.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def _until(make: Callable[[], Any], error: type[Exception]) -> Any:
    until = time.monotonic() + 60
    while True:
        try:
            return make()
        except error:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
