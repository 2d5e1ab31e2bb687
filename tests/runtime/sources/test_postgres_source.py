"""PostgreSQL as a source: a real server behind a declared destination, read in a transaction that cannot write."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from runtime.simulator import Simulator
from runtime.source_world import KEEPER, SQL_FIELDS, SourceWorld, source, source_world

from engine.runtime.sources.looking import Looker
from engine.runtime.sources.tables import Counts
from engine.runtime.sovereignty.ledger import recent_attempts
from tests.conftest import KINDS, fresh_url

DATABASE = "{database: DATABASE, user: dougong, tls: none, "
QUERIES = {
    "table": "table: public.items}",
    "query": "query: 'SELECT sku, title, price, made, grade, maker FROM items WHERE price > 1'}",
    "percent": "query: 'SELECT sku, title, price, made, grade, maker FROM items WHERE title LIKE ''轴%'''}",
    "locks": "query: 'SELECT * FROM items FOR UPDATE'}",
    "into": "query: 'SELECT * INTO copied FROM items'}",
    "function": "query: 'SELECT sku, title, price, made, grade, maker FROM items, emptied()'}",
    "nothing": "table: nothing}",
    "changes": "table: items, version: changed, page_size: 1}",
}


@contextmanager
def relayed(path: Path) -> Iterator[int]:
    """A TCP port of this machine that leads to a server's local socket."""
    listening = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()
    threads: list[threading.Thread] = []

    def carry(client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, selectors.DefaultSelector() as both:
            server.connect(str(path))
            both.register(client, selectors.EVENT_READ, server)
            both.register(server, selectors.EVENT_READ, client)
            while not stopped.is_set():
                for key, _ in both.select(0.05):
                    part = key.fileobj.recv(65_536)
                    if not part:
                        return
                    key.data.sendall(part)

    def accept() -> None:
        while not stopped.is_set():
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=carry, args=(client,)))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield listening.getsockname()[1]
    finally:
        stopped.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for one in (accepting, *threads):
            one.join()


@pytest.fixture(scope="module")
def foreign(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """Somebody else's database with items in it: the port it is reached at, and its name."""
    url = fresh_url("postgres", postgres_server, tmp_path_factory.mktemp("foreign"))
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE items (sku text, title text, price numeric, made date, grade text, maker text, changed timestamptz)"
        )
        connection.execute(
            "INSERT INTO items VALUES ('A1', '轴承', 12.50, '2026-01-05', 'fine', 'M1', '2026-02-01 08:00:00.25+08'),"
            " ('A2', '齿轮', 0.1, NULL, NULL, NULL, '2026-02-01 09:00+08')"
        )
        connection.execute("CREATE SCHEMA shop")
        connection.execute(
            "CREATE TABLE shop.stay (id bigint, during interval, place point, days daterange, open boolean)"
        )
        connection.execute("CREATE VIEW dear AS SELECT sku, price FROM items WHERE price > 1")
        connection.execute("CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS number FROM items")
        connection.execute("CREATE FUNCTION emptied() RETURNS int LANGUAGE sql AS 'DELETE FROM items RETURNING 1'")
    folder = parse_qs(urlsplit(url).query)["host"][0]
    with relayed(Path(folder) / ".s.PGSQL.5432") as port:
        yield port, urlsplit(url).path.removeprefix("/")


def destination(port: int, private: str = "true") -> str:
    return (
        f"label: {{zh: 数据仓库, en: Warehouse}}\nscheme: postgresql\nhost: localhost\nport: {port}\nmax_level: G1\n"
        f"purposes: [operation]\nallow_private: {private}\n"
    )


@pytest.fixture(scope="module", params=KINDS)
def world(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    simulator: Simulator,
    foreign: tuple[int, str],
) -> Iterator[SourceWorld]:
    folder = tmp_path_factory.mktemp("postgres")
    port, name = foreign
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    for where, at, private in (("warehouse", port, "true"), ("outside", port, "false"), ("dead", 1, "true")):
        file = folder / "pack" / "destinations" / f"{where}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(destination(at, private), "utf-8")
    begun = DATABASE.replace("DATABASE", name)
    sources = {
        one: source("sql", SQL_FIELDS, begun + rest, "roles: [keeper]\ndestination: warehouse")
        for one, rest in QUERIES.items()
    }
    sources["outside"] = source("sql", SQL_FIELDS, begun + QUERIES["table"], "roles: [keeper]\ndestination: outside")
    sources["dead"] = source("sql", SQL_FIELDS, begun + QUERIES["table"], "roles: [keeper]\ndestination: dead")
    sources["verified"] = source(
        "sql", SQL_FIELDS, begun.replace("none", "verify") + QUERIES["table"], "roles: [keeper]\ndestination: warehouse"
    )
    with source_world(folder, fresh_url(request.param, dsn, folder), simulator, sources, {}) as running:
        yield running


def test_a_table_of_a_server_is_read_and_a_repetition_changes_nothing(world: SourceWorld) -> None:
    world.empty()
    report = world.run("table")
    assert (report.fault, report.problems, report.counts.created) == (None, (), 2)
    assert [(row[0], row[2], row[4]) for row in world.rows()] == [
        ("A1", Decimal("12.5000"), "fine"),
        ("A2", Decimal("0.1000"), "plain"),
    ]
    assert world.run("table").counts == Counts(2, 0, 0, 2, 0)
    attempt = world.installation.database.read(lambda session: recent_attempts(session, 1))[0]
    assert (attempt.destination, attempt.decision) == ("warehouse", "allowed")


def test_what_changed_since_is_asked_for_in_pages(world: SourceWorld, foreign: tuple[int, str]) -> None:
    world.empty()
    assert world.run("changes").counts == Counts(2, 2, 0, 0, 0)
    assert world.run("changes").counts == Counts(1, 0, 0, 1, 0)


def test_what_changed_is_taken_also_after_the_server_moved_to_another_zone(
    world: SourceWorld, foreign: tuple[int, str]
) -> None:
    port, name = foreign
    world.empty()
    with psycopg.connect(host="localhost", port=port, user="dougong", dbname=name, autocommit=True) as connection:
        try:
            connection.execute(f"ALTER DATABASE {name} SET timezone TO 'Asia/Shanghai'")
            assert world.run("changes").counts == Counts(2, 2, 0, 0, 0)
            connection.execute(f"ALTER DATABASE {name} SET timezone TO 'UTC'")
            connection.execute(
                "UPDATE items SET title = '新齿轮', changed = changed + interval '1 hour' WHERE sku = 'A2'"
            )
            assert world.run("changes").counts.updated == 1
        finally:
            connection.execute(f"ALTER DATABASE {name} RESET timezone")
            connection.execute("UPDATE items SET title = '齿轮', changed = '2026-02-01 09:00+08' WHERE sku = 'A2'")


def test_a_server_tells_its_tables_and_views_and_each_can_be_looked_at(world: SourceWorld) -> None:
    declared = world.installation.workplace.models.current().sources["table"]
    draft = replace(declared, settings={key: one for key, one in declared.settings.items() if key != "table"})
    looker = Looker(world.runner)
    found = {one.name: one for one in looker.objects(draft, KEEPER)}
    assert {name: [(one.name, one.kind) for one in found[name].columns] for name in found} == {
        "counted": [("number", "number")],
        "dear": [("sku", "text"), ("price", "number")],
        "items": [
            ("sku", "text"),
            ("title", "text"),
            ("price", "number"),
            ("made", "date"),
            ("grade", "text"),
            ("maker", "text"),
            ("changed", "instant"),
        ],
        "shop.stay": [
            ("id", "number"),
            ("during", "text"),
            ("place", "text"),
            ("days", "text"),
            ("open", "boolean"),
        ],
    }
    assert looker.rows(draft, found["dear"], KEEPER) == [{"sku": "A1", "price": "12.50"}]
    assert looker.rows(draft, found["shop.stay"], KEEPER) == []


@pytest.mark.parametrize("name", ["query", "percent"])
def test_one_select_picks_rows(world: SourceWorld, name: str) -> None:
    world.empty()
    report = world.run(name)
    assert (report.fault, report.counts.created) == (None, 1)


@pytest.mark.parametrize(
    ("name", "error"), [("locks", "bad_query"), ("into", "bad_query"), ("function", "query_failed")]
)
def test_nothing_is_written_over_there(world: SourceWorld, foreign: tuple[int, str], name: str, error: str) -> None:
    world.empty()
    assert world.run(name).error == error
    assert world.run("table").counts.read == 2


@pytest.mark.parametrize(
    ("name", "error"),
    [("nothing", "query_failed"), ("dead", "unreachable"), ("outside", "address"), ("verified", "unreachable")],
)
def test_what_goes_wrong_has_a_name(world: SourceWorld, name: str, error: str) -> None:
    report = world.run(name)
    assert report.error == error
    assert report.fault is not None
    assert report.fault.message.zh
