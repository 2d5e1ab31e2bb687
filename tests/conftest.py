"""Fixtures that the whole suite shares: a private PostgreSQL server, a fresh database of each kind, a fixed clock."""

from __future__ import annotations

import gc
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from engine.runtime.database.open import open_database
from engine.runtime.database.postgres import PostgresDatabase
from engine.runtime.database.protocol import Database
from tests import required

KINDS = {"sqlite": ("sqlite",), "postgres": ("postgres",)}.get(
    os.environ.get("DOUGONG_TEST_DATABASE", "both"), ("sqlite", "postgres")
)
MISSING = "PostgreSQL is not installed"
NO_FACTS = "DuckDB (extra facts) is not installed"
COLLECTED = (5_000, 20, 10)
"""How seldom the collector runs: what a process keeps for all of its tests, it would walk over again and again."""
ON_SERVER = {"postgres_dsn", "postgres_server", "postgres_database"}
"""Fixtures of what talks to a PostgreSQL server whatever the process is about."""


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(*COLLECTED)
    config.addinivalue_line("markers", "one_database: about one database only; run in the process of SQLite")
    if required.REQUIRED:
        config.pluginmanager.register(required)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A process about one database runs what touches it; what touches none is run in the process of SQLite."""
    if len(KINDS) == 1:
        kept, left_out = [], []
        for one in items:
            (kept if KINDS[0] in _processes_of(one) else left_out).append(one)
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def _processes_of(item: pytest.Item) -> set[str]:
    """The databases in whose process a test runs."""
    if item.get_closest_marker("one_database"):
        return {"sqlite"}
    if ON_SERVER.intersection(getattr(item, "fixturenames", ())):
        return {"postgres"}
    given = getattr(item, "callspec", None)
    values = (
        [part for value in given.params.values() for part in (value if isinstance(value, tuple) else (value,))]
        if given
        else []
    )
    return {"postgres"} if "postgres" in values else {"sqlite"}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason in (MISSING, NO_FACTS):
        missed = [one for one in terminalreporter.stats.get("skipped", ()) if reason in str(one.longrepr)]
        if missed:
            terminalreporter.write_line(f"!!! {reason}: {len(missed)} tests did NOT run", red=True, bold=True)


def server_programs() -> Path | None:
    """The folder with initdb and pg_ctl, newest server first."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    candidates = [*folders, *([Path(on_path).parent] if on_path else [])]
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


def run_as_server(command: list[str]) -> None:
    """PostgreSQL refuses to run as root; then its own system user runs it."""
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    user = account.pw_uid if account else None
    done = subprocess.run(command, user=user, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr[-800:]}")


@contextmanager
def throw_away_server(programs: Path, durable: bool = False) -> Iterator[str]:
    """A server of our own, reached by a socket in its own folder, stopped and deleted afterwards; its address.

    Only a `durable` one syncs what it commits.
    """
    folder = Path(tempfile.mkdtemp(prefix="dougong-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    control = [str(programs / "pg_ctl"), "-D", str(data)]
    hasty = "" if durable else " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    options = f"-k {folder} -c listen_addresses='' -c max_connections=60{hasty}"
    try:
        initdb = [str(programs / "initdb"), "-D", str(data), "-U", "dougong", "-A", "trust", "-E", "UTF8"]
        run_as_server([*initdb, "--locale=C.UTF-8", "--no-sync"])
        run_as_server([*control, "-w", "-l", str(folder / "log"), "-o", options, "start"])
        try:
            yield f"postgresql://dougong@/postgres?host={folder}"
        finally:
            run_as_server([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str | None]:
    """The address of the throw-away server, None when there is none or this process is about SQLite."""
    programs = server_programs() if "postgres" in KINDS else None
    if programs is None:
        yield None
        return
    with throw_away_server(programs) as dsn:
        with psycopg.connect(dsn) as connection:
            found = connection.execute("SHOW data_directory").fetchone()
            assert found is not None
            assert f"host={Path(found[0]).parent}" in dsn, "this is somebody else's server"
        yield dsn


@pytest.fixture(scope="session")
def postgres_server(postgres_dsn: str | None) -> str:
    """The address of the throw-away server, for what runs on it alone."""
    if postgres_dsn is None:
        pytest.skip(MISSING)
    return postgres_dsn


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def fresh_url(kind: str, postgres_dsn: str | None, folder: Path) -> str:
    """The URL of an empty database."""
    url = unmade_url(kind, postgres_dsn, folder)
    if postgres_dsn is not None and kind == "postgres":
        with psycopg.connect(postgres_dsn, autocommit=True) as connection:
            name = conninfo_to_dict(url)["dbname"]
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 STRATEGY FILE_COPY'.encode())
    return url


def unmade_url(kind: str, postgres_dsn: str | None, folder: Path) -> str:
    """The URL of a database that is not there yet, for what is copied to its place."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'test.sqlite3'}"
    if postgres_dsn is None:
        pytest.skip(MISSING)
    return postgres_dsn.replace("/postgres?", f"/test_{uuid4().hex}?")


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    dsn = request.getfixturevalue("postgres_dsn") if database_kind == "postgres" else None
    return fresh_url(database_kind, dsn, tmp_path)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def postgres_database(postgres_dsn: str | None, tmp_path: Path) -> Iterator[PostgresDatabase]:
    """An empty database on the server, for what is about PostgreSQL alone."""
    opened = PostgresDatabase(fresh_url("postgres", postgres_dsn, tmp_path))
    yield opened
    opened.close()


class FixedClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def jump(self, by: timedelta) -> None:
        """The clock is set; no time has passed."""
        self._now += by

    def advance(self, by: timedelta) -> None:
        self._now += by
        self._monotonic += by.total_seconds()


@pytest.fixture
def fixed_clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
