"""A PostgreSQL server of our own with all its safety on, which may be restarted at once, filled up, or held."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.conftest import run_as_server, server_programs


@dataclass
class Cluster:
    """A server in `folder`, reached by a socket there; `settings` are options of the server."""

    folder: Path
    programs: Path
    settings: tuple[str, ...] = ("max_connections=40",)

    @property
    def url(self) -> str:
        return f"postgresql://dougong@/postgres?host={self.folder}"

    def make(self) -> None:
        initdb = [str(self.programs / "initdb"), "-D", str(self.folder / "data"), "-U", "dougong", "-A", "trust"]
        run_as_server([*initdb, "-E", "UTF8", "--locale=C.UTF-8"])

    def start(self) -> None:
        options = " ".join(f"-c {one}" for one in self.settings)
        self._control(
            "-w", "-l", str(self.folder / "log"), "-o", f"-k {self.folder} -c listen_addresses='' {options}", "start"
        )
        with psycopg.connect(self.url) as connection:
            found = connection.execute("SHOW data_directory").fetchone()
            assert found == (str(self.folder / "data"),), "this is somebody else's server"

    def stop(self, mode: str = "immediate") -> None:
        """End it: `immediate` drops everything where it stands, as a crash does."""
        self._control("-m", mode, "stop")

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"crash_{uuid4().hex}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
        return self.url.replace("/postgres?", f"/{name}?")

    def _control(self, *arguments: str) -> None:
        run_as_server([str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), *arguments])


def programs() -> Path:
    found = server_programs()
    if found is None:
        raise RuntimeError("the server programs of PostgreSQL are not installed")
    return found


@contextmanager
def cluster(folder: Path | None = None) -> Iterator[Cluster]:
    """A fresh server, in a folder that stands or in one of its own, stopped and deleted afterwards."""
    place = Path(tempfile.mkdtemp(prefix="dougong-crash-")) if folder is None else folder
    if os.geteuid() == 0:
        shutil.chown(place, "postgres", "postgres")
    made = Cluster(place, programs())
    try:
        made.make()
        made.start()
        yield made
    finally:
        if (place / "data" / "postmaster.pid").exists():
            made.stop()
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)
