"""The serving process under test: the real command in a process of its own, started warm, killed at any time."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from engine.cli import main

NURSERY = multiprocessing.get_context("forkserver")
"""Children start with the product imported, so that hundreds of starts cost their own time only."""
LOADED = (
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
"""What a server imports by its settings."""
NURSERY.set_forkserver_preload(["engine.cli", "tests.crash.nursery", "tests.crash.serving", *LOADED])
PATIENCE = 60.0
BASE = {"DOUGONG_RATE_LIMIT": "10000000", "DOUGONG_DATABASE": "", "LC_ALL": "C.UTF-8"}


def free_port() -> int:
    with contextlib.closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Serving:
    """`dougong serve` over a data folder; `fault` names a function `module:name` that plants a fault before it starts."""

    packs: Path
    data: Path
    database: str = ""
    fault: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    act: str = "serve"
    port: int = field(default_factory=free_port)
    process: BaseProcess | None = None

    @property
    def log(self) -> Path:
        return self.data.with_suffix(".log")

    @property
    def pid(self) -> int:
        assert self.process is not None
        assert self.process.pid is not None
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.is_alive()

    def start(self) -> None:
        """Start it without waiting until it answers."""
        arguments = ("--packs", str(self.packs), "--data", str(self.data), self.act, "--port", str(self.port))
        environment = {**BASE, "DOUGONG_DATABASE": self.database, **self.environment}
        self.process = NURSERY.Process(target=_serve, args=(arguments, environment, str(self.log), self.fault))
        self.process.start()

    def await_answer(self) -> None:
        """Wait until it answers; what it wrote is told when it does not."""
        deadline = time.monotonic() + PATIENCE
        while status(self.port, "/healthz") != 200:
            if not self.alive or time.monotonic() > deadline:
                raise AssertionError(f"it does not serve: {self.log.read_text('utf-8', 'replace')[-3000:]}")
            time.sleep(0.005)

    def kill(self) -> None:
        """SIGKILL, and gone."""
        os.kill(self.pid, signal.SIGKILL)
        self._gone()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return self._gone()

    def _gone(self) -> int:
        assert self.process is not None
        self.process.join(PATIENCE)
        code = self.process.exitcode
        assert code is not None, "it does not end"
        return code

    def __enter__(self) -> Serving:
        self.start()
        self.await_answer()
        return self

    def __exit__(self, *ending: object) -> None:
        if self.alive:
            self.kill()


def _serve(arguments: tuple[str, ...], environment: Mapping[str, str], log: str, fault: str) -> None:
    os.environ.update(environment)
    with open(log, "a", encoding="utf-8", buffering=1) as output:  # noqa: PTH123
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        if fault:
            module, _, name = fault.partition(":")
            getattr(importlib.import_module(module), name)()
        sys.exit(main(arguments))


def status(port: int, path: str) -> int:
    """The status of a page, 0 when nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
