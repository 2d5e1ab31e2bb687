"""Servers under measurement: a process, its port, its end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

PATIENCE = 300
ENGINE = ("-c", "from engine.cli import main; raise SystemExit(main())")


@dataclass
class Server:
    """A serving process; `with` waits until `ready` answers and ends it after the block."""

    command: Sequence[str]
    port: int
    ready: str
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def of_engine(folder: Path, database: str = "", act: str = "serve", packs: str = "", size: str = "small") -> Server:
        """The product on a data folder and a database, with demo accounts (`start` makes them, with a demonstration of
        this size) and no limit on requests."""
        port = free_port()
        command = (sys.executable, *ENGINE, "--data", str(folder), act, "--port", str(port))
        given = {"DOUGONG_DATABASE": database} if database.startswith("postgres") else {}
        packs_of = {"DOUGONG_PACKS": packs} if packs else {}
        return Server(
            command,
            port,
            "/sign-in",
            {"DOUGONG_DEMO": "1", "DOUGONG_DEMO_SIZE": size, "DOUGONG_RATE_LIMIT": "10000000", **given, **packs_of},
        )

    @staticmethod
    def of_yardstick(database: str) -> Server:
        """The yardstick on a copy of the same data."""
        port = free_port()
        return Server((sys.executable, "-m", "bench.yardstick", database, str(port)), port, "/healthz", {})

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def spawned(self) -> subprocess.Popen[bytes]:
        """The process, as soon as there is one."""
        environment = {**os.environ, **self.environment}
        return subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)

    def __enter__(self) -> Server:
        self.process = self.spawned()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}{self.ready}").read()
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"the server ended with {self.process.returncode}") from None
                time.sleep(0.02)
            else:
                return self
        raise RuntimeError("the server does not answer")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
