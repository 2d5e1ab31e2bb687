"""A full disk and one that may only be read, under a served installation; and the fault that must be seen."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from engine.runtime.database.errors import DatabaseFull
from engine.runtime.database.open import open_database
from engine.runtime.database.statements import Statement
from tests.crash.filling import BALLAST, filling
from tests.crash.serving import BASE
from tests.crash.small_disk import NoSmallDisk, SmallDisk, small_disk

FULL = {"database_full", "disk_full"}


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    """In a folder that the server's own user may enter."""
    with tempfile.TemporaryDirectory(prefix="dougong-disk-") as name:
        Path(name).chmod(0o755)
        try:
            with small_disk(Path(name) / "disk", 24) as mounted:
                yield mounted
        except NoSmallDisk as error:
            pytest.skip(f"no small disk can be mounted here: {error}")


@pytest.fixture
def url_on_disk(disk: SmallDisk, database_kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database whose files lie on the disk: SQLite's beside the data, PostgreSQL's in a tablespace."""
    if database_kind == "sqlite":
        yield ""
        return
    dsn = request.getfixturevalue("postgres_server")
    place, name = disk.folder / "tablespace", f"small_{uuid4().hex}"
    place.mkdir()
    shutil.chown(place, "postgres", "postgres")
    with psycopg.connect(dsn, autocommit=True) as server:
        server.execute(f"CREATE TABLESPACE \"{name}\" LOCATION '{place}'".encode())
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 TABLESPACE "{name}"'.encode())
        yield dsn.replace("/postgres?", f"/{name}?")
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
        server.execute(f'DROP TABLESPACE "{name}"'.encode())


def test_a_full_disk_refuses_writes_in_words_and_heals_by_itself(disk: SmallDisk, url_on_disk: str) -> None:
    with filling(disk, url_on_disk) as shop:
        assert shop.order().status == 201
        disk.fill()
        refused = shop.until_refused()
        assert (refused.status, refused.code) == (507, "database_full")
        assert "存储空间已满" in refused.text
        assert "Storage is full" in shop.order("en").text
        upload = shop.upload(300_000)
        assert (upload.status, shop.files()) == (507, [])
        for path in ("/api/records/order?limit=5", f"/api/records/area/{shop.shop.areas[0]}", "/healthz", "/readyz"):
            assert shop.ask("GET", path).status == 200
        disk.empty()
        assert shop.order().status == 201
        assert shop.upload(300_000).status == 303
        assert [one.stat().st_size for one in shop.files()] == [300_000]
        assert shop.serving.stop() == 0
        assert shop.books().clean, shop.books()


@pytest.mark.one_database
def test_an_answer_before_the_commit_is_seen_on_a_full_disk(disk: SmallDisk) -> None:
    """The control."""
    with filling(disk, "", "tests.crash.planted:answer_before_the_commit") as shop:
        disk.fill()
        for _ in range(60):
            shop.order()
        disk.empty()
        shop.serving.stop()
        assert shop.books().lost


@pytest.mark.one_database
def test_the_ballast_lets_rows_be_erased_on_a_full_disk(disk: SmallDisk) -> None:
    database = open_database(f"sqlite:///{disk.folder / 'ballast.sqlite3'}")

    def run(sql: str) -> Statement:
        return Statement(sql, (), "sqlite")

    database.write(lambda session: session.execute(run("CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB)")))
    assert database.reserve(BALLAST)
    put = run("INSERT INTO t (b) VALUES (zeroblob(100000))")
    with pytest.raises(DatabaseFull):
        for _ in range(1000):
            database.write(lambda session: session.execute(put))
    disk.fill()
    erase = run("DELETE FROM t WHERE id IN (SELECT id FROM t WHERE id > 3 LIMIT 10)")
    with pytest.raises(DatabaseFull):
        database.write(lambda session: session.execute(erase))
    erased = 0
    while part := database.reclaim(lambda session: session.execute(erase)):
        erased += part
    assert erased > 50
    database.write(lambda session: session.execute(put))
    assert database.read(lambda session: session.rows(run("SELECT count(*) FROM t"))) == [(4,)]
    database.close()


@pytest.mark.one_database
@pytest.mark.parametrize(("language", "words"), [("zh_CN.UTF-8", "不能写入"), ("en", "cannot be written")])
def test_a_disk_that_may_only_be_read_is_told_at_the_start(disk: SmallDisk, language: str, words: str) -> None:
    with filling(disk, "") as shop:
        shop.serving.stop()
    disk.protect()
    command = [
        sys.executable,
        "-m",
        "engine.cli",
        "--packs",
        str(shop.shop.packs),
        "--data",
        str(shop.shop.data),
        "serve",
    ]
    done = subprocess.run(command, capture_output=True, text=True, env={**BASE, "LC_ALL": language}, check=False)
    assert done.returncode == 1
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("database_kind", ["postgres"])
def test_a_database_that_may_only_be_read_refuses_writes_in_words(disk: SmallDisk, url_on_disk: str) -> None:
    """A server can be made a standby at any time; what SQLite's file system refuses is told at the start."""
    name = url_on_disk.rpartition("/small_")[2].partition("?")[0]
    with filling(disk, url_on_disk) as shop:
        assert shop.order().status == 201
        with psycopg.connect(url_on_disk, autocommit=True) as server:
            server.execute(f'ALTER DATABASE "small_{name}" SET default_transaction_read_only = on'.encode())
            server.execute(
                b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        refused = shop.order()
        assert (refused.status, refused.code, refused.retry_after) == (503, "database_read_only", "2")
        assert "只能读取" in refused.text
        assert shop.ask("GET", "/api/records/order?limit=5").status == 200
        with psycopg.connect(url_on_disk, autocommit=True, options="-c default_transaction_read_only=off") as server:
            server.execute(f'ALTER DATABASE "small_{name}" RESET default_transaction_read_only'.encode())
            server.execute(
                b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        assert shop.order().status == 201
        shop.serving.stop()
        assert shop.books().clean
